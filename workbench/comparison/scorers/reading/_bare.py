"""What a judge meant that gave no JSON object: a bare grade, or the bare name of the better answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workbench.comparison.scorers.reading._json import read_fenced
from workbench.comparison.scorers.reading._number_words import word_value
from workbench.comparison.scorers.reading._texts import bare, folded
from workbench.texts import line

_GRADE = r"(?:note|grade|bewertung|score|rating|wertung|punktzahl|punkte|points?|urteil)"
_WHOLE = r"[0-9]{1,4}(?![0-9]|[.,-][0-9])"
_NUMBER = rf"(?<![\w.,/-])(?P<number>{_WHOLE})(?:\s?(?:/|von|out of|of)\s?(?P<of>{_WHOLE}))?"
_BETWEEN = r"[\s*_:=\"'#(\[-]{0,12}(?:(?:ist|lautet|is|von|of|beträgt)\s)?[\s*_\"'(\[]{0,12}"
_NAMED = re.compile(rf"\b{_GRADE}\b{_BETWEEN}{_NUMBER}(?!\s(?:or|oder|bis|to|and|und)\s[0-9])")
_ANY = re.compile(_NUMBER)
_WINNER = re.compile(rf"\b(?:winner|sieger|gewinner)\b{_BETWEEN}(?P<name>a|b|tie)\b")
_TIES = ("tie", "draw", "unentschieden", "gleichstand", "equal", "gleich")


def bare_grade(text: str, low: int, high: int) -> Mapping[str, Any] | None:
    """The grade that a text gives without the object that was asked for, and by which rule; None where it is not sure.

    It counts where the whole text is a number of the scale, where a word such as "Note" stands before it, or where it
    is the only number in the text; "4/5" is 4 where 5 is the best grade.

    >>> bare_grade("**Note: 4/5** – knapp, aber richtig.", 1, 5)
    {'grade': 4, 'reason': "no object, but the grade stands in '**Note: 4/5** – knapp, aber richtig.'"}
    >>> bare_grade("Zwischen 3 und 4.", 1, 5) is None
    True
    """
    found = _of_object(text, low, high)
    if found is not None:
        return found
    plain = folded(text)
    value = _whole(bare(text).strip("#()[]"), low, high)
    named = {_in_scale(match, low, high) for match in _NAMED.finditer(plain)}
    there = {_in_scale(match, low, high) for match in _ANY.finditer(plain)}
    for values in (named, there):
        if value is None and len(values) == 1:
            (value,) = values
    if value is None:
        return None
    return {"grade": value, "reason": f"no object, but the grade stands in {line(text, 200)!r}"}


def bare_winner(text: str) -> Mapping[str, Any] | None:
    """The better answer that a text names without the object that was asked for; None where it is not sure.

    >>> bare_winner("**B**")["winner"], bare_winner("Winner: A, as it is shorter.")["winner"], bare_winner("A or B?")
    ('B', 'A', None)
    """
    names = {match["name"] for match in _WINNER.finditer(folded(text))}
    plain = bare(text)
    name = next(iter(names)) if len(names) == 1 else "tie" if plain in _TIES else plain if not names else ""
    if name not in ("a", "b", "tie"):
        return None
    winner = name if name == "tie" else name.upper()
    return {"winner": winner, "reason": f"no object, but the winner stands in {line(text, 200)!r}"}


def _of_object(text: str, low: int, high: int) -> Mapping[str, Any] | None:
    """The grade in an object that lacks its reason, or has the grade as a text."""
    try:
        found = read_fenced(text)
    except ValueError:
        return None
    if not isinstance(found, Mapping) or isinstance(found.get("grade"), bool):
        return None
    grade = found.get("grade")
    value = (
        int(grade) if isinstance(grade, int | float) and grade == int(grade) else _whole(bare(str(grade)), low, high)
    )
    if value is None or not low <= value <= high:
        return None
    return {"grade": value, "reason": str(found.get("reason") or "no reason given")}


def _whole(text: str, low: int, high: int) -> int | None:
    match = _ANY.fullmatch(text)
    value = _in_scale(match, low, high) if match else word_value(text) if text.isalpha() else None
    return value if value is not None and low <= value <= high else None


def _in_scale(match: re.Match[str], low: int, high: int) -> int | None:
    value, of = int(match["number"]), match["of"]
    return value if low <= value <= high and (of is None or int(of) == high) else None
