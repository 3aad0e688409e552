"""The connections that are there without a file: the embedded engine, and what the usual environment variables name."""

from __future__ import annotations

import os
from collections.abc import Iterator

from workbench.connections._texts import unwrapped
from workbench.connections.configuration._addresses import ollama_address
from workbench.connections.configuration._keys import KeyReference
from workbench.connections.configuration._settings import Settings, checked
from workbench.errors import WorkbenchError

OLLAMA = "OLLAMA_HOST"
OPENAI = "OPENAI_BASE_URL"
THREADS = "WORKBENCH_THREADS"
_KEY = "OPENAI_API_KEY"
_LONGEST = 10


def defaults() -> Iterator[Settings]:
    """The embedded engine, Ollama at its usual address or where `OLLAMA_HOST` says, and `OPENAI_BASE_URL` if it is set.

    `WORKBENCH_THREADS` is how many threads the embedded engine takes. One that cannot be used has its `problem`.
    """
    yield _embedded(unwrapped(os.environ.get(THREADS, "")))
    yield _ollama(os.environ.get(OLLAMA, ""))
    if address := unwrapped(os.environ.get(OPENAI, "")):
        yield _openai(address)


def _embedded(threads: str) -> Settings:
    if not threads:
        return Settings("embedded", "embedded")
    try:
        number = int(threads) if threads.isdecimal() and len(threads) < _LONGEST else threads
        return checked(Settings("embedded", "embedded", threads=number, source=THREADS))  # type: ignore[arg-type]
    except WorkbenchError as error:
        return Settings("embedded", "embedded", source=THREADS, problem=error)


def _ollama(host: str) -> Settings:
    source = OLLAMA if unwrapped(host) else "default"
    try:
        found = ollama_address(host)
    except WorkbenchError as error:
        return Settings("ollama", "ollama", source=source, problem=error)
    notes = (f"{OLLAMA} was taken for {found.url}",) if found.is_mended else ()
    return Settings("ollama", "ollama", found.url, source=source, notes=notes)


def _openai(address: str) -> Settings:
    # No key without an address: it must not end up at a server that nobody has named.
    key = KeyReference(f"env:{_KEY}") if os.environ.get(_KEY, "").strip() else None
    try:
        return checked(Settings("openai", "openai", address, key, source=OPENAI))
    except WorkbenchError as error:
        return Settings("openai", "openai", source=OPENAI, problem=error)
