"""Scorers of texts: the answer is, holds, or matches what was expected."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from workbench.arguments import as_flag
from workbench.comparison.scorers.reading._dates import as_date, dates, has_time, time_of
from workbench.comparison.scorers.reading._reference import as_text, reference
from workbench.comparison.scorers.reading._texts import bare, folded, identity, visible
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.errors import UsageError
from workbench.patterns import PatternError, is_inside
from workbench.patterns import pattern as read_pattern
from workbench.texts import quoted

_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f"), " ")


def exact(expected: Any = "expected", *, fold: bool = True, name: str = "exact") -> Scorer:
    """Whether the answer is the expected one.

    Args:
        expected: A text names the column of the table that holds it; a list holds answers that are all accepted,
            whatever the row. A cell of the column may be such a list too.
        fold: Whether case, white space, Unicode's ways of writing a letter, quotes around the answer and sentence
            marks at its end are overlooked ("Bonn" and " bonn. "; "Straße" and "STRASSE"), and so are characters that
            nobody sees and the ways to write a date ("1. März 2026" and a Timestamp); else every character counts.
        name: What tables call it.

    Returns:
        The scorer: True or False, None where the row has no reference.

    Raises:
        UsageError: If `expected` is empty, or `fold` no truth value; by the scorer, if the table has no such column.

    >>> from workbench.comparison.scoring._scorer import Row
    >>> from workbench.messages import Reply
    >>> exact(["Bonn"])(Row(0, "Wo?", "m", 0, Reply(text="bonn.", finish="stop")))
    Score(value=True, note='')
    """
    alike = bare if fold else str

    def is_same(answer: str, wanted: str) -> bool:
        return answer == wanted

    return _compared(name, "exact", expected, fold, alike, is_same, "expected")


def contains(expected: Any = "expected", *, fold: bool = True, name: str = "contains") -> Scorer:
    """Whether the expected text stands somewhere in the answer.

    It may be a part of a word: "Bürgeramt" is in "Bürgeramtes", but "4" is in "14" too; for numbers take `number`.

    Args:
        expected: As for `exact`; of several accepted texts, one is enough.
        fold: Whether case, white space, Unicode's ways of writing a letter, characters that nobody sees and the ways to
            write a date are overlooked.
        name: What tables call it.

    Returns:
        The scorer: True or False, None where the row has no reference.

    Raises:
        UsageError: As for `exact`.

    >>> from workbench.comparison.scoring._scorer import Row
    >>> from workbench.messages import Reply
    >>> contains(["Bonn"])(Row(0, "Wo?", "m", 0, Reply(text="Das ist in BONN.", finish="stop")))
    Score(value=True, note='')
    """
    alike = folded if fold else str

    def is_inside(answer: str, wanted: str) -> bool:
        return wanted in answer

    return _compared(name, "contains", expected, fold, alike, is_inside, "the answer lacks")


def _compared(
    name: str,
    kind: str,
    expected: Any,
    fold: bool,
    alike: Callable[[str], str],
    fits: Callable[[str, str], bool],
    otherwise: str,
) -> Scorer:
    right = reference(expected)
    fold = as_flag("fold=", fold)

    def score(row: Row) -> Score:
        values = right.accepted(row)
        if not values:
            return right.lacking
        answer = alike(row.answer)
        if any(fits(answer, alike(as_text(value))) for value in values):
            return Score(True)
        if fold and (said := next(filter(None, (_same_date(answer, value, kind) for value in values)), "")):
            return Score(True, said)
        wanted = " or ".join(quoted(as_text(value)) for value in values)
        return Score(False, f"{otherwise} {wanted}, got {quoted(row.answer)}")

    return Scorer(name, score, identity(kind, 2, expected=right.identity, fold=fold), columns=right.columns)


def _same_date(answer: str, value: Any, kind: str) -> str:
    """How an answer says the expected date in another way; "" where it does not, or no date is expected."""
    wanted = [day] if (day := as_date(value)) else []
    if not wanted:
        text = bare(as_text(value))
        wanted = [day for found in dates(text) if found.text == text for day in found.readings]
    moment = time_of(value)
    for found in dates(answer) if wanted else ():
        is_whole = kind == "contains" or found.text == answer or (moment is not None and answer.startswith(found.text))
        day = next((day for day in found.readings if day in wanted), None)
        if day and is_whole and (moment is None or has_time(answer.replace(found.text, " "), moment)):
            return f"{found.text!r} was read as {day.isoformat()}"
    return ""


def regex(pattern: str | re.Pattern[str] | None = None, *, column: str | None = None, name: str = "regex") -> Scorer:
    r"""Whether a regular expression matches somewhere in the answer; anchor it with `^` and `$` to match all of it.

    Where it does not match the text as it stands, it may match what is seen of it: without soft hyphens and the like.
    A pattern such as `(a|aa)+$` takes longer than anybody waits on a text made for it. It is given up after half a
    second: write patterns without a repetition inside a repetition.

    Args:
        pattern: The expression, with flags inside it as `(?i)`, or compiled.
        column: The column of the table that holds an expression for each row, instead of `pattern`.
        name: What tables call it.

    Returns:
        The scorer: True or False, None where the row has no expression, or one that cannot be read or takes too long.

    Raises:
        UsageError: If neither or both are given, or the pattern is not a text or cannot be read.

    >>> from workbench.comparison.scoring._scorer import Row
    >>> from workbench.messages import Reply
    >>> regex(r"(?i)\bbonn\b")(Row(0, "Wo?", "m", 0, Reply(text="In Bonn.", finish="stop")))
    Score(value=True, note='')
    """
    if pattern is None:
        if not column or not isinstance(column, str):
            raise UsageError("regex() has neither a pattern nor a column", advice="give one of them, a text")
        return _regex_of_column(column, name)
    if column is not None:
        raise UsageError("regex() has a pattern and a column", advice="give one of them")
    if not isinstance(pattern, str) and not (isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str)):
        raise UsageError(f"the pattern must be a text, not {pattern!r}", advice="give a regular expression as a text")
    try:
        compiled = read_pattern(pattern) if isinstance(pattern, str) else pattern
    except PatternError as error:
        raise UsageError(f"the pattern cannot be read: {error}", where=quoted(pattern), advice="mend it") from None
    told = identity("regex", 2, pattern=compiled.pattern, flags=compiled.flags)
    return Scorer(name, lambda row: _matched(compiled, row), told, columns=())


def _regex_of_column(column: str, name: str) -> Scorer:
    right = reference(column)

    def score(row: Row) -> Score:
        pattern = right.raw(row)
        if pattern is None:
            return right.lacking
        try:
            return _matched(read_pattern(str(pattern)), row)
        except PatternError as error:
            return Score(None, f"the pattern {quoted(str(pattern))} in column {column!r} cannot be read: {error}")

    return Scorer(name, score, identity("regex", 2, column=column), columns=right.columns)


def _matched(pattern: re.Pattern[str], row: Row) -> Score:
    seen = unicodedata.normalize("NFC", visible(row.answer)).translate(_SPACES)
    try:
        if is_inside(pattern, row.answer):
            return Score(True)
        if seen != row.answer and is_inside(pattern, seen):
            return Score(True, "without characters that nobody sees")
    except TimeoutError:
        return Score(None, f"{quoted(pattern.pattern)} takes too long on {quoted(row.answer)}")
    return Score(False, f"{quoted(pattern.pattern)} matches nothing in {quoted(row.answer)}")
