"""The language in which people are spoken to."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Literal

Language = Literal["en", "de"]

_GAP = "{}"
_DECIMAL = re.compile(r"\d+\.\d+")


def usual_language() -> Language:
    """The language of all that is shown: `WORKBENCH_LANGUAGE`, or else that of the machine, "en" or "de".

    >>> usual_language()
    'en'
    """
    names = ("WORKBENCH_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    setting = next((value for name in names if (value := os.environ.get(name))), "en")
    return "de" if setting.lower().startswith("de") else "en"


def localized(number: str, language: Language) -> str:
    """A number that Python wrote, with the decimal mark of a language and a real minus sign.

    >>> localized("-0.5", "de")
    '−0,5'
    """
    number = number.replace("-", "\u2212")
    return number.replace(".", ",") if language == "de" else number


class Sentences:
    """What is said in English and kept so, with its German: of each sentence both forms, with gaps `{}` for values.

    Args:
        german: The German form of each English one, with the same gaps in the same order.

    >>> Sentences({"answered after {} s": "Antwort nach {} s"}).found("answered after 1.3 s")
    'Antwort nach 1,3 s'
    """

    def __init__(self, german: Mapping[str, str]) -> None:
        self._german = german

    def found(self, text: str) -> str | None:
        """The German of a text; None for any other text."""
        for english, said in self._patterns:
            if found := english.fullmatch(text):
                values = [*map(_value, found.groups()), ""]
                return "".join(part + value for part, value in zip(said.split(_GAP), values, strict=True))
        return None

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """Those that say the most themselves come first, as others may take their words for a value."""
        several = sorted(self._german.items(), key=lambda pair: -len(pair[0].replace(_GAP, "")))
        return [(_pattern(english), said) for english, said in several]


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, english.split(_GAP))), re.DOTALL)


def _value(text: str) -> str:
    return localized(text, "de") if _DECIMAL.fullmatch(text) else text
