"""How long a server asks to be left alone, in every form in which servers say it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST_S = 7 * 24 * 3600.0  # longer ones are a server's mistake, and nobody waits for either
_NUMBER = re.compile(r"\+?\d{1,15}(?:\.\d{0,9})?|\.\d{1,9}", re.ASCII)
_UNITS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_PART = re.compile(rf"(\d{{1,15}}(?:\.\d{{1,9}})?) ?({_UNIT})(?![a-z])", re.ASCII | re.IGNORECASE)
_EPOCH_S, _EPOCH_MS = 1e9, 1e12  # from here on a number is a moment, and no span
# LiteLLM passes on the word of the server behind it under a name of its own.
_PREFIXES = ("", "llm_provider-")
_RESETS = ("x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset")
_BY_KIND = ("x-ratelimit-{}-requests", "x-ratelimit-{}-tokens")
# Gemini says it in the body alone, others there too.
_SAID = re.compile(
    rf"(?:retry|try again) (?:in|after)\s+((?:\d{{1,9}}(?:\.\d+)? ?(?:{_UNIT})(?![a-z]) ?)+)"
    r'|"retry_?delay"\s*:\s*"([^"]{1,20})"|"(?:retry_after|estimated_time)"\s*:\s*"?([\d.]{1,12})',
    re.IGNORECASE,
)


def pause_wanted(headers: Mapping[str, str], body: str = "") -> float | None:
    """Seconds that a server asks to wait; None where it does not say, or says what is not a time.

    Read are `retry-after-ms`, `Retry-After` (a number, a fraction, a date of RFC 9110, or with a unit), and the body.

    Args:
        headers: Headers of the response, found whatever the case of their names.
        body: Its body.

    >>> pause_wanted({"Retry-After": "1.5"}), pause_wanted({"retry-after-ms": "250"}), pause_wanted({})
    (1.5, 0.25, None)
    """
    for prefix in _PREFIXES:
        if (found := _number(headers.get(f"{prefix}retry-after-ms", ""))) is not None:
            return _bounded(found / 1000)
        if (found := _span(headers.get(f"{prefix}Retry-After", ""))) is not None:
            return found
    if (said := _SAID.search(body)) is not None:
        return _span(said[1] or said[2] or said[3])
    return None


def renewed_in(headers: Mapping[str, str]) -> float | None:
    """Seconds until the limit begins anew that a request has gone beyond, of several the last; None where nobody says.

    >>> renewed_in({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1m30s"})
    90.0
    """
    spans = [_span(headers.get(prefix + name, "")) for prefix in _PREFIXES for name in _RESETS]
    for kind in (prefix + kind for prefix in _PREFIXES for kind in _BY_KIND):
        if headers.get(kind.format("remaining"), "").strip() == "0":
            spans.append(_span(headers.get(kind.format("reset"), "")))
    return max((span for span in spans if span is not None), default=None)


def _span(text: str) -> float | None:
    text = text.strip().strip('"')
    if (number := _number(text)) is not None:
        now = datetime.now(UTC).timestamp()
        moment = number / 1000 if number >= _EPOCH_MS else number
        return _bounded(moment - now if number >= _EPOCH_S else number)
    if (parts := _parts(text)) is not None:
        return _bounded(parts)
    when = _moment(text)
    return None if when is None else _bounded((when - datetime.now(UTC)).total_seconds())


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text) if _NUMBER.fullmatch(text) else math.inf if text.isascii() and text.isdecimal() else None


def _parts(text: str) -> float | None:
    """Seconds of what is written with units; None where it is not."""
    found = _PART.findall(text)
    if not found or _PART.sub("", text).strip(" ,"):
        return None
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in found)


def _moment(text: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            when = read(text)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
        return when.replace(tzinfo=when.tzinfo or UTC)
    return None


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), _LONGEST_S)
