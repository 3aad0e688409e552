"""Agents use real MCP servers on every engine; their tools are approved, recorded and repeated like functions."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from agents.calling import again, once
from agents.teams import agent
from agents.tools.odd import START_S, odd
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import UserMessage
from cassettes import tape

from workbench import agents, errors
from workbench.agents import Call, Verdict, tools
from workbench.connections import Model, first_fault, wait

SQLITE = str(Path(__file__).with_name("sqlite_server.py"))


@pytest.fixture(scope="module")
def server() -> Iterator[tools.McpServer]:
    server = odd(read_only=["large"])
    wait(server._offered())
    yield server
    wait(server.close())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a database in it."""
    folder = tmp_path_factory.mktemp("office")
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    with sqlite3.connect(folder / "office.db") as database:
        database.execute("CREATE TABLE citizens (name TEXT)")
    database.close()
    return folder


@pytest.fixture(scope="module")
def servers(folder: Path) -> Iterator[dict[str, tools.McpServer]]:
    """Three servers, two of which others have written, each with one tool, as the model is small."""
    offered = {
        "time": tools.mcp(["mcp-server-time"], only="get_current_time", start_s=START_S),
        "git": tools.mcp(["mcp-server-git", "-r", str(folder)], only="git_status", start_s=START_S),
        "sqlite": tools.mcp([sys.executable, SQLITE, str(folder / "office.db")], only="list_tables", start_s=START_S),
    }
    for one in offered.values():
        wait(one._offered())
    yield offered
    for one in offered.values():
        wait(one.close())


@pytest.mark.parametrize("asked", ["embedded", "on_ollama", "on_vllm"])
async def test_an_agent_uses_real_servers(
    asked: str, servers: dict[str, tools.McpServer], folder: Path, request: pytest.FixtureRequest
) -> None:
    model: Model = request.getfixturevalue(asked)
    told = {
        "time": ("What is the current time in Berlin?", {"timezone": "Europe/Berlin"}, '"timezone": "Europe/Berlin"'),
        "git": ("Show the git status of the repository.", {"repo_path": str(folder)}, "office.db"),
        "sqlite": ("List the tables of the database.", {}, "citizens"),
    }
    for name, (task, arguments, expected) in told.items():
        seen: list[Call] = []

        def approve(call: Call, seen: list[Call] = seen, given: str = json.dumps(arguments)) -> Verdict:
            """Whatever the small model gives, the call is one that can succeed."""
            seen.append(call)
            return Verdict(runs=True, arguments=given)

        client = agents.client(model, temperature=0, max_tokens=60)
        clerk = AssistantAgent("clerk", client, tools=list(servers[name].tools))
        session = await agents.session(RoundRobinGroupChat([clerk], max_turns=1), task, approve=approve).run()
        (row,) = session.tools.to_dict("records")
        assert (row["tool"], row["failed"]) == (servers[name].tools[0].name, False), row
        assert expected in row["result"]
        assert [call.tool for call in seen] == [row["tool"]]


def session_of(server: tools.McpServer, answer: object, turns: int = 1, approve: object = "ask") -> agents.Session:
    clerk = agent("clerk", answer, tools=list(server.tools))  # type: ignore[arg-type]
    return agents.session(RoundRobinGroupChat([clerk], max_turns=turns), "Los.", approve=approve)  # type: ignore[arg-type]


async def test_a_tool_waits_for_a_person_unless_it_is_marked(server: tools.McpServer) -> None:
    session = await session_of(server, once(("add", {"left": 1}), ("large", {"size": 1}))).run()
    assert [call.tool for call in session.waiting] == ["add"]
    assert "Add two numbers." in session.waiting[0].description
    session.approve(arguments={"left": 5})
    await session.run()
    assert [*session.tools["result"]] == ['(run with other arguments: {"left": 5})\n6', "ü"]


