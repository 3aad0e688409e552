"""Tables as files: prompts are read as they are written, results replace a file only when they are whole."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.compare import check_writable, read_table, write_frame
from workbench.errors import UsageError

RESULTS = pd.DataFrame({"answer": ['Grüße, "Bonn";\n=1+1', None], "tokens": [3, None]}).astype(
    {"answer": "string", "tokens": "Int64"}
)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".PARQUET"])
def test_a_frame_comes_back_from_its_file(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"run{suffix}"
    write_frame(RESULTS, file)
    found = pd.read_csv(file) if suffix == ".csv" else pd.read_parquet(file)
    pd.testing.assert_frame_equal(found.astype(RESULTS.dtypes.to_dict()), RESULTS)
    assert list(tmp_path.iterdir()) == [file]


def test_a_table_of_a_spreadsheet_is_read_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "briefe.csv"
    file.write_bytes('\ufeffprompt;plz;note\r\n"Grüße; und Küsse";01067;NA\r\nHallo;10115;\r\n'.encode())
    table = read_table(file)
    assert table["prompt"].tolist() == ["Grüße; und Küsse", "Hallo"]
    assert table["plz"].tolist() == ["01067", "10115"]
    assert table["note"].iloc[0] == "NA"
    assert pd.isna(table["note"].iloc[1])


@pytest.mark.parametrize(
    ("name", "content", "hint"),
    [
        ("t.csv", "prompt\nGrüße\n".encode("cp1252"), "not UTF-8"),
        ("t.csv", b"", "cannot be read"),
        ("t.csv", b'a,b\n1,2,3,4\n"', "cannot be read"),
        ("t.parquet", b"prompt\nHallo\n", "cannot be read"),
        ("t.xlsx", b"", ".xlsx"),
        ("table", b"", "without ending"),
    ],
)
def test_a_table_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, hint: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_table(tmp_path / name)
    assert hint in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_table(tmp_path / "t.csv")


@pytest.mark.parametrize(("name", "hint"), [("no/t.csv", "non-existent"), ("folder.csv", "folder"), ("t.txt", ".txt")])
def test_a_place_that_cannot_be_written_is_told_before(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UsageError) as caught:
        check_writable(pd.DataFrame({"a": [1]}), tmp_path / name)
    assert hint in str(caught.value)


def test_a_file_stays_as_it_was_until_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    write_frame(pd.DataFrame({"a": [1]}), file)
    before = file.read_bytes()
    unwritable: Any = pd.DataFrame({"a": [1, "x", object()]}, dtype=object)
    with pytest.raises(UsageError, match="cannot be written"):
        check_writable(unwritable, file)
    with pytest.raises((TypeError, ValueError)):
        write_frame(unwritable, file)
    check_writable(pd.DataFrame({"a": [2]}), file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]
