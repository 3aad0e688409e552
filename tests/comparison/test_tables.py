"""Tables as people bring them: read as a person would read them and said how, or refused with the first bad line."""

import datetime
import io
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter

from workbench.comparison import read_table, write_frame
from workbench.errors import UsageError

TWO = {"prompt": ["Wo ist das Amt?", "Wer leitet es?"], "expected": ["Köln", "Roth"]}
LINES = ["prompt;expected", "Wo ist das Amt?;Köln", "Wer leitet es?;Roth"]


def found(tmp_path: Path, raw: bytes | str, name: str = "t.csv") -> pd.DataFrame:
    (tmp_path / name).write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return read_table(tmp_path / name)


def refused(tmp_path: Path, raw: bytes | str, name: str = "t.csv") -> str:
    with pytest.raises(UsageError) as told:
        found(tmp_path, raw, name)
    assert "\n" not in str(told.value)
    assert name in str(told.value)
    return str(told.value)


def values(table: pd.DataFrame) -> dict[str, list[Any]]:
    return {str(name): [None if pd.isna(one) else one for one in table[name]] for name in table.columns}


@pytest.mark.parametrize(
    ("separator", "said"),
    [(";", "semicolons"), (",", ""), ("\t", "tabs"), ("|", "vertical bars")],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(tmp_path: Path, separator: str, said: str, end: str) -> None:
    table = found(tmp_path, end.join(LINES).replace(";", separator) + end)
    assert values(table) == TWO
    assert said in table.attrs["read_as"]


@pytest.mark.parametrize("said", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_line_that_names_the_separator(tmp_path: Path, said: str, mark: str) -> None:
    assert values(found(tmp_path, mark + "\r\n".join([said, *LINES]))) == TWO
    assert "line 3 has 3 fields" in refused(tmp_path, f"{said}\nprompt;expected\na;b;c\n")


def test_the_named_separator_counts_though_another_fits(tmp_path: Path) -> None:
    assert values(found(tmp_path, "sep=,\na;b,c\n1;2,3\n")) == {"a;b": ["1;2"], "c": ["3"]}


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
        ("mac_roman", "Mac Roman"),
        ("cp850", "850"),
    ],
)
def test_encodings(tmp_path: Path, codec: str, said: str) -> None:
    text = "prompt;expected\nGrüße aus München, Straße Änderung?;Köln\n"
    table = found(tmp_path, text.encode(codec))
    assert values(table) == {"prompt": ["Grüße aus München, Straße Änderung?"], "expected": ["Köln"]}
    assert said in table.attrs["read_as"]


def test_quotes_and_dashes_of_windows(tmp_path: Path) -> None:
    text = "prompt\n„Text“ – it’s 5 € “so”\n"
    assert values(found(tmp_path, text.encode("cp1252"))) == {"prompt": ["„Text“ – it’s 5 € “so”"]}


def test_bytes_that_nobody_can_read(tmp_path: Path) -> None:
    mixed = "prompt\nGrüße\nKöln\n".encode() + "Fuß\n".encode("cp1252")
    assert "line 4 is not UTF-8, other lines are" in refused(tmp_path, mixed)
    assert "line 2 holds zero bytes" in refused(tmp_path, b"prompt\na\0b\n")
    assert "zero bytes" in refused(tmp_path, b"prompt\n" + b"a\0\0\0" * 100)
    assert "line 2 is not UTF-16" in refused(tmp_path, "a\nb".encode("utf-16") + b"\x00")


def test_blanks_around_names_and_nothing_else(tmp_path: Path) -> None:
    table = found(tmp_path, " prompt ;\u00a0expected\u200b\n a ; b \n")
    assert values(table) == {"prompt": [" a "], "expected": [" b "]}
    assert values(found(tmp_path, 'a, b\n1, "x, y"\n')) == {"a": ["1"], "b": ["x, y"]}


