"""The connections of this process: those that are written down and those made with `connect`."""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, overload

from workbench.arguments import as_name
from workbench.connections._wait import wait
from workbench.connections.configuration import _settings
from workbench.connections.configuration._discovery import discover
from workbench.connections.configuration._keys import KeyReference
from workbench.connections.configuration._settings import Settings, checked, kind_of
from workbench.connections.configuration._written import written
from workbench.connections.kinds import Kind, kind_named
from workbench.connections.permissions._gate import PolicyGate
from workbench.engines import Engine, FoundEngine, Place, Transport, find_kind, forget_kinds, known_kind
from workbench.engines.cassette import TapedEngine, as_recorded, call, current, playing
from workbench.errors import CassetteMissError, ConfigurationError, ConnectionUnknownError, KeyReferenceError
from workbench.messages import ThoughtsPlace
from workbench.saved_errors import SavedError, read_error, saved_error

_session: dict[str, Settings] = {}
_PROBLEM: Any = SavedError | None
_NOWHERE = "http://recorded.invalid/v1"


@dataclass(frozen=True, slots=True)
class Connection:
    """A server under a name; its models are "name/model".

    Attributes:
        settings: What is written down of it.

    >>> connection("embedded")
    Connection 'embedded': the embedded engine
    """

    settings: Settings

    @property
    def name(self) -> str:
        """The connection's name."""
        return self.settings.name

    @property
    def kind(self) -> str | None:
        """Kind of the server; None where nobody has said it, and what answers has not told it yet."""
        if self.settings.kind is not None:
            return self.settings.kind
        found = known_kind(self._written_place())
        return found.kind if found else None

    @property
    def record(self) -> Kind:
        """In what this connection differs from those of other kinds, as far as its kind is known."""
        return kind_named(self.kind, f"connection {self.name!r}")

    @property
    def slots(self) -> int:
        """How many requests are kept in flight on this server, at first where nobody says how many it takes."""
        return self.settings.requests or self.record.requests

    def engine(self) -> Engine:
        """An engine that talks to this server, or to a cassette. Raises what makes the connection unusable."""
        settings = self._usable()
        kind, place = kind_named(settings.kind, f"connection {self.name!r}"), self._written_place()
        engine = kind.engine(place, settings.requests, settings.threads)
        find = engine.find if isinstance(engine, FoundEngine) else None
        return TapedEngine(engine, place.secrets, lambda: self.kind, find)

    async def find_kind(self) -> str:
        """Find the kind of the server: the one that was named, or else that of what answers, or the likelier one.

        Raises PolicyError, and an EngineError where nothing answers.
        """
        return self._usable().kind or (await find_kind(self._written_place())).kind

    def place(self) -> Place:
        """Return where requests to this server go, which way, and what must not be told of it. Raises as `engine`."""
        self._usable()
        place = self._written_place()
        found = known_kind(place) if self.settings.kind is None else None
        return replace(place, address=found.address) if found else place

    def _written_place(self) -> Place:
        settings = self.settings
        return Place(
            self.name,
            settings.url,
            settings.key,
            settings.headers,
            limits=settings.limits,
            transport=settings.transport,
            gate=PolicyGate(settings.transport.proxy),
        )

    def _usable(self) -> Settings:
        if self.settings.problem is not None:
            raise self.settings.problem.anew()
        return self.settings

    def __repr__(self) -> str:
        if self.settings.problem is not None:
            return f"Connection {self.name!r}: {self.settings.problem}"
        kind = self.record
        if kind.api is None:
            file = f", {self.settings.url}" if self.settings.url else ""
            return f"Connection {self.name!r}: the {kind.name} engine{file}"
        key = f", key from {self.settings.key.reference}" if self.settings.key else ""
        found = "" if self.settings.kind else " (found out)" if self.kind else " (found out at the first use)"
        return f"Connection {self.name!r}: {kind.name} at {self.place().address}{found}{key}"


@overload
def connect() -> list[Connection]: ...


@overload
def connect(
    name: str,
    url: str = "",
    *,
    key: str | None = None,
    kind: str | None = None,
    headers: dict[str, str] | None = None,
    models_loaded: int | None = None,
    requests: int | None = None,
    stop_repeats: bool = True,
    thoughts: ThoughtsPlace = "apart",
    threads: int | None = None,
    limits: dict[str, float] | None = None,
    ca: str = "",
    certificate: str = "",
    certificate_key: str = "",
    proxy: str = "",
) -> Connection: ...


