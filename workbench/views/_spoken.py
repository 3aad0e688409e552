"""The words of a language, out of those that views speak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from workbench.errors import UsageError

T = TypeVar("T")


def spoken(words: Mapping[str, T], language: str) -> T:
    """Look up the words of a language. Raises UsageError for one that no view speaks.

    >>> spoken({"en": "Stop", "de": "Anhalten"}, "de")
    'Anhalten'
    """
    if language not in words:
        raise UsageError(f"no view speaks the language {language!r}", advice=f"choose one of {', '.join(words)}")
    return words[language]
