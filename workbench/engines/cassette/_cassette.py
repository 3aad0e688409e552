"""A cassette: what servers were asked is taken from it, or asked and added to it."""

from __future__ import annotations

import asyncio
import threading
import warnings
import weakref
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Literal, Self, TypeVar

import msgspec

from workbench.engines.cassette._calls import Call, Key
from workbench.engines.cassette._entry import NOTHING, Entry, encoded, line_of
from workbench.engines.cassette._file import Writer, new_header, read_cassette
from workbench.engines.cassette._inside import enter, leave
from workbench.engines.cassette._miss import miss
from workbench.engines.cassette._recording import Recording, now
from workbench.errors import CassetteError, CassetteMissError
from workbench.messages import Piece, Reply
from workbench.saved_errors import read_error

T = TypeVar("T")
Mode = Literal["record", "replay"]
Secrets = Callable[[], tuple[str, ...]]
Speed = float | Literal["recorded", "instant"]


@dataclass
class _Under:
    """What was recorded of one question."""

    entries: list[Entry] = field(default_factory=list)
    played: int = 0


class Cassette:
    """Recorded answers in a file, each played as often as it was recorded, in that order.

    Args:
        path: The file.
        mode: "replay" plays what is there, and sends nothing; "record" plays what is there too, and asks and adds what
            is missing.
        speed: "recorded" lets pieces come when they came, "instant" at once, a number so many times as fast.
        version: Version of Workbench, for the first line of a new file.

    Attributes:
        problem: Why nothing is added any more; None where it is.

    Raises:
        CassetteError: If the file is missing, is not a cassette, or cannot be written.
    """

    def __init__(self, path: Path, mode: Mode, speed: Speed = "recorded", version: str = "") -> None:
        self.path = path
        self.mode: Mode = mode
        self.speed: Speed = speed
        self._lock = threading.Lock()
        self._there: defaultdict[Key, _Under] = defaultdict(_Under)
        self._writer: Writer | None = None
        self._added = 0
        self.problem: CassetteError | None = None
        self._on_eject: list[Callable[[], object]] = []
        if mode == "replay" or path.exists():
            self.header, entries = read_cassette(path)
        else:
            self.header, entries = new_header(now(), version), []
        for entry in entries:
            self._there[entry.call.key].entries.append(entry)
        if mode == "record":
            self._writer = Writer(path, self.header, map(msgspec.json.encode, entries))
            weakref.finalize(self, self._writer.close)  # also where the process ends before it is ejected

    @property
    def unused(self) -> list[Entry]:
        """What is on it and was not played since it was inserted, in no order that means anything."""
        with self._lock:
            return [entry for under in self._there.values() for entry in under.entries[under.played :]]

    @property
    def server_kinds(self) -> dict[str, str]:
        """The kinds of the connections of which it has something, by their names, "" where it does not tell one."""
        found: dict[str, str] = {}
        for under in self._there.values():
            for entry in under.entries:
                if entry.connection:
                    found[entry.connection] = entry.server_kind or found.get(entry.connection, "")
        return found

    @property
    def added(self) -> int:
        """How many answers were added since it was inserted."""
        return self._added

    def on_eject(self, do: Callable[[], object]) -> None:
        """Do something once, when this cassette is ejected."""
        self._on_eject.append(do)

    def eject(self) -> None:
        """Take the cassette out: servers are asked again."""
        if self._writer is not None:
            self._writer.close()
        while self._on_eject:
            self._on_eject.pop()()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.eject()

    def __repr__(self) -> str:
        there = sum(len(under.entries) for under in self._there.values())
        added = f", {self._added} added" if self._added else ""
        return f"Cassette {str(self.path)!r}: {self.mode}, {there} recorded{added}, {len(self.unused)} not played"

    async def value(self, call: Call, run: Callable[[], Awaitable[T]], kind: type[T], secrets: Secrets = tuple) -> T:
        """What was recorded of a question; or, while recording, what comes of asking it.

        Args:
            call: The question.
            run: Asks it.
            kind: What comes.
            secrets: Tells what must not be written down.

        Raises:
            CassetteMissError: If it is not there, and nothing may be asked.
            WorkbenchError: What was raised when it was recorded.
        """
        entry = self.take(call)
        if entry is not None:
            return await self._played_value(entry, kind)
        recording = Recording(call)
        try:
            with recording.inside():
                value = await run()
        except Exception as error:
            self.add(recording.failed(error), secrets)
            raise
        except BaseException:
            self.add(recording.ended(was_stopped=True), secrets)
            raise
        self.add(recording.ended(value=encoded(value)), secrets)
        return value

    def measured(self, call: Call, value: T, kind: type[T]) -> T:
        """What was measured when it was recorded; or, while recording, what is measured now, which is added.

        Args:
            call: What it is.
            value: What is measured now.
            kind: What that is; if it has `recorded_at`, that tells when what is played was recorded, as of a `Reply`.

        Raises:
            CassetteMissError: If it is not there, and nothing may be added.
        """
        if (entry := self.take(call)) is not None:
            return _dated(self.value_of(entry, kind), entry.at)
        self.add(Recording(call).ended(value=encoded(value)), tuple)
        return value

    def pieces(
        self, call: Call, run: Callable[[], AsyncGenerator[Piece, None]], secrets: Secrets = tuple
    ) -> AsyncGenerator[Piece, None]:
        """An answer as it grows, as `value` does with what is whole."""
        entry = self.take(call)
        return self._recorded_pieces(call, run, secrets) if entry is None else self._played_pieces(entry)

    def take(self, call: Call) -> Entry | None:
        """What was recorded of a question, this time; None where it is to be asked, and added.

        Raises:
            CassetteMissError: If it is not there, and nothing may be asked.
        """
        with self._lock:
            under = self._there.get(call.key)
            if under is not None and under.played < len(under.entries):
                under.played += 1
                return under.entries[under.played - 1]
            if self.mode == "record":
                return None
            if under is not None and call.is_about_server:
                return under.entries[-1]
            entries = [entry for each in self._there.values() for entry in each.entries]
        raise miss(call, entries, len(under.entries) if under else 0, str(self.path))

    def add(self, entry: Entry, secrets: Secrets) -> None:
        """Add a question and what came of it, without secrets; where that fails, an answer is not lost for it."""
        if self._writer is None or self.problem is not None:
            return
        try:
            self._writer.add(line_of(entry, secrets()))
            self._added += 1
        except CassetteError as error:
            self.problem = error
            warnings.warn(f"what is asked goes on, but is not recorded any more: {error}", stacklevel=2)

    async def _recorded_pieces(
        self, call: Call, run: Callable[[], AsyncGenerator[Piece, None]], secrets: Secrets
    ) -> AsyncGenerator[Piece, None]:
        recording, is_kept = Recording(call), False
        answering = run()
        try:
            while True:
                before = enter(recording.sent)
                try:
                    piece = await anext(answering)
                except StopAsyncIteration:
                    break
                finally:
                    leave(before)
                if piece.reply is None:
                    recording.take(piece)
                else:
                    is_kept = True
                    self.add(recording.ended(value=encoded(piece.reply)), secrets)
                yield piece
        except Exception as error:
            if not is_kept:
                is_kept = True
                self.add(recording.failed(error), secrets)
            raise
        finally:
            if not is_kept:
                self.add(recording.ended(was_stopped=True), secrets)
            await answering.aclose()

    async def _played_value(self, entry: Entry, kind: type[T]) -> T:
        await self.until(entry.seconds, perf_counter())
        self.check_end(entry)
        return _dated(self.value_of(entry, kind), entry.at)

    async def _played_pieces(self, entry: Entry) -> AsyncGenerator[Piece, None]:
        await asyncio.sleep(0)  # others have their turn, however many are played at once
        begun = perf_counter()
        for part in entry.parts:
            await self.until(part.seconds, begun)
            yield Piece(part.text, part.reasoning, was_reasoning=part.was_reasoning)
        await self.until(entry.seconds, begun)
        self.check_end(entry)
        yield Piece(reply=replace(self.value_of(entry, Reply), recorded_at=entry.at))

    async def until(self, seconds: float, begun: float) -> None:
        """Wait for the moment at which something came when it was recorded."""
        if self.speed == "instant":
            return
        factor = 1.0 if self.speed == "recorded" else self.speed
        if (left := begun + seconds / factor - perf_counter()) > 0:
            await asyncio.sleep(left)

    def check_end(self, entry: Entry) -> None:
        """Raise what was raised when it was recorded, and CassetteMissError where nobody waited for its end."""
        if entry.was_stopped:
            raise CassetteMissError(
                f"the recording of what was asked at {entry.at} ends here, as whoever asked did not wait for its end",
                where=str(self.path),
                advice='record it anew: mode="record" with another name',
            )
        self.check_error(entry)

    def check_error(self, entry: Entry) -> None:
        """Raise what was raised when it was recorded."""
        if entry.error is not None:
            reply = None if entry.value == NOTHING else self.value_of(entry, Reply)
            raise read_error(entry.error, reply and replace(reply, recorded_at=entry.at))

    def value_of(self, entry: Entry, kind: type[T]) -> T:
        """What came, as what it was. Raises CassetteError where it is not."""
        try:
            return entry.value_as(kind)
        except (msgspec.DecodeError, RecursionError):
            raise CassetteError(
                f"what was recorded at {entry.at} is not what {entry.kind!r} brings",
                where=str(self.path),
                advice="take an undamaged copy of it, or record it anew",
            ) from None


def _dated(came: T, at: str) -> T:
    """What came, with the moment at which it was recorded, where it has a place for that: `recorded_at`."""
    if not hasattr(came, "recorded_at"):
        return came
    change: Callable[..., T] = msgspec.structs.replace if isinstance(came, msgspec.Struct) else replace
    return change(came, recorded_at=at)
