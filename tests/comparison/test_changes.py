"""What differs between two runs: every cell that was asked has a row, in the order of the plan."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from scripted_model import echo, scripted

from workbench.comparison import Comparison, Run, make_plan
from workbench.comparison.results._results import MemoryResults
from workbench.errors import ServerError, UsageError
from workbench.messages import Piece, Reply, Request


async def failing_at_a(request: Request) -> AsyncGenerator[Piece, None]:
    if request.messages[-1].content == "a":
        raise ServerError("out of memory", where="x")
    async for piece in echo(request):
        yield piece


async def breaking_at_a(request: Request) -> AsyncGenerator[Piece, None]:
    if request.messages[-1].content == "a":
        yield Piece("hal")
        raise ServerError("out of memory", where="x", reply=Reply(text="hal", finish="unknown"))
    async for piece in echo(request):
        yield piece


async def run_of(prompts: list[str], *scripts: Any, repeats: int = 1) -> Run:
    models = [scripted(f"x/{number}", script, label=f"m{number}") for number, script in enumerate(scripts)]
    return await Comparison(make_plan(prompts, models, repeats=repeats)).run()


@pytest.mark.parametrize("script", [failing_at_a, breaking_at_a])
async def test_a_cell_that_failed_is_a_change_and_says_why(script: Any) -> None:
    whole, failed = await run_of(["a", "b"], echo), await run_of(["a", "b"], script)
    told = whole.diff(failed)
    assert told["prompt"].tolist() == ["a", "b"]
    assert told["change"].tolist() == ["changed", "same"]
    assert told["other_answer"].tolist() == ["failed: out of memory (x)", "b"]
    assert failed.diff(whole)["answer"].tolist() == ["failed: out of memory (x)", "b"]
    assert failed.diff(failed)["change"].tolist() == ["same", "same"]


async def test_what_differs_is_in_the_order_of_the_plan_and_what_only_the_other_has_comes_last() -> None:
    first = await run_of(["z", "b", "z"], echo, echo, repeats=2)
    second = await run_of(["y", "z", "a"], echo, repeats=2)
    told = first.diff(second)
    cells = list(zip(told["prompt"], told["model"], told["repeat"], strict=True))
    of_first = [(prompt, model, repeat) for prompt in "zbz" for model in ("m0", "m1") for repeat in (0, 1)]
    assert cells == of_first + [(prompt, "m0", repeat) for prompt in "ya" for repeat in (0, 1)]
    assert told["change"].tolist() == ["same"] * 2 + ["only here"] * 10 + ["only there"] * 4
    assert list(told.columns) == ["prompt", "model", "repeat", "change", "answer", "other_answer"]


async def test_what_was_not_asked_is_not_there_and_does_not_shift_equal_prompts() -> None:
    whole = await run_of(["a", "a"], echo)
    of_second = MemoryResults()
    of_second.add(whole.results[1])
    told = whole.diff(Run(whole.plan, of_second))
    assert told["change"].tolist() == ["only here", "same"]


@pytest.mark.parametrize("other", ["x", None])
async def test_only_a_run_can_be_compared_with(other: Any) -> None:
    run = await run_of(["a"], echo)
    with pytest.raises(UsageError, match="give another run"):
        run.diff(other)
