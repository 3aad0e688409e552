"""Which rows of answers are seen: chosen by buttons that the page's style follows, without a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.views._plain import shown
from workbench.views.report._words import ReportWords

# The page's style hides what does not meet the one that is chosen, by these names.
FILTERS = ("failed", "cut", "differing", "identical", "one-wrong", "all-wrong")
_FAILED = frozenset(("failed", "not asked", "stopped"))
_CUT = frozenset(("limit", "truncated"))


@dataclass(frozen=True, slots=True)
class Answered:
    """What filters want to know of an answer.

    Attributes:
        text: What was answered; "" of none.
        marks: What is to be known of it.
        is_right: What a scorer says that knows right and wrong only; None where nobody says.
    """

    text: str
    marks: frozenset[str]
    is_right: bool | None = None

    def is_same(self, other: Answered) -> bool:
        """Whether both say the same."""
        return self.text.strip() == other.text.strip()


def row_filters(answers: Sequence[Answered | None]) -> frozenset[str]:
    """Which filters a row meets. The first answer is the one that others are compared with.

    >>> yes, no = Answered("ja", frozenset(), True), Answered("nein", frozenset(), False)
    >>> sorted(row_filters([yes, no])), sorted(row_filters([yes, yes]))
    (['differing', 'one-wrong'], ['identical'])
    """
    there = [one for one in answers if one is not None]
    base, *others = [None if one is None or one.marks & _FAILED else one for one in answers]
    same = [base is not None and one.is_same(base) for one in others if one is not None]
    wrong = [one.is_right is False for one in there]
    met = {
        "failed": any(one.marks & _FAILED for one in there),
        "cut": any(one.marks & _CUT for one in there),
        "differing": base is not None and not all(same),
        "identical": len(same) == len(answers) - 1 > 0 and all(same),
        "one-wrong": len(there) > 1 and sum(wrong) == 1,
        "all-wrong": len(there) > 1 and all(wrong),
    }
    return frozenset(name for name, is_met in met.items() if is_met)


def filters(rows: Sequence[frozenset[str]], base: str, said: ReportWords) -> str:
    """Buttons for all rows and for each filter that some rows meet and others do not; nothing without any.

    Args:
        rows: What `row_filters` says of each.
        base: The model that others are compared with.
        said: The words.
    """
    counts = {name: sum(name in met for met in rows) for name in FILTERS}
    choices = {name: count for name, count in counts.items() if 0 < count < len(rows)}
    if not choices:
        return ""
    buttons = [_choice("all", f"{said.filters['all']} ({len(rows)})", " checked")]
    buttons += [_choice(name, f"{said.filters[name].format(model=base)} ({count})") for name, count in choices.items()]
    return f'<fieldset class="filters"><legend>{shown(said.show)}</legend>{"".join(buttons)}</fieldset>'


def _choice(name: str, told: str, checked: str = "") -> str:
    return f'<label><input type="radio" name="show" id="show-{name}"{checked}> {shown(told)}</label>'
