"""The language in which people are spoken to."""

from __future__ import annotations

import os
from typing import Literal

Language = Literal["en", "de"]


def language() -> Language:
    """The language of all that is shown: `WORKBENCH_LANGUAGE`, or else that of the machine, "en" or "de".

    >>> language()
    'en'
    """
    names = ("WORKBENCH_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    spoken = next((value for name in names if (value := os.environ.get(name))), "en")
    return "de" if spoken.lower().startswith("de") else "en"
