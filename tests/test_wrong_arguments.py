"""What is handed over from a notebook and cannot be meant is told as one of ours, in one line, wherever it is given."""

from __future__ import annotations

import asyncio
import inspect
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from scripted_model import replied, scripted

import workbench as wb
from workbench.connections import Model
from workbench.errors import WorkbenchError
from workbench.messages import Piece, Reply, Request

WRONG: list[Any] = [
    None, "", " ", "nope", "nope/x", "a\nb", "a" * 5000, "../../x", "\ud800", "a\0b", 0, -1, 1.5, True, float("nan"),
    np.int64(3), b"x", [], [None], ["nope", 3], ("nope",), {}, {"a": 1}, object(), lambda value: value,
    pd.DataFrame(), pd.Series(["a", None]), pd.NA,
]  # fmt: skip
# They are called with what happens, and whoever writes them sees what they raise.
CALLED = {"show", "progress", "stop", "executor", "args", "kwargs", "how", "options"}
# These begin something that outlives the call, or show a view; what they take is tested where they are.
ELSEWHERE = {"panel", "audit", "benchmark", "connect"}
FUNCTIONS = [
    name
    for name in wb.__all__
    if callable(getattr(wb, name)) and not inspect.isclass(getattr(wb, name)) and name not in ELSEWHERE
]


def answering() -> Model:
    """A model that answers at once, streamed or not."""

    async def script(request: Request) -> AsyncGenerator[Piece, None]:
        yield replied("ja")

    async def whole(request: Request) -> Reply:
        return Reply(text="ja", finish="stop", model="x/m")

    async def nothing(*_: object) -> Any:
        return []

    made = scripted("x/m", script)
    made.engine.ask = whole  # type: ignore[method-assign]
    made.engine.embed = made.engine.tokenize = made.engine.detokenize = nothing  # type: ignore[method-assign]
    return made


async def a_run() -> wb.Run:
    run = await wb.compare(["a", "b"], {"one": answering(), "two": answering()})
    await run.score(lambda row: len(row.answer) % 2)
    return run


async def a_session() -> Any:
    team = RoundRobinGroupChat([AssistantAgent("clerk", wb.agents.client(answering()))], max_turns=3)
    session = wb.agents.session(team, "Hallo")
    await session.step()
    return session


async def a_chat() -> Any:
    chat = wb.chat(answering())
    await chat.say("Hallo")
    return chat


async def a_vote() -> Any:
    async def other(prompt: str) -> str:
        return "nein"

    return wb.vote(await wb.compare(["a", "b"], [answering(), other]))


async def a_model() -> Model:
    return answering()


THINGS: dict[str, Callable[[], Awaitable[Any]]] = {
    "run": a_run, "session": a_session, "chat": a_chat, "vote": a_vote, "model": a_model,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def nobody(_: object = "") -> str:
        raise EOFError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.input", nobody)
    monkeypatch.setenv("WORKBENCH_MODEL", "nowhere/x")  # what "" stands for, so that nothing real is asked
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


async def given(function: Callable[..., Any], named: dict[str, Any]) -> None:
    came = function(**named)
    if inspect.isawaitable(came):
        await asyncio.wait_for(came, 30)
    elif inspect.isasyncgen(came):
        async for _ in came:
            pass


async def faults_of(function: Callable[..., Any], right: dict[str, Any]) -> list[str]:
    """What a function raises that is not ours, or not in one line, for each of its arguments and each wrong value."""
    parameters = [
        one for one in inspect.signature(function).parameters.values() if one.kind in (1, 3) and one.name not in CALLED
    ]
    needed = {
        one.name: right.get(one.name, "nowhere") for one in parameters if one.default is one.empty or one.name in right
    }
    found = []
    for parameter in parameters:
        for value in WRONG:
            told = f"{parameter.name}={' '.join(repr(value).split())[:40]}"
            try:
                await given(function, needed | {parameter.name: value})
            except WorkbenchError as error:
                found += [f"{told}: {str(error)!r}"] if "\n" in str(error) else []
            except Exception as error:  # noqa: BLE001 - this is what is looked for
                found.append(f"{told}: {type(error).__name__}: {' '.join(str(error).split())[:80]}")
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
async def test_a_function_refuses_what_it_cannot_take(name: str) -> None:
    right: dict[str, Any] = {
        "name": "nowhere",
        "prompts": "Hi",
        "models": answering(),
        "texts": ["a"],
        "path": "report.html",
    }
    if name in ("report", "roles", "suffices", "vote", "rerun"):
        right["run"] = await a_run()
    if name in ("branch_tree", "controls", "speakers", "waterfall"):
        right["session"] = await a_session()
    assert await faults_of(getattr(wb, name), right) == []


@pytest.mark.parametrize("kind", THINGS)
async def test_a_method_refuses_what_it_cannot_take(kind: str) -> None:
    thing = await THINGS[kind]()
    kind_of = type(thing)
    methods = [one for one in dir(kind_of) if not one.startswith("_") and inspect.isroutine(getattr(kind_of, one))]
    assert len(methods) > 2
    right: dict[str, Any] = {"prompt": "Hi", "path": "o.csv", "texts": ["a"], "good": True, "scorers": []}
    found = {}
    for name in methods:
        if faults := await faults_of(getattr(thing, name), right):
            found[name] = faults
    assert found == {}
