"""A llama.cpp server inside this process, shared by all that use the same file.

How many threads it takes is settled when it starts. On a busy machine fewer are faster, so it is started anew with
another number, where that is due and nobody is being answered.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

from workbench.engines.embedded._room import Watch
from workbench.engines.embedded._threads import sleeping_waits, threads
from workbench.errors import ConfigurationError

SLOTS = 4
CONTEXT = 4096
# How long new requests wait for those in flight, and how long they do not after they waited in vain.
_DRAIN_S = 2.0
_REST_S = 30.0
_POLL_S = 0.01

_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class _OwnKey:
    """The key of a server that this process started: random, held in memory only."""

    secret: str
    reference: str = "the embedded engine's own key"

    def __repr__(self) -> str:
        return "_OwnKey()"

    def reveal(self) -> str:
        return self.secret


def library() -> tuple[Any, bool]:
    """llama.cpp, and whether its threads fall asleep where they wait."""
    with _loading:  # two first requests at once must not both change the environment
        return _library()


@cache
def _library() -> tuple[Any, bool]:
    with sleeping_waits() as waits_asleep:
        import xllamacpp  # its libraries take memory, which a process that asks other servers only can do without
    return xllamacpp, waits_asleep


class LlamaServer:
    """A running llama.cpp server over one file; it stops when nothing refers to it any more.

    Args:
        file: The model.
        name: Under which name it answers.
        count: How many threads it takes.

    Raises:
        ConfigurationError: The file is not a model, or cannot be loaded.
    """

    def __init__(self, file: Path, name: str, count: int) -> None:
        xllamacpp, _ = library()
        with file.open("rb") as opened:
            if opened.read(4) != b"GGUF":
                raise ConfigurationError("this is not a GGUF file", where=str(file), advice="name a model file")
        self.threads = count
        self.key = _OwnKey(secrets.token_urlsafe(24))
        params = xllamacpp.CommonParams()
        params.model.path = str(file)
        params.model_alias = {name}
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.api_keys = [self.key.secret]
        for each in (params.cpuparams, params.cpuparams_batch):
            each.n_threads = count
        params.n_parallel = SLOTS
        params.n_ctx = SLOTS * CONTEXT
        params.use_jinja = True
        # A prompt that is partly taken from a cache is computed in other portions, and then even temperature 0 may say
        # something else; and the cache would take memory that a small machine does not have.
        params.cache_prompt = False
        params.cache_ram_mib = 0
        params.warmup = False
        params.ui = False
        params.endpoint_metrics = True
        params.verbosity = -1
        try:
            self._running = xllamacpp.Server(params)
        except RuntimeError:
            raise ConfigurationError(
                "llama.cpp cannot load this model", where=str(file), advice="check the file and the free memory"
            ) from None
        # It listens before it works, and one that is dropped in between never ends: its metrics come once it works.
        self._running.handle_metrics()
        self.address: str = self._running.listening_address


class Shared:
    """The one server of this process over a file; it stops with the process.

    Args:
        file: The model.
        wanted: How many threads it is to take, if anybody says; otherwise as many as there is room for.
    """

    def __init__(self, file: Path, wanted: int | None) -> None:
        self._file = file
        self._wanted = wanted
        self._watch = Watch()
        # Event loops of several threads may ask, so this is not an asyncio.Lock, and is held for moments only.
        self._lock = threading.Lock()
        self._running: LlamaServer | None = None
        self._is_starting = False
        self._users = 0
        self._rests_until = 0.0

    @property
    def is_running(self) -> bool:
        """Whether it was started."""
        return self._running is not None

    @asynccontextmanager
    async def serving(self, name: str) -> AsyncIterator[tuple[LlamaServer, float]]:
        """The running server, which stays as long as this is open.

        Args:
            name: The model's name, if it has to be started.

        Yields:
            The server, and the seconds that its start took; 0 if it was not started for this caller.

        Raises:
            ConfigurationError: It cannot be started.
        """
        load_s, patience = 0.0, monotonic() + _DRAIN_S
        # The room is looked at each time: while others were being answered it may have changed back.
        while (server := self._joined(count := await self._room(), patience)) is None:
            if self._may_start():
                begun = perf_counter()
                await asyncio.to_thread(self._start, name, count)
                load_s = perf_counter() - begun
            else:
                await asyncio.sleep(_POLL_S)
        try:
            yield server, load_s
        finally:
            with self._lock:
                self._users -= 1

    async def _room(self) -> int:
        """For how many threads there is room now."""
        _, waits_asleep = await asyncio.to_thread(library)
        if self._wanted is not None or not waits_asleep:
            # Threads that spin are settled once: what is busy later is mostly themselves.
            running = self._running
            return running.threads if running else threads(self._wanted, waits_asleep=waits_asleep)
        return await self._watch.threads()

    def _joined(self, count: int, patience: float) -> LlamaServer | None:
        """The running server, if it is to be used as it is; from then on it stays."""
        with self._lock:
            if self._running is None or self._is_starting:
                return None
            now = monotonic()
            if self._running.threads != count and now > self._rests_until:
                if self._users == 0 or now < patience:
                    return None
                self._rests_until = now + _REST_S
            self._users += 1
            return self._running

    def _may_start(self) -> bool:
        """Whether the caller is the one that starts it, which it then must do."""
        with self._lock:
            if self._is_starting or self._users:
                return False
            self._is_starting = True
            return True

    def _start(self, name: str, count: int) -> None:
        # Not by the waiting task: it may be cancelled, and the start goes on.
        try:
            self._running = None  # the memory of one is free before the other takes its own
            self._running = LlamaServer(self._file, name, count)
        finally:
            self._is_starting = False


_shared: dict[tuple[Path, int | None], Shared] = {}
_sharing = threading.Lock()


def shared(file: Path, wanted: int | None = None) -> Shared:
    """The one server of this process over this file with so many threads, started or not."""
    with _sharing:
        return _shared.setdefault((file, wanted), Shared(file, wanted))
