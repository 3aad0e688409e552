"""Asking past the cassette that counts: it plays, records, or is not there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from workbench.engines.cassette._calls import Call
from workbench.engines.cassette._cassette import Cassette, Secrets
from workbench.engines.cassette._inserted import current
from workbench.engines.cassette._inside import is_inside

T = TypeVar("T")


def asked_cassette() -> Cassette | None:
    """The cassette that a question goes to; None where none counts, or it is part of one that is being recorded."""
    cassette = current()
    return None if cassette is None or is_inside() else cassette


async def taped(call: Call, run: Callable[[], Awaitable[T]], kind: type[T], secrets: Secrets = tuple) -> T:
    """What comes of a question, by the cassette that counts; without one it is asked. As `Cassette.value`."""
    cassette = asked_cassette()
    return await run() if cassette is None else await cassette.value(call, run, kind, secrets)


def as_recorded(call: Call, value: T, kind: type[T]) -> T:
    """What is measured, or what was when it was recorded; without a cassette as it is. As `Cassette.measured`."""
    cassette = current()
    return value if cassette is None else cassette.measured(call, value, kind)
