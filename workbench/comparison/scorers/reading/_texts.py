"""Texts made alike before they are compared, and short before they are shown."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

_AROUND = "\"'„“”‚‘’«»‹›`* "
_AT_THE_END = _AROUND + ".!?,;:…"
# Characters of no width: format characters, selectors of a glyph, and fillers.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_ALIKE = {
    **dict.fromkeys(map(ord, "‘’‚‛′ʹʼ´`"), "'"),
    **dict.fromkeys(map(ord, "“”„‟″«»"), '"'),
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－⁃"), "-"),
}
_WORD = re.compile(r"\w+")


def visible(text: str) -> str:
    """The text without characters that nobody sees, such as soft hyphens and marks of no width, which models write too.

    >>> visible("Bürger\u00adamt\u200b")
    'Bürgeramt'
    """
    return _UNSEEN.sub("", text) if not text.isascii() else text


def folded(text: str) -> str:
    """The text without what rarely matters: case, kind and number of white spaces, Unicode's ways of writing a letter.

    Nor do unseen characters and the kinds of quotes and dashes matter.

    >>> folded(" Große   STRASSE ") == folded("grosse Straße")
    True
    """
    same_letters = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible(text)).casefold())
    return " ".join(same_letters.translate(_ALIKE).split())


def bare(text: str) -> str:
    """The text folded, without quotes and asterisks around it and sentence marks at its end.

    A text of nothing but such marks is left as it is.

    >>> bare("**„Bonn“.**")
    'bonn'
    """
    plain = folded(text)
    return plain.lstrip(_AROUND).rstrip(_AT_THE_END) or plain


def words(text: str) -> list[str]:
    """The words of a text by Unicode, folded, so that umlauts stay letters.

    >>> words("Die Bürgerämter, geöffnet um 8:30!")
    ['die', 'bürgerämter', 'geöffnet', 'um', '8', '30']
    """
    return _WORD.findall(folded(text))


def identity(scorer: str, revision: int, **settings: Any) -> str:
    """What scores are kept under, as one text.

    Args:
        scorer: The factory.
        revision: Number of its way to score; counted up whenever the same answer would get another score.
        settings: All that its scores depend on.

    >>> identity("exact", 1, fold=True)
    '{"fold": true, "revision": 1, "scorer": "exact"}'
    """
    parts = {"scorer": scorer, "revision": revision, **settings}
    return json.dumps(parts, sort_keys=True, ensure_ascii=False, default=repr)
