"""Who is told of every request before it leaves, and when it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What is noted of one request, for whoever keeps a log of them.

    Attributes:
        connection: Name of the connection.
        address: Where the request went.
        request: Its method and path, such as "POST /api/chat".
        model: The model's name on the server; "" where it was about none.
        messages: The conversation or the texts that were sent, as they went over the wire; None where none were.
        answer: The text that came.
        prompt_tokens: Tokens read, as the server counted them.
        completion_tokens: Tokens written, likewise.
        total_s: Seconds from sending to the end.
        outcome: Finish reason, HTTP status of a refusal ("status 404"), "cancelled", or the class of the error.
    """

    connection: str
    address: str
    request: str
    model: str
    messages: object
    answer: str
    prompt_tokens: int | None
    completion_tokens: int | None
    total_s: float
    outcome: str


class Gate(Protocol):
    """Whoever decides what may be sent where, and is told of it."""

    @property
    def minds_upstream(self) -> bool:
        """Whether it matters where a server passes prompts on to."""
        ...

    def admit(self, address: str) -> None:
        """Raise PolicyError where nothing may be sent to this address."""

    def admit_unnamed(self, address: str) -> None:
        """Raise PolicyError where a server that may be asked must not pass a prompt on to this address."""

    def note(self, exchange: Exchange) -> None:
        """Take note of a request that has ended."""


class Open:
    """A gate that lets everything pass and keeps nothing."""

    minds_upstream = False

    def admit(self, address: str) -> None:
        """Do nothing."""

    def admit_unnamed(self, address: str) -> None:
        """Do nothing."""

    def note(self, exchange: Exchange) -> None:
        """Do nothing."""
