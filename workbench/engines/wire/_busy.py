"""How often each server has said that it is asked too much."""

from __future__ import annotations

from collections import Counter

_counts: Counter[str] = Counter()


def note_busy(address: str) -> None:
    """The server at this address has refused a request because it has too many."""
    _counts[address] += 1


def times_busy(address: str) -> int:
    """Count how often the server at this address has said so in this process, requests that went well later included.

    >>> times_busy("http://127.0.0.1:1")
    0
    """
    return _counts[address]
