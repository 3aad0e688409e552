"""What a policy says of a call: words by patterns of tools and their arguments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal
from unicodedata import normalize
from urllib.parse import unquote

from workbench.agents._desk import Call
from workbench.agents._visible import values_of, visible
from workbench.errors import UsageError

Word = Literal["allow", "ask", "deny"]

_WORDS = ("allow", "ask", "deny")
_RULE = re.compile(r"\s*([^()\s]+)\s*(?:\((.*)\))?\s*", re.DOTALL)
_ARGUMENT = re.compile(r'\s*([^\s=,"()]+)\s*=\s*(?:"([^"]*)"|([^",]*))\s*(?:,|$)', re.DOTALL)
_ADVICE = 'write "tool" or "tool(argument=pattern, …)", and a pattern that holds a comma in double quotes'
# A way upwards out of a folder, also where a tool takes it for a part of an address.
_UPWARDS = re.compile(r"(^|[/\\:=\s])\.\.")
_STEERS_A_SHELL = re.compile(r"[;|&`$<>\n\r]")
_ADDRESS = re.compile(r"https?://[^\s;|`$<>]*")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a policy says of calls of some tools, with some arguments.

    Attributes:
        tool: Pattern of the tool's name. In patterns `*` stands for any characters, strokes too, and `?` for one.
        arguments: Patterns of arguments by their names; all of them have to be given and fit.
        word: What becomes of such a call.
    """

    tool: str
    arguments: Mapping[str, str]
    word: Word

    def fits(self, call: Call) -> bool:
        """Whether it says anything of a call."""
        if not _fits(call.tool, self.tool):
            return False
        given = values_of(call.arguments) or {}
        return all(name in given and _fits(_text(given[name]), one) for name, one in self.arguments.items())


def rules_of(policy: Mapping[str, Word]) -> list[Rule]:
    """The rules of a policy as it is written. Raises UsageError for one that can mean nothing.

    >>> rules_of({"delete(path=/tmp/*)": "ask"})
    [Rule(tool='delete', arguments={'path': '/tmp/*'}, word='ask')]
    """
    return [_rule(pattern, word) for pattern, word in policy.items()]


def word_of(word: str) -> Word:
    """One of the three words. Raises UsageError for any other."""
    if word not in _WORDS:
        raise UsageError(f"{word!r} is not a word of a policy", advice='write "allow", "ask" or "deny"')
    return word  # type: ignore[return-value]


def is_doubtful(rules: Sequence[Rule], call: Call) -> bool:
    """Whether a call may be more than patterns see, so that none of them may let it run.

    These are names and values with characters that are hidden or look like others, and in arguments that a rule looks
    at: lists and objects, ways upwards (`..`), what steers a shell, and arguments that are left to their defaults.
    A pattern `*` looks at nothing.
    """
    if visible(call.tool, latin=True) != call.tool:
        return True
    looked_at = {
        name
        for rule in rules
        if _fits(call.tool, rule.tool)
        for name, pattern in rule.arguments.items()
        if pattern.strip("*") or not pattern
    }
    given = values_of(call.arguments) or {}
    return any(name not in given or _is_doubtful(given[name]) for name in looked_at)


def _is_doubtful(value: Any) -> bool:
    if not isinstance(value, str):
        return isinstance(value, list | dict)
    read = unquote(unquote(value))
    if visible(read) != read or _UPWARDS.search(read):
        return True
    return bool(_STEERS_A_SHELL.search(value)) and not _ADDRESS.fullmatch(value)


def _rule(pattern: str, word: str) -> Rule:
    found = _RULE.fullmatch(pattern) if isinstance(pattern, str) else None
    if found is None or (found[2] is not None and not found[2].strip()):
        raise UsageError(f"{pattern!r} is not a pattern of calls", advice=_ADVICE)
    arguments: dict[str, str] = {}
    rest, place = found[2] or "", 0
    while place < len(rest):
        one = _ARGUMENT.match(rest, place)
        if one is None or one[1] in arguments:
            raise UsageError(f"{pattern!r} is not a pattern of calls", advice=_ADVICE)
        arguments[one[1]] = one[3].strip() if one[2] is None else one[2]
        place = one.end()
    return Rule(found[1], arguments, word_of(word))


def _fits(text: str, pattern: str) -> bool:
    return fnmatchcase(normalize("NFC", text), normalize("NFC", pattern).replace("[", "[[]"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
