"""The audit log: a line for each request, without what was said."""

import asyncio
import hashlib
import json
import os
from pathlib import Path

import pytest

from workbench.connections import Model, _policy, audit, model
from workbench.errors import ConfigurationError, ContextError


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "logs" / "audit.jsonl"
    monkeypatch.setenv("WORKBENCH_AUDIT", str(file))
    return file


async def test_every_request_is_a_line_without_its_text(log: Path, embedded: Model) -> None:
    await embedded.ask("Wo ist das Rathaus?", max_tokens=4)
    async for _ in embedded.stream("Wo ist das Rathaus?", max_tokens=4):
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
