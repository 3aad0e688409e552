"""The language in which people are spoken to."""

from __future__ import annotations

import os
from typing import Literal

Language = Literal["en", "de"]


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
