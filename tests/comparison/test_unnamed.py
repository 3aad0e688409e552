"""Comparisons without a name: kept without being asked for, told from named ones, tidied, and never in the way."""

import asyncio
import os
import sqlite3
import stat
import time
import warnings
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pandas as pd
import platformdirs
import pytest
from scripted_model import echo, replied, scripted

from workbench.comparison import Comparison, Kept, Run, estimate, make_plan, open_run, runs, unfinished
from workbench.comparison.journal._journal import Journal
from workbench.comparison.journal._lock import Lock
from workbench.comparison.journal._unnamed import is_unnamed, new_journal, tidy, unnamed_folders, unnamed_paths
from workbench.connections.permissions import _policy
from workbench.errors import JournalError
from workbench.messages import Piece, Request

PROMPTS = [f"Was macht Amt {number}?" for number in range(6)]
HERE = Path(".workbench/unnamed")
DAY_S = 86_400


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, a user's folder beside it, and nothing switched off."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(platformdirs, "user_state_path", lambda name: tmp_path / "state" / name)
    monkeypatch.delenv("WORKBENCH_JOURNAL")


def failing_at(count: int) -> Any:
    """A script that fails from its so-manieth question on."""
    asked: list[str] = []

    async def script(request: Request) -> AsyncGenerator[Piece, None]:
        asked.append(request.messages[-1].content)
        await asyncio.sleep(0.001)
        if len(asked) > count:
            raise ValueError("nicht jetzt")
        yield replied(request.messages[-1].content)

    return script


async def compared(prompts: Any = PROMPTS, script: Any = echo, told: list[Kept] | None = None, **options: Any) -> Run:
    comparison = Comparison(make_plan(prompts, scripted("x/a", script)), **options)
    if told is not None:
        comparison.announce(told.append)
    return await comparison.run()


def only_journal() -> Path:
    (path,) = unnamed_paths()
    return path


async def test_it_is_kept_under_a_name_of_its_own_and_opened_by_it() -> None:
    told: list[Kept] = []
    run = await compared(told=told)
    (kept,) = told
    assert kept.problem == ""
    assert Path(kept.folder) == HERE.absolute()
    assert pd.Timestamp(kept.name[:16].replace(".", ":")) <= pd.Timestamp.now()
    assert kept.name.endswith(" x a")
    listed = runs().iloc[0]
    assert listed[["name", "models", "prompts", "answered", "named"]].tolist() == [kept.name, "x/a", 6, 6, False]
    pd.testing.assert_frame_equal(open_run(kept.name).frame, run.frame)


async def test_named_ones_are_told_from_others() -> None:
    await compared(name="offices")
    await compared(stem="letters")
    assert runs().set_index("named")["name"].str.contains("letters").to_dict() == {True: False, False: True}


async def test_it_is_readable_by_the_user_alone_and_out_of_version_control() -> None:
    os.umask(0o022)
    modes: dict[str, int] = {}

    async def looking(request: Request) -> AsyncGenerator[Piece, None]:
        modes.update({path.name: stat.S_IMODE(path.stat().st_mode) for path in HERE.iterdir()})
        yield replied("da")

    await compared(script=looking)
    assert set(modes.values()) == {0o600}
    assert {name.rpartition(".")[2] for name in modes} >= {"journal", "journal-wal", "journal-shm", "lock"}
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (HERE, HERE.parent)] == [0o700, 0o700]
    assert Path(".workbench/.gitignore").read_text() == "*\n"


async def test_every_call_is_asked_anew_and_has_a_name_of_its_own() -> None:
    for _ in range(3):
        assert (await compared(stem="letters")).counts["answered"] == 6
    names = runs()["name"].tolist()
    assert len(set(names)) == 3
    both = await asyncio.gather(compared(stem="letters"), compared(stem="letters"))
    assert [run.counts["answered"] for run in both] == [6, 6]
    assert len(runs()) == 5


async def test_the_same_call_with_its_name_asks_only_the_rest_and_it_stays() -> None:
    told: list[Kept] = []
    stopped = await compared(script=failing_at(2), told=told)
    assert stopped.counts["failed"] == 4
    asked: list[str] = []

    async def noting(request: Request) -> AsyncGenerator[Piece, None]:
        asked.append(request.messages[-1].content)
        yield replied("da")

    assert (await compared(script=noting, name=told[0].name)).counts["answered"] == 6
    assert asked == PROMPTS[2:]
    assert runs()[["name", "named"]].to_numpy().tolist() == [[told[0].name, True]]
    os.utime(only_journal(), (0, 0))
    tidy(HERE)
    assert len(runs()) == 1


