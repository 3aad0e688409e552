"""Telling a model's thoughts from its answer where a server leaves both in one text.

What counts as thoughts is narrow, as an answer may speak of these marks too: a mark opens thoughts only at the very
beginning of an answer, or right after other thoughts, and the next closing mark ends them. A closing mark without an
opening one, which templates leave that open the thoughts themselves, ends thoughts only where it does not read like a
word of a sentence: not in code or quotation marks, not behind an opening mark that the text mentions, and with nothing
before it in its line, or no blank after an unfinished sentence, and no full stop, comma or bracket after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

_BLANK = " \t\r\n\ufeff\u200b"
# What opens thoughts, and what closes them.
_THOUGHTS = {
    **{f"<{name}>": f"</{name}>" for name in ("think", "thinking", "thought", "thoughts", "reasoning", "seed:think")},
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|start_thinking|>": "<|end_thinking|>",
    "<|channel|>analysis<|message|>": "<|end|>",
    "<|start|>assistant<|channel|>analysis<|message|>": "<|end|>",
}
# The same for the answer itself, of models that mark it too.
_ANSWERS = {
    "<|begin_of_solution|>": "<|end_of_solution|>",
    "<|start_response|>": "<|end_response|>",
    "<|channel|>final<|message|>": "<|return|>",
    "<|start|>assistant<|channel|>final<|message|>": "<|return|>",
}
_OPENERS = (*_THOUGHTS, *_ANSWERS)
# "<|end|>" ends whatever it stands behind, so alone it says nothing.
_UNOPENED = tuple(closer for closer in dict.fromkeys(_THOUGHTS.values()) if closer != "<|end|>")
_MARKS = (*_THOUGHTS, *_UNOPENED)
_MARK = re.compile("|".join(map(re.escape, _MARKS)), re.IGNORECASE)
_CLOSER = {closer: re.compile(re.escape(closer), re.IGNORECASE) for closer in (*_THOUGHTS.values(), *_ANSWERS.values())}
_FENCE = re.compile(r"^[ \t>]*(?:```|~~~)", re.MULTILINE)
_QUOTES = "`\"'„“”‚‘’»«›‹"
_SENTENCE_ENDS = ".!?…:;"
_GOES_ON = ".,;:!?)]}"
_MOST_BLANKS = 1000  # how many may wait: more are a model that repeats itself
_MOST_MENTIONS = 20  # of marks in one answer, before it is taken for a text about marks


class Parted(NamedTuple):
    """What a piece of text turned out to be.

    Attributes:
        text: What of it belongs to the answer.
        reasoning: What of it belongs to the thoughts.
        was_reasoning: Whether all that was told as text before belongs to the thoughts too.
    """

    text: str = ""
    reasoning: str = ""
    was_reasoning: bool = False


_NOTHING = Parted()


class Thoughts:
    """Parts the text of one answer, which comes in pieces, into thoughts and answer.

    Attributes:
        unopened: Whether a closing mark may stand alone; not where the server tells thoughts apart by itself.

    >>> thoughts = Thoughts()
    >>> [thoughts.feed(text)[:2] for text in ("<thi", "nk>Am Rhein.", "</think>Bonn")]
    [('', ''), ('', 'Am Rhein.'), ('Bonn', '')]
    """

    def __init__(self) -> None:
        self.unopened = True
        self._step: Callable[[str, bool], tuple[str, Parted]] = self._at_start
        self._is_plain = False  # whether text without marks belongs to the answer as it is
        self._held = ""
        self._closer = ""
        self._has_thought = False
        self._told: list[str] = []
        self._mentions = 0

    @property
    def held(self) -> bool:
        """Whether something waits for what comes next."""
        return bool(self._held)

    def is_answer(self, text: str) -> bool:
        """Whether all of this belongs to the answer, as most pieces do; it is then taken, and not to be fed."""
        if self._held or not self._is_plain or "<" in text or "[" in text or "◁" in text:
            return False
        if self.unopened:
            self._told.append(text)
        return True

    def feed(self, text: str) -> Parted:
        """What can be told of the text that has come, and of what waited before it."""
        return self._parted(text, is_end=False)

    def close(self, text: str = "") -> Parted:
        """The same for the last of the text, as nothing more comes."""
        return self._parted(text, is_end=True)

    def _parted(self, text: str, *, is_end: bool) -> Parted:
        """Take the text bit by bit, until it is used up or must wait."""
        rest, self._held = self._held + text, ""
        text, reasoning, was_reasoning = "", "", False
        while rest:
            rest, bit = self._step(rest, is_end)
            self._is_plain = self._step in (self._in_answer, self._in_plain_answer)
            if bit.was_reasoning:
                text, reasoning, was_reasoning = "", reasoning + text, True
            text, reasoning = text + bit.text, reasoning + bit.reasoning
        return Parted(text, reasoning, was_reasoning)

    def _at_start(self, text: str, is_end: bool) -> tuple[str, Parted]:
        """Nothing but blanks has come yet, or thoughts have just ended."""
        begun = text.lstrip(_BLANK)
        opener = next((one for one in _OPENERS if begun[: len(one)].lower() == one), None)
        if opener in _THOUGHTS:
            self._closer, self._step, self._has_thought = _THOUGHTS[opener], self._before_thoughts, True
            return begun[len(opener) :], _NOTHING
        if opener is not None:
            self._closer, self._step, self._has_thought = _ANSWERS[opener], self._in_marked_answer, True
            return begun[len(opener) :], _NOTHING
        if not is_end and len(text) < _MOST_BLANKS and any(one.startswith(begun.lower()) for one in _OPENERS):
            return self._wait(text)
        self._step = self._in_plain_answer if self._has_thought else self._in_answer
        return begun if self._has_thought else text, _NOTHING

    def _before_thoughts(self, text: str, is_end: bool) -> tuple[str, Parted]:
        self._step = self._in_thoughts if (begun := text.lstrip(_BLANK)) else self._before_thoughts
        return begun, _NOTHING

    def _in_thoughts(self, text: str, is_end: bool) -> tuple[str, Parted]:
        for found in _CLOSER[self._closer].finditer(text):
            start, end = found.span()
            is_after_tick = text[start - 1 : start] == "`"
            if is_after_tick and end == len(text) and not is_end:
                return self._wait(text[start - 1 :], reasoning=text[: start - 1])
            if not (is_after_tick and text[end : end + 1] == "`"):
                self._step = self._at_start
                return text[end:], Parted(reasoning=text[:start].rstrip(_BLANK))
        if is_end:
            return "", Parted(reasoning=text)
        # Blanks before the end are not part of the thoughts, and a mark that is said in code shows by what it follows.
        sure = text[: _may_begin(text, (f"`{self._closer}", self._closer))]
        held = len(text) - len(sure.rstrip(_BLANK))
        sure = sure if held > _MOST_BLANKS else sure.rstrip(_BLANK)
        return self._wait(text[len(sure) :], reasoning=sure)

    def _in_marked_answer(self, text: str, is_end: bool) -> tuple[str, Parted]:
        if found := _CLOSER[self._closer].search(text):
            self._step = self._in_plain_answer
            return text[found.end() :], Parted(text[: found.start()])
        sure = text if is_end else text[: _may_begin(text, (self._closer,))]
        return self._wait(text[len(sure) :], text=sure)

    def _in_plain_answer(self, text: str, is_end: bool) -> tuple[str, Parted]:
        return "", Parted(text)

    def _in_answer(self, text: str, is_end: bool) -> tuple[str, Parted]:
        """Text that nothing has opened; it may be thoughts whose end is still to come."""
        if not self.unopened:
            self._step = self._in_plain_answer
            return text, _NOTHING
        if "<" not in text and "[" not in text and "◁" not in text:
            return self._tell(text, "")
        found = _MARK.search(text)
        if found is None:
            sure = text if is_end else text[: _may_begin(text, _MARKS)]
            return self._tell(sure, text[len(sure) :], wait=True)
        before, mark, after = text[: found.start()], found[0], text[found.end() :]
        if not after and not is_end:
            return self._tell(before, mark, wait=True)
        until = "".join((*self._told, before))
        if mark.lower() in _THOUGHTS:
            if not _is_quoted(until, after):
                self._step = self._in_plain_answer  # what speaks of an opening mark may speak of a closing one
        elif _ends_thoughts(until, after):
            self._step, self._has_thought = self._at_start, True
            return after, Parted(reasoning=before.rstrip(_BLANK), was_reasoning=True)
        self._mentions += 1
        if self._mentions == _MOST_MENTIONS:
            self._step = self._in_plain_answer
        return self._tell(before + mark, after)

    def _tell(self, text: str, rest: str, *, wait: bool = False) -> tuple[str, Parted]:
        self._told.append(text)
        return self._wait(rest, text=text) if wait else (rest, Parted(text))

    def _wait(self, held: str, *, text: str = "", reasoning: str = "") -> tuple[str, Parted]:
        self._held = held
        return "", Parted(text, reasoning)


def part_thoughts(text: str) -> tuple[str, str]:
    """Part a whole text into answer and thoughts.

    >>> part_thoughts("<think>Am Rhein.</think>Bonn")
    ('Bonn', 'Am Rhein.')
    """
    thoughts = Thoughts()
    answer, reasoning = "", ""
    for part in (thoughts.feed(text), thoughts.close()):
        if part.was_reasoning:
            answer, reasoning = "", reasoning + answer
        answer, reasoning = answer + part.text, reasoning + part.reasoning
    return answer, reasoning


def _may_begin(text: str, marks: tuple[str, ...]) -> int:
    """Where, at the end of the text, a mark may have begun; the text's length if nowhere."""
    longest = max(map(len, marks)) - 1
    for position in range(max(len(text) - longest, 0), len(text)):
        if text[position] not in "<[◁`":
            continue
        end = text[position:].lower()
        if any(mark.startswith(end) for mark in marks):
            return position
    return len(text)


def _ends_thoughts(before: str, after: str) -> bool:
    """Whether a closing mark that nothing has opened ends thoughts, and is not a word of a sentence."""
    line = before.rpartition("\n")[2]
    if _is_quoted(before, after):
        return False
    if not line.strip():
        return True
    if after[:1] and after[0] in _GOES_ON:
        return False
    if not line[-1].isspace():
        return True
    return after[:1] in ("\r", "\n") or line.rstrip()[-1] in _SENTENCE_ENDS


def _is_quoted(before: str, after: str) -> bool:
    """Whether what stands between the two is in code or in quotation marks."""
    line = before.rpartition("\n")[2]
    is_fenced = len(_FENCE.findall(before)) % 2 == 1
    return is_fenced or line.count("`") % 2 == 1 or (before[-1:] in tuple(_QUOTES) and after[:1] in tuple(_QUOTES))
