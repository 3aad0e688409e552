"""What goes to the page in one message: some cells whole, of all others what can be counted, filtered and sorted by."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from workbench.views.compare._deltas import Batch, Change

_MOST_CHARACTERS = 500_000  # of the texts in one message
_MOST_CELLS = 2_000  # that are told whole in one message
_SHORT_AT_ONCE = 10_000  # of which one message tells how they stand
_STATUSES = {"waiting": 0, "answering": 1, "answered": 2, "failed": 3, "stopped": 4}
_FIGURES = ("first_token_s", "total_s", "tokens", "tokens_per_s")
_UNKNOWN = (None,) * len(_FIGURES)
_NO_SCORES: Mapping[str, float] = {}


class Parcel(NamedTuple):
    """Cells for a page.

    Attributes:
        cells: Those that one message tells whole.
        others: Those that are told in short, by their index.
    """

    cells: Batch
    others: list[int]


def parcel(indexes: Iterable[int], whole: Callable[[int], Change]) -> Parcel:
    """Part cells into those that fit in a message with their texts, and those that are told in short.

    Args:
        indexes: The cells.
        whole: Gives all that is to be told of a cell, by its index.

    >>> parcel([0], lambda index: {"text": "Bonn"})
    Parcel(cells={0: {'text': 'Bonn'}}, others=[])
    """
    cells: Batch = {}
    left = iter(indexes)
    room = _MOST_CHARACTERS
    for index in left:
        cells[index] = whole(index)
        room -= len(cells[index].get("text", ""))
        if room < 0 or len(cells) == _MOST_CELLS:
            break
    return Parcel(cells, list(left))


def in_parts(indexes: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cells that are told in short, as many together as one message takes."""
    return (indexes[start : start + _SHORT_AT_ONCE] for start in range(0, len(indexes), _SHORT_AT_ONCE))


def packed(cells: Mapping[int, Change]) -> bytes:
    """Cells without their texts as columns in JSON, deflated: some ten bytes for each."""
    figures = [one.get("figures", _UNKNOWN) for one in cells.values()]
    scores = {index: one["scores"] for index, one in cells.items() if "scores" in one}
    columns: dict[str, Any] = {
        "index": list(cells),
        "status": [_STATUSES[one.get("status", "waiting")] for one in cells.values()],
        "says": [one.get("says", 0) for one in cells.values()],
        "sketch": [one.get("sketch", 0) for one in cells.values()],
        "cut": [index for index, one in cells.items() if one.get("cut")],
        "rated": {index: (one["good"], one["comment"]) for index, one in cells.items() if "good" in one},
        "scores": {
            name: [scores.get(index, _NO_SCORES).get(name) for index in cells]
            for name in dict.fromkeys(name for one in scores.values() for name in one)
        },
        **dict(zip(_FIGURES, zip(*figures, strict=True), strict=True)),
    }
    return zlib.compress(json.dumps(columns, separators=(",", ":")).encode(), 1)
