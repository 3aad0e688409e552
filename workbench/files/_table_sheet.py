"""Tables as workbooks of a spreadsheet: the values that a person sees there, without a formula being worked out."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pandas as pd

from workbench.files._table_json import typed_table
from workbench.files._table_text import UnsafeTableError, check_names, stripped

_MOST_BYTES = 500_000_000  # of all parts that are read, unpacked
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
# What a damaged or encrypted archive, its XML, or numbers in it that cannot be read raise.
_BROKEN = (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, LookupError, ValueError, RuntimeError, EOFError)
_PLACE = re.compile(r"([A-Z]{1,3})[0-9]+")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # of a format what stands for itself
_DATES = frozenset({14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47})  # formats that workbooks do not spell out
_TIMES = frozenset({18, 19, 20, 21, 45, 46, 47})
_PERCENT = frozenset({9, 10})


def read_sheet(raw: bytes) -> pd.DataFrame:
    """The first visible sheet of a workbook (.xlsx); `attrs["read_as"]` names it where there are several.

    The first row that holds anything has the names; empty rows are left out. Numbers are numbers, but texts where they
    are shown with leading zeros or as a percentage; dates are `date` and `datetime`.

    Raises:
        UnsafeTableError: If it is not such a workbook, is too large, has a value beside the names, or two names alike.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            return _Book(book).table()
    except UnsafeTableError:
        raise
    except _BROKEN as error:
        raise UnsafeTableError(f"it is not a workbook that can be read ({error}); save it as .xlsx or .csv") from None


class _Book:
    """A workbook that is read once."""

    def __init__(self, book: zipfile.ZipFile) -> None:
        if "xl/workbook.xml" not in book.namelist():
            raise UnsafeTableError("it is not a workbook of Excel; save it as .xlsx or .csv")
        if sum(part.file_size for part in book.infolist() if part.filename.endswith((".xml", ".rels"))) > _MOST_BYTES:
            raise UnsafeTableError("it is too large unpacked; save it as .csv")
        self._book = book
        self._workbook = self._parsed("xl/workbook.xml")
        settings = self._workbook.find(f"{_MAIN}workbookPr")
        from_1904 = settings is not None and settings.get("date1904") in ("1", "true")
        self._day_0 = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)
        self._texts = [_text(one) for one in self._all("xl/sharedStrings.xml", "si")]
        self._formats = self._read_formats()

    def table(self) -> pd.DataFrame:
        sheets = [one for one in self._workbook.iter(f"{_MAIN}sheet") if one.get("state", "visible") == "visible"]
        if not sheets:
            raise UnsafeTableError("it has no sheet")
        rows = [(number, cells) for number, cells in self._rows(self._path(sheets[0])) if cells]
        if not rows:
            raise UnsafeTableError(f"its sheet {sheets[0].get('name')!r} is empty")
        (first, head), body = rows[0], rows[1:]
        names = {column: stripped(str(value)) for column, value in head.items()}
        names = {column: name for column, name in names.items() if name}
        check_names(names.values(), f"row {first}")
        for number, cells in body:
            if beside := sorted(set(cells) - set(names)):
                raise UnsafeTableError(
                    f"row {number} has a value in column {_letters(beside[0])}, which has no name in row {first}"
                )
        table = typed_table([{name: cells.get(column) for column, name in names.items()} for _, cells in body])
        table = table if body else pd.DataFrame(columns=list(names.values()), dtype="str")
        table.attrs["read_as"] = f"from the sheet {sheets[0].get('name')!r}" if len(sheets) > 1 else ""
        return table

    def _path(self, sheet: ElementTree.Element) -> str:
        wanted = sheet.get(_RELATION) or sheet.get(_STRICT_RELATION)
        for one in self._parsed("xl/_rels/workbook.xml.rels"):
            if one.get("Id") == wanted:
                target = one.get("Target", "")
                return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        raise UnsafeTableError(f"its sheet {sheet.get('name')!r} is missing")

    def _rows(self, path: str) -> Iterator[tuple[int, dict[int, Any]]]:
        """The number of each row, and its values by the numbers of their columns."""
        number = 0
        for row in self._all(path, "row"):
            number = int(row.get("r", number + 1))
            cells: dict[int, Any] = {}
            column = -1
            for cell in row.iter(f"{_MAIN}c"):
                place = _PLACE.fullmatch(cell.get("r", ""))
                column = _column(place[1]) if place else column + 1
                value = self._value(cell)
                if value is not None and value != "":
                    cells[column] = value
            yield number, cells

    def _value(self, cell: ElementTree.Element) -> Any:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _text(cell)
        value = cell.findtext(f"{_MAIN}v")
        if value is None:
            return None
        match kind:
            case "s":
                return self._texts[int(value)]
            case "b":
                return value == "1"
            case "n":
                return self._number(float(value), value, int(cell.get("s", 0)))
            case "d":
                return datetime.fromisoformat(value)
        return _unescaped(value)  # the text of a formula, or an error such as #N/A

    def _number(self, number: float, written: str, style: int) -> Any:
        """A number as it is shown: a date, a percentage, with leading zeros, or as it is."""
        kind, form = self._formats[style] if style < len(self._formats) else (0, "")
        bare = _QUOTED.sub("", form).split(";")[0].lower()
        if kind in _DATES or re.search(r"[dy]|h.*m|m.*s", bare):
            return self._moment(number, kind in _TIMES or not re.search(r"[dy]", bare or "d"))
        if kind in _PERCENT or "%" in bare:
            return f"{round(number * 100, 10):g}%"
        whole = int(number) if number.is_integer() and abs(number) < 1e15 else None
        if whole is not None and re.fullmatch("0{2,}", bare):
            return f"{whole:0{len(bare)}d}"
        return number if whole is None or ("e" in written.lower() and abs(number) >= 1e15) else whole

    def _moment(self, days: float, is_time: bool) -> Any:
        try:
            moment = self._day_0 + timedelta(seconds=round(days * 86400))
        except OverflowError:
            return days
        if is_time and days < 1:
            return str(moment.time())
        return moment.date() if moment.time() == datetime.min.time() else moment

    def _read_formats(self) -> list[tuple[int, str]]:
        """For each style of cells the number and the words of its format."""
        if "xl/styles.xml" not in self._book.namelist():
            return []
        styles = self._parsed("xl/styles.xml")
        words = {int(one.get("numFmtId", 0)): one.get("formatCode", "") for one in styles.iter(f"{_MAIN}numFmt")}
        used = styles.find(f"{_MAIN}cellXfs")
        kinds = [int(one.get("numFmtId", 0)) for one in used] if used is not None else []
        return [(kind, words.get(kind, "")) for kind in kinds]

    def _parsed(self, path: str) -> ElementTree.Element:
        return ElementTree.fromstring(self._book.read(path).replace(_STRICT[1:-1].encode(), _MAIN[1:-1].encode()))

    def _all(self, path: str, name: str) -> list[ElementTree.Element]:
        """All elements of this name in a part; none where there is no such part."""
        return list(self._parsed(path).iter(f"{_MAIN}{name}")) if path in self._book.namelist() else []


def _text(element: ElementTree.Element) -> str:
    """The text of a cell in all its runs, without how it is pronounced."""
    parts = []
    for child in element:
        if child.tag == f"{_MAIN}t":
            parts.append(child.text or "")
        elif child.tag != f"{_MAIN}rPh":
            parts.append(_text(child))
    return _unescaped("".join(parts))


def _unescaped(text: str) -> str:
    """A text with the characters that a workbook writes as numbers, and with one kind of line end."""
    whole = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).replace("\r\n", "\n")
    return whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _letters(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
