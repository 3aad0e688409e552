"""A server of tools that misbehaves: each fault is one line of the family, and the server is there again afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from agents.tools.odd import START_S, called, called_with, odd

from workbench import errors
from workbench.agents import tools
from workbench.connections import wait


@pytest.fixture(scope="module")
def server() -> Iterator[tools.McpServer]:
    server = odd(result_bytes=1000)
    wait(server._offered())
    yield server
    wait(server.close())


async def refused(server: tools.McpServer, name: str, **arguments: Any) -> errors.WorkbenchError:
    with pytest.raises(errors.WorkbenchError) as caught:
        await called(server, name, **arguments)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


async def test_arguments_of_all_kinds_reach_the_tool(server: tools.McpServer) -> None:
    assert await called(server, "add", left=2) == "3"
    team = {"head": {"name": "Ada", "age": 36}, "others": [{"name": "Bob", "age": 7}]}
    given = {"team": team, "room": "12a", "days": ["Monday", "Friday"]}
    assert await called_with(server, "register", given) == "Ada in 12a on ['Monday', 'Friday'], None"
    assert "picture" in [tool.name for tool in server.tools]
    assert await called(server, "picture") == "[image/png, 3 bytes]"


async def test_arguments_that_do_not_fit_are_not_sent(server: tools.McpServer) -> None:
    for given in ({"left": "two"}, {}):
        error = await refused(server, "add", **given)
        assert isinstance(error, errors.ToolCallError)
    head = {"name": "Ada", "age": "old"}
    error = await refused(server, "register", team={"head": head}, room=1, days=[])
    assert "$.team.head.age" in str(error)


async def test_a_tool_that_fails_says_so_in_one_line(server: tools.McpServer) -> None:
    error = await refused(server, "fail")
    assert isinstance(error, errors.RequestRefusedError)
    assert "the tool fail says" in str(error)
    assert "the register is closed" in str(error)


async def test_a_server_that_dies_in_mid_call_is_told_and_started_anew(server: tools.McpServer) -> None:
    before = await called(server, "process")
    error = await refused(server, "die")
    assert isinstance(error, errors.StreamCutError)
    assert "the server ended in the middle of the call of die" in str(error)
    assert "out of paper" in str(error)
    assert await called(server, "process") != before


async def test_a_call_that_hangs_ends_in_time_and_others_go_on(server: tools.McpServer, monkeypatch: Any) -> None:
    slow = odd(call_s=1.0)
    slow._connected = server._connected
    slow._take(await server._asked())
    error, added = await asyncio.gather(refused(slow, "hang", seconds=3.0), called(server, "large", size=2))
    assert isinstance(error, errors.DeadlineError)
    assert "within 1 s (call_s)" in str(error)
    assert added == "üü"


async def test_what_is_no_message_is_passed_over(server: tools.McpServer) -> None:
    assert await called(server, "garbage") == "said"


async def test_a_large_result_is_cut_and_that_is_said(server: tools.McpServer) -> None:
    text = await called(server, "large", size=5000)
    assert text.endswith("ü… [9,000 more bytes, beyond result_bytes=1000]")
    assert text.count("ü") == 500


async def test_a_message_without_bounds_ends_the_connection(server: tools.McpServer) -> None:
    error = await refused(server, "large", size=9 << 20)
    assert isinstance(error, errors.AnswerTooLongError)
    assert "16 MiB" in str(error)
    assert await called(server, "add", left=1) == "2"


async def test_several_calls_run_at_once(server: tools.McpServer) -> None:
    sums = await asyncio.gather(*(called(server, "add", left=number, right=1) for number in range(20)))
    assert sums == [str(number + 1) for number in range(20)]


async def test_whoever_stops_waiting_leaves_the_server_working(server: tools.McpServer) -> None:
    calling = asyncio.create_task(called(server, "hang", seconds=0.5))
    await asyncio.sleep(0.1)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert await called(server, "add", left=1) == "2"


def test_what_a_server_says_of_its_tools_hides_nothing(server: tools.McpServer) -> None:
    frame = server.frame.set_index("on_server")
    assert frame.at["hidden", "description"] == "Find\\u202e a \\u200bfile.\nAnd more."
    assert frame.at["claims.all", "name"] == "claims_all"
    assert frame.at["claims.all", "claims"] == "changes nothing"
    assert not frame["read_only"].any()


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["no-such-program"], "there is no program 'no-such-program'"),
        (["/no/such/program"], "No such file or directory"),
        (["python3", "-c", "import sys; sys.exit('no licence')"], "no licence"),
        (["python3", "-c", "print('<html>' * 9)"], "<html>"),
    ],
)
async def test_a_program_that_is_no_server_is_told_with_its_last_words(command: list[str], told: str) -> None:
    server = tools.mcp(command, start_s=START_S)
    with pytest.raises(errors.EngineError) as caught:
        await server
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_program_that_says_nothing_is_not_waited_for(tmp_path: Any) -> None:
    server = tools.mcp(["sleep", "600"], start_s=1)
    with pytest.raises(errors.DeadlineError, match=r"nothing came of the start within 1 s \(start_s\)"):
        await server


async def test_names_that_the_server_does_not_have_are_refused(server: tools.McpServer) -> None:
    for word in ("read_only", "only"):
        other = odd(**{word: ["ad"]})
        other._connected = server._connected
        with pytest.raises(errors.UsageError, match="did you mean 'add'"):
            await other


async def test_a_prefix_tells_the_tools_of_two_servers_apart(server: tools.McpServer) -> None:
    other = odd(prefix="odd_", only="add")
    other._connected = server._connected
    assert [tool.name for tool in await other] == ["odd_add"]
    assert await called(other, "odd_add", left=4) == "5"
