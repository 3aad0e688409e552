"""A function behind an approved tool that is swapped for another: it is noticed, and a person is asked again."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agents.calling import Done, deleting
from agents.teams import Said, agent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core.tools import FunctionTool

from workbench import agents
from workbench.agents.autogen._code import code_of


def calling(prompt: str, number: int, tools: list[str]) -> Said:
    return "Fertig." if prompt.splitlines()[-1].startswith("FunctionExecution") else [("delete", '{"path": "/tmp/x"}')]


def office(function: Callable[..., Any], **more: Any) -> tuple[agents.Session, FunctionTool]:
    tool = FunctionTool(function, "Delete a file.", name="delete")
    clerk = agent("clerk", calling, tools=[tool], max_tool_iterations=2)
    return agents.session(RoundRobinGroupChat([clerk], max_turns=4), "Los.", **more), tool


def erasing(done: Done) -> Callable[..., str]:
    def delete(path: str) -> str:
        done.append({"path": path, "all": True})
        return "deleted"

    return delete


async def test_an_approval_for_a_run_ends_where_the_function_is_another() -> None:
    first: Done = []
    other: Done = []
    session, tool = office(deleting(first))
    await session.run()
    session.approve(always=True)
    await session.step()
    await session.step()
    assert len(first) == 2  # the second was not asked about
    tool._func = erasing(other)
    await session.run()
    (call,) = session.waiting
    assert call.why == "the tool has changed since it was approved"
    assert other == []


async def test_an_approval_of_one_call_ends_where_the_function_is_another() -> None:
    other: Done = []
    session, tool = office(deleting([]))
    await session.run()
    session.approve()
    tool._func = erasing(other)
    await session.step()
    assert (len(session.waiting), other) == (1, [])


async def test_a_function_that_is_swapped_while_a_person_thinks_is_not_run() -> None:
    other: Done = []
    seen: list[str] = []

    def word(call: agents.Call) -> bool:
        seen.append(call.code)
        tool._func = erasing(other)
        return call.code == seen[0]

    session, tool = office(deleting([]), approve=word)
    await session.step()
    assert (len(set(seen)), other) == (2, [])
    assert session.approvals["decision"].tolist() == ["approved", "rejected"]


async def test_an_approval_holds_for_a_function_that_counts_and_for_the_same_words_again(tmp_path: Path) -> None:
    done: Done = []
    session, tool = office(deleting(done), file=tmp_path / "office.session")
    await session.run()
    session.approve(always=True)
    tool._func = deleting(done)
    await session.step()
    await session.step()
    assert (session.waiting, len(done)) == ([], 2)
    loaded = agents.load(tmp_path / "office.session", office(deleting(done))[0].team, trusted=True)
    assert await loaded.run() is loaded
    assert (loaded.finished, len(done)) == (True, 4)


def made(body: str) -> Any:
    """A function as a cell of a notebook makes it."""
    names: dict[str, Any] = {"functools": functools}
    exec(body, names)
    return names["tool"]


SAME = [
    "def tool(path: str) -> str: return path",
    "async def tool(path: str) -> str: return await helper(path)",
    "def make(n):\n  def tool(path: str) -> str:\n    nonlocal n\n    n += 1\n    return path\n  return tool\n"
    "tool = make(0)",
    "def whole(path: str, deep: bool) -> str: return path\ntool = functools.partial(whole, deep=False)",
    "def me():\n  def tool(path: str) -> str: return tool(path)\n  return tool\ntool = me()",
    "def tool(path: str) -> str: return 'x' if path in {'a', 'b', 'c', 'd'} else 'y'",
]


@pytest.mark.parametrize("body", SAME)
def test_the_same_words_are_the_same_function(body: str) -> None:
    first, again = (FunctionTool(made(f"{lines}{body}"), "Deletes.", name="delete") for lines in ("", "\n\n"))
    assert code_of(first) == code_of(again) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SAME[0], SAME[0].replace("return path", "return path + path")),
        (SAME[0], SAME[0].replace("return path", "return 'x'")),
        (SAME[1], SAME[1].replace("helper", "eraser")),
        (SAME[3], SAME[3].replace("deep=False", "deep=True")),
        (SAME[3], SAME[3].replace("return path\n", "return erase(path)\n")),
        (SAME[0], SAME[0].replace("path: str", "path: str = '/'")),
        (
            "def wrap(f):\n  def tool(path: str) -> str: return f(path)\n  return tool\ntool = wrap(lambda p: p)",
            "def wrap(f):\n  def tool(path: str) -> str: return f(path)\n  return tool\ntool = wrap(lambda p: 1)",
        ),
    ],
)
def test_other_words_are_another_function(one: str, other: str) -> None:
    first, second = (FunctionTool(made(body), "Deletes.", name="delete") for body in (one, other))
    assert code_of(first) != code_of(second)


async def test_a_counter_that_runs_stays_the_same() -> None:
    tool = FunctionTool(made(SAME[2]), "Deletes.", name="delete")
    before = code_of(tool)
    tool._func("/tmp/x")
    await asyncio.sleep(0)
    assert code_of(tool) == before
