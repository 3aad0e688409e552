"""Addresses as people write them: mended where they can mean one thing only, and refused in one line where not.

No refusal repeats the address, as a key or a password may stand in it.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal
from urllib.parse import parse_qsl

import yarl

from workbench.connections._texts import is_invisible, named, unwrapped
from workbench.connections.permissions._policy import is_loopback
from workbench.errors import ConfigurationError

OLLAMA_PORT = 11434
_THIS_MACHINE = "127.0.0.1"
_EVERYWHERE = ("0.0.0.0", "::")  # where a server listens, not where one can call
_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):/+|(https?):(?!\d+(?:/|$))", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_LONGEST_HOST = 253
_SECRET = re.compile("key|token|secret|passw|pwd|credential|signature|authorization|^(auth|sig|code)$", re.IGNORECASE)

_USUAL = "write http://host:port, with /v1 for the kind openai"
_VERSION = re.compile(r"v\d+[a-z0-9]*")
_OPENAI = ("completions", "embeddings", "models", "responses")
_BELOW_VERSION = (*_OPENAI, "audio", "batches", "chat", "docs", "files", "images", "messages", "moderations", "rerank")
_OLLAMA_MODELS = ("copy", "create", "delete", "ps", "pull", "push", "show", "tags", "version")
_OLLAMA = ("chat", "embed", "embeddings", "generate", *_OLLAMA_MODELS)
# Pages that vLLM, llama.cpp and LiteLLM have beside their /v1.
_PAGES = ("docs", "health", "metrics", "openapi.json", "ping", "props", "redoc", "slots", "version")

Server = Literal["ollama", "openai"]


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a server, as requests use it.

    Attributes:
        url: Scheme, host, port, path and query; the path has no slash at its end.
        kind: The kind of server that the path or the port tells of, or None.
        is_mended: Whether it is another than was written, beyond the blanks, quotes and slashes at its ends.
    """

    url: str
    kind: Server | None = None
    is_mended: bool = False


@dataclass(frozen=True, slots=True)
class _Parts:
    scheme: str
    authority: str
    segments: list[str]
    query: str


