"""The code that asks a comparison, as a page gets it."""

from __future__ import annotations

from collections.abc import Callable

from workbench.errors import WorkbenchError
from workbench.language import Language
from workbench.texts import line, plain
from workbench.views.compare._words import compare_words

_LIMIT = 200_000  # characters; a part of the code would ask something else


def code_text(code: Callable[[], str], language: Language) -> str:
    """The code, or in a comment why there is none: it cannot be told, or is too long for a page."""
    try:
        told = code()
    except WorkbenchError as error:
        told = f"# {line(str(error))}"
    if len(told) > _LIMIT:
        told = f"# {compare_words(language)['code_long'].format(len(told))}"
    return plain(told)
