"""A server of tools under an address: allowed, logged, signed by reference, and nothing goes anywhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agents.tools.odd import START_S, called
from agents.tools.served import KEY, Served, over_http

from workbench import errors
from workbench.agents import tools
from workbench.connections import audit
from workbench.connections.permissions import _policy


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with over_http() as served:
        yield served


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODD_KEY", KEY)


def named(url: str, **more: Any) -> tools.McpServer:
    return tools.mcp(url, **{"name": "odd", "key": "env:ODD_KEY", "start_s": START_S, **more})


async def test_tools_under_an_address_are_called_and_logged(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_AUDIT", str(tmp_path / "audit.jsonl"))
    server = named(served.url)
    async with server as offered:
        assert "add" in [tool.name for tool in offered]
        sums = await asyncio.gather(*(called(server, "add", left=number) for number in range(5)))
        assert sums == ["1", "2", "3", "4", "5"]
        with pytest.raises(errors.RequestRefusedError, match="the register is closed"):
            await called(server, "fail")
    log = audit()
    assert set(log["connection"]) == {"odd"}
    assert set(log["host"]) == {"127.0.0.1"}
    assert "POST /mcp" in set(log["request"])
    assert (log["model"] == "add").sum() == 5
    assert "left" not in (tmp_path / "audit.jsonl").read_text()
    assert KEY not in (tmp_path / "audit.jsonl").read_text()


async def test_a_key_is_read_anew_and_a_refusal_does_not_tell_it(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = named(served.url)
    await server
    monkeypatch.setenv("ODD_KEY", "falsch-0815")
    with pytest.raises(errors.KeyRefusedError) as caught:
        await called(server, "add", left=1)
    assert "falsch-0815" not in str(caught.value)
    monkeypatch.setenv("ODD_KEY", KEY)
    assert await called(server, "add", left=1) == "2"
    monkeypatch.delenv("ODD_KEY")
    with pytest.raises(errors.KeyReferenceError):
        await called(server, "add", left=1)
    await server.close()


async def test_a_host_that_is_not_allowed_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_OFFLINE", "1")
    _policy.forget()
    with pytest.raises(errors.PolicyError, match="WORKBENCH_OFFLINE is set"):
        await named("https://tools.example.org/mcp")


@pytest.mark.parametrize(
    ("path", "kind", "told"),
    [
        ("away", errors.AddressError, "another address, http://127.0.0.2:1/mcp"),
        ("broken", errors.ServerError, "out of paper"),
        ("nothing", errors.AddressError, "404"),
        ("page", errors.EngineError, "text/html"),
        ("refused", errors.RequestRefusedError, "closed today"),
        ("packed", errors.AddressError, "packed (gzip)"),
        ("garbled", errors.StreamGarbledError, "cannot be read"),
        ("cut", errors.StreamCutError, "in the middle"),
    ],
)
async def test_what_fails_on_the_way_is_told_in_one_line(served: Served, path: str, kind: type, told: str) -> None:
    with pytest.raises(errors.WorkbenchError) as caught:
        await named(served.at(path))
    assert isinstance(caught.value, kind), caught.value
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)


async def test_nothing_is_sent_where_a_server_points_to_unless_it_is_its_own(served: Served) -> None:
    served.asked.clear()
    async with named(served.at("near")) as offered:
        assert offered
    assert {key for _, key in served.asked} == {f"Bearer {KEY}"}


async def test_nobody_at_the_address_is_told() -> None:
    with pytest.raises(errors.UnreachableError, match="no server answers"):
        await named("http://127.0.0.1:9/mcp")


async def test_a_large_answer_is_cut_and_one_without_bounds_refused(served: Served) -> None:
    server = named(served.url)
    async with server:
        assert (await called(server, "large", size=60_000)).endswith("[20,000 more bytes, beyond result_bytes=100000]")
        with pytest.raises(errors.AnswerTooLongError):
            await called(server, "large", size=9 << 20)
        assert await called(server, "add", left=1) == "2"


async def test_a_call_that_hangs_ends_in_time(served: Served) -> None:
    server = named(served.url, call_s=0.5)
    async with server:
        with pytest.raises(errors.DeadlineError, match=r"within 0.5 s \(call_s\)"):
            await called(server, "hang", seconds=1.5)


@pytest.mark.parametrize(
    "arguments",
    [
        {"server": "http://127.0.0.1:1/mcp", "env": {"A": "b"}},
        {"server": ["mcp-server-time"], "key": "env:ODD_KEY"},
        {"server": []},
        {"server": ["mcp-server-time"], "call_s": 0},
        {"server": ["mcp-server-time"], "prefix": "a b"},
        {"server": ["mcp-server-time"], "env": {"LANG": 5}},
    ],
)
def test_what_cannot_mean_anything_is_refused(arguments: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(errors.UsageError):
        tools.mcp(**arguments)


def test_a_key_itself_and_an_address_that_is_none_are_refused() -> None:
    with pytest.raises(errors.KeyReferenceError):
        tools.mcp("https://tools.example.org/mcp", key=KEY)
    with pytest.raises(errors.ConfigurationError, match="a command is a list"):
        tools.mcp("mcp-server-time --local")