@pytest.mark.parametrize(
    "text",
    [
        "prompt,expected\nWo ist das Amt?,Köln,\nWer leitet es?,Roth,\n",
        "prompt,expected,\nWo ist das Amt?,Köln,\nWer leitet es?,Roth,\n",
        "prompt,expected,,\nWo ist das Amt?,Köln,,\nWer leitet es?,Roth\n",
        "prompt;expected\nWo ist das Amt?;Köln;;; \nWer leitet es?;Roth\n",
        "\n\n;;\nprompt;expected\n\nWo ist das Amt?;Köln\n;\n\nWer leitet es?;Roth\n;;\n",
    ],
)
def test_columns_never_move(tmp_path: Path, text: str) -> None:
    assert values(found(tmp_path, text)) == TWO


def test_a_row_with_too_many_fields_is_named(tmp_path: Path) -> None:
    assert "line 3 has 3 fields, and the first row has 2" in refused(tmp_path, "a;b\n1;2\n3;4;5\n")
    assert "line 5 has 3 fields" in refused(tmp_path, 'a;b\n"1\n\n2";2\n3;4;5\n')


def test_a_row_that_ends_early_lacks_its_last_fields_and_that_is_said(tmp_path: Path) -> None:
    table = found(tmp_path, "a;b;c\n1;2;3\n4\n5;6;7\n")
    assert values(table) == {"a": ["1", "4", "5"], "b": ["2", None, "6"], "c": ["3", None, "7"]}
    assert "1 row shorter than the first (line 3)" in table.attrs["read_as"]


def test_quotes(tmp_path: Path) -> None:
    text = 'prompt;expected\n"zwei\r\nZeilen; und ""so""";"Köln"\nein "Wort" darin;Roth\n'
    assert values(found(tmp_path, text)) == {
        "prompt": ['zwei\nZeilen; und "so"', 'ein "Wort" darin'],
        "expected": ["Köln", "Roth"],
    }
    assert "line 2 has a quote that does not end" in refused(tmp_path, 'a;b\n"x;1\ny;2\n')
    assert "line 3 has a quote" in refused(tmp_path, 'a;b\n1;2\n"Was ist "das"?";1\n')


@pytest.mark.parametrize(
    "prompts",
    [
        ["Was ist, bitte, ein Amt?", "Und wo, bitte, ist es?"],
        ["Was kosten 3,5 kg?"],
        ["Ich ziehe um; was nun?"],
        ["Eins, zwei", "drei"],
        ["Hallo"],
    ],
)
def test_a_single_column_of_prose(tmp_path: Path, prompts: list[str]) -> None:
    assert values(found(tmp_path, "\n".join(["prompt", *prompts]))) == {"prompt": prompts}


def test_a_single_name_above_rows_of_several_fields(tmp_path: Path) -> None:
    assert "line 2 has 2 fields, and the first row has 1" in refused(tmp_path, "prompt\nWo?;Bonn\nWer?;Roth\n")
    assert "line 2 has 2 fields" in refused(tmp_path, "prompt\nWo?\tBonn\n")
    assert values(found(tmp_path, "prompt\nWo?,\nWer?,\n")) == {"prompt": ["Wo?", "Wer?"]}


def test_names_that_are_missing_or_twice(tmp_path: Path) -> None:
    assert "two columns are called 'a' (line 1)" in refused(tmp_path, "a;b; a \n1;2;3\n")
    assert list(found(tmp_path, ",prompt\n0,Wo?\n").columns) == ["Unnamed: 0", "prompt"]


def test_everything_is_text_as_it_is_written(tmp_path: Path) -> None:
    text = "prompt;plz;word;sum;day\na;01067;NA;3,50;01.02.2026\nb;00;null;1.234,5;2026-02-01\nc;;None;1e6;nan\n"
    assert values(found(tmp_path, text)) == {
        "prompt": ["a", "b", "c"],
        "plz": ["01067", "00", None],
        "word": ["NA", "null", "None"],
        "sum": ["3,50", "1.234,5", "1e6"],
        "day": ["01.02.2026", "2026-02-01", "nan"],
    }


