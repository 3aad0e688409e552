"""What is known of a connection to a server of tools, beside the messages that pass over it."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.errors import EngineError, WorkbenchError

LONGEST = 16 * 1024 * 1024
"""The most bytes of one message."""

_TAIL = 2000


@dataclass
class Wire:
    """What a transport has seen.

    Attributes:
        where: The server, for errors.
        secrets: Every way in which it might repeat a key, as it must not be shown.
        closed: Whether nothing comes from it any more.
        fatal: Why the connection cannot be used any more, if that is known.
        failures: What became of single requests, under the texts by which the MCP library hands that on.
        said: The end of what the server wrote beside messages: its log, and what was not a message.
    """

    where: str
    secrets: tuple[str, ...] = ()
    closed: bool = False
    fatal: EngineError | None = None
    failures: dict[str, WorkbenchError] = field(default_factory=dict)
    said: str = ""

    def hears(self, raw: bytes) -> None:
        """Keep the end of what the server writes beside messages."""
        self.said = (self.said + raw.decode("utf-8", "replace"))[-_TAIL:]

    @property
    def last_words(self) -> str:
        """The last line of that; "" if there is none."""
        lines = [line.strip() for line in self.said.splitlines() if line.strip()]
        return lines[-1] if lines else ""
