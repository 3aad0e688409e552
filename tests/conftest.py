"""What all tests share: the real servers, or the word that they are not there, and a clean environment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from servers import run as servers

from workbench.connections import Model, _registry, connect, model

_used: dict[str, str] = {}
_missing: dict[str, str] = {}


@dataclass(frozen=True)
class Server:
    """A real server that runs on this machine.

    Attributes:
        url: Its address as `wb.connect` wants it.
        model: The name of the packaged model on it.
        key: The key that it wants, or "".
    """

    url: str
    model: str
    key: str = field(default="", repr=False)


def require(what: str, found: str | None, advice: str) -> str:
    """What was found; without it the test is skipped, or fails where CI must run every test."""
    if found:
        _used.setdefault(what, found)
        return found
    _missing[what] = advice
    reason = f"{what} was not found: {advice}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _clean(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No configuration of the machine reaches a test, and no connection of a test reaches the next."""
    for name in ("OLLAMA_HOST", "OPENAI_BASE_URL", "OPENAI_API_KEY", "WORKBENCH_MODEL"):
        monkeypatch.delenv(name, raising=False)
    empty = tmp_path_factory.getbasetemp() / "workbench.toml"
    empty.touch()
    monkeypatch.setenv("WORKBENCH_CONFIG", str(empty))
    monkeypatch.setenv("WORKBENCH_LANGUAGE", "en")
    yield
    _registry._session.clear()


@pytest.fixture
def embedded() -> Model:
    """The packaged model in this process, which is always there."""
    return model("embedded")


@pytest.fixture
def ollama() -> Server:
    """A real Ollama with the packaged model."""
    found = servers.ollama()
    require("Ollama", found and f"{found['version']} at {found['url']}", "make servers")
    assert found is not None
    return Server(found["url"], "smollm2")


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A real vLLM with the packaged model, and a key."""
    found = servers.vllm()
    require("vLLM", found and f"{found['version']} at {found['url']}", "make servers")
    assert found is not None
    monkeypatch.setenv("TEST_VLLM_KEY", found["key"])
    return Server(found["url"], "smollm2", found["key"])


@pytest.fixture
def on_ollama(ollama: Server) -> Model:
    """The packaged model on the real Ollama."""
    connect("ollama", ollama.url, kind="ollama")
    return model(f"ollama/{ollama.model}")


@pytest.fixture
def on_vllm(vllm: Server) -> Model:
    """The packaged model on the real vLLM."""
    connect("vllm", vllm.url, key="env:TEST_VLLM_KEY")
    return model(f"vllm/{vllm.model}")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The Chromium of this machine."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return Path(require("Chromium", found, "install Debian's package chromium"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which real servers were used, and which were not there."""
    terminalreporter.section("real servers")
    terminalreporter.line("embedded engine: always there")
    for what, found in _used.items():
        terminalreporter.line(f"{what}: {found}")
    for what, advice in _missing.items():
        terminalreporter.line(f"{what}: not found, its tests did not run ({advice})")
