"""A journal that an earlier version has written opens as it was, and nothing in it is asked or scored again."""

import shutil
from pathlib import Path
from typing import NoReturn

import pandas as pd
import pytest

import workbench as wb
from workbench.comparison import Cell, Comparison, Watcher, make_plan, open_run
from workbench.comparison.journal._names import FOLDER
from workbench.engines import EmbeddedEngine

OLD = Path(__file__).parent / "journals" / "version_0_1.journal"
TABLE = pd.DataFrame({"prompt": ["Say: Bonn", "Say: Köln", "Say: Aachen"], "expected": ["Bonn", "Köln", "Aachen"]})


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with that journal under the name "offices"; nobody can be asked."""

    async def nobody(*_: object) -> NoReturn:
        raise AssertionError("what an earlier version kept is asked again")

    (tmp_path / FOLDER).mkdir()
    shutil.copy(OLD, tmp_path / FOLDER / "offices.journal")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(EmbeddedEngine, "stream", nobody)
    return tmp_path


def test_it_opens_with_its_answers_and_scores(kept: Path) -> None:
    run = open_run("offices")
    assert run.counts["answered"] == 6
    assert run.frame["answer"].str.startswith(("Bienvenue", "Köln", "Aachen")).all()
    assert run.scores["value"].tolist() == [0.0] * 6
    assert wb.runs().loc[0, ["name", "answered", "failed"]].tolist() == ["offices", 6, 0]


async def test_it_goes_on_and_asks_nothing(kept: Path) -> None:
    plan = make_plan(TABLE, "embedded", max_tokens=8, temperature=0, repeats=2)
    began: list[Cell] = []

    class Counting(Watcher):
        def began(self, cell: Cell) -> None:
            began.append(cell)

    comparison = Comparison(plan, name="offices")
    comparison.watch(Counting())
    run = await comparison.run()
    assert (run.counts["answered"], began) == (6, [])
    assert run.frame["answer"].equals(open_run("offices").frame["answer"])
    await run.score(wb.scorers.exact())
    assert run.scores["value"].tolist() == [0.0] * 6
