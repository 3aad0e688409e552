"""Which tools a request is most like, by the letters that both have in common: no model is asked, in any language.

It decides nothing. It says in which order tools are told, as small models take to what they have read last.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

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
    told = [_pieces(f"{signature(tool)} {tool.description}") for tool in tools]
    asked = _pieces(text)
    # What many of the tools have in common tells little.
    known = Counter(piece for one in told for piece in one & asked)
    likeness = [sum(math.log((1 + len(tools)) / known[piece]) for piece in one & asked) for one in told]
    order = sorted(range(len(tools)), key=likeness.__getitem__)
    return [tools[place] for place in order]


def _pieces(text: str) -> set[str]:
    """All runs of a few letters in the words of a text, with where words begin and end."""
    words = f" {' '.join(_WORD.findall(text.casefold()))} "
    return {words[place : place + size] for size in _SIZES for place in range(len(words) - size + 1)}