def test_an_empty_prompt_of_a_single_column_stays_a_row(tmp_path: Path) -> None:
    assert values(found(tmp_path, 'prompt\na\n""\n\nb\n')) == {"prompt": ["a", None, "b"]}


def test_a_text_longer_than_any_limit_of_python(tmp_path: Path) -> None:
    assert values(found(tmp_path, f"prompt;n\n{'x' * 200_000};1\n"))["prompt"] == ["x" * 200_000]


@pytest.mark.parametrize(("name", "raw", "hint"), [
    ("t.csv", b"", "is empty"),
    ("t.csv", b"\xef\xbb\xbf", "is empty"),
    ("t.csv", b" \n\n ", "is empty"),
    ("t.jsonl", b"\n", "is empty"),
    ("t.xls", b"<html><table><tr><td>prompt</td></tr></table></html>", "HTML"),
    ("t.xls", b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "HTML or XML"),
    ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "password"),
    ("t.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "password"),
    ("t.xlsx", b"prompt;a\n", "not a workbook"),
    ("t.xlsx", b"PK\x03\x04" + b"x" * 50, "not a workbook"),
    ("t.json", b'{"prompt": ', "not JSON"),
    ("t.json", b"[1]", "member 1"),
    ("t.json", b"[" * 100_000, "too deeply"),
    ("t.jsonl", b'{"a": ' + b"1" * 5000 + b"}", "too long"),
    ("t.jsonl", b'{"a": 1}\n{"a": ' + b"[" * 200 + b"]" * 200 + b"}", "line 2 is not JSON that can be read"),
    ("t.jsonl", b'{"a": 1, "a": 2}', "names 'a' twice"),
    ("t.jsonl", b'{"a": NaN}', "NaN"),
])  # fmt: skip
def test_what_is_no_table(tmp_path: Path, name: str, raw: bytes, hint: str) -> None:
    assert hint in refused(tmp_path, raw, name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.jsonl", '{"prompt": "Wo?", "plz": "01067"}\r\n\r\n{"prompt": null, "plz": "1"}\r\n'),
        ("t.ndjson", '\ufeff{"prompt": "Wo?", "plz": "01067"}\n{"plz": "1"}'),
        ("t.json", '[{"prompt": "Wo?", "plz": "01067"}, {"prompt": null, "plz": "1"}]'),
        ("t.json", '{"prompt": "Wo?", "plz": "01067"}\n{"plz": "1"}\n'),
    ],
)
def test_json_with_its_missing_values(tmp_path: Path, name: str, text: str) -> None:
    assert values(found(tmp_path, text, name)) == {"prompt": ["Wo?", None], "plz": ["01067", "1"]}


def test_marks_that_end_a_line_only_for_python_end_none_in_json(tmp_path: Path) -> None:
    assert values(found(tmp_path, '{"a": "x\u2028y\u0085z"}\n', "t.jsonl")) == {"a": ["x\u2028y\u0085z"]}


def test_a_json_file_may_be_longer_than_an_answer(tmp_path: Path) -> None:
    text = "x" * 9_000_000
    assert values(found(tmp_path, f'[{{"a": "{text}"}}]', "t.json")) == {"a": [text]}


def workbook(fill: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, options) as book:
        fill(book)
    return file.getvalue()


