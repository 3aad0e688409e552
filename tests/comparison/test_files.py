"""Tables as files: prompts are read as they are written, results replace a file only when they are whole."""

import errno
from pathlib import Path

import pandas as pd
import pytest
from scripted_model import echo, scripted

from workbench.comparison import Comparison, Run, check_writable, make_plan, read_table, write_frame, write_whole
from workbench.errors import UsageError

RESULTS = pd.DataFrame({"answer": ['Grüße, "Bonn";\n=1+1', None], "tokens": [3, None]}).astype(
    {"answer": "string", "tokens": "Int64"}
)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".PARQUET"])
def test_a_frame_comes_back_from_its_file(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"run{suffix}"
    write_frame(RESULTS, file)
    found = pd.read_csv(file) if suffix == ".csv" else pd.read_parquet(file)
    found["answer"] = found["answer"].str.replace("'=1+1", "=1+1", regex=False)  # where a spreadsheet began a cell
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
        ("t.csv", "prompt\nGrüße\n".encode() + "Köln\n".encode("cp1252"), "not UTF-8"),
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

    def half(fresh: Path) -> None:
        fresh.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(UsageError, match="cannot be written: No space left on device"):
        write_whole(file, half)
    check_writable(pd.DataFrame({"a": [2]}), file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_a_fault_of_the_writer_itself_is_not_told_as_one_of_the_file(tmp_path: Path) -> None:
    def faulty(fresh: Path) -> None:
        fresh.write_text("half")
        raise TypeError("a fault")

    with pytest.raises(TypeError, match="a fault"):
        write_whole(tmp_path / "t.html", faulty)
    assert list(tmp_path.iterdir()) == []


async def one_answer() -> Run:
    return await Comparison(make_plan(["Grüße"], scripted("x/m", echo))).run()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("no/t.csv", "non-existent"),
        ("no/t.jsonl", "No such file"),
        ("no/t.parquet", "non-existent"),
        ("file/t.xlsx", "Not a directory"),
        ("folder.csv", "this is a folder"),
        ("~nobody-has-this-name/t.csv", "home"),
        (f"{'x' * 300}.csv", "name too long"),
        ("t.txt", ".txt"),
    ],
)
async def test_a_run_that_cannot_be_saved_says_so_in_a_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, hint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder.csv").mkdir()
    Path("file").touch()
    run = await one_answer()
    with pytest.raises(UsageError) as caught:
        run.save(name)
    assert hint in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.advice
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder.csv"]


def test_a_folder_that_takes_the_place_meanwhile_leaves_no_new_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_whole(tmp_path / "t.csv", lambda fresh: (fresh.touch(), (tmp_path / "t.csv").mkdir()))
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


async def test_a_run_is_saved_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    file = (await one_answer()).save("~/t.jsonl")
    assert file == tmp_path / "t.jsonl"
    assert read_table(file)["answer"].tolist() == ["Grüße"]
