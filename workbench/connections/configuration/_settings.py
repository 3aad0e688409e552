"""What is written down of a connection: its fields, checked, and with what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, get_args

from workbench.connections._texts import is_invisible, named, unwrapped
from workbench.connections.configuration._addresses import read_address
from workbench.connections.configuration._keys import KeyReference, is_reference
from workbench.connections.kinds import KINDS, kind_named
from workbench.engines import Limits, Transport
from workbench.errors import ConfigurationError, KeyReferenceError, WorkbenchError
from workbench.messages import ThoughtsPlace

_FIELDS = (
    "kind",
    "url",
    "key",
    "headers",
    "models_loaded",
    "requests",
    "stop_repeats",
    "thoughts",
    "threads",
    "limits",
    "ca",
    "certificate",
    "certificate_key",
    "proxy",
)
_TEXTS = ("kind", "url", "key", *Transport.__slots__)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # what the name of a header may hold; RFC 9110, section 5.6.2


@dataclass(frozen=True, slots=True)
class Settings:
    """A connection as written down.

    Attributes:
        name: Its name, as in "name/model".
        kind: Kind of the server; None where that is found out at the first use.
        url: Address; for an engine in this process the path of a GGUF file, empty for the packaged model.
        key: Reference to the key, or None.
        headers: Further headers: values, or references to them where they are secret.
        models_loaded: How many models the server holds at once, if known.
        requests: How many requests the server works on at once, if known.
        stop_repeats: Whether answers that repeat themselves are stopped, where nobody says otherwise.
        thoughts: What becomes of thoughts that the server leaves in the text, where nobody says otherwise.
        threads: How many threads the embedded engine takes, at most as many as there are processors; None takes those
            that others leave free.
        limits: How long an answer may take, and how large it may be.
        transport: Certificates and proxy.
        source: Where this was written: a file, an environment variable, "this session" or "default".
        notes: What was mended in it, one line each.
        problem: Why it cannot be used, or None; whoever uses it gets this error.
    """

    name: str
    kind: str | None
    url: str = ""
    key: KeyReference | None = None
    headers: Mapping[str, str | KeyReference] = field(default_factory=dict)
    models_loaded: int | None = None
    requests: int | None = None
    stop_repeats: bool = True
    thoughts: ThoughtsPlace = "apart"
    threads: int | None = None
    limits: Limits = field(default_factory=Limits)
    transport: Transport = field(default_factory=Transport)
    source: str = "default"
    notes: tuple[str, ...] = ()
    problem: WorkbenchError | None = field(default=None, compare=False)

    def all_notes(self) -> tuple[str, ...]:
        """What was mended in it and in its keys. Raises KeyReferenceError where a key is not there."""
        keys = [one for one in (self.key, *self.headers.values()) if isinstance(one, KeyReference)]
        return (*self.notes, *(note for key in keys for note in key.notes))


def read_table(name: str, table: Any, source: str) -> Settings:
    """The connection that a table of a file describes; what is wrong with it is its `problem`.

    >>> read_table("gpu", {"url": "http://127.0.0.1:8000/v1", "adress": "x"}, "workbench.toml").problem
    ConfigurationError("unknown field 'adress' (workbench.toml, [connections.gpu]): there are kind, url, ...
    """
    try:
        return _of_table(name, table, source)
    except WorkbenchError as error:
        return Settings(name, "openai", source=source, problem=error)


def _of_table(name: str, table: Any, source: str) -> Settings:
    shown = name if name.isprintable() else ascii(name)
    where = f"{source}, [connections.{shown}]"
    if not isinstance(table, dict):
        raise ConfigurationError("this is not a table", where=where, advice=f"write [connections.{shown}]")
    for word in table:
        if word not in _FIELDS:
            near = get_close_matches(word, _FIELDS, n=1, cutoff=0.7)
            advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_FIELDS)}"
            raise ConfigurationError(f"unknown field {word!r}", where=where, advice=advice)
    for word, example in (("headers", '{ name = "value" }'), ("limits", "{ token_s = 60 }")):
        if not isinstance(table.get(word, {}), dict):
            raise ConfigurationError(f"{word} is not a table", where=where, advice=f"write {word} = {example}")
    for word in _TEXTS:
        if not isinstance(table.get(word, ""), str):
            raise ConfigurationError(f"{word} is not a text", where=where, advice=f'write {word} = "…"')
    url = table.get("url", "")
    return checked(
        Settings(
            name=name,
            kind=table.get("kind") or (kind_of(url) if url else "openai"),
            url=url,
            key=_reference(table["key"], f"{where}, key") if "key" in table else None,
            headers=headers(table.get("headers", {}), where),
            models_loaded=table.get("models_loaded"),
            requests=table.get("requests"),
            stop_repeats=table.get("stop_repeats", True),
            thoughts=table.get("thoughts", "apart"),
            threads=table.get("threads"),
            limits=limits(table.get("limits", {}), where),
            transport=Transport(**{word: table[word] for word in Transport.__slots__ if word in table}),
            source=source,
        )
    )


def kind_of(url: str) -> str | None:
    """The kind of server that an address alone tells of; None where it tells of none.

    >>> kind_of("http://127.0.0.1:11434"), kind_of("models/own.gguf"), kind_of("http://gpu:8000/v1")
    ('ollama', 'embedded', 'openai')
    >>> kind_of("http://gpu:8000") is None
    True
    """
    text = unwrapped(url)
    if not text or (text.lower().endswith(".gguf") and not re.match("https?:", text, re.IGNORECASE)):
        return "embedded"
    try:
        return read_address(text, "").kind
    except ConfigurationError:  # told when it is checked
        return None


def headers(given: Mapping[str, Any], where: str) -> dict[str, str | KeyReference]:
    """Headers, whose values may be references. Raises ConfigurationError for what cannot be sent.

    >>> headers({"X-Api-Key": "env:GATEWAY_KEY", "X-Tenant": "amt-7"}, "here")
    {'X-Api-Key': KeyReference(reference='env:GATEWAY_KEY'), 'X-Tenant': 'amt-7'}
    """
    texts = {str(name).strip(): str(value).strip() for name, value in given.items()}
    for name, value in texts.items():
        if not _TOKEN.fullmatch(name):
            raise ConfigurationError(
                f"{name!r} is not a valid name of a header", where=where, advice="write letters and -"
            )
        if unseen := next(filter(is_invisible, value), ""):
            what = f"the header {name!r} holds an invisible character ({named(unseen)})"
            raise ConfigurationError(what, where=where, advice="write it anew, without")
    return {name: _reference(text, where) if is_reference(text) else text for name, text in texts.items()}


def _reference(text: str, where: str) -> KeyReference:
    try:
        return KeyReference(unwrapped(text))
    except KeyReferenceError as error:
        raise KeyReferenceError(error.what, where=where, advice=error.advice) from None


def limits(given: Mapping[str, Any], where: str) -> Limits:
    """Limits by name. Raises ConfigurationError for an unknown name, offering the nearest.

    >>> limits({"token_s": 5}, "here").token_s
    5
    """
    for name in given:
        if name not in Limits.__slots__:
            near = get_close_matches(name, Limits.__slots__, n=1)
            advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(Limits.__slots__)}"
            raise ConfigurationError(f"unknown limit {name!r}", where=where, advice=advice)
    return Limits(**given)


def checked(settings: Settings) -> Settings:
    """The same settings, with their addresses mended, if they can be used. Raises ConfigurationError.

    >>> checked(Settings("gpu", "openai", "http://127.0.0.1:8000/v1/chat/completions")).url
    'http://127.0.0.1:8000/v1'
    """
    where = f"{settings.source}, connection {settings.name!r}"
    name = settings.name
    if not name or "/" in name or name != name.strip() or any(map(is_invisible, name)):
        what = "a connection's name has no slash, no invisible character and no blank at its ends, and is not empty"
        raise ConfigurationError(what, where=where, advice="rename it")
    kind = kind_named(settings.kind, where)
    for field_name in ("models_loaded", "requests", "threads"):
        value = getattr(settings, field_name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise ConfigurationError(f"{field_name} is not a number from 1", where=where, advice="write 1 or more")
    if not isinstance(settings.stop_repeats, bool):
        raise ConfigurationError("stop_repeats is neither true nor false", where=where, advice="write true or false")
    if settings.thoughts not in get_args(ThoughtsPlace):
        raise ConfigurationError('thoughts must be "apart" or "text"', where=where, advice="write one of them")
    for field_name, advice in kind.refused.items():
        if getattr(settings, field_name) is not None:
            takes = ", ".join(one.name for one in KINDS.values() if field_name not in one.refused)
            what = f"{field_name} counts for the kind {takes} alone"
            raise ConfigurationError(what, where=where, advice=advice)
    if kind.api is None:
        return replace(settings, url=unwrapped(settings.url))
    return _with_addresses(settings, where)


def _with_addresses(settings: Settings, where: str) -> Settings:
    found = read_address(settings.url, f"{where}, url", kind=settings.kind)
    notes = (f"the address was taken for {found.url}",) if found.is_mended else ()
    transport = settings.transport
    if transport.proxy:
        transport = replace(transport, proxy=read_address(transport.proxy, f"{where}, proxy", kind="").url)
    return replace(settings, url=found.url, transport=transport, notes=(*settings.notes, *notes))
