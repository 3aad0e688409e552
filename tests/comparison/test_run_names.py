"""Names of comparisons: one rule for all who take a name, on every disk."""

import gc
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from scripted_model import echo, scripted

from workbench.comparison import Comparison, Run, estimate, make_plan, open_run, runs
from workbench.errors import UsageError


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


async def compared(name: Any) -> Run:
    return await Comparison(make_plan(["eins", "zwei"], scripted("x/a", echo)), name=name).run()


@pytest.mark.parametrize(
    "other",
    [
        "Büro Straße",
        unicodedata.normalize("NFD", "Büro Straße"),
        "büro straße",
        "BÜRO STRASSE",
        unicodedata.normalize("NFD", "BÜRO Strasse"),
    ],
)
async def test_names_that_one_disk_takes_for_the_same_are_the_same_on_all(other: str) -> None:
    await compared("Büro Straße")
    assert open_run(other).summary == "2 of 2 answered"
    found = estimate(make_plan(["eins", "zwei"], scripted("x/a", echo)), name=other)
    assert found["answered"].item() == 2
    await compared(other)
    assert runs()["name"].tolist() == ["Büro Straße"]
    assert len(list(Path(".workbench").glob("*.journal"))) == 1


async def test_a_file_that_macos_wrote_is_listed_and_opened_by_its_composed_name() -> None:
    await compared("Ämter")
    gc.collect()  # nobody holds the file any more
    composed = Path(".workbench/Ämter.journal")
    composed.rename(composed.with_name(unicodedata.normalize("NFD", composed.name)))
    assert runs()["name"].tolist() == ["Ämter"]
    assert open_run("Ämter").summary == "2 of 2 answered"


async def test_what_is_listed_can_be_opened_even_where_nobody_could_give_its_name() -> None:
    await compared("offices")
    gc.collect()
    Path(".workbench/offices.journal").rename(".workbench/offices (1).journal")
    (name,) = runs()["name"]
    assert open_run(name).summary == "2 of 2 answered"


async def test_of_two_files_the_exact_name_is_opened() -> None:
    await compared("offices")
    kept = Path(".workbench/offices.journal").read_bytes()
    Path(".workbench/Offices.journal").write_bytes(b"")
    with pytest.raises(Exception, match=r"Offices\.journal"):
        open_run("Offices")
    assert open_run("offices").summary == "2 of 2 answered"
    assert Path(".workbench/offices.journal").read_bytes() == kept


@pytest.mark.parametrize(
    "name",
    [
        "", " ", ".", "..", ".hidden", "a/b", "a\\b", "../a", "/a", "a:b", "a*", "a?", 'a"', "a<b", "a|b", "a\0b",
        "a\nb", "a.", "a ", " a", "_a", "-a", "con", "CON", "nul", "NUL.txt", "Com1", "lpt9", "COM²", "aux .b",
        "conin$", "x" * 101, "漢" * 100, "\u0308a", "a\u200bb", "a\u202eb", "half \ud83d", 5, b"a", Path("a"),
    ],
)  # fmt: skip
async def test_names_that_some_disk_does_not_take_are_refused_on_all(name: Any) -> None:
    for use in (open_run, lambda name: Comparison(make_plan("eins", scripted("x/a", echo)), name=name)):
        with pytest.raises(UsageError, match="cannot be") as told:
            use(name)
        assert "\n" not in str(told.value)
    assert not Path(".workbench").exists()


@pytest.mark.parametrize(
    "name", ["a", "7", "con1", "console", "nullen", "com", "com10", "a.b", "a - b_c", "x" * 100, "हिन्दी"]
)
async def test_names_that_every_disk_takes(name: str) -> None:
    await compared(name)
    assert runs()["name"].tolist() == [name]
    assert open_run(name).summary == "2 of 2 answered"
