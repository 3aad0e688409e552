"""The audit log: a line for each request, without what was said."""

import asyncio
import hashlib
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from faulty import whole
from hostile import Asked, hostile_server
from standin import StandIn, standing_in

import workbench as wb
from workbench.connections import Model, audit, connect, model
from workbench.connections.permissions import _policy
from workbench.errors import ConfigurationError, ContextError, EngineError


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "logs" / "audit.jsonl"
    monkeypatch.setenv("WORKBENCH_AUDIT", str(file))
    return file


async def test_every_request_is_a_line_without_its_text(log: Path, embedded: Model) -> None:
    await embedded.ask("Wo ist das Rathaus?", max_tokens=4, temperature=0)
    async for _ in embedded.stream("Wo ist das Rathaus?", max_tokens=4, temperature=0):
        pass
    with pytest.raises(ContextError):
        await embedded.ask("Amt " * 20_000)
    frame = audit()
    assert list(frame["outcome"]) == ["length", "length", "ContextError"]
    assert list(frame["completion_tokens"])[:2] == [4, 4]
    assert set(frame["host"]) == {"127.0.0.1"}
    assert set(frame["model"]) == {"smollm2-135m-instruct"}
    assert frame["time"].is_monotonic_increasing
    assert "Rathaus" not in log.read_text()
    assert log.stat().st_mode & 0o077 == 0
    sent = json.dumps([{"role": "user", "content": "Wo ist das Rathaus?"}], ensure_ascii=False, separators=(",", ":"))
    assert frame["prompt_sha256"][0] == frame["prompt_sha256"][1] == hashlib.sha256(sent.encode()).hexdigest()


