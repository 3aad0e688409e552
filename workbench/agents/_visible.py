"""What a model wrote, as a person reads it who is to approve it: with nothing hidden, or passing for something else."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from workbench.json_text import read_json

_LONGEST = 400
# Drawn as nothing, though Unicode calls them letters, marks or symbols.
_BLANK = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2800, 0x3164, *range(0xFE00, 0xFE10), 0xFFA0}
# Signs beyond Latin-1 that texts need; others may pass for a slash, a stop or a quote.
_TYPOGRAPHIC = set("–—‘’‚“”„†•…‰‹›€™−")
_EAST_ASIAN = range(0x3000, 0x3100)
_WORD = re.compile(r"[\w\u0300-\u036f]+")
_PLAIN_NAME = re.compile(r"[\w.-]+")


def visible(text: str, *, latin: bool = False) -> str:
    r"""A text in which what is hidden, or passes for something else, is written as JSON and Python escape it.

    These are characters that are not drawn or steer the display, spaces of other widths, signs that pass for ASCII's,
    and letters of another script in the middle of a Latin word. A word that is wholly of another script stays.

    Args:
        text: The text.
        latin: Whether letters of other scripts are escaped in every word; for names, which are seldom in another.

    >>> visible("Köln\u202e"), visible("p\u0430ypal"), visible("Москва")
    ('Köln\\u202e', 'p\\u0430ypal', 'Москва')
    """
    if text.isascii() and text.isprintable():
        return text
    return _WORD.sub(lambda word: _word(word[0], latin=latin), "".join(map(_sign, text)))


def canonical(value: Any) -> str:
    """A value as JSON in one spelling, with its keys in order; equal values are written alike, and readable.

    Raises:
        ValueError: If JSON has no such value, such as NaN.
        TypeError: The same, such as a date.
    """
    return visible(json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False))


def tidied(arguments: str) -> str:
    """Arguments in the one spelling; as they are where they cannot be read."""
    try:
        return canonical(read_json(arguments))
    except ValueError:
        return arguments


def values_of(arguments: str) -> dict[str, Any] | None:
    """The arguments of a call by their names; None where they are not a JSON object, or cannot be read."""
    try:
        values = read_json(arguments)
    except ValueError:
        return None
    return values if isinstance(values, dict) else None


def spoken(tool: str, arguments: str) -> str:
    r"""A call as a person reads it: on one line, with nothing hidden, and the length of what is left out.

    >>> spoken("delete", '{"path": "/tmp/\\u202ex"}')
    "delete(path='/tmp/\\u202ex')"
    """
    values = values_of(arguments)
    told = arguments if values is None else ", ".join(f"{_name(name)}={value!r}" for name, value in values.items())
    told = visible(told)
    if len(told) > _LONGEST:
        told = f"{told[:_LONGEST]}… [{len(told) - _LONGEST} more characters]"
    return f"{_name(tool)}({told})"


def _name(name: str) -> str:
    """A name as it is, or in quotes where it could be taken for more than one."""
    return visible(name if _PLAIN_NAME.fullmatch(name) else repr(name), latin=True)


def _sign(sign: str) -> str:
    return _escaped(sign) if _is_veiled(sign) else sign


def _is_veiled(sign: str) -> bool:
    code, kind = ord(sign), unicodedata.category(sign)
    if code < 0x100:
        return not sign.isprintable()
    if not sign.isprintable() or code in _BLANK or kind == "Nd":
        return True
    if sign in _TYPOGRAPHIC:
        return False
    if unicodedata.normalize("NFKC", sign).isascii():
        return True
    return (kind[0] == "P" or kind in ("Sm", "Sk", "Lm")) and code not in _EAST_ASIAN


def _word(word: str, *, latin: bool) -> str:
    if word.isascii():
        return word
    scripts = {sign: _script(sign) for sign in word if sign.isalpha()}
    if not latin and "LATIN" not in scripts.values():
        return word
    return "".join(_escaped(sign) if scripts.get(sign, "LATIN") != "LATIN" else sign for sign in word)


def _script(letter: str) -> str:
    return "LATIN" if ord(letter) < 0x100 else unicodedata.name(letter, "?").split()[0]


def _escaped(sign: str) -> str:
    return json.dumps(sign)[1:-1]