@pytest.mark.parametrize("word", ["off", "OFF", "0", "no"])
async def test_a_setting_switches_it_off(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_JOURNAL", word)
    told: list[Kept] = []
    assert (await compared(told=told)).counts["answered"] == 6
    assert told == []
    assert not Path(".workbench").exists()
    await compared(name="offices")
    assert runs()["name"].tolist() == ["offices"]


@pytest.mark.parametrize(("content", "count"), [("journal = false", 0), ("journal = true", 1), ("journal = 3", 0)])
async def test_a_policy_switches_it_off(
    content: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(content)
    monkeypatch.setattr(_policy, "FILE", file)
    monkeypatch.setattr(_policy, "_ADMINISTRATOR", os.getuid())
    _policy.forget()
    assert (await compared()).counts["answered"] == 6
    assert len(runs()) == count


def in_the_way() -> None:
    Path(".workbench").write_text("a file is in the way")


def not_a_folder_of_its_own() -> None:
    Path("elsewhere").mkdir()
    Path(".workbench").mkdir()
    HERE.symlink_to(Path("elsewhere").absolute())


@pytest.mark.parametrize("prepare", [in_the_way, not_a_folder_of_its_own])
async def test_a_folder_that_cannot_be_written_has_its_runs_in_the_users_own(prepare: Any, tmp_path: Path) -> None:
    prepare()
    told: list[Kept] = []
    run = await compared(told=told)
    assert Path(told[0].folder).is_relative_to(tmp_path / "state")
    assert stat.S_IMODE(Path(told[0].folder).stat().st_mode) == 0o700
    assert runs()["name"].tolist() == [told[0].name]
    pd.testing.assert_frame_equal(open_run(told[0].name).frame, run.frame)
    assert not any(Path("elsewhere").glob("*"))
    other = tmp_path / "other"
    other.mkdir()
    os.chdir(other)
    assert runs().empty


async def test_nowhere_to_keep_it_costs_no_answer_and_is_told(tmp_path: Path) -> None:
    in_the_way()
    (tmp_path / "state").write_text("a file is in the way")
    told: list[Kept] = []
    assert (await compared(told=told)).counts["answered"] == 6
    assert [kept.name for kept in told] == [""]
    assert "\n" not in told[0].problem
    assert "no journal can be made here" in told[0].problem
    with pytest.warns(UserWarning, match="goes on, but is not kept"):
        await compared()


async def test_a_table_that_cannot_be_kept_costs_no_answer() -> None:
    endless: list[Any] = []
    endless.append(endless)
    table = pd.DataFrame({"prompt": ["eins"], "wrong": pd.Series([endless], dtype=object)})
    told: list[Kept] = []
    assert (await compared(table, told=told)).counts["answered"] == 1
    assert "cannot be kept" in told[0].problem
    assert unnamed_paths() == []
    assert not any(HERE.iterdir())


async def test_an_answer_that_cannot_be_written_down_stays_as_it_is() -> None:
    async def half(request: Request) -> AsyncGenerator[Piece, None]:
        yield replied("halb \ud800")

    run = await compared(["Hallo"], half)
    assert run.results[0].reply is not None
    assert run.results[0].reply.text == "halb \ud800"


async def test_a_journal_that_fails_on_the_way_is_told_once_and_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    keep, kept_cells = Journal.keep, 0

    def full(self: Journal, entries: Any) -> None:
        nonlocal kept_cells
        kept_cells += 1
        if kept_cells > 2:
            raise JournalError("the disk is full")
        keep(self, entries)

    monkeypatch.setattr(Journal, "keep", full)
    told: list[Kept] = []
    run = await compared(told=told, concurrency=1)
    assert run.counts == {"answered": 6, "failed": 0, "stopped": 0, "not asked": 0}
    assert [kept.problem for kept in told] == ["", "the disk is full"]
    assert open_run(told[0].name).counts["answered"] == 2


async def test_a_cell_is_in_the_journal_before_it_is_shown() -> None:
    counts: list[int] = []

    class Watching:
        def began(self, cell: object) -> None: ...
        def piece(self, cell: object, piece: object) -> None: ...
        def ended(self, cell: object, result: object) -> None:
            with sqlite3.connect(only_journal()) as other:
                counts.append(other.execute("SELECT count(*) FROM cells").fetchone()[0])
            other.close()

    comparison = Comparison(make_plan(PROMPTS, scripted("x/a", echo)))
    comparison.watch(Watching())
    await comparison.run()
    assert len(counts) == 6
    assert all(count >= number for number, count in enumerate(counts, 1))


def journal(stem: str, *, age_days: float = 0.0, megabytes: float = 0.0, mark: str = "") -> Path:
    """A journal of an age and a size."""
    path, lock = new_journal(HERE, stem)
    one = Journal(path)
    one.keep_plan(b"x" * round(megabytes * 1_000_000))
    if mark:
        one.mark(mark)
    one.close()
    lock.release()
    then = time.time() - age_days * DAY_S
    os.utime(path, (then, then))
    return path


def test_old_ones_are_deleted_but_none_that_runs_or_was_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_JOURNAL_DAYS", "1000")
    old, running, named, fresh = (
        journal("old", age_days=31),
        journal("running", age_days=31),
        journal("named", age_days=31, mark="named"),
        journal("fresh", age_days=29),
    )
    tidy(HERE)
    assert old.exists()
    monkeypatch.delenv("WORKBENCH_JOURNAL_DAYS")
    lock = Lock(running)
    assert lock.take()
    tidy(HERE)
    lock.release()
    assert [path.exists() for path in (old, running, named, fresh)] == [False, True, True, True]
    assert not list(HERE.glob(f"{old.stem}*"))
    monkeypatch.setenv("WORKBENCH_JOURNAL_DAYS", "7")
    tidy(HERE)
    assert [path.exists() for path in (running, named, fresh)] == [False, True, False]


async def test_the_oldest_are_deleted_beyond_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [journal(f"{age}", age_days=age, megabytes=1) for age in (1, 2, 3, 4)]
    monkeypatch.setenv("WORKBENCH_JOURNAL_MB", "2.5")
    await compared(["Hallo"])
    assert [path.exists() for path in paths] == [True, True, False, False]


@pytest.mark.parametrize("wrong", ["viele", "nan", "-1", ""])
def test_a_bound_that_is_none_deletes_nothing_fresh(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_JOURNAL_MB", wrong)
    monkeypatch.setenv("WORKBENCH_JOURNAL_DAYS", wrong)
    path = journal("fresh")
    tidy(HERE)
    assert path.exists()


def test_what_is_no_journal_is_never_deleted() -> None:
    path = journal("fresh")
    other = path.with_name("other.journal")
    other.write_bytes(b"something else " * 100)
    os.utime(other, (0, 0))
    tidy(HERE)
    assert other.exists()


async def test_named_ones_are_never_tidied(monkeypatch: pytest.MonkeyPatch) -> None:
    await compared(name="offices")
    os.utime(".workbench/offices.journal", (0, 0))
    monkeypatch.setenv("WORKBENCH_JOURNAL_MB", "0")
    await compared()
    assert "offices" in runs()["name"].tolist()
    assert not is_unnamed(Path(".workbench/offices.journal"))


async def test_an_estimate_counts_what_was_answered_without_a_name() -> None:
    await compared(PROMPTS[:2])
    name = runs()["name"].item()
    plan = make_plan(PROMPTS, scripted("x/a", echo))
    assert estimate(plan)["answers_known"].item() == 2
    assert estimate(plan, name)["answered"].item() == 2


async def test_what_was_not_ended_is_found_by_the_same_call_alone() -> None:
    failing = failing_at(2)
    await compared(script=failing)
    assert await unfinished(make_plan(PROMPTS, scripted("x/a", failing))) == only_journal()
    for other in (PROMPTS[:5], PROMPTS[::-1]):
        assert await unfinished(make_plan(other, scripted("x/a", failing))) is None
    assert await unfinished(make_plan(PROMPTS, scripted("x/b", failing))) is None
    assert await unfinished(make_plan(PROMPTS, scripted("x/a", failing), temperature=0)) is None
    lock = Lock(only_journal())
    assert lock.take()
    assert await unfinished(make_plan(PROMPTS, scripted("x/a", failing))) is None
    lock.release()


@pytest.mark.parametrize("plan", [b"", b"no plan", b"[" * 100_000, b'{"prompts": [1]}'])
async def test_a_damaged_one_keeps_no_other_from_being_found(plan: bytes) -> None:
    await compared(script=failing_at(2))
    right = only_journal()
    path, lock = new_journal(HERE, "z")
    broken = Journal(path)
    broken.keep_plan(plan)
    broken.close()
    lock.release()
    assert await unfinished(make_plan(PROMPTS, scripted("x/a", echo))) == right


async def test_what_was_delivered_is_not_gone_on_with() -> None:
    plan = make_plan(PROMPTS, scripted("x/a", echo))
    comparison = Comparison(plan)
    await comparison.run()
    assert await unfinished(plan) is not None
    comparison.deliver()
    assert await unfinished(plan) is None


async def test_going_on_asks_only_the_rest_and_stays_without_a_name() -> None:
    await compared(script=failing_at(2))
    asked: list[str] = []

    async def noting(request: Request) -> AsyncGenerator[Piece, None]:
        asked.append(request.messages[-1].content)
        yield replied("da")

    run = await compared(script=noting, resumed=only_journal())
    assert run.counts["answered"] == 6
    assert asked == PROMPTS[2:]
    assert runs()[["answered", "named"]].to_numpy().tolist() == [[6, False]]


def test_folders_are_this_ones_and_the_users(tmp_path: Path) -> None:
    here, own = unnamed_folders()
    assert here == HERE
    assert own.is_relative_to(tmp_path / "state" / "workbench")


def test_nothing_is_warned_of_where_all_goes_well() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(compared())
