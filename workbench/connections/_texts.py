"""Texts that people bring from files, mails and web pages: their marks, quotes and invisible signs at the ends."""

from __future__ import annotations

import codecs
import unicodedata

_MARKS = (  # the longer first, as that of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNSEEN = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp", "Zs")
# Letters and marks that are drawn as nothing: fillers, the joiner of graphemes, Braille's blank, selectors of variants.
_DRAWN_AS_NOTHING = frozenset("\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5\u2800") | {
    chr(code) for code in range(0xFE00, 0xFE10)
}
_PAIRS = frozenset(('""', "''", "``", "“”", "„“", "„”", "””", "‘’", "‚‘", "’’", "«»", "»«", "‹›", "›‹", "<>"))


def decoded(raw: bytes) -> str:
    r"""The text of a file in UTF-8, or in what the byte order mark at its beginning says; the mark is not part of it.

    Raises UnicodeDecodeError.

    >>> decoded("\ufeffAmt".encode("utf-16-le")), decoded(b"\xef\xbb\xbfAmt"), decoded(b"Amt")
    ('Amt', 'Amt', 'Amt')
    """
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    return raw.decode(encoding)


def is_invisible(sign: str) -> bool:
    r"""Whether a character is drawn as nothing or as a blank, and is not the blank itself.

    >>> [is_invisible(sign) for sign in "a \u200b\u00a0\t"]
    [False, False, True, True, True]
    """
    return sign != " " and (unicodedata.category(sign) in _UNSEEN or sign in _DRAWN_AS_NOTHING)


def named(sign: str) -> str:
    r"""The number by which a character is known.

    >>> named("\u200b")
    'U+200B'
    """
    return f"U+{ord(sign):04X}"


def unwrapped(text: str) -> str:
    r"""A text without blanks, invisible characters and pairs of quotes round it.

    >>> unwrapped('\ufeff "http://gpu:8000"\u00a0'), unwrapped("„sk-1“"), unwrapped('a"b"')
    ('http://gpu:8000', 'sk-1', 'a"b"')
    """
    while True:
        bare = _bare(text)
        if len(bare) > 1 and bare[0] + bare[-1] in _PAIRS:
            bare = _bare(bare[1:-1])
        if bare == text:
            return bare
        text = bare


def _bare(text: str) -> str:
    start, end = 0, len(text)
    while start < end and (text[start] == " " or is_invisible(text[start])):
        start += 1
    while end > start and (text[end - 1] == " " or is_invisible(text[end - 1])):
        end -= 1
    return text[start:end]
