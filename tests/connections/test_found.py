"""Connections whose address does not say what is there: what answers says it, at the first use."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from servers.run import Server
from standin import StandIn, standing_in

import workbench as wb
from workbench.connections import connect, connection, overview, wait
from workbench.connections.doctor import doctor
from workbench.errors import (
    AddressError,
    EngineError,
    KeyRefusedError,
    PolicyError,
    UnreachableError,
    UnsupportedError,
)

OLLAMA = ("/api/", "/v1/")
VLLM = ("/v1/", "/version", "/health", "/tokenize")


@pytest.fixture
def server() -> Iterator[StandIn]:
    with standing_in(models=("small",)) as running:
        yield running


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:11434", "ollama"),
        ("http://127.0.0.1:8000/v1", "openai"),
        ("https://gateway.example.org/team/v1?tenant=7", "openai"),
        ("https://gateway.example.org/v1beta/openai", "openai"),
        ("http://127.0.0.1:8000", None),
        ("http://127.0.0.1:8000/ollama", None),
    ],
)
def test_an_address_says_what_is_there_or_not(url: str, kind: str | None) -> None:
    assert connect("x", url).kind == kind


def test_to_connect_sends_nothing(server: StandIn) -> None:
    made = connect("x", server.address)
    assert repr(made) == f"Connection 'x': what answers at {server.address} (found out at the first use)"
    assert wb.model("x/small").engine.address == server.address
    assert server.seen == []


@pytest.mark.parametrize(
    ("speaks", "prefix", "kind", "below"),
    [
        (OLLAMA, "", "ollama", ""),
        (OLLAMA, "/llm/ollama", "ollama", ""),
        (VLLM, "", "openai", "/v1"),
        (VLLM, "/team", "openai", "/v1"),
        ((*VLLM, "/api/version"), "", "openai", "/v1"),  # as others than Ollama tell a version there too
    ],
)
async def test_the_first_use_finds_out_and_remembers(
    speaks: tuple[str, ...], prefix: str, kind: str, below: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "workbench")
    with standing_in(speaks=speaks, prefix=prefix, models=("small",)) as server:
        made = connect("x", server.address + prefix)
        assert (await wb.model("x/small").ask("Amt?")).text == "Bonn"
        asked = server.requests.count(f"GET {prefix}/health/readiness")
        assert (await wb.model("x/small").ask("Amt?")).text == "Bonn"
        assert server.requests.count(f"GET {prefix}/health/readiness") == asked == 1
        assert made.kind == connection("x").kind == kind
        assert repr(made) == f"Connection 'x': {kind} at {server.address}{prefix}{below} (found out)"
        assert set((await asyncio.to_thread(wb.models, "x"))["kind"]) == {kind}
        path = "/api/chat" if kind == "ollama" else "/v1/chat/completions"
        assert server.requests.count(f"POST {prefix}{path}") == 2
    assert caplog.text.count("answers at") == 1


@pytest.mark.parametrize(
    "use", ["stream", "embed", "models", "panel", "loaded", "capabilities", "show", "load", "first"]
)
async def test_whatever_is_used_first_finds_out(server: StandIn, use: str) -> None:
    connect("x", server.address)
    match use:
        case "stream":
            assert [piece.text async for piece in wb.model("x/small").stream("Amt?") if piece.text] == ["Bonn"]
        case "embed":
            assert await wb.embed("x/small", "Amt") == [[1.0]]
        case "models":
            assert list((await asyncio.to_thread(wb.models))["model"])[-1] == "x/small"
        case "panel":
            state = next(one for one in (await overview()).servers if one.name == "x")
            assert (state.kind, state.manages, state.address) == ("ollama", True, server.address)
        case "loaded":
            assert (await asyncio.to_thread(wb.loaded)).empty
        case "capabilities":
            assert (await wb.model("x/small").capabilities()).tools
        case "show":
            assert (await asyncio.to_thread(wb.show, "x/small")).name == "small"
        case "load":
            await wb.load("x/small")
        case "first":
            assert (await asyncio.to_thread(wb.model, "x")).name == "x/small"
    assert connection("x").kind == "ollama"


async def test_an_option_that_is_lacking_is_refused_with_the_first_request(server: StandIn) -> None:
    connect("x", server.address)
    with pytest.raises(UnsupportedError, match="Ollama has no regex"):
        await wb.model("x/small").ask("Amt?", regex="[a-z]+")
    connect("y", server.address)
    reply = await wb.model("y/small").ask("Amt?", choice=("Bonn",), strict=False)
    assert reply.warnings[0].startswith("choice= was left out")
    assert server.named("Amt?") == ["POST /api/chat"]


async def test_many_at_once_ask_once(server: StandIn) -> None:
    connect("x", server.address)
    await asyncio.gather(*(wb.model("x/small").ask("Amt?") for _ in range(20)))
    assert server.requests.count("GET /api/tags") == 1


async def test_a_server_that_was_away_is_asked_again(server: StandIn) -> None:
    with standing_in() as other:
        address = other.address
    connect("x", address)
    with pytest.raises(UnreachableError, match=r"start the server"):
        await wb.model("x/small").ask("Amt?")
    assert connection("x").kind is None
    assert list((await asyncio.to_thread(wb.models, "x"))["kind"].isna()) == [True]
    assert "no server answers" in (await asyncio.to_thread(wb.loaded, "x"))["problem"][0]
    connect("x", server.address)
    assert (await wb.model("x/small").ask("Amt?")).text == "Bonn"


async def test_a_server_that_is_not_ready_is_asked_again(server: StandIn) -> None:
    server.status = 503
    connect("x", server.address, limits={"attempts": 1})
    with pytest.raises(EngineError):
        await wb.model("x/small").ask("Amt?")
    assert connection("x").kind is None
    server.status = 200
    wb.connect("x", server.address)  # forgets what was seen
    assert (await wb.model("x/small").ask("Amt?")).text == "Bonn"
    assert connection("x").kind == "ollama"


async def test_another_server_under_the_same_name_is_asked_anew(server: StandIn) -> None:
    connect("x", server.address)
    await wb.model("x/small").ask("Amt?")
    server.speaks = VLLM
    connect("x", server.address)
    await wb.model("x/small").ask("Amt?")
    assert connection("x").kind == "openai"


@pytest.mark.parametrize("speaks", [OLLAMA, VLLM])
async def test_a_missing_key_is_told_as_such(speaks: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "geheim-4711")
    with standing_in(speaks=speaks, key="geheim-4711", models=("small",)) as server:
        connect("x", server.address)
        with pytest.raises(KeyRefusedError):
            await wb.model("x/small").ask("Amt?")
        connect("x", server.address, key="env:TEST_KEY")
        assert (await wb.model("x/small").ask("Amt?")).text == "Bonn"
    assert connection("x").kind == ("ollama" if speaks is OLLAMA else "openai")


async def test_what_speaks_neither_is_told_as_today() -> None:
    with standing_in(speaks=("/nothing",)) as server:
        connect("x", server.address)
        with pytest.raises(AddressError, match="nothing is at this address"):
            await wb.model("x/small").ask("Amt?")
        step = (await asyncio.to_thread(doctor, "x")).steps[-1]
        assert (step.name, step.passed) == ("path", False)


async def test_nothing_is_asked_where_the_policy_forbids_it(monkeypatch: pytest.MonkeyPatch) -> None:
    connect("x", "http://gpu.example.org:8000")
    monkeypatch.setenv("WORKBENCH_OFFLINE", "1")
    with pytest.raises(PolicyError, match=r"gpu\.example\.org"):
        await wb.model("x/small").ask("Amt?")


def test_the_doctor_finds_out(server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    server.speaks = VLLM
    connect("x", server.address)
    found = doctor("x/small")
    assert found.reached
    assert found.address == f"{server.address}/v1"
    assert found.server == "vLLM 0.32.0"


def test_a_file_without_a_kind_is_found_out_too(
    server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(f'[connections.x]\nurl = "{server.address}"\n')
    monkeypatch.setenv("WORKBENCH_CONFIG", str(file))
    assert connection("x").kind is None
    assert wait(wb.model("x/small").ask("Amt?")).text == "Bonn"
    assert connection("x").kind == "ollama"


def test_what_is_loaded_is_told_of_one_connection(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    connect("x", server.address)
    assert wb.loaded("x").empty
    connect("y", f"{server.address}/v1")
    told = wb.loaded("y")
    assert "does not tell what is loaded" in told["problem"][0]
    assert wb.loaded("embedded")["problem"].isna().all()
    with pytest.raises(wb.errors.ConnectionUnknownError, match="did you mean 'embedded'"):
        wb.loaded("embeded")
    assert list(told.columns) == list(wb.loaded().columns)
    assert isinstance(told, pd.DataFrame)


async def test_a_query_stays_behind_the_path(server: StandIn) -> None:
    for name, kind in (("native", "ollama"), ("compatible", "openai"), ("found", None)):
        connect(name, f"{server.address}{'/v1' if kind == 'openai' else ''}?tenant=7", kind=kind)
        await wb.model(f"{name}/small").ask("Amt?")
        await wb.embed(f"{name}/small", "Amt")
    await wb.load("native/small")
    assert all(one.endswith("?tenant=7") for one in server.requests)
    assert "POST /v1/chat/completions?tenant=7" in server.requests


def test_real_servers_are_found(
    ollama: Server, vllm: Server, plain_vllm: Server, litellm: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_KEY", litellm.key)
    wanted = {
        "a": (ollama.url, "ollama", None),
        "b": (vllm.url.removesuffix("/v1"), "openai", "env:TEST_VLLM_KEY"),
        "c": (plain_vllm.url.removesuffix("/v1"), "openai", None),
        "d": (litellm.url.removesuffix("/v1"), "openai", "env:GATEWAY_KEY"),
    }
    for name, (url, kind, key) in wanted.items():
        connect(name, url, key=key)
        assert not wb.models(name)["model"].empty
        assert connection(name).kind == kind
