"""Saying what was asked that no recording has, and in which words it differs from the nearest that one has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rapidfuzz import fuzz, process

from workbench.conversation import image_text
from workbench.engines.cassette._asked_in import asked_in
from workbench.engines.cassette._calls import Call
from workbench.engines.cassette._entry import Entry
from workbench.engines.cassette._reading import word_difference
from workbench.errors import CassetteMissError
from workbench.messages import Image
from workbench.texts import line

_LONGEST = 2000  # characters of a question that are compared
_SHOWN = 240
_CHANGES = 4


def miss(call: Call, entries: Sequence[Entry], recorded: int, where: str) -> CassetteMissError:
    """The error for a question that cannot be played.

    Args:
        call: The question.
        entries: What is recorded.
        recorded: How often exactly this is recorded.
        where: The cassette.
    """
    asker, named = asked_in(), "/".join(filter(None, (call.connection, call.model)))
    begin = f"{asker}: " if asker else ""
    if recorded:
        times = "once" if recorded == 1 else f"{recorded} times"
        what = f"{begin}this question to {named} ({call.kind}) was recorded {times} and is asked once more"
    else:
        what = f"{begin}nothing is recorded of this question to {named} ({call.kind})"
        if (nearest := _nearest(call, entries)) is not None:
            place = f" in {nearest.asked_in}" if nearest.asked_in else ""
            what += f"; the nearest one{place} differs: {difference(nearest.call, call)}"
    return CassetteMissError(what, where=where, advice='record what is missing: mode="record"')


def _nearest(call: Call, entries: Iterable[Entry]) -> Entry | None:
    alike = [entry for entry in entries if entry.kind == call.kind] or list(entries)
    wanted = _text(call)
    found = process.extractOne(wanted, [_text(entry.call) for entry in alike], scorer=fuzz.ratio) if alike else None
    return alike[found[2]] if found else None


def _text(call: Call) -> str:
    return f"{call.connection} {call.model} {call.occasion} {call.request[:_LONGEST].decode('utf-8', 'replace')}"


def difference(one: Call, other: Call) -> str:
    """In which words two questions differ, on one line: `[-gone-]` and `{+new+}`, as word diffs are written.

    >>> from workbench.engines.cassette._calls import call
    >>> difference(call("ask", "gpu", "qwen3", "Was ist ein Amt?"), call("ask", "gpu", "qwen3", "Was ist ein Rat?"))
    'ist ein [-Amt?-] {+Rat?+}'
    """
    changes = word_difference(_words(one), _words(other))
    return " … ".join(line(change, _SHOWN) for change in changes[:_CHANGES])


def _words(call: Call) -> list[str]:
    """What a question says, word by word."""
    said = json.loads(call.request)
    named = [] if said is None else list(_told(said))
    return [*f"{call.connection}/{call.model} {call.occasion}".split(), *named]


def _told(said: Any) -> Iterable[str]:
    if isinstance(said, str):
        yield from said.split()
    elif isinstance(said, dict) and said.keys() == {"media_type", "data"}:
        yield image_text(Image(str(said["media_type"]), str(said["data"])))
    elif isinstance(said, dict):
        for key, value in said.items():
            if value not in ("", None, [], {}):
                yield f"{key}:"
                yield from _told(value)
    elif isinstance(said, list):
        for value in said:
            yield from _told(value)
    else:
        yield str(said)
