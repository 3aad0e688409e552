"""A kind is one record: an engine of a test's own is a connection like all others, and no other code knows of it."""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from pathlib import Path

import pytest
from scripted_model import replied
from standin import standing_in

import workbench as wb
from workbench import errors
from workbench.connections import Connection, ServerState, connect, connection, model, overview, wait
from workbench.connections.configuration import _discovery, _files, _trust
from workbench.connections.configuration._settings import Settings
from workbench.connections.doctor import doctor
from workbench.connections.kinds import KINDS, Api, Kind, Said, kind_named
from workbench.engines import Engine, Place
from workbench.engines.sending._fetch import fetch
from workbench.engines.sending._product import Server
from workbench.errors import UnsupportedError
from workbench.messages import Options, Piece, Reply, Request
from workbench.model_info import Capabilities, Gauges, LoadedModel, ModelInfo

LACKING = UnsupportedError("an echo has no such thing", where="a test", advice="ask another engine")


class EchoEngine:
    """Says what it was told, as one model that is always loaded."""

    def __init__(self, place: Place, slots: int | None = None) -> None:
        self.connection = place.connection
        self.address = place.address or "in a test"
        self.slots = slots

    async def models(self) -> list[ModelInfo]:
        return [ModelInfo(name="echo", loaded=True, capabilities=await self.capabilities("echo"))]

    async def capabilities(self, model: str) -> Capabilities:
        return Capabilities(chat=True, tools=False, context=4096)

    def unsupported(self, options: Options) -> dict[str, UnsupportedError]:
        return {"tools": LACKING} if options.tools else {}

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        said = request.messages[-1].content
        yield Piece(said)
        yield replied(said)

    async def ask(self, request: Request) -> Reply:
        reply = replied(request.messages[-1].content).reply
        assert reply is not None
        return reply

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        raise LACKING

    async def tokenize(self, model: str, text: str) -> list[int]:
        raise LACKING

    async def detokenize(self, model: str, tokens: Sequence[int]) -> str:
        raise LACKING

    async def loaded(self) -> list[LoadedModel]:
        return [LoadedModel("echo", 1000)]


def echoing(place: Place, requests: int | None, _threads: int | None) -> Engine:
    return EchoEngine(place, requests)


async def speaks_echo(place: Place) -> Said:
    found = await fetch(place, "/v1/models")
    return found.status == 200, f"the echo's API (status {found.status})", ""


async def version(_place: Place) -> Server:
    return Server("Echo", "2.0")


async def busy(_place: Place) -> Gauges:
    return Gauges(running=3, waiting=0)


