"""What all tests share: the real servers, or the word that they are not there, and a clean environment."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

import pytest
import registry as registries
import toxiproxy as proxies
from lanes import PAGES, lane_of
from registry import Registry
from servers import run as servers
from servers.run import Server
from toxiproxy import Toxiproxy

from workbench.connections import Model, _names, _registry, connect, model
from workbench.connections.asking import _records
from workbench.connections.permissions import _policy
from workbench.engines import forget_kinds
from workbench.engines.cassette import _inserted
from workbench.engines.sending import _upstream
from workbench.engines.wire import _breaker

# A shell's `&` and nohup have these ignored, in all children too, though some tests end children by them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

Found = TypeVar("Found")

_POLITELY = 5

collect_ignore = [
    "servers/convert_model.py",
    "servers/make_adapter.py",
]  # run with vLLM's environment, not with this one

_OF_THE_USER = (
    "WORKBENCH_MODE",
    "WORKBENCH_CASSETTE",
    "WORKBENCH_SPEED",
    "OLLAMA_HOST",
    "OPENAI_BASE_URL",
    "OPENAI_API_KEY",
    "WORKBENCH_MODEL",
    "WORKBENCH_OFFLINE",
)
_used: dict[str, str] = {}
_missing: dict[str, str] = {}


def require(what: str, found: Found | None, advice: str) -> Found:
    """What was found; without it the test is skipped, or fails where CI must run every test."""
    if found:
        _used[what] = str(found)
        return found
    _missing[what] = advice
    reason = f"{what} was not found: {advice}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _clean(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No configuration of the machine reaches a test, no connection of a test the next, and nothing unnamed is kept."""
    for name in (*_OF_THE_USER, *(name for name in os.environ if name.startswith("WORKBENCH_AUDIT"))):
        monkeypatch.delenv(name, raising=False)
    empty = tmp_path_factory.getbasetemp() / "workbench.toml"
    empty.touch()
    monkeypatch.setenv("WORKBENCH_CONFIG", str(empty))
    monkeypatch.setenv("WORKBENCH_LANGUAGE", "en")
    monkeypatch.setenv("WORKBENCH_JOURNAL", "off")
    yield
    for cassette in (*_inserted._inserted, *_inserted._by_environment.values()):
        cassette.eject()
    _inserted._by_environment.clear()
    _registry._session.clear()
    _policy.forget()
    _breaker.forget()
    _upstream.forget()
    _records.forget()
    _names.forget()
    forget_kinds()


@pytest.fixture
def embedded() -> Model:
    """The packaged model in this process, which is always there."""
    return model("embedded")


@pytest.fixture(scope="session")
def ollama() -> Server:
    """A real, current Ollama with the packaged model."""
    return require("Ollama", servers.ollama(), "make servers")


@pytest.fixture(scope="session")
def oldest_ollama() -> Server:
    """The oldest Ollama that is supported, with the packaged model."""
    return require("the oldest Ollama", servers.oldest_ollama(), "make servers")


@pytest.fixture(params=["ollama", "oldest_ollama"])
def each_ollama(request: pytest.FixtureRequest) -> Server:
    """Both Ollamas in turn."""
    found: Server = request.getfixturevalue(request.param)
    return found


PrivateOllama = Callable[..., Server]


@pytest.fixture
def private_ollama(tmp_path: Path) -> Iterator[PrivateOllama]:
    """Start a current Ollama for one test, with an environment of its own: `private_ollama(OLLAMA_NO_CLOUD="1")`."""
    with ExitStack() as running:

        def started(**environment: str) -> Server:
            folder = Path(mkdtemp(dir=tmp_path))
            found = running.enter_context(servers.private_ollama(folder, **environment))
            return require("Ollama", found, "make servers")

        yield started


@pytest.fixture(scope="session")
def _vllm() -> Server:
    return require("vLLM", servers.vllm(), "make servers")


@pytest.fixture
def vllm(_vllm: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A real vLLM with the packaged model, and its key in the environment as TEST_VLLM_KEY."""
    monkeypatch.setenv("TEST_VLLM_KEY", _vllm.key)
    return _vllm


@pytest.fixture(scope="session")
def plain_vllm() -> Server:
    """A real vLLM that was started without flags for tools and without a key."""
    return require("vLLM without flags and key", servers.plain_vllm(), "make servers")


@pytest.fixture(scope="session")
def litellm() -> Server:
    """A real LiteLLM proxy in front of the real Ollama and vLLM."""
    return require("LiteLLM", servers.litellm(), "make servers")


@pytest.fixture
def on_ollama(ollama: Server) -> Model:
    """The packaged model on the current Ollama."""
    return _on(ollama)


@pytest.fixture
def on_oldest_ollama(oldest_ollama: Server) -> Model:
    """The packaged model on the oldest Ollama."""
    return _on(oldest_ollama)


@pytest.fixture
def on_each_ollama(each_ollama: Server) -> Model:
    """The packaged model on both Ollamas in turn."""
    return _on(each_ollama)


def _on(ollama: Server) -> Model:
    connect("ollama", ollama.url, kind="ollama")
    return model(f"ollama/{ollama.model}")


@pytest.fixture
def on_vllm(vllm: Server) -> Model:
    """The packaged model on the real vLLM."""
    connect("vllm", vllm.url, key="env:TEST_VLLM_KEY")
    return model(f"vllm/{vllm.model}")


@pytest.fixture(params=["embedded", "on_ollama", "on_oldest_ollama", "on_vllm"])
def each(request: pytest.FixtureRequest) -> Model:
    """The packaged model on each engine in turn, on both Ollamas."""
    found: Model = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def toxiproxy() -> Iterator[Toxiproxy]:
    """A real Toxiproxy."""
    program = require(
        "Toxiproxy", proxies.installed(), "install Go, with which tests/servers/install-toxiproxy builds it"
    )
    with proxies.running(program) as running:
        yield running


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory, toxiproxy: Toxiproxy) -> Iterator[Registry]:
    """A real registry of models, empty at first."""
    program = require("docker-registry", shutil.which("docker-registry"), "install Debian's package docker-registry")
    with registries.running(program, tmp_path_factory.mktemp("registry"), toxiproxy) as running:
        _used["docker-registry"] = str(running)
        yield running


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The Chromium of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = [Path(path) for path in map(shutil.which, names) if path]
    return require("Chromium", found[0] if found else None, "install Debian's package chromium")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give each lane to one process; the marks of xdist's own groups do not reach it with pytest 9."""
    from xdist.scheduler import LoadScopeScheduling  # only where tests run side by side

    class Lanes(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return lane_of(nodeid)

    return Lanes(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the lane of the servers go first: what waits for a page waits longer than what waits for an answer."""
    if "PYTEST_XDIST_WORKER" in os.environ and lane_of(item.nodeid) == PAGES and not os.nice(0):
        os.nice(_POLITELY)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Have the first process know which servers were used in the others."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["servers"] = (_used, _missing)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Take from a process that ends which servers it used."""
    used, missing = getattr(node, "workeroutput", {}).get("servers", ({}, {}))
    _used.update(used)
    _missing.update(missing)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which real servers were used, and which were not there."""
    terminalreporter.section("real servers")
    terminalreporter.line(f"embedded: llama.cpp of xllamacpp {version('xllamacpp')} with SmolLM2, always there")
    for found in _used.values():
        terminalreporter.line(found)
    for what, advice in _missing.items():
        terminalreporter.line(f"{what}: not found, its tests did not run ({advice})")
