"""Pictures: drawn from any data a run may hold, told in words, and with names that steer nothing."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from workbench.errors import UsageError
from workbench.views.charts import heat_map, latency_chart, load_chart, scores_chart, speed_chart, svg
from workbench.views.charts._theme import names_shown

HOSTILE = ["</svg><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a" * 90 + "1", "a" * 90 + "2"]


def frame_of(models: list[str], prompts: int = 2, **changed: Any) -> pd.DataFrame:
    rows = [
        {"prompt_id": p, "prompt": f"Frage {p} </text>", "model": m, "repeat": 0, "answer": "Grüße", "error": None,
         "finish": "stop", "first_token_s": 0.1 + p, "total_s": 1.0 + p, "tokens_per_s": 20.0 + p}
        for p in range(prompts) for m in models
    ]  # fmt: skip
    types = {"error": "string", "finish": "string", "first_token_s": "Float64", "tokens_per_s": "Float64"}
    return pd.DataFrame(rows).assign(**changed).astype(types)


def means_of(models: list[str]) -> pd.DataFrame:
    means = [{"model": m, "prompts": 2, "mean": 0.5 + n / 10, "low": 0.4, "high": 0.9} for n, m in enumerate(models)]
    return pd.DataFrame(means, columns=["model", "prompts", "mean", "low", "high"])


def scores_of(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[["prompt_id", "model", "repeat"]].assign(
        scorer="right", value=pd.array([number % 2 for number in range(len(frame))], dtype="Float64"), note=""
    )


def texts(picture: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(picture).iter() if node.tag.endswith("}text")]


@pytest.mark.parametrize("kind", ["scores", "latency", "speed", "heat"])
def test_hostile_names_stay_text_and_apart(kind: str) -> None:
    frame, means = frame_of(HOSTILE), means_of(HOSTILE)
    chart = {
        "scores": lambda: scores_chart(means, language="en"),
        "latency": lambda: latency_chart(frame, language="en"),
        "speed": lambda: speed_chart(frame, means, language="en"),
        "heat": lambda: heat_map(frame, scores_of(frame), language="en"),
    }[kind]()
    picture = svg(chart)
    tags = {node.tag.partition("}")[2] for node in ElementTree.fromstring(picture).iter()}
    assert not tags & {"script", "img", "image", "a", "foreignObject"}
    assert "</svg><script>alert(1)</script>" in texts(picture)
    assert sum(text.startswith("aaaa") for text in set(texts(picture))) == 2
    assert chart.to_dict()["description"].count("aaaa") >= 2


def test_german_words() -> None:
    frame = frame_of(["a"])
    assert "Mittlere Bewertung mit 95-%-Intervall" in texts(svg(scores_chart(means_of(["a"]), language="de")))
    assert {"Erstes Token", "Ganze Antwort", "Sekunden"} <= set(texts(svg(latency_chart(frame, language="de"))))
    assert "Tokens pro Sekunde (Median)" in texts(svg(speed_chart(frame, means_of(["a"]), language="de")))


def test_a_heat_map_says_in_words_what_has_no_score() -> None:
    frame = frame_of(["a", "b"])
    frame.loc[0, "error"] = "kaputt"
    frame.loc[1, "finish"] = "not asked"
    assert texts(svg(heat_map(frame, language="en"))).count("failed") == 1
    scored = texts(svg(heat_map(frame, scores_of(frame).iloc[3:], language="en")))
    assert {"failed", "–", "none", "1.00"} <= set(scored)


def test_a_heat_map_shows_what_a_verdict_leaves_out_in_a_word() -> None:
    frame = frame_of(["a", "b"])
    scores = scores_of(frame).assign(value=[1, 1, 0, 0], left_out=["empty", None, None, "cut by the limit"])
    chart = heat_map(frame, scores, language="en")
    shown = texts(svg(chart))
    assert (shown.count("left out"), shown.count("1.00"), shown.count("0.00")) == (2, 1, 1)
    told = chart.to_dict()["description"]
    assert "1 Frage 0 </text>, a: left out (empty)" in told
    assert "2 Frage 1 </text>, b: left out (cut by the limit)" in told
    in_german = heat_map(frame, scores, language="de")
    assert texts(svg(in_german)).count("ausgenommen") == 2
    assert "ausgenommen (am Limit abgeschnitten)" in in_german.to_dict()["description"]


def test_a_heat_map_averages_the_repeats_that_count() -> None:
    frame = pd.concat([frame_of(["a"], 1).assign(repeat=repeat) for repeat in range(3)], ignore_index=True)
    scores = scores_of(frame).assign(value=[0.5, 0.25, 1], left_out=[None, None, "empty"])
    assert "0.38" in texts(svg(heat_map(frame, scores, language="en")))


def test_a_heat_map_shows_the_scorer_that_is_named() -> None:
    frame = frame_of(["a"], 1)
    scores = pd.concat(
        [scores_of(frame).assign(scorer=name, value=value) for name, value in [("eins", 0), ("zwei", 1)]]
    )
    assert "0.00" in texts(svg(heat_map(frame, scores, language="en")))
    assert "1.00" in texts(svg(heat_map(frame, scores, "zwei", language="en")))
    with pytest.raises(UsageError, match=r"there is no score 'nix': there are 'eins', 'zwei'"):
        heat_map(frame, scores, "nix")
    with pytest.raises(UsageError, match="there are no scores: score the run first"):
        heat_map(frame, None, "nix")


def test_a_heat_map_keeps_the_order_of_models_and_prompts() -> None:
    frame = frame_of(["z", "a"], prompts=3)
    frame.loc[(frame["model"] == "z") | (frame["prompt_id"] == 0), "error"] = "kaputt"
    scores = scores_of(frame).assign(left_out=frame["error"])
    shown = texts(svg(heat_map(frame, scores, language="en")))
    assert [text for text in shown if text in ("a", "z")] == ["z", "a"]
    assert [text[0] for text in shown if "Frage" in text] == ["1", "2", "3"]


def test_a_stopped_cell_is_called_so() -> None:
    assert "stopped" in texts(svg(heat_map(frame_of(["a"], 1, finish="cancelled"), language="en")))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.7, 0.75, 1.0])
def test_values_are_read_on_their_colours(share: float) -> None:
    frame = frame_of(["a"], 1)
    picture = ElementTree.fromstring(svg(heat_map(frame, scores_of(frame).assign(value=share))))
    fills = [node.get("fill", "") for node in picture.iter() if node.tag.endswith("}path")]
    (under,) = [fill for fill in fills if re.match(r"#|rgb\(", fill)]
    (over,) = [node.get("fill", "") for node in picture.iter() if (node.text or "").startswith(f"{share:.2f}")]
    dark, light = sorted([luminance(under), luminance(over)])
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour: str) -> float:
    parts = (
        [int(colour[n : n + 2], 16) for n in (1, 3, 5)] if colour[0] == "#" else map(int, re.findall(r"\d+", colour))
    )
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in (p / 255 for p in parts)]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_scores_from_0_to_1_are_seen_between_these() -> None:
    ends = pd.DataFrame({"model": ["a", "b"], "mean": [0.0, 1.0], "low": [0.0, 0.7], "high": [0.3, 1.0]})
    for chart in (scores_chart(ends, language="en"), speed_chart(frame_of(["a", "b"]), ends, language="en")):
        axis = [text for text in texts(svg(chart)) if re.fullmatch(r"[−-]?\d\.\d", text)]
        assert (min(axis), max(axis)) == ("0.0", "1.0")
    beyond = ends.assign(mean=[-2.0, 4.0], low=-3.0, high=5.0)
    assert "−2.00" in texts(svg(scores_chart(beyond, language="en")))


def test_a_model_without_a_score_is_not_left_out_silently() -> None:
    means = pd.DataFrame(
        {"model": ["a", "cut", "b"], "mean": [0.9, None, 0.2], "low": [0.8, None, 0.1], "high": [1.0, None, 0.3]}
    )
    chart = scores_chart(means, language="de")
    shown = texts(svg(chart))
    assert [text for text in shown if text in ("a", "cut", "b")] == ["a", "cut", "b"]
    assert "keine Bewertung" in shown
    assert "cut keine Bewertung, b 0,20" in chart.to_dict()["description"]


def test_means_stand_in_the_order_of_the_table() -> None:
    """That of a verdict begins with the best, be it the highest or the lowest."""
    means = pd.DataFrame({"model": ["low", "high"], "mean": [0.2, 0.4], "low": [0.1, 0.3], "high": [0.3, 0.5]})
    shown = [text for text in texts(svg(scores_chart(means))) if text in ("low", "high")]
    assert shown == ["low", "high"]


def test_german_numbers_have_decimal_commas() -> None:
    frame, means = frame_of(["a", "b"]), means_of(["a", "b"])
    bench = pd.DataFrame({
        "arrivals_per_s": [0.5, 1.5], "output_tokens_per_s": [20.5, 30.0], "first_token_s_p50": [0.1, 0.2],
        "end_to_end_s_p50": [2.0, 3.0], "end_to_end_s_p90": [2.5, 4.0],
    })  # fmt: skip
    charts = [
        scores_chart(means, language="de"), latency_chart(frame, language="de"),
        speed_chart(frame, means, language="de"), heat_map(frame, scores_of(frame), language="de"),
        load_chart(bench, 1.5, language="de"),
    ]  # fmt: skip
    for chart in charts:
        shown = [*texts(svg(chart)), chart.to_dict()["description"]]
        assert not [text for text in shown if re.search(r"\d\.\d", text)]
        assert re.search(r"\d,\d", " ".join(shown))
        assert re.search(r"\d,\d", shown[-1])


def test_a_heat_map_of_many_prompts_shows_the_first_and_says_so() -> None:
    shown = texts(svg(heat_map(frame_of(["a"], prompts=80), language="en")))
    assert "Prompt (first 60 of 80 prompts)" in shown
    assert not any(text.startswith("61") for text in shown)


def test_delays_leave_out_failed_cells_and_stay_small() -> None:
    frame = frame_of(["a"], prompts=20_000)
    frame.loc[0, "error"] = "kaputt"
    chart = latency_chart(frame, language="en").to_dict()
    assert len(next(iter(chart["datasets"].values()))) == 400
    assert "a, Whole answer: 10001.00 s" in chart["description"]


def test_nothing_to_show_is_an_error_in_words() -> None:
    none = frame_of(["a"]).iloc[:0]
    with pytest.raises(UsageError, match="no score"):
        scores_chart(means_of([]))
    with pytest.raises(UsageError, match="no cell"):
        heat_map(none)
    with pytest.raises(UsageError, match="no answer has a time"):
        latency_chart(frame_of(["a"], error="kaputt"))
    with pytest.raises(UsageError, match="both a score and a speed"):
        speed_chart(none, means_of(["a"]))


def test_prompts_that_begin_alike_are_told_by_how_they_go_on() -> None:
    begun = "Fasse den folgenden Text in einem Satz zusammen, ohne Fachwörter: "
    names = names_shown([f"{begun}Der Rat hat beschlossen, dass", f"{begun}Die Bibliothek schließt"])
    assert list(names.values()) == ["…Der Rat hat beschlossen, dass", "…Die Bibliothek schließt"]
    assert list(names_shown(["Wo liegt Bonn?", "Wo liegt Köln?"]).values()) == ["Wo liegt Bonn?", "Wo liegt Köln?"]