IN_PROCESS = Kind(name="echo", engine=echoing, requests=7, product=Server("Echo", "1.0"))
AT_ADDRESS = Kind(
    name="echo",
    engine=echoing,
    api=Api(speaks=speaks_echo, models_path="/v1/models", product=version, gauges=busy),
    refused={"threads": "shout louder"},
)


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "echo", IN_PROCESS)


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where a server of the kind is."""
    monkeypatch.setitem(KINDS, "echo", AT_ADDRESS)
    with standing_in(speaks=("/v1/models",)) as server:
        yield server.address


def seen(name: str) -> ServerState:
    return next(one for one in wait(overview()).servers if one.name == name)


async def test_an_engine_in_this_process_is_connected_asked_and_listed(in_process: None) -> None:
    assert repr(connect("toy", kind="echo")) == "Connection 'toy': the echo engine"
    assert (await wb.model("toy").ask("Amt")).text == "Amt"
    assert wb.model("toy/echo").slots == 7
    row = wb.models("toy").iloc[0]
    assert (row["model"], row["kind"], row["context"]) == ("toy/echo", "echo", 4096)
    with pytest.raises(UnsupportedError, match="the models of the engine 'echo' cannot be managed") as refused:
        wb.show("toy/echo")
    assert refused.value.advice == "name a model of a connection to Ollama"
    assert list(wb.loaded("toy")["model"]) == ["toy/echo"]
    assert "toy/echo" not in list(wb.loaded()["model"])


def test_an_engine_in_this_process_is_seen_by_overview_and_doctor(in_process: None) -> None:
    connect("toy", kind="echo")
    state = seen("toy")
    assert (state.kind, state.product, state.problem, state.manages) == ("echo", "Echo", "", False)
    assert [one.name for one in state.models] == ["echo"]
    found = doctor("toy", again=True)
    assert (found.reached, found.server, found.model) == (True, "Echo 1.0", "toy/echo")
    assert [step.name for step in found.steps] == ["models", "token"]
    assert found.capabilities.tools is False


async def test_an_engine_at_an_address_is_connected_asked_and_listed(address: str) -> None:
    made = connect("toy", f"{address}/api/chat", kind="echo", requests=3)
    assert repr(made) == f"Connection 'toy': echo at {address}/api/chat"  # no other kind's paths are read into it
    assert (await model("toy").ask("Amt")).text == "Amt"
    assert model("toy").engine.slots == 3
    assert list(wb.models()["model"]).count("toy/echo") == 1


def test_an_engine_at_an_address_is_seen_by_overview_and_doctor(address: str) -> None:
    connect("toy", address, kind="echo")
    state = seen("toy")
    assert (state.product, state.problem, state.gauges) == ("Echo 2.0", "", Gauges(running=3, waiting=0))
    found = doctor("toy", again=True)
    assert [step.name for step in found.steps] == ["policy", "name", "port", "path", "key", "models", "token"]
    assert (found.reached, found.server, found.model) == (True, "Echo 2.0", "toy/echo")
    assert next(step.said for step in found.steps if step.name == "path") == "the echo's API (status 200)"


def test_an_engine_is_written_down_and_refuses_the_settings_that_it_lacks(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "workbench.toml"
    file.write_text(f'[connections.toy]\nkind = "echo"\nurl = "{address}"\nthreads = 2\n')
    monkeypatch.setenv("WORKBENCH_CONFIG", str(file))
    with pytest.raises(errors.ConfigurationError, match="threads counts for the kind embedded alone") as refused:
        connection("toy").engine()
    assert refused.value.advice == "shout louder"
    file.write_text(f'[connections.toy]\nkind = "echo"\nurl = "{address}"\n')
    assert list(wb.models("toy")["model"]) == ["toy/echo"]


def test_a_folders_file_needs_trust_for_the_file_of_an_engine_in_this_process(in_process: None) -> None:
    file = _files.File(Path("workbench.toml"), b"", (Settings("toy", "echo", "own.bin"),))
    assert [claim.does for claim in _trust.claims(file)] == ["model"]


def test_servers_of_this_machine_are_found_by_the_products_of_their_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    products = ["Ollama", "vLLM", "vLLM", "llama.cpp", "LiteLLM", "Echo", "another"]
    listening = dict(zip([11434, *range(1, 7)], products, strict=True))

    async def product_at(place: Place) -> Server:
        return Server(listening[int(place.address.rpartition(":")[2])])

    monkeypatch.setattr(_discovery, "PORTS", tuple(listening))
    monkeypatch.setattr(_discovery, "identify", product_at)
    api = Api(speaks=speaks_echo, models_path="/v1/models", products={"Echo": "echo"}, base_path="/echo")
    monkeypatch.setitem(KINDS, "toy", Kind(name="toy", engine=echoing, api=api))
    here = "http://127.0.0.1"
    assert [(made.name, made.kind, made.settings.url) for made in connect() if made.name != "ollama"] == [
        ("vllm", "openai", f"{here}:1/v1"),
        ("vllm-2", "openai", f"{here}:2/v1"),
        ("llamacpp", "openai", f"{here}:3/v1"),
        ("litellm", "openai", f"{here}:4/v1"),
        ("echo", "toy", f"{here}:5/echo"),
    ]
    assert connection("ollama").settings.url == f"{here}:11434"


@pytest.mark.parametrize(
    "use",
    [
        lambda: connect("toy", "http://127.0.0.1:9", kind="echo"),
        lambda: kind_named("echo"),
        lambda: unknown().engine(),
        lambda: unknown().slots,
        lambda: repr(unknown()),
        lambda: wait(unknown().find_kind()) and unknown().record,
    ],
)
def test_an_unknown_kind_is_one_error_that_names_those_that_there_are(use: Callable[[], object]) -> None:
    with pytest.raises(errors.ConfigurationError, match="unknown kind 'echo'") as told:
        use()
    assert told.value.advice.startswith("there are embedded, ollama, openai; ")


@pytest.mark.parametrize("wrong", [5, ["openai"], "Ollama"])
def test_what_can_be_no_kind_is_the_same_error(wrong: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="unknown kind"):
        connect("toy", "http://127.0.0.1:9", kind=wrong)


def test_an_unknown_kind_cannot_be_managed_but_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.connections._manage.connection", lambda _name: unknown())
    with pytest.raises(errors.ConfigurationError, match="unknown kind 'echo'"):
        wb.show("toy/echo")
    assert "unknown kind 'echo'" in wb.loaded("toy").loc[0, "problem"]


def unknown() -> Connection:
    return Connection(Settings("toy", "echo", "http://127.0.0.1:9"))
