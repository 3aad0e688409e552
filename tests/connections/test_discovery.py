"""wb.connect() finds the servers of this machine, and asks no other host."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cassettes import tape
from servers.run import Server

from workbench.connections import connect, connection, wait
from workbench.connections.configuration import _discovery


def port(server: Server) -> int:
    found = urlsplit(server.url).port
    assert found is not None
    return found


def test_what_runs_is_found_and_named(
    ollama: Server, vllm: Server, plain_vllm: Server, litellm: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = (port(ollama), port(vllm), port(plain_vllm), port(litellm), 9)
    monkeypatch.setattr(_discovery, "PORTS", ports)
    found = connect()
    # "ollama" is there from the start, at its usual address, so another is another.
    assert [(one.name, one.settings.url) for one in found] == [
        ("ollama-found", ollama.url),
        ("vllm", vllm.url),
        ("vllm-2", plain_vllm.url),
        ("litellm", litellm.url),
    ]
    assert connection("vllm-2").kind == "openai"
    assert [one.name for one in connect()] == [one.name for one in found]


def test_the_address_in_the_environment_is_looked_at(ollama: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_discovery, "PORTS", ())
    monkeypatch.setenv("OLLAMA_HOST", ollama.url)
    assert [(one.name, one.settings.source) for one in connect()] == [("ollama", "OLLAMA_HOST")]


def test_nothing_is_found_where_nothing_runs_and_no_other_host_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    original = socket.socket.connect

    def spy(self: socket.socket, address: tuple[str, int]) -> None:
        asked.append(address[0])
        original(self, address)

    monkeypatch.setattr(socket.socket, "connect", spy)
    monkeypatch.setattr(_discovery, "PORTS", (9, 10))
    assert connect() == []
    assert set(asked) == {"127.0.0.1"}


def test_a_recording_gives_no_address_what_another_answered(
    ollama: Server, vllm: Server, litellm: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = [port(ollama), port(vllm), port(litellm), 9]

    def found(order: list[int]) -> dict[str, str]:
        monkeypatch.setattr(_discovery, "PORTS", tuple(order))
        return {one.url: one.source for one in wait(_discovery.discover())}

    with tape(tmp_path / "a", "record"):
        told = found(ports)
    with tape(tmp_path / "a", "replay"):
        assert found(ports[::-1]) == told
    assert len(told) == 3
