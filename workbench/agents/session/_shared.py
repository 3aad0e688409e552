"""What all lines of a conversation share."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from workbench.agents.autogen import Stage


@dataclass
class Shared:
    """A team, and which of the lines of its conversation it is on now: one at a time.

    Attributes:
        stage: The team.
        lock: Held while a turn is taken.
        on: The line that the team is on.
        book: What keeps the conversation.
        traces: What sends its spans, if anything does.
        trace: The id of its trace, as W3C's trace context has it: 32 hexadecimal digits, by chance.
        watchers: Called whenever something has happened on any line, in the thread in which it did.
    """

    stage: Stage
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    on: object = None
    book: Book | None = None
    traces: Traces | None = None
    trace: str = field(default_factory=partial(secrets.token_hex, 16))
    watchers: list[Callable[[], None]] = field(default_factory=list)


class Book(Protocol):
    """What keeps a conversation in a file."""

    def keep(self, play: Any) -> None:
        """Write down what has happened on a line of the conversation."""
        ...

    def save(self, path: Path) -> None:
        """Write the whole conversation into another file."""
        ...


class Traces(Protocol):
    """What sends the spans of a conversation while it goes on."""

    def keep(self) -> None:
        """Send what is complete and was not sent; without waiting for it, and whatever becomes of it."""
        ...
