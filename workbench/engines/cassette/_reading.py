"""What a cassette holds, in words, and how two of them differ."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from workbench.engines.cassette._calls import Key
from workbench.engines.cassette._entry import NOTHING, Entry
from workbench.saved_errors import read_error

Change = Literal["same", "changed", "only here", "only there"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one question from one cassette to another.

    Attributes:
        change: Whether the same came, something else, or only one of them has it.
        here: What the one has.
        there: What the other has.
    """

    change: Change
    here: Entry | None
    there: Entry | None


def question_of(entry: Entry) -> str:
    """What was asked, as a text: the last message to a model, or the request.

    >>> from workbench.engines.cassette._calls import call
    >>> import msgspec
    >>> said = {"messages": [{"role": "user", "content": "Was ist ein Amt?"}], "options": {}}
    >>> question_of(Entry(kind="ask", connection="gpu", request=msgspec.Raw(call("ask", "gpu", "", said).request)))
    'Was ist ein Amt?'
    """
    said = entry.said
    if not isinstance(said, dict):
        return "" if said is None else str(said)
    messages = said.get("messages")
    if isinstance(messages, list) and messages and isinstance(messages[-1], dict):
        return str(messages[-1].get("content", ""))
    return str(said.get("request", said))


def answer_of(entry: Entry) -> str:
    """What came, as a text: the answer, the error, or the value."""
    if entry.error is not None:
        return f"{entry.error.kind}: {read_error(entry.error)}"
    if entry.was_stopped:
        return "".join(part.text for part in entry.parts) + " … (not waited for)"
    if entry.value == NOTHING:
        return ""
    came: Any = entry.came
    if not isinstance(came, dict):
        return str(came)
    if entry.kind in ("stream", "ask"):
        calls = [
            f"{one.get('name')}({one.get('arguments')})"
            for one in came.get("tool_calls") or ()
            if isinstance(one, dict)
        ]
        return "\n".join(filter(None, (str(came.get("text", "")), *calls)))
    return str(came.get("text") or came)


def differences(here: Iterable[Entry], there: Iterable[Entry]) -> Iterator[Difference]:
    """What became of each question from one cassette to another, in the order of the one, then of the other."""
    ours, theirs = _by_key(here), _by_key(there)
    for key in dict.fromkeys([*ours, *theirs]):
        for one, other in zip_longest(ours.get(key, ()), theirs.get(key, ())):
            yield Difference(_change(one, other), one, other)


def _by_key(entries: Iterable[Entry]) -> dict[Key, list[Entry]]:
    found: defaultdict[Key, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.call.key].append(entry)
    return found


def _change(one: Entry | None, other: Entry | None) -> Change:
    if one is None:
        return "only there"
    if other is None:
        return "only here"
    return "same" if answer_of(one) == answer_of(other) else "changed"


def word_difference(before: Sequence[str], after: Sequence[str], around: int = 2) -> list[str]:
    """The changes from one list of words to another: `[-gone-]` and `{+new+}`, as word diffs are written.

    Args:
        before: The words before.
        after: The words after.
        around: How many words that stayed are shown around each change.

    >>> word_difference("Das Amt ist offen".split(), "Das Amt ist zu".split())
    ['Amt ist [-offen-] {+zu+}']
    """
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    changes = []
    for group in matcher.get_grouped_opcodes(around):
        told: list[str] = []
        for tag, start, end, begin, stop in group:
            if tag == "equal":
                told += after[begin:stop]
                continue
            if end > start:
                told.append(f"[-{' '.join(before[start:end])}-]")
            if stop > begin:
                told.append(f"{{+{' '.join(after[begin:stop])}+}}")
        changes.append(" ".join(told))
    return changes
