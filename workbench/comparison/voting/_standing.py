"""How far votes decide, in a sentence or two, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.language import Language


@dataclass(frozen=True, slots=True)
class Standing:
    """How far votes decide between the two that are ahead.

    Whoever looks after every vote and stops as soon as it is decided is misled more often than once in twenty times.

    Attributes:
        counted: How many votes count: all that were not skipped.
        leader: Label of the strongest model; "" without a vote.
        other: Label of the next.
        is_decided: Whether the leader is better than the next, with a confidence of 95 %.
        further: How many more votes would probably decide it, if they are like these; None where it is decided, or
            cannot be said.
        is_hopeless: Whether no number of votes in sight would decide it.
    """

    counted: int = 0
    leader: str = ""
    other: str = ""
    is_decided: bool = False
    further: int | None = None
    is_hopeless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """The words of one language.

    Attributes:
        none: Said where nobody has voted.
        ahead: Names who is ahead.
        decided: Said where that is decided.
        few: Said where there are too few votes.
        further: Said where more votes would decide it: one, and several.
        lacking: Added where there are fewer pairs left than it takes: one, several, and none.
        hopeless: Said where no number of votes would decide it.
    """

    none: str
    ahead: str
    decided: str
    few: str
    further: tuple[str, str]
    lacking: tuple[str, str, str]
    hopeless: str


_WORDS: Mapping[Language, _Words] = {
    "en": _Words(
        none="No vote counts yet.",
        ahead="{leader} is ahead of {other}. ",
        decided="Decided: further votes would hardly change who is ahead.",
        few="Undecided: too few votes yet to say how many it takes.",
        further=(
            "Undecided: one further vote would probably decide it.",
            "Undecided: about {} further votes would decide it.",
        ),
        lacking=(
            " Here is one left: more prompts or more voters are needed.",
            " Here are {} left: more prompts or more voters are needed.",
            " None is left here: more prompts or more voters are needed.",
        ),
        hopeless="Undecided, and no number of further votes in sight would decide it.",
    ),
    "de": _Words(
        none="Noch zählt keine Stimme.",
        ahead="{leader} liegt vor {other}. ",
        decided="Entschieden: weitere Stimmen würden kaum noch ändern, wer vorn liegt.",
        few="Offen: noch zu wenige Stimmen, um zu sagen, wie viele es braucht.",
        further=(
            "Offen: eine weitere Stimme würde es wohl entscheiden.",
            "Offen: etwa {} weitere Stimmen würden es entscheiden.",
        ),
        lacking=(
            " Hier ist noch eine übrig: es braucht mehr Fragen oder mehr Abstimmende.",
            " Hier sind noch {} übrig: es braucht mehr Fragen oder mehr Abstimmende.",
            " Hier ist keine mehr übrig: es braucht mehr Fragen oder mehr Abstimmende.",
        ),
        hopeless="Offen, und keine absehbare Zahl weiterer Stimmen würde es entscheiden.",
    ),
}


def standing_words(standing: Standing, language: Language, *, left: int | None = None, blind: bool = False) -> str:
    """Say how far votes decide.

    Args:
        standing: How far they do.
        language: "en" or "de".
        left: How many pairs are left to vote on; None where that is not known.
        blind: Whether nobody may be named yet.
    """
    said = _WORDS[language]
    if not standing.counted:
        return said.none
    ahead = "" if blind else said.ahead.format(leader=standing.leader, other=standing.other)
    if standing.is_decided:
        return ahead + said.decided
    if standing.is_hopeless:
        return ahead + said.hopeless
    if standing.further is None:
        return ahead + said.few
    one, several = said.further
    text = ahead + (one if standing.further == 1 else several.format(standing.further))
    if left is None or left >= standing.further:
        return text
    single, some, none = said.lacking
    return text + (none if not left else single if left == 1 else some.format(left))