def read_address(text: str, where: str, *, kind: str | None = None) -> Address:
    """The address that a text means.

    A whole path of the kind that documentation shows (`/v1/chat/completions`, `/api/chat`, `/docs`) is taken for the
    server's base, a missing scheme for http on this machine, and 0.0.0.0 for this machine. A query stays.

    Args:
        text: What somebody wrote.
        where: Where that stands, for errors.
        kind: The kind of the server, where it is known; a path of another than "ollama" and "openai" stays as it is.

    Raises:
        ConfigurationError: If it can mean nothing, or several things, or holds a secret.

    >>> read_address("localhost:8000/v1/chat/completions", "here").url
    'http://localhost:8000/v1'
    >>> read_address("https://gw.example.org/v1/?api-version=2024-08-01", "here").url
    'https://gw.example.org/v1?api-version=2024-08-01'
    """
    written = unwrapped(text)
    parts = _split(written, where)
    host, port = _host_and_port(parts.authority, where)
    if not parts.scheme and not is_loopback(host):
        raise _no_address(where, "it has no scheme", "write https:// or http:// before it")
    if any(_SECRET.search(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        raise ConfigurationError(
            "the address holds a key in its query",
            where=where,
            advice='leave it out and give it as a header: headers = { api-key = "env:NAME" }',
        )
    is_versioned = any(map(_VERSION.fullmatch, parts.segments))
    if kind is None and port == OLLAMA_PORT and not is_versioned:
        kind = "ollama"
    segments, told = _base(parts.segments, kind)
    if kind is None and told is None and is_versioned:
        told = "openai"
    url = _joined(parts.scheme or "http", host, port, segments, parts.query)
    path, mark, query = written.partition("?")
    return Address(url, told, is_mended=url.lower() != f"{path.rstrip('/')}{mark}{query}".lower())


def ollama_address(text: str) -> Address:
    """The address that `OLLAMA_HOST` stands for, read as Ollama's own client reads it.

    Scheme, host and port may be missing; a port that is not valid is taken for the usual one, and a path stays.

    Raises:
        ConfigurationError: If it cannot be an address, or holds a password.

    >>> [ollama_address(host).url for host in ("gpu:8080", "0.0.0.0", ":11435")]
    ['http://gpu:8080', 'http://127.0.0.1:11434', 'http://127.0.0.1:11435']
    >>> ollama_address('"https://gateway.example.org/ollama/"').url
    'https://gateway.example.org:443/ollama'
    """
    where = "OLLAMA_HOST"
    bare = unwrapped(text).strip("\"' ")  # quotes without a partner too
    parts = _split(bare, where) if bare else _Parts("", "", [], "")
    if parts.query:
        raise _no_address(where, "Ollama does not take a query")
    scheme, usual = parts.scheme or "http", _PORTS.get(parts.scheme, OLLAMA_PORT)
    if not parts.scheme and parts.authority == "ollama.com":
        scheme, usual = "https", 443
    name, colon, port = parts.authority.rpartition(":")
    is_port_none = bool(colon) and not _is_port(port) and (":" not in name or name.endswith("]"))
    authority = name if is_port_none else parts.authority
    host, given = _host_and_port(authority, where) if authority else (_THIS_MACHINE, None)
    segments, _ = _base(parts.segments, "ollama")
    is_mended = (is_port_none and bool(port)) or segments != parts.segments
    return Address(_joined(scheme, host, given or usual, segments, ""), "ollama", is_mended)


def _split(written: str, where: str) -> _Parts:
    """The parts of an address, with a fragment left out."""
    if not written:
        raise _no_address(where, "it is empty")
    for sign in written:
        if sign == " " or is_invisible(sign):
            seen = "a blank" if sign == " " else f"an invisible character ({named(sign)})"
            raise _no_address(where, f"it holds {seen}", "write it anew, without")
        if sign in "{}<>":
            raise _no_address(where, f"it holds {sign!r}, as placeholders do", "put in what is meant")
    front, _, query = written.partition("#")[0].partition("?")
    front = front.replace("\\", "/")
    found = _SCHEME.match(front)
    scheme = (found[1] or found[2]).lower() if found else ""
    rest = front[found.end() :] if found else front.lstrip("/")
    if "@" in rest:
        raise ConfigurationError(
            "the address holds a password", where=where, advice='leave it out and give key = "env:NAME"'
        )
    if scheme and scheme not in _PORTS:
        raise _no_address(where, "its scheme is not that of a model server", "write http:// or https://")
    if found and re.match("[A-Za-z]+://", rest):
        raise _no_address(where, "it has two schemes")
    authority, _, path = rest.partition("/")
    return _Parts(scheme, authority, _walked(path), query)


def _walked(path: str) -> list[str]:
    """The segments of a path, without empty ones, and with `.` and `..` carried out."""
    walked: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del walked[-1:]
        elif segment not in ("", "."):
            walked.append(segment)
    return walked


def _host_and_port(authority: str, where: str) -> tuple[str, int | None]:
    host, port = authority, ""
    if authority.startswith("["):
        host, bracket, rest = authority[1:].partition("]")
        if not bracket or not _is_v6(host) or (rest and not rest.startswith(":")):
            raise _no_address(where, "its brackets hold no IPv6 address")
        port = rest[1:]
    elif authority.count(":") > 1:
        before, _, last = authority.rpartition(":")
        if _is_v6(authority) == _is_v6(before):  # neither can be, or both, of which one has a port
            raise _no_address(where, "an IPv6 address with a port needs brackets", "write [address]:port")
        host, port = (before, last) if _is_v6(before) else (authority, "")
    else:
        host, _, port = authority.partition(":")
    if port and not _is_port(port):
        raise _no_address(where, "its port is not a number from 1 to 65535")
    if not host and not port:
        raise _no_address(where, "it names no host")
    return _host(host or _THIS_MACHINE, where), int(port) if port else None


def _host(name: str, where: str) -> str:
    if _is_v6(name):
        short = ipaddress.IPv6Address(name).compressed
        return _THIS_MACHINE if short in _EVERYWHERE else short
    try:
        # As it will be sent: letters and digits of other scripts may stand for those of another name.
        host = name.lower() if name.isascii() else str(yarl.URL.build(scheme="http", host=name).raw_host).lower()
    except ValueError:
        raise _no_address(where, "its host is not a valid name") from None
    labels = host.removesuffix(".").split(".")
    if len(host) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise _no_address(where, "its host is not a valid name")
    if labels[-1].isdecimal() or re.fullmatch("0x[0-9a-f]+", labels[-1]):  # programs read such numbers in several ways
        try:
            host = str(ipaddress.IPv4Address(host))
        except ValueError:
            raise _no_address(where, "its host is a number, but not an IPv4 address") from None
    return _THIS_MACHINE if host in _EVERYWHERE else host


def _base(segments: list[str], kind: str | None) -> tuple[list[str], Server | None]:
    """The path under which a server's API begins, and the kind of server that a path tells of."""
    small = [segment.lower() for segment in segments]
    if kind == "ollama":
        return _ollama_base(segments, small), "ollama"
    if kind not in (None, "openai"):
        return segments, None
    if small[-2:-1] == ["api"] and small[-1] in _OLLAMA:
        above = segments[:-2]
        return (above, "ollama") if kind is None else ([*above, "v1"], "openai")
    for number, (segment, below) in enumerate(pairwise(small)):
        if _VERSION.fullmatch(segment) and below in _BELOW_VERSION:
            return segments[: number + 1], "openai"
    if small[-2:] == ["chat", "completions"]:
        return segments[:-2], "openai"
    if small and small[-1] in _OPENAI:
        return segments[:-1], "openai"
    if small and small[-1] in _PAGES:
        return [*segments[:-1], *([] if any(map(_VERSION.fullmatch, small)) else ["v1"])], "openai"
    return segments, None


def _ollama_base(segments: list[str], small: list[str]) -> list[str]:
    """The path above Ollama's own API, whose `/v1` is for the kind openai."""
    for number, segment in enumerate(small):
        is_native = segment == "api" and (number + 1 == len(small) or small[number + 1] in _OLLAMA)
        if is_native or _VERSION.fullmatch(segment):
            return segments[:number]
    return segments


def _joined(scheme: str, host: str, port: int | None, segments: list[str], query: str) -> str:
    name = f"[{host}]" if ":" in host else host
    path = "".join(f"/{segment}" for segment in segments)
    return f"{scheme}://{name}{f':{port}' if port else ''}{path}{f'?{query}' if query else ''}"


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 5 and 1 <= int(text) <= 65535


def _is_v6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _no_address(where: str, why: str, advice: str = _USUAL) -> ConfigurationError:
    return ConfigurationError(f"this is not an address: {why}", where=where, advice=advice)