def people(book: Any) -> None:
    sheet = book.add_worksheet("Fragen")
    forms = {
        form: book.add_format({"num_format": form})
        for form in ("00000", "dd.mm.yyyy", "0%", "0.00", "hh:mm", '0 "Tage"')
    }
    sheet.write_row(1, 0, [" prompt ", "plz", "day", "part", "n", "at", "sum", "days", "yes", "fault"])
    rich = book.add_format({"bold": True})
    sheet.write_rich_string(3, 0, "Grüße ", rich, "und\nKüsse")
    sheet.write_number(3, 1, 1067, forms["00000"])
    sheet.write_number(3, 2, 46054, forms["dd.mm.yyyy"])
    sheet.write_number(3, 3, 0.125, forms["0%"])
    sheet.write_number(3, 4, 3)
    sheet.write_number(3, 5, 0.5, forms["hh:mm"])
    sheet.write_formula(3, 6, "=1+1", None, 2.5)
    sheet.write_number(3, 7, 4, forms['0 "Tage"'])
    sheet.write_boolean(3, 8, True)
    sheet.write_formula(3, 9, "=1/0", None, "#DIV/0!")
    sheet.write_string(5, 0, "=1+1")
    sheet.write_number(5, 4, 4.5)


def test_a_workbook_is_read_as_it_is_shown(tmp_path: Path) -> None:
    for name in ("t.xlsx", "t.xls", "t.csv"):
        table = found(tmp_path, workbook(people), name)
        assert values(table) == {
            "prompt": ["Grüße und\nKüsse", "=1+1"],
            "plz": ["01067", None],
            "day": [datetime.date(2026, 2, 1), None],
            "part": ["12.5%", None],
            "n": [3, 4.5],
            "at": ["12:00:00", None],
            "sum": [2.5, None],
            "days": [4, None],
            "yes": [True, None],
            "fault": ["#DIV/0!", None],
        }


def test_a_workbook_that_counts_from_1904(tmp_path: Path) -> None:
    raw = workbook(people, date_1904=True)
    assert values(found(tmp_path, raw, "t.xlsx"))["day"][0] == datetime.date(2030, 2, 2)


