"""How long an answer may take and how large it may be, before it is cut off."""

from __future__ import annotations

from dataclasses import dataclass, fields

from workbench.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a connection; errors name the one that was met.

    Attributes:
        connect_s: Seconds until a connection stands.
        first_s: Seconds from sending until the first piece of an answer; a model may have to be loaded first.
        token_s: Seconds from one piece to the next. Whole events count, so a drip of bytes does not help.
        request_s: Seconds for the whole request, pauses between tries included.
        answer_bytes: Size of a whole answer on the wire.
        line_bytes: Size of one event or line.
        attempts: How often a request is sent, as long as no answer has begun.
        pause_s: Seconds before the second try; each further pause is up to twice as long, by chance.

    Raises:
        ConfigurationError: If one is not greater than 0.

    >>> Limits(token_s=5).request_s
    3600.0
    """

    connect_s: float = 10.0
    first_s: float = 600.0
    token_s: float = 120.0
    request_s: float = 3600.0
    answer_bytes: int = 64 * 1024 * 1024
    line_bytes: int = 8 * 1024 * 1024
    attempts: int = 4
    pause_s: float = 0.5

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not is_number or not value > 0:
                raise ConfigurationError(f"{field.name} must be a number above 0, not {value!r}", where="limits")