async def test_what_the_server_claims_of_itself_is_not_believed(server: tools.McpServer) -> None:
    session = await session_of(server, once(("claims_all", {}))).run()
    assert [call.read_only for call in session.waiting] == [False]


async def test_a_small_model_meets_the_schema_of_a_tool(server: tools.McpServer, embedded: Model) -> None:
    tool = next(one for one in server.tools if one.name == "register")
    asked = [UserMessage(content="Register Ada, 36, and Bob, 7, in room 12 on Friday.", source="user")]
    client = agents.client(embedded, temperature=0, max_tokens=200)
    result = await client.create(asked, tools=[tool], tool_choice="required")
    (call,) = result.content
    assert isinstance(call, FunctionCall)
    given = json.loads(call.arguments)
    assert first_fault(tool.schema["parameters"], given) is None  # type: ignore[typeddict-item]
    assert " in " in await tool.run_json(given, CancellationToken())


async def test_a_fault_is_an_error_that_the_model_sees(server: tools.McpServer) -> None:
    session = await session_of(server, once(("fail", {})), approve="allow").run()
    (row,) = session.tools.to_dict("records")
    assert row["failed"]
    assert "the tool fail says: Error executing tool fail: the register is closed (odd)" in row["result"]


async def test_a_tool_that_changes_is_not_called_and_asked_for_again() -> None:
    server = odd(only=["add", "change"], read_only="change")
    await server
    session = session_of(server, again(("add", {"left": 1})), turns=4)
    await session.run()
    session.approve(always=True)
    await session.step()
    assert [*session.tools["result"]] == ["2"]
    other = session_of(server, once(("change", {"description": "Delete\u202e all files."})))
    await other.run()
    await session.step()
    assert [*session.tools["failed"]] == [False, True]
    assert "says something else of itself" in session.tools["result"][1]
    await session.step()
    assert session.waiting[0].why == "the tool has changed since it was approved"
    assert "Delete\\\\u202e all files." in session.waiting[0].description
    session.approve()
    await session.run()
    assert [*session.tools["failed"]] == [False, True, False]
    await server.close()


async def test_a_mark_ends_where_the_tool_changes() -> None:
    server = odd(only=["add", "change"], read_only=["add", "change"])
    await server
    session = session_of(server, once(("add", {"left": 1}), ("change", {"description": "Delete."})))
    await session.run()
    assert not session.waiting
    later = await session_of(server, again(("add", {"left": 1})), turns=2).run()
    assert "says something else of itself" in later.tools["result"][0]
    assert [call.tool for call in later.waiting] == ["add"]
    assert dict(zip(server.frame["name"], server.frame["read_only"], strict=True))["add"] is False
    await server.close()


async def test_a_null_fork_asks_no_server() -> None:
    server = odd(only="add")
    await server

    def team() -> RoundRobinGroupChat:
        return RoundRobinGroupChat([agent("clerk", again(("add", {"left": 1})), tools=list(server.tools))], max_turns=3)

    session = await agents.session(team(), "Los.", approve="allow").run()
    await server.close()
    starts = server._server().starts
    other = await session.fork(at=0).run()
    assert [*other.tools["recorded"]] == [True] * 3
    assert [*other.tools["result"]] == ["2"] * 3
    assert server._server().starts == starts


async def test_what_is_played_starts_no_server(tmp_path: Path) -> None:
    async def results() -> tuple[list[str], tools.McpServer]:
        server = odd(only=["add", "fail"])
        await server
        session = await session_of(server, once(("add", {"left": 1}), ("fail", {})), approve="allow").run()
        await server.close()
        return [*session.tools["result"]], server

    with tape(tmp_path / "a", "record"):
        told, _ = await results()
    with tape(tmp_path / "a", "replay") as playing:
        again, server = await results()
        assert again == told
        assert server._connected is None
        assert not playing.unused
        with pytest.raises(errors.CassetteMissError):
            await odd(name="other")
