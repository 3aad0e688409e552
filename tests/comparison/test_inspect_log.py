"""Runs as logs that Inspect AI reads."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import AsyncGenerator
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from exported_runs import half, run_of_two, scores_of
from inspect_ai.log import read_eval_log_async
from inspect_ai.model import ChatMessageAssistant
from scripted_model import echo, scripted

from workbench.comparison import (
    Comparison,
    dialogue,
    inspect_log,
    make_plan,
)
from workbench.errors import UsageError
from workbench.messages import Message, Piece, Reply, Request, ToolCall


async def test_a_log_of_inspect_comes_back_whole(tmp_path: Path) -> None:
    run = await run_of_two()
    scores = scores_of((0, "good", 0, 0.5), (1, "good", 0, 1.0), (2, "good", 0, None), (0, "bad", 0, 0.0))
    files = inspect_log(run, scores, tmp_path / "logs")
    assert [file.name for file in files] == ["01_good.eval", "02_bad.eval"]
    good, bad = [await read_eval_log_async(str(file)) for file in files]
    assert good.samples is not None
    assert bad.samples is not None
    assert [sample.output.completion for sample in good.samples] == ["Grüße", "das bricht", "gleich"]
    assert [message.text for message in good.samples[0].messages] == ["Kurz.", "Grüße", "Grüße"]
    assert good.samples[0].scores is not None
    assert good.samples[0].scores["right"].as_float() == 0.5
    assert good.samples[0].scores["right"].explanation == "weil"
    assert good.samples[1].model_usage["x/good"].output_tokens == 2
    assert good.results is not None
    assert good.results.scores[0].metrics["mean"].value == 0.75
    assert good.results.scores[0].unscored_samples == 1
    assert good.stats.model_usage["x/good"].input_tokens == 21
    assert bad.samples[1].error is not None
    assert "failed" in bad.samples[1].error.message
    assert bad.results is not None
    assert (bad.results.total_samples, bad.results.completed_samples) == (3, 2)


async def test_a_log_holds_what_the_table_holds(tmp_path: Path) -> None:
    table = pd.DataFrame({"prompt": ["Grüße"], "tags": [["a", "b"]], "price": [Decimal("1.10")], "none": [None]})
    run = await Comparison(make_plan(table, scripted("x/good", echo))).run()
    (file,) = run.inspect_log(tmp_path)
    log = await read_eval_log_async(str(file))
    assert log.samples is not None
    assert log.samples[0].metadata["given"] == {"prompt": "Grüße", "tags": ["a", "b"], "price": "1.10"}


async def test_the_log_of_a_candidate_that_only_failed_is_an_error(tmp_path: Path) -> None:
    models = [scripted("x/good", echo, label="good"), scripted("y/bad", half, label="bad")]
    run = await Comparison(make_plan(["das bricht", "bricht auch"], models)).run()
    good, bad = [await read_eval_log_async(str(file)) for file in run.inspect_log(tmp_path)]
    assert (good.status, good.error) == ("success", None)
    assert bad.status == "error"
    assert bad.error is not None
    assert bad.error.message.startswith("2 of 2 failed, the first: failed (y)")


async def test_the_means_of_a_log_are_those_of_a_verdict(tmp_path: Path) -> None:
    async def cut(request: Request) -> AsyncGenerator[Piece, None]:
        finish = "length" if request.messages[-1].content == "lang" else "stop"
        yield Piece(reply=Reply(text="da", finish=finish))

    run = await Comparison(make_plan(["lang", "kurz", "gut"], scripted("x/m", cut, label="m"))).run()
    await run.score(lambda row: {"lang": 0.0, "kurz": 0.5, "gut": 1.0}[str(row.prompt)])
    (file,) = run.inspect_log(tmp_path)
    log = await read_eval_log_async(str(file))
    assert log.results is not None
    assert log.samples is not None
    (score,) = log.results.scores
    assert score.metrics["mean"].value == 0.75
    assert (score.scored_samples, score.unscored_samples) == (2, 1)
    assert [sample.metadata.get("left_out") for sample in log.samples] == ["cut by the limit", None, None]
    assert log.samples[0].scores is not None


async def test_a_log_holds_dialogues_and_calls_of_tools(tmp_path: Path) -> None:
    calls = (ToolCall("1", "find", '{"city": "Bonn"}'), ToolCall("2", "find", "Bonn"))

    async def calling(request: Request) -> AsyncGenerator[Piece, None]:
        last = request.messages[-1].content == "Und wo?"
        yield Piece(
            reply=Reply(text="Ja?", finish="tool_calls", tool_calls=calls) if last else Reply(text="Ja?", finish="stop")
        )

    told = [Message("user", "Wo?"), Message("assistant", "", (calls[0],)), Message("tool", "Bonn", tool_call_id="1")]
    run = await Comparison(make_plan([dialogue("Ich ziehe um.", "Und wo?"), told], scripted("x/m", calling))).run()
    (file,) = run.inspect_log(tmp_path)
    log = await read_eval_log_async(str(file))
    assert log.samples is not None
    assert [message.text for message in log.samples[0].messages] == ["Ich ziehe um.", "Ja?", "Und wo?", "Ja?"]
    made = log.samples[0].output.message.tool_calls
    assert made is not None
    assert [call.arguments for call in made] == [{"city": "Bonn"}, {"arguments": "Bonn"}]
    assert [call.parse_error is None for call in made] == [True, False]
    earlier = log.samples[1].messages[1]
    assert isinstance(earlier, ChatMessageAssistant)
    assert earlier.tool_calls is not None
    assert earlier.tool_calls[0].function == "find"


@pytest.mark.parametrize(
    ("folder", "hint"),
    [
        ("file", "File exists"),
        ("file/logs", "Not a directory"),
        ("logs", "this is a folder"),
        ("~nobody-here/x", "home"),
    ],
)
async def test_logs_that_cannot_be_written_say_so_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, hint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("logs/01_good.eval").mkdir(parents=True)
    run = await run_of_two()
    with pytest.raises(UsageError, match=hint) as caught:
        run.inspect_log(folder)
    assert folder in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["01_good.eval", "file", "logs"]


async def test_a_log_that_breaks_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = await run_of_two()
    before = [(file, file.read_bytes()) for file in run.inspect_log(tmp_path)]

    async def full(log: object, file: Path, **_: object) -> None:
        file.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("inspect_ai.log.write_eval_log_async", full)
    with pytest.raises(UsageError, match="No space left on device"):
        run.inspect_log(tmp_path)
    assert sorted((file, file.read_bytes()) for file in tmp_path.iterdir()) == sorted(before)


async def test_a_log_without_scores(tmp_path: Path) -> None:
    file, _ = inspect_log(await run_of_two(), None, tmp_path)
    log = await read_eval_log_async(str(file))
    assert log.results is not None
    assert log.results.scores == []


def test_a_log_without_the_package_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['inspect_ai'] = None; sys.modules['inspect_ai.log'] = None\n"
        "from pathlib import Path; from workbench.comparison import Run, inspect_log, make_plan\n"
        "inspect_log(Run(make_plan('x', 'embedded'), {}), None, Path('.'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "pip install inspect-ai" in done.stderr.splitlines()[-1]
