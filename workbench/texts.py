"""Texts as others can show and keep them: on one line, quoted, and with no character that steers a display."""

from __future__ import annotations

import hashlib
from typing import Any

_SHOWN = 60
_LINE = 300
_LAYOUT = "\n\t"
_C0 = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in _LAYOUT and chr(code) != "\r"}
# Marks, overrides and isolates reorder what is read; others are not drawn at all, or end a line for some readers only:
# they hide what a word is, and tags and selectors can carry whole instructions. Joiners, which emoji and some scripts
# need, and soft hyphens stay.
_UNSEEN = [
    *range(0x80, 0xA0), 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF,
    *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0200),
]  # fmt: skip
# Noncharacters: XML 1.0, and so SVG, must not hold the last two of the first plane, and no text needs the others.
_NONE = [*range(0xFDD0, 0xFDF0), *(plane + last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))]
_MARKED = {code: f"[U+{code:04X}]" for code in (*_UNSEEN, *_NONE)}
# Halves of surrogate pairs cannot be sent as UTF-8.
_HALVES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_REPLACED = dict.fromkeys((*_C0, 0x7F, ord("\r"), *_MARKED, *_HALVES), "\ufffd")
_READABLE = {**_C0, 0x7F: "\u2421", ord("\r"): "", **_MARKED, **_HALVES}


def as_unicode(text: str) -> str:
    r"""A text in which no half of a surrogate pair is left, as files and tables take none.

    >>> as_unicode("halb \ud83d")
    'halb \\ud83d'
    """
    return text.encode(errors="backslashreplace").decode()


def line(text: str, longest: int = _LINE) -> str:
    r"""A text as one line of valid Unicode, cut where it is long.

    >>> line("zwei\n Zeilen")
    'zwei Zeilen'
    """
    flat = as_unicode(" ".join(text.split()))
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"


def quoted(value: Any) -> str:
    r"""A value as notes show it: short, on one line, in quotes where it is a text.

    >>> quoted("zwei\n Zeilen")
    "'zwei Zeilen'"
    """
    return repr(line(value, _SHOWN)) if isinstance(value, str) else line(str(value), _SHOWN)


def plain(text: str) -> str:
    r"""The text with control characters, direction overrides, unseen tags and noncharacters replaced by readable signs.

    It works character by character, so pieces of a text may be treated one by one. Line feeds and tabs stay, carriage
    returns go. What is left is a text that HTML and XML may hold.

    >>> plain("\x1b[31mred\r\n")
    '␛[31mred\n'
    >>> plain("invoice\u202efdp.exe")
    'invoice[U+202E]fdp.exe'
    >>> plain("a\ufffe")
    'a[U+FFFE]'
    """
    return text.translate(_READABLE)


def replaced(text: str) -> str:
    r"""The text for a terminal: what `plain` makes readable is a replacement character here, carriage returns too.

    >>> replaced("\x1b[31mrot\r\u200b")
    '�[31mrot��'
    """
    return text.translate(_REPLACED)


def shorten(text: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis where it is longer than `limit` characters.

    >>> shorten("Subsidiarität", 6)
    'Subsi…'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def sha256(text: str) -> str:
    """The fingerprint of a text; "" for an empty one.

    >>> sha256("{{ prompt }}")[:8]
    'a3ab503d'
    """
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() if text else ""


def counted(number: int, noun: str) -> str:
    """A number of things, in words.

    >>> counted(1, "turn"), counted(2, "turn")
    ('1 turn', '2 turns')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
