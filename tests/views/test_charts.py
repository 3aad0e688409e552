"""Pictures: drawn from any data a run may hold, told in words, and with names that steer nothing."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from workbench.errors import UsageError
from workbench.views.charts import heat_map, latency_chart, scores_chart, speed_chart, svg

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
        "scores": lambda: scores_chart(means, spoken="en"),
        "latency": lambda: latency_chart(frame, spoken="en"),
        "speed": lambda: speed_chart(frame, means, spoken="en"),
        "heat": lambda: heat_map(frame, scores_of(frame), spoken="en"),
    }[kind]()
    picture = svg(chart)
    tags = {node.tag.partition("}")[2] for node in ElementTree.fromstring(picture).iter()}
    assert not tags & {"script", "img", "image", "a", "foreignObject"}
    assert "</svg><script>alert(1)</script>" in texts(picture)
    assert sum(text.startswith("aaaa") for text in set(texts(picture))) == 2
    assert chart.to_dict()["description"].count("aaaa") >= 2


def test_german_words() -> None:
    frame = frame_of(["a"])
    assert "Mittlere Bewertung mit 95-%-Intervall" in texts(svg(scores_chart(means_of(["a"]), spoken="de")))
    assert {"Erstes Token", "Ganze Antwort", "Sekunden"} <= set(texts(svg(latency_chart(frame, spoken="de"))))
    assert "Tokens pro Sekunde (Median)" in texts(svg(speed_chart(frame, means_of(["a"]), spoken="de")))


def test_a_heat_map_says_in_words_what_has_no_score() -> None:
    frame = frame_of(["a", "b"])
    frame.loc[0, "error"] = "kaputt"
    frame.loc[1, "finish"] = "not asked"
    assert texts(svg(heat_map(frame, spoken="en"))).count("failed") == 1
    scored = texts(svg(heat_map(frame, scores_of(frame).iloc[3:], spoken="en")))
    assert {"failed", "–", "none", "1.00"} <= set(scored)


def test_a_heat_map_of_many_prompts_shows_the_first_and_says_so() -> None:
    shown = texts(svg(heat_map(frame_of(["a"], prompts=80), spoken="en")))
    assert "Prompt (first 60 of 80 prompts)" in shown
    assert not any(text.startswith("61") for text in shown)


def test_delays_leave_out_failed_cells_and_stay_small() -> None:
    frame = frame_of(["a"], prompts=20_000)
    frame.loc[0, "error"] = "kaputt"
    chart = latency_chart(frame, spoken="en").to_dict()
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
