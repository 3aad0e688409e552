"""Which connections are written down: in workbench.toml of the project, of the user, and in the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import platformdirs

from workbench.connections._keys import KeyReference, is_reference
from workbench.engines import Limits, Transport
from workbench.errors import ConfigurationError

Kind = Literal["embedded", "ollama", "openai"]
FILE = "workbench.toml"
OLLAMA_PORT = 11434
_FIELDS = (
    "kind",
    "url",
    "key",
    "headers",
    "models_loaded",
    "requests",
    "limits",
    "ca",
    "certificate",
    "certificate_key",
    "proxy",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """A connection as written down.

    Attributes:
        name: Its name, as in "name/model".
        kind: Kind of the server.
        url: Address; for the kind "embedded" the path of a GGUF file, empty for the packaged model.
        key: Reference to the key, or None.
        headers: Further headers: values, or references to them where they are secret.
        models_loaded: How many models the server holds at once, if known.
        requests: How many requests the server works on at once, if known.
        limits: How long an answer may take, and how large it may be.
        transport: Certificates and proxy.
        source: Where this was written: a file, an environment variable, "this session" or "default".
    """

    name: str
    kind: Kind
    url: str = ""
    key: KeyReference | None = None
    headers: Mapping[str, str | KeyReference] = field(default_factory=dict)
    models_loaded: int | None = None
    requests: int | None = None
    limits: Limits = field(default_factory=Limits)
    transport: Transport = field(default_factory=Transport)
    source: str = "default"


def written() -> dict[str, Settings]:
    """All connections that are written down, by name; the project's file wins over the user's, and that over the rest.

    Raises ConfigurationError, naming file and field.
    """
    found = {settings.name: settings for settings in _defaults()}
    for file in reversed(files()):
        found |= {settings.name: settings for settings in _read(file)}
    return found


def files() -> list[Path]:
    """The files that are read, the strongest first: the project's, then the user's.

    `WORKBENCH_CONFIG` names one file instead of all others.
    """
    named = os.environ.get("WORKBENCH_CONFIG")
    if named:
        return [Path(named)]
    here = Path.cwd()
    project = next((folder / FILE for folder in (here, *here.parents) if (folder / FILE).is_file()), None)
    user = platformdirs.user_config_path("workbench") / FILE
    return [file for file in (project, user) if file is not None and file.is_file()]


def _defaults() -> Iterator[Settings]:
    yield Settings("embedded", "embedded")
    host = os.environ.get("OLLAMA_HOST", "")
    yield Settings("ollama", "ollama", ollama_address(host), source="OLLAMA_HOST" if host else "default")
    if address := os.environ.get("OPENAI_BASE_URL"):
        # No key without an address: it must not end up at a server that nobody has named.
        key = KeyReference("env:OPENAI_API_KEY") if os.environ.get("OPENAI_API_KEY") else None
        yield checked(Settings("openai", "openai", address, key, source="OPENAI_BASE_URL"))


def ollama_address(host: str) -> str:
    """The address that `OLLAMA_HOST` stands for, which may lack scheme, host or port.

    >>> ollama_address(""), ollama_address("gpu:8080"), ollama_address("0.0.0.0")
    ('http://127.0.0.1:11434', 'http://gpu:8080', 'http://127.0.0.1:11434')
    """
    scheme, found, rest = host.strip().rstrip("/").rpartition("://")
    parts = urlsplit(f"//{rest}")
    name = parts.hostname or "127.0.0.1"
    if name in ("0.0.0.0", "::"):  # where a server listens, not where one can call
        name = "127.0.0.1"
    port = parts.port or ({"https": 443, "http": 80}[scheme] if found and scheme in ("http", "https") else OLLAMA_PORT)
    return f"{scheme or 'http'}://{f'[{name}]' if ':' in name else name}:{port}"


def _read(file: Path) -> Iterator[Settings]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"the file cannot be read: {error.strerror}",
            where=str(file),
            advice="check WORKBENCH_CONFIG and its rights",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the file is not TOML: {error}", where=str(file), advice="mend that line") from None
    tables = content.get("connections", {})
    if not isinstance(tables, dict):
        raise ConfigurationError("connections is no table", where=str(file), advice="write [connections.NAME]")
    for name, table in tables.items():
        yield _connection(name, table, file)


def _connection(name: str, table: Any, file: Path) -> Settings:
    where = f"{file}, [connections.{name}]"
    if not isinstance(table, dict):
        raise ConfigurationError("this is no table", where=where, advice=f"write [connections.{name}]")
    for word in table:
        if word not in _FIELDS:
            near = get_close_matches(word, _FIELDS, n=1, cutoff=0.7)
            advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_FIELDS)}"
            raise ConfigurationError(f"unknown field {word!r}", where=where, advice=advice)
    for word, example in (("headers", '{ name = "value" }'), ("limits", "{ token_s = 60 }")):
        if not isinstance(table.get(word, {}), dict):
            raise ConfigurationError(f"{word} is no table", where=where, advice=f"write {word} = {example}")
    key = table.get("key")
    return checked(
        Settings(
            name=name,
            kind=table.get("kind", "openai"),
            url=str(table.get("url", "")),
            key=KeyReference(str(key)) if key is not None else None,
            headers=headers(table.get("headers", {})),
            models_loaded=table.get("models_loaded"),
            requests=table.get("requests"),
            limits=limits(table.get("limits", {}), where),
            transport=Transport(**{word: str(table[word]) for word in Transport.__slots__ if word in table}),
            source=str(file),
        )
    )


def headers(given: Mapping[str, Any]) -> dict[str, str | KeyReference]:
    """Headers, whose values may be references.

    >>> headers({"X-Api-Key": "env:GATEWAY_KEY", "X-Tenant": "amt-7"})
    {'X-Api-Key': KeyReference(reference='env:GATEWAY_KEY'), 'X-Tenant': 'amt-7'}
    """
    texts = {str(name): str(value) for name, value in given.items()}
    return {name: KeyReference(text) if is_reference(text) else text for name, text in texts.items()}


def limits(given: Mapping[str, Any], where: str) -> Limits:
    """Limits by name. Raises ConfigurationError for a name that is none, offering the nearest.

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
    """The same settings, if they can be used. Raises ConfigurationError.

    >>> checked(Settings("gpu", "openai", "http://127.0.0.1:8000/v1/")).url
    'http://127.0.0.1:8000/v1'
    """
    where = f"{settings.source}, connection {settings.name!r}"
    if not settings.name or "/" in settings.name:
        raise ConfigurationError("a connection's name has no slash and is not empty", where=where, advice="rename it")
    if settings.kind not in get_args(Kind):
        raise ConfigurationError(
            f"unknown kind {settings.kind!r}", where=where, advice=f"there are {', '.join(get_args(Kind))}"
        )
    for field_name in ("models_loaded", "requests"):
        value = getattr(settings, field_name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise ConfigurationError(f"{field_name} is not a number from 1", where=where, advice="write 1 or more")
    if settings.kind == "embedded":
        return settings
    for name, address in (("url", settings.url), ("proxy", settings.transport.proxy)):
        if address or name == "url":
            _check_address(name, address, where)
    return replace(settings, url=settings.url.rstrip("/"))


def _check_address(name: str, address: str, where: str) -> None:
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        advice = "with /v1 for the kind openai" if name == "url" else "the proxy's"
        raise ConfigurationError(
            "this is not an address", where=where, advice=f"write {name} = http://host:port, {advice}"
        )
    if parts.username or parts.password:
        raise ConfigurationError(
            "the address holds a password", where=where, advice='leave it out and give key = "env:NAME"'
        )