async def test_the_texts_are_kept_where_that_is_switched_on(
    log: Path, embedded: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_AUDIT_TEXT", "1")
    reply = await embedded.ask("Wo ist das Rathaus?", max_tokens=4)
    line = json.loads(log.read_text())
    assert line["messages"] == [{"role": "user", "content": "Wo ist das Rathaus?"}]
    assert line["answer"] == reply.text


async def test_a_log_that_cannot_be_written_lets_nothing_be_asked(
    tmp_path: Path, embedded: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("WORKBENCH_AUDIT", str(tmp_path / "file" / "audit.jsonl"))
    with pytest.raises(ConfigurationError, match="audit log cannot be written"):
        await embedded.ask("Hallo", max_tokens=2)


async def test_the_administrators_log_wins(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(f'audit = "{tmp_path}/official.jsonl"')
    monkeypatch.setattr(_policy, "FILE", policy)
    monkeypatch.setattr(_policy, "_ADMINISTRATOR", os.getuid())
    _policy.forget()
    monkeypatch.setenv("WORKBENCH_AUDIT_TEXT", "1")
    await model("embedded").ask("Wo ist das Rathaus?", max_tokens=2)
    assert not log.exists()
    assert "Rathaus" not in (tmp_path / "official.jsonl").read_text()
    assert len(audit()) == 1


def test_without_a_log_there_is_none_to_read() -> None:
    with pytest.raises(ConfigurationError, match="WORKBENCH_AUDIT"):
        audit()


def test_an_empty_log_is_an_empty_table(log: Path) -> None:
    assert audit().empty


async def test_many_at_once_keep_their_lines_whole(log: Path, embedded: Model) -> None:
    await asyncio.gather(*(embedded.ask("Amt?", max_tokens=1) for _ in range(12)))
    assert len(audit()) == 12


def _of_ollama(name: str, folder: Path) -> dict[str, Callable[[], Awaitable[Any]]]:
    """What the public functions do with an Ollama beside what they do with all servers."""
    return {
        "show": lambda: asyncio.to_thread(wb.show, name),
        "loaded": lambda: asyncio.to_thread(wb.loaded),
        "load": lambda: wb.load(name),
        "unload": lambda: wb.unload(name),
        "copy": lambda: wb.copy(name, "other"),
        "delete": lambda: wb.delete(name, sure=True),
        "pull": lambda: wb.pull(name),
        "create of a model": lambda: wb.create("server/other", base=name),
        "create of a file": lambda: wb.create("server/other", file=folder / "tiny.gguf"),
    }


def _of_all(name: str) -> dict[str, Callable[[], Awaitable[Any]]]:
    """What the public functions do with every server."""
    return {
        "ask": lambda: wb.model(name).ask("Personalakte"),
        "stream": lambda: _streamed(name),
        "a stream that is left": lambda: _left(name),
        "embed": lambda: wb.embed(name, ["Personalakte"]),
        "capabilities": lambda: wb.model(name).capabilities(),
        "models": lambda: asyncio.to_thread(wb.models),
        "the first model": lambda: asyncio.to_thread(wb.model, "server"),
        "panel": lambda: asyncio.to_thread(wb.panel),
        "doctor": lambda: asyncio.to_thread(wb.doctor, name, again=True),
        "compare": lambda: wb.compare(["Wo?", "Was?"], name),
        "judge": lambda: wb.compare(["Wo?"], name, scorers=wb.scorers.judge(name, "Is it right?")),
        "similarity": lambda: wb.compare(["Wo?"], name, scorers=wb.scorers.similarity(name, ["Bonn"])),
        "benchmark": lambda: wb.benchmark(name, concurrency=[1], requests=1, progress=lambda *_: None),
        "agent": lambda: _agent(name),
    }


def _of_vllm(name: str) -> dict[str, Callable[[], Awaitable[Any]]]:
    """What they do with a vLLM beside that."""
    return {
        "tokenize": lambda: wb.model(name).tokenize("Personalakte"),
        "detokenize": lambda: wb.model(name).detokenize([1, 2]),
    }


async def _streamed(name: str) -> None:
    async for _ in wb.model(name).stream("Personalakte"):
        pass


async def _left(name: str) -> None:
    async with aclosing(wb.model(name).stream("Personalakte")) as answering:
        await anext(answering)


async def _agent(name: str) -> None:
    from autogen_core.models import UserMessage

    await wb.agents.client(name).create([UserMessage(content="Personalakte", source="user")])


def _noted_and_seen(server: StandIn) -> tuple[Counter[str], Counter[str]]:
    """How often each request was noted, and how often it came; the server sees no difference between TCP and TLS."""
    frame = audit()
    frame = frame[(frame["connection"] == "server") & frame["request"].str.contains("/")]
    return Counter(frame["request"]), Counter(server.requests)


def _all_works(name: str, folder: Path) -> dict[tuple[str, str], Callable[[], Awaitable[Any]]]:
    """All of it, by the kind of the connection."""
    own = {"ollama": _of_ollama(name, folder), "openai": _of_vllm(name)}
    return {(kind, work): how for kind, more in own.items() for work, how in (_of_all(name) | more).items()}


@pytest.mark.parametrize(("kind", "work"), _all_works("", Path()))
async def test_nothing_is_seen_by_a_server_that_the_log_lacks(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, work: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "cache")
    speaks = ("/api/",) if kind == "ollama" else ("/v1/", "/version", "/health", "/tokenize", "/detokenize", "/metrics")
    with standing_in(models=("small", "other"), speaks=speaks) as server:
        connect("server", server.address + ("" if kind == "ollama" else "/v1"), kind=kind)
        (tmp_path / "tiny.gguf").write_bytes(b"GGUF" + bytes(64))
        await _all_works("server/small", tmp_path)[kind, work]()
        noted, seen = _noted_and_seen(server)
    assert seen
    assert noted == seen


async def test_every_try_and_every_refusal_is_noted(log: Path) -> None:
    with standing_in(models=("small",), status=503) as server:
        connect("server", server.address, kind="ollama", limits={"pause_s": 0.01, "attempts": 3})
        for asked in (wb.model("server/small").ask("Amt"), wb.embed("server/small", "Amt")):
            with pytest.raises(EngineError):
                await asked
        noted, seen = _noted_and_seen(server)
    assert seen["POST /api/chat"] == 3
    assert noted == seen
    outcomes = audit().groupby("request")["outcome"].unique()
    assert list(outcomes["POST /api/chat"]) == ["ServerError"]
    assert list(outcomes["POST /api/embed"]) == ["status 503"]


@pytest.mark.parametrize(
    ("request_line", "asking"),
    [
        ("POST /v1/chat/completions", lambda: wb.model("server/small").ask("Amt")),
        ("POST /v1/embeddings", lambda: wb.embed("server/small", ["Amt"])),
    ],
)
async def test_what_is_cancelled_is_noted(
    log: Path, request_line: str, asking: Callable[[], Coroutine[Any, Any, Any]]
) -> None:
    has_come, loop = asyncio.Event(), asyncio.get_running_loop()

    async def silent(_asked: Asked) -> AsyncIterator[bytes]:
        loop.call_soon_threadsafe(has_come.set)
        await asyncio.Event().wait()
        yield b""

    async def nothing(_asked: Asked) -> AsyncIterator[bytes]:
        yield whole("404 Not Found", "{}")

    with hostile_server() as server:
        server.answers |= {"v1": silent, "api": nothing}
        connect("server", f"{server.address}/v1")
        task = asyncio.create_task(asking())
        await has_come.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert audit().set_index("request").loc[request_line, "outcome"] == "cancelled"


async def test_what_texts_were_sent_can_be_found_again(log: Path) -> None:
    with standing_in(models=("small",), speaks=("/v1/", "/tokenize")) as server:
        connect("server", f"{server.address}/v1")
        await wb.embed("server/small", ["Personalakte"])
        await wb.model("server/small").tokenize("Personalakte")
        await asyncio.to_thread(wb.models, "server")
    frame = audit().set_index("request")
    assert frame.loc["POST /v1/embeddings", "prompt_sha256"] == hashlib.sha256(b'["Personalakte"]').hexdigest()
    assert frame.loc["POST /v1/embeddings", "prompt_tokens"] == 3
    assert frame.loc["POST /tokenize", "prompt_sha256"] == hashlib.sha256(b'"Personalakte"').hexdigest()
    assert set(frame.loc[["POST /v1/embeddings", "POST /tokenize"], "model"]) == {"small"}
    assert pd.isna(frame.loc["GET /v1/models", "prompt_sha256"])
    assert frame.loc["GET /v1/models", "model"] == ""
    assert "Personalakte" not in log.read_text()


async def test_what_the_embedded_engine_is_asked_is_noted_too(log: Path, embedded: Model) -> None:
    await embedded.tokenize("Amt")
    await embedded.capabilities()
    assert [*audit()["request"]] == ["POST /tokenize", "GET /props"]


def test_the_doctor_notes_that_it_has_tried_a_port(log: Path) -> None:
    connect("away", "http://127.0.0.1:9/v1")
    wb.doctor("away")
    frame = audit()
    assert [*frame["request"]] == ["TCP"]
    assert [*frame["outcome"]] == ["ConnectionRefusedError"]


def test_a_log_of_an_earlier_version_is_read(log: Path) -> None:
    log.parent.mkdir()
    log.write_text('{"time": "2026-01-01T00:00:00+00:00", "connection": "gpu", "host": "gpu", "model": "small"}\n')
    frame = audit()
    assert list(frame["model"]) == ["small"]
    assert frame["request"].isna().all()


async def test_a_log_on_a_full_disk_is_told(log: Path, embedded: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with standing_in(models=("small",)) as server:
        connect("server", server.address, kind="ollama")
        monkeypatch.setattr("workbench.connections.permissions._audit.os.write", full)
        with pytest.raises(ConfigurationError, match="cannot be written: No space left"):
            await asyncio.to_thread(wb.show, "server/small")