def test_the_first_sheet_that_is_seen_is_read_and_named(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        hidden = book.add_worksheet("Listen")
        hidden.write_row(0, 0, ["a", "b"])
        sheet = book.add_worksheet("Fragen")
        sheet.write_column(0, 0, ["prompt", "Wo?"])
        book.add_worksheet("Notizen")
        sheet.activate()
        sheet.set_first_sheet()
        hidden.hide()

    table = found(tmp_path, workbook(fill), "t.xlsx")
    assert values(table) == {"prompt": ["Wo?"]}
    assert table.attrs["read_as"] == "from the sheet 'Fragen'"


def test_a_workbook_whose_values_have_no_name_or_names_twice(tmp_path: Path) -> None:
    def beside(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["prompt", "a", "b"])
        sheet.write(2, 27, "verloren")

    def twice(book: Any) -> None:
        book.add_worksheet().write_row(0, 0, ["a", "b", "a "])

    assert "row 3 has a value in column AB, which has no name in row 1" in refused(tmp_path, workbook(beside), "t.xlsx")
    assert "two columns are called 'a' (row 1)" in refused(tmp_path, workbook(twice), "t.xlsx")
    assert "is empty" in refused(tmp_path, workbook(lambda book: book.add_worksheet()), "t.xlsx")


def test_a_workbook_that_unpacks_without_end_is_not_unpacked(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", "<a/>")
        with book.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            for _ in range(60):
                part.write(b" " * 10_000_000)
    assert "too large" in refused(tmp_path, file.getvalue(), "t.xlsx")


def test_entities_of_a_hostile_workbook_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("geheim")
    file = io.BytesIO(workbook(people))
    with zipfile.ZipFile(file) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    entity = f'<!DOCTYPE sst [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'.encode()
    texts = parts["xl/sharedStrings.xml"].replace(b'standalone="yes"?>', b"?>" + entity)
    parts["xl/sharedStrings.xml"] = texts.replace(b"<t>plz</t>", b"<t>&e;</t>")
    assert b"&e;" in parts["xl/sharedStrings.xml"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    assert "geheim" not in refused(tmp_path, file.getvalue(), "t.xlsx")


RESULTS = pd.DataFrame(
    {
        "prompt_id": [0, 1, 2],
        "prompt": ["Grüße; Küsse", 'ein "Wort"\nund mehr', None],
        "answer": ["Straße 5, Köln", "", "a\tb"],
        "value": [0.5, None, 1.0],
    }
)


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.jsonl", "t.parquet"])
def test_what_is_written_comes_back(tmp_path: Path, name: str) -> None:
    write_frame(RESULTS, tmp_path / name)
    back = read_table(tmp_path / name)
    assert values(back)["prompt"] == values(RESULTS)["prompt"]
    assert list(back.columns) == list(RESULTS.columns)
    assert [float(one) for one in values(back)["value"] if one is not None] == [0.5, 1.0]
    assert "shorter" not in back.attrs.get("read_as", "")


def test_csv_opens_in_spreadsheets_with_its_umlauts_and_in_pandas(tmp_path: Path) -> None:
    write_frame(RESULTS, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(tmp_path / "t.csv")
    assert list(table.columns) == list(RESULTS.columns)
    assert table["prompt_id"].tolist() == [0, 1, 2]
    assert values(table)["prompt"] == values(RESULTS)["prompt"]


def german_cells(raw: bytes) -> list[str]:
    """The cells that a German Excel makes of a file: it separates at semicolons, and at line ends too."""
    text = raw.decode("utf-8-sig").replace("\r", "\n")
    return [cell.strip(' "\u00a0\ufeff\u200b') for line in text.split("\n") for cell in line.split(";")]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+49 228", "-x", "@SUM(A1)", "\tx", "\rx", "\n=1+1", "\r\n=1+1", "＝1+1", "＋1", "－1",
        "＠SUM(1)", " =1+1", "\u00a0=1", "\ufeff=1", "\u200b=1", "Frage;=1+1", "Frage; =1+1",
        'Frage;"=1+1"', "Frage\n=cmd|' /C calc'!A0",
        "a;-2+3+cmd|' /C calc'!A0", "a;+HYPERLINK(1)", "a\r@SUM(1)", "a;＝1", ";=1", "a\n\n=1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["string", "object", "category"])
def test_no_text_is_a_formula_where_commas_or_semicolons_separate(tmp_path: Path, text: str, dtype: str) -> None:
    frame = pd.DataFrame({"id": [1], "answer": [text], "n": [-1.5]}).astype({"answer": dtype})
    write_frame(frame, tmp_path / "t.csv")
    raw = (tmp_path / "t.csv").read_bytes()
    back = pd.read_csv(io.BytesIO(raw), dtype=str)
    assert back["answer"].item().startswith("'") or text[0] not in "=+-@\t\r\n＝＋－＠ \u00a0\ufeff\u200b"
    assert back["answer"].item().replace("'", "").replace("\r\n", "\n") == text.replace("'", "").replace("\r\n", "\n")
    assert back["n"].item() == "-1.5"
    for cell in german_cells(raw):
        assert not cell.startswith(("=", "@", "＝", "＠", "+HYP", "-2+3")), cell


@pytest.mark.parametrize("text", ["- eins\n- zwei", "a; - b", "1 = 1", "a;b", "Preis: -5 €", "x\n+49 228 1"])
def test_lists_and_prose_stay_as_they_are(tmp_path: Path, text: str) -> None:
    write_frame(pd.DataFrame({"answer": [f"Also: {text}"]}), tmp_path / "t.csv")
    assert pd.read_csv(tmp_path / "t.csv")["answer"].item() == f"Also: {text}"


def test_names_and_lists_are_no_formulas_either(tmp_path: Path) -> None:
    write_frame(pd.DataFrame({"=1+1": [["a;=1+1"]], "=1+2": ["x"]}), tmp_path / "t.csv")
    assert not any(cell.startswith("=") for cell in german_cells((tmp_path / "t.csv").read_bytes()))
    assert list(pd.read_csv(tmp_path / "t.csv").columns) == ["'=1+1", "'=1+2"]
