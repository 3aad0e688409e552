"""Tables as text: which encoding, which separator, and every field where a person sees it, or no table at all."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
# What programs write that do not write Unicode; the first wins where all read alike.
_OLD = (("cp1252", "Windows-1252"), ("mac_roman", "Mac Roman"), ("cp850", "DOS code page 850"))
_IN_A_WORD = re.compile(r"(?<=[A-Za-zäöüß])(?:[äöüÄÖÜéèàçñ](?=[A-Za-zß])|ß)|\b[ÄÖÜ](?=[a-z])")
_SEPARATORS = {";": "semicolons", "\t": "tabs", ",": "commas", "|": "vertical bars"}
_SEP_LINE = re.compile(r'"?sep=([;,|\t])"?[;,|\t ]*(?:\r\n|\r|\n)', re.IGNORECASE)
_IN_PROSE = re.compile(r"[,;|](?=\s)|(?<=\d),(?=\d)")
_LINE_END = re.compile(r"\r\n?|\n")
_LOOKED_AT = 200  # rows that are tried with each separator
_NEVER = "\x1f"  # no table holds this separator of its own
_HTML = re.compile(r"\s*<(?:!doctype|html|head|body|table|meta|\?xml|style|div)\b", re.IGNORECASE)


class UnsafeTableError(ValueError):
    """A table that cannot be read without guessing; its words name the first bad line."""


class Decoded(NamedTuple):
    """A text, and the name of its encoding; "" for UTF-8."""

    text: str
    encoding: str


@dataclass(frozen=True, slots=True)
class _Record:
    """The fields of a row, and the line of the file on which it begins."""

    line: int
    fields: list[str]

    @property
    def is_empty(self) -> bool:
        return not any(map(stripped, self.fields))


def decoded(raw: bytes) -> Decoded:
    """A file's bytes as text. Raises UnsafeTableError where nobody can tell what they say.

    >>> decoded("Grüße".encode("cp1252"))
    Decoded(text='Grüße', encoding='Windows-1252')
    """
    for mark, codec, name in _MARKS:
        if raw.startswith(mark):
            return _checked(_strictly(raw[len(mark) :], codec, name), "" if codec == "utf-8" else name)
    if codec := _without_mark(raw):
        return _checked(_strictly(raw, codec, "UTF-16"), "UTF-16")
    try:
        return _checked(raw.decode(), "")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
    lenient = raw.decode(errors="replace")
    broken = lenient.count("\ufffd")
    # Umlauts of UTF-8 and of an older encoding in one file: whichever is taken, the others become nonsense.
    if sum(not sign.isascii() for sign in lenient) - broken > broken // 10:
        raise UnsafeTableError(f"line {line} is not UTF-8, other lines are; save it in UTF-8")
    return _in_old_encoding(raw, line)


def read_csv(raw: bytes) -> pd.DataFrame:
    r"""A table whose fields are separated by semicolons, commas, tabs or vertical bars; `attrs["read_as"]` tells how.

    Everything in it is text, as it is written there; an empty field is missing. Names are taken without blanks around
    them. Rows that end early lack their last fields; empty rows are left out.

    Raises:
        UnsafeTableError: If a row has more fields than there are names, a quote is left open, or two names are alike.

    >>> read_csv("sep=;\nprompt;plz\nWo?;01067\n".encode()).to_dict("list")
    {'prompt': ['Wo?'], 'plz': ['01067']}
    """
    text, encoding = decoded(raw)
    if _HTML.match(text):
        raise UnsafeTableError("it is a page of HTML or XML, whatever it is called; save it as .xlsx or .csv")
    said = _SEP_LINE.match(text)
    first, body = (2, text[said.end() :]) if said else (1, text)
    separator = said[1] if said else _separator(body)
    records = [one for one in _records(body, separator, first) if one.fields]
    while records and records[0].is_empty:
        del records[0]
    if not records:
        raise UnsafeTableError("it is empty")
    names, rows = _names(records[0]), _filled(records)
    short = [row for row in rows if len(row.fields) < len(names)]
    columns = [[row.fields[n] if n < len(row.fields) else "" for row in rows] for n in range(len(names))]
    kept = [n for n, name in enumerate(names) if name or any(columns[n])]
    titles = [names[n] or f"Unnamed: {n}" for n in kept]
    check_names(titles, f"line {records[0].line}")
    series = [pd.Series([field or None for field in columns[n]], dtype="str") for n in kept]
    table = pd.DataFrame(dict(zip(titles, series, strict=True)))
    told = [_SEPARATORS.get(separator, "")] if separator not in (",", _NEVER) else []
    told = [f"separated by {one}" for one in told] + ([f"in {encoding}"] if encoding else [])
    if short:
        told.append(f"{len(short)} row{'s' * (len(short) > 1)} shorter than the first (line {short[0].line})")
    table.attrs["read_as"] = ", ".join(told)
    return table


def _filled(records: list[_Record]) -> list[_Record]:
    """The rows without those that are empty and without what stands empty behind the last name."""
    count = len(records[0].fields)
    rows = []
    for row in records[1:]:
        if row.is_empty and (count > 1 or row.fields[0]):  # "" alone is a row of a single column
            continue
        if any(map(stripped, row.fields[count:])):
            raise UnsafeTableError(
                f"line {row.line} has {len(row.fields)} fields, and the first row has {count}; "
                "put quotes around texts that hold the separator"
            )
        rows.append(_Record(row.line, row.fields[:count]))
    return rows


def _names(head: _Record) -> list[str]:
    return list(map(stripped, head.fields))


def check_names(names: Iterable[str], where: str) -> None:
    seen = set[str]()
    for name in names:
        if name in seen:
            raise UnsafeTableError(f"two columns are called {name!r} ({where}); rename one")
        seen.add(name)


def _separator(text: str) -> str:
    """What separates the fields: what splits the first row, and the others alike."""
    tried = {separator: _lengths(text, separator) for separator in _SEPARATORS}
    several = {separator: lengths for separator, lengths in tried.items() if lengths and lengths[0] > 1}
    if several:
        return max(several, key=lambda one: (sum(n == several[one][0] for n in several[one]), several[one][0]))
    return _of_one_name(text, tried)


def _of_one_name(text: str, tried: dict[str, list[int]]) -> str:
    """The separator where the first row is a single name: none, unless all others are split alike, as no prose is."""
    for separator, lengths in tried.items():
        if len(lengths) > 1 and min(lengths[1:]) == max(lengths[1:]) > 1:
            rows = [record for record in _records(text, separator, 1) if record.fields][1:]
            is_prose = any(_IN_PROSE.search(separator.join(row.fields)) for row in rows)
            if not is_prose or not any(stripped(one) for row in rows for one in row.fields[1:]):
                return separator
    return _NEVER


def _lengths(text: str, separator: str) -> list[int]:
    """How many fields the first rows have; none where they cannot be split by this."""
    lengths = []
    try:
        for record in _records(text, separator, 1):
            if not record.is_empty:
                lengths.append(len(record.fields))
            if len(lengths) > _LOOKED_AT:
                break
    except UnsafeTableError:
        return lengths[:1]
    return lengths


def _records(text: str, separator: str, first: int) -> Iterator[_Record]:
    """The rows of a text, an empty one without fields. Raises UnsafeTableError for quotes that do not end."""
    head = _LINE_END.split(text, maxsplit=1)[0]
    spaced = separator != "\t" and separator in head and not re.search(re.escape(separator) + "(?! )", head)
    before = csv.field_size_limit(max(len(text), csv.field_size_limit()))
    line = first
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=spaced, doublequote=True
    )
    try:
        for fields in reader:
            yield _Record(line, [_LINE_END.sub("\n", field) for field in fields])
            line = first + reader.line_num
    except csv.Error as error:
        raise UnsafeTableError(f"line {line} has a quote that does not end, or one inside a field ({error})") from None
    finally:
        csv.field_size_limit(before)


def stripped(text: str) -> str:
    """A text without what nobody sees at its ends: blanks of all kinds, marks of order and of no width."""
    start, end = 0, len(text)
    while start < end and _is_unseen(text[start]):
        start += 1
    while start < end and _is_unseen(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_unseen(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) in ("Cf", "Cc")


def _without_mark(raw: bytes) -> str:
    """UTF-16 without its mark: every other byte of what is mostly Latin is 0."""
    sample = raw[:1000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(sample) < 4 or not even + odd:
        return ""
    if odd > len(sample) // 4 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > len(sample) // 4 and not odd else ""


def _strictly(raw: bytes, codec: str, name: str) -> str:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as error:
        line = raw[: error.start].decode(codec, "ignore").count("\n") + 1
        raise UnsafeTableError(f"line {line} is not {name}, as its beginning says; save it in UTF-8") from None


def _checked(text: str, encoding: str) -> Decoded:
    if (place := text.find("\0")) >= 0:
        raise UnsafeTableError(f"line {text.count(chr(10), 0, place) + 1} holds zero bytes, so it is not text")
    return Decoded(text, encoding)


def _in_old_encoding(raw: bytes, line: int) -> Decoded:
    """Bytes in the encoding in which they have the most umlauts where words have them."""
    best: tuple[int, Decoded] | None = None
    for codec, name in _OLD:
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        umlauts = len(_IN_A_WORD.findall(text))
        if best is None or umlauts > best[0]:
            best = umlauts, _checked(text, name)
    if best is None:
        raise UnsafeTableError(f"line {line} is not UTF-8 and in no other known encoding; save it in UTF-8")
    return best[1]
