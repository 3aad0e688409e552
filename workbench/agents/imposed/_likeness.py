"""Which tools a request is most like, by the letters that both have in common: no model is asked, in any language.

It decides nothing. It says in which order tools are told, as small models take to what they have read last.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from workbench.agents.imposed._signature import signature
from workbench.messages import Tool

_SIZES = (3, 4)  # letters: whole words are of no use where words are put together
_WORD = re.compile(r"[^\W_]+")


def by_likeness(text: str, tools: Sequence[Tool]) -> list[Tool]:
    """The tools, the one that a text is most like last; in their own order where they are alike.

    >>> fee, hours = Tool("fee", "Fee for waste.", {}), Tool("hours", "Opening hours.", {})
    >>> [tool.name for tool in by_likeness("What is the waste fee?", [fee, hours])]
    ['hours', 'fee']
    """
    return [tools[place] for place in _order(text, [f"{signature(tool)} {tool.description}" for tool in tools])]


def values_by_likeness(text: str, values: Sequence[Any]) -> list[Any]:
    """Values that an argument may take, the one that a text is most like last.

    >>> values_by_likeness("Open on Tuesday?", ["Tuesday", "Friday"])
    ['Friday', 'Tuesday']
    """
    return [values[place] for place in _order(text, [str(value).replace("_", " ") for value in values])]


def _order(text: str, told: Sequence[str]) -> list[int]:
    """The places of texts, that of the one most like another text last."""
    asked, pieces = _pieces(text), [_pieces(one) for one in told]
    # What many of them have in common tells little.
    known = Counter(piece for one in pieces for piece in one & asked)
    likeness = [sum(math.log((1 + len(told)) / known[piece]) for piece in one & asked) for one in pieces]
    return sorted(range(len(told)), key=likeness.__getitem__)


def _pieces(text: str) -> set[str]:
    """All runs of a few letters in the words of a text, with where words begin and end."""
    words = f" {' '.join(_WORD.findall(text.casefold()))} "
    return {words[place : place + size] for size in _SIZES for place in range(len(words) - size + 1)}