def connect(
    name: str | None = None,
    url: str = "",
    *,
    key: str | None = None,
    kind: str | None = None,
    headers: dict[str, str] | None = None,
    models_loaded: int | None = None,
    requests: int | None = None,
    stop_repeats: bool = True,
    thoughts: ThoughtsPlace = "apart",
    threads: int | None = None,
    limits: dict[str, float] | None = None,
    ca: str = "",
    certificate: str = "",
    certificate_key: str = "",
    proxy: str = "",
) -> Connection | list[Connection]:
    """Name a server for this session; nothing is sent to it yet. Without a name, find the servers of this machine.

    Without any argument the usual ports of Ollama, vLLM, llama.cpp and LiteLLM on this machine are looked at, and the
    address in `OLLAMA_HOST`; no other host is asked. Each that answers becomes a connection, unless one to the same
    address is there already.

    Args:
        name: The name to use in "name/model".
        url: Address of the server, for vLLM and its like with `/v1`; for the kind "embedded" a path to a GGUF file.
        key: Reference to the key: `env:NAME`, `keyring:NAME` or `file:PATH`, never the key itself.
        kind: "ollama", "openai" or "embedded"; without it, port 11434 without a path is taken for Ollama, a path
            ending in `.gguf` for the embedded engine, and a path with `/v1` for an OpenAI-compatible server. Where the
            address tells nothing, what answers there is asked at the first use; `wb.models()` then tells the kind.
        headers: Further headers; a value that is secret is given as a reference, like the key.
        models_loaded: How many models the server holds in memory at once, if known.
        requests: How many requests the server works on at once, if known.
        stop_repeats: Whether answers that repeat themselves are stopped, where nobody says otherwise.
        thoughts: What becomes of thoughts that this server leaves in the text, where nobody says otherwise: "apart"
            makes them `reasoning`, "text" leaves them.
        threads: How many threads the embedded engine takes over this file, at most as many as there are processors;
            None takes those that others leave free.
        limits: Fields of `workbench.engines.Limits` that shall differ, such as `{"token_s": 30}` (seconds).
        ca: PEM file with the certificates of those who may have signed the server's, where the machine does not know.
        certificate: PEM file with the certificate by which the server knows this client.
        certificate_key: PEM file with its key, where `certificate` does not hold it.
        proxy: Address of a proxy; one that the environment names is not used.

    Returns:
        The connection, which replaces one of the same name; without a name, the list of those found.

    Raises:
        ConfigurationError: If the address cannot be one.
        KeyReferenceError: If the key is not a reference, or leads to nothing.

    >>> connect("gpu", "http://127.0.0.1:8000/v1")
    Connection 'gpu': openai at http://127.0.0.1:8000/v1
    """
    if name is None:
        return [_found(settings) for settings in wait(discover())]
    name = as_name("name=", name)
    reference = KeyReference(key) if key is not None else None
    further = _settings.headers(headers or {}, f"connection {name!r}")
    _check_keys(name, [one for one in (reference, *further.values()) if isinstance(one, KeyReference)])
    settings = Settings(
        name=name,
        kind=kind or kind_of(url),
        url=url,
        key=reference,
        headers=further,
        models_loaded=models_loaded,
        requests=requests,
        stop_repeats=stop_repeats,
        thoughts=thoughts,
        threads=threads,
        limits=_settings.limits(limits or {}, f"connection {name!r}"),
        transport=Transport(ca=ca, certificate=certificate, certificate_key=certificate_key, proxy=proxy),
        source="this session",
    )
    is_played = playing() is not None  # nothing is sent then
    if not is_played:
        settings.transport.for_sending()  # certificates that cannot be read are told now
    settings = checked(settings)
    for note in settings.notes if is_played else settings.all_notes():
        warnings.warn(f"connection {name!r}: {note}", stacklevel=2)
    forget_kinds(name)
    _session[name] = settings
    return Connection(settings)


def _check_keys(name: str, keys: list[KeyReference]) -> None:
    """Raise what is wrong with keys; whoever plays a recording need not have them, and is told what was wrong then."""
    cassette = current()
    if cassette is None:
        for key in keys:
            key.reveal()
        return
    problem = None if cassette.mode == "replay" else _problem_with(keys)
    with suppress(CassetteMissError):  # the connection was made before the recording began
        problem = cassette.measured(call("look", name, "", "keys"), problem, _PROBLEM)
    if problem is not None:
        raise read_error(problem)


def _problem_with(keys: list[KeyReference]) -> SavedError | None:
    try:
        for key in keys:
            key.reveal()
    except KeyReferenceError as error:
        return saved_error(error)
    return None


def _found(settings: Settings) -> Connection:
    """The connection to a server that was found: one that was written down for it before, or a new one."""
    known = written().settings | _session
    for there in known.values():
        if there.url == settings.url:
            return Connection(there)
    while settings.name in known:
        settings = replace(settings, name=f"{settings.name}-found")
    _session[settings.name] = settings
    return Connection(settings)


def connections() -> list[Connection]:
    """List all connections: those written down, then those of this session; one wrongly described raises in use."""
    known = {one.name: one for one in session_connections()}
    names = as_recorded(call("look", "", "", "connections"), list(known), list[str])
    return [known.get(name) or connection(name) for name in names]


def session_connections() -> list[Connection]:
    """List the same as far as they are written down or named here, whatever a recording holds."""
    return [Connection(settings) for settings in (written().settings | _session).values()]


def problems() -> list[ConfigurationError]:
    """What is wrong with the files in which connections are written down, beside single connections."""
    return written().problems


def connection(name: str) -> Connection:
    """Return the connection of this name.

    Raises ConnectionUnknownError, offering the nearest names; ConfigurationError where a file that may describe it
    cannot be used.
    """
    name = as_name("a connection's name", name)
    there = written()
    known = there.settings | _session
    if name in known:
        return Connection(known[name])
    if (cassette := playing()) is not None and name in cassette.server_kinds:
        # What was recorded elsewhere is played where nobody has named its server.
        return Connection(Settings(name, cassette.server_kinds[name] or "openai", _NOWHERE, source="a cassette"))
    for problem in there.problems:
        raise problem.anew(what=f"no connection {name!r}, and {problem.what}")
    near = get_close_matches(name, known, n=1)
    advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}; wb.connect makes another"
    raise ConnectionUnknownError(f"no connection {name!r}", advice=advice)
