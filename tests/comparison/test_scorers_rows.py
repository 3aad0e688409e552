"""Functions as scorers, and how rows are scored."""

import asyncio
import functools
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.comparison import scorers
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.errors import UsageError
from workbench.messages import Reply


def row(answer: str, number: int = 0) -> Row:
    return Row(number, "Wo?", "m", 0, Reply(text=answer, finish="stop"))


async def scores(answer: str, *functions: Any, **settings: Any) -> dict[str, Score]:
    return {name: score for _, _, name, score in await scorers.score_rows([row(answer)], functions, **settings)}


def defined(source: str, name: str = "score") -> Callable[[Row], Any]:
    """A function that Python has no source of, as it comes out of `exec`."""
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(textwrap.dedent(source), space)
    found: Callable[[Row], Any] = space[name]
    return found


def is_short(row: Row) -> bool:
    """Whether an answer is short."""
    return len(row.answer) < 80


class Limit:
    """A scorer that is an object."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, row: Row) -> bool:
        return len(row.answer) < self.limit

    def above(self, row: Row) -> bool:
        return len(row.answer) > self.limit


def test_a_function_is_a_scorer_under_its_name_with_its_source() -> None:
    scorer = scorers.as_scorer(is_short)
    assert scorer.name == "is_short"
    assert "return len(row.answer) < 80" in scorer.identity
    assert scorer(row("Bonn")) is True
    assert scorers.as_scorer(scorer) is scorer
    renamed = scorers.as_scorer(is_short, name="kurz", better="lower")
    assert (renamed.name, renamed.better, renamed.identity) == ("kurz", "lower", scorer.identity)


def test_every_kind_of_callable_has_a_name() -> None:
    names = [
        scorers.as_scorer(one).name
        for one in (lambda row: 1, functools.partial(is_short), Limit(3), Limit(3).above, functools.partial(Limit(3)))
    ]
    assert names == ["lambda", "is_short", "Limit", "above", "Limit"]
    for wrong in (3, "exact", None):
        with pytest.raises(UsageError):
            scorers.as_scorer(wrong)


def test_two_lambdas_of_one_line_are_two() -> None:
    first, second = [scorers.as_scorer(one) for one in (lambda row: len(row.answer), lambda row: -len(row.answer))]
    assert first.identity != second.identity


def closed(value: Any) -> Callable[[Row], Any]:
    return lambda row: value


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (closed(1), closed(2)),
        (closed(1), closed(True)),
        (closed([1, {"a": 2}]), closed([1, {"a": 3}])),
        (closed({1, 2}), closed({1, 3})),
        (closed(is_short), closed(closed)),
        (closed(pd.DataFrame({"a": range(1000)})), closed(pd.DataFrame({"a": [*range(500), 7, *range(501, 1000)]}))),
        (functools.partial(is_short, 1), functools.partial(is_short, 2)),
        (Limit(3), Limit(4)),
        (Limit(3).above, Limit(4).above),
        (Limit(3), Limit(3).above),
        (defined("def score(row): return 1"), defined("def score(row): return 2")),
        (defined("def score(row, limit=1): return limit"), defined("def score(row, limit=2): return limit")),
        (defined("def score(row, *, limit=1): return limit"), defined("def score(row, *, limit=2): return limit")),
        (defined("def score(row): return row.text"), defined("def score(row): return row.answer")),
        (
            defined("def score(row): return [one for one in row.answer if one == 'a']"),
            defined("def score(row): return [one for one in row.answer if one == 'b']"),
        ),
        (
            defined("LIMIT = 1\ndef score(row): return LIMIT"),
            defined("LIMIT = 2\ndef score(row): return LIMIT"),
        ),
        (
            defined("def inner(row): return 1\ndef score(row): return inner(row)"),
            defined("def inner(row): return 2\ndef score(row): return inner(row)"),
        ),
        (
            defined("class A:\n  def b(self): return 1\ndef score(row): return A().b()"),
            defined("class A:\n  def b(self): return 2\ndef score(row): return A().b()"),
        ),
        (
            defined("class A:\n  @property\n  def b(self): return 1\ndef score(row): return A().b"),
            defined("class A:\n  @property\n  def b(self): return 2\ndef score(row): return A().b"),
        ),
        (
            defined("import functools\n@functools.cache\ndef f(a): return 1\ndef score(row): return f(row)"),
            defined("import functools\n@functools.cache\ndef f(a): return 2\ndef score(row): return f(row)"),
        ),
    ],
)
def test_what_a_function_depends_on_is_in_its_identity(first: Callable[..., Any], second: Callable[..., Any]) -> None:
    assert scorers.as_scorer(first).identity != scorers.as_scorer(second).identity


@pytest.mark.parametrize(
    "make",
    [
        lambda: closed({"b": [1, 2.5, None, {"x", "y", "z"}], "a": "ä"}),
        lambda: Limit(3),
        lambda: closed(pd.DataFrame({"a": [1, 2]})),
        lambda: defined("def score(row): return answer(row.answer)\ndef answer(text): return score if text else 1"),
        # A name that is only an attribute's is no dependency, whatever is called so outside.
        lambda: defined(f"answer = {next(COUNT)}\ndef score(row): return row.answer"),
    ],
)
def test_the_same_function_has_the_same_identity(make: Callable[[], Callable[[Row], Any]]) -> None:
    assert scorers.as_scorer(make()).identity == scorers.as_scorer(make()).identity


COUNT = iter(range(100))


def test_identities_are_the_same_in_every_process(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import re\nWORDS = {'Amt', 'Büro', 'Haus', 'Ort'}\nFORM = re.compile('a+')\n"
        "class Kind:\n    def of(self, row): return WORDS\n"
        "def helper(row): return row.answer in {'a', 'b', 'c'} and FORM\n"
        "def score(row): return helper(row), Kind().of(row)\n"
    )
    (tmp_path / "main.py").write_text(
        "import mine\nfrom workbench.comparison.scorers import as_scorer\n"
        "print(as_scorer(mine.score).identity, as_scorer(lambda row: mine.score(row)).identity)\n"
    )

    def printed(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}
        environment["PYTHONPATH"] = os.pathsep.join([str(Path.cwd()), environment.get("PYTHONPATH", "")])
        command = [sys.executable, str(tmp_path / "main.py")]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    before = printed("1")
    assert before == printed("2")
    source = (tmp_path / "mine.py").read_text()
    (tmp_path / "mine.py").write_text(source.replace("'c'", "'d'"))
    helper_changed = printed("1")
    (tmp_path / "mine.py").write_text(source.replace("'Ort'", "'Platz'"))
    words_changed = printed("1")
    assert len({before, helper_changed, words_changed}) == 3


async def test_every_scorer_scores_every_row_in_order() -> None:
    async def length(row: Row) -> int:
        await asyncio.sleep(0.02 / (row.prompt_id + 1))  # later rows are done sooner
        return len(row.answer)

    def parts(row: Row) -> Mapping[str, Any]:
        return {"a": "a" in row.answer, "b": Score(0.5, "halb")}

    rows = [row("aa", 0), row("b", 1)]
    found = await scorers.score_rows(iter(rows), [length, parts])
    assert [(one.prompt_id, scorer, name, score) for one, scorer, name, score in found] == [
        (0, "length", "length", Score(2)),
        (0, "parts", "parts.a", Score(True)),
        (0, "parts", "parts.b", Score(0.5, "halb")),
        (1, "length", "length", Score(1)),
        (1, "parts", "parts.a", Score(False)),
        (1, "parts", "parts.b", Score(0.5, "halb")),
    ]
    assert await scorers.score_rows([], [length]) == []
    assert await scorers.score_rows(rows, []) == []


@pytest.mark.parametrize(
    ("said", "value"),
    [
        (True, True), (0, 0), (0.5, 0.5), (None, None), (pd.NA, None), (float("nan"), None), (float("inf"), None),
        (np.float32(0.5), 0.5), (np.int64(3), 3), (np.bool_(True), True), (np.float64("nan"), None),
        (Fraction(1, 2), 0.5), (10**400, None), ("gut", None), ([1], None), (Decimal("1"), None),
        (Score(0.5), 0.5), (Score(float("nan")), None), (Score("gut"), None), (Score(None), None), (1j, None),
    ],
)  # fmt: skip
async def test_only_values_that_are_some_become_scores(said: Any, value: Any) -> None:
    def score(row: Row) -> Any:
        return said

    found = (await scores("a", score))["score"]
    assert found.value == value
    assert type(found.value) is type(value)


async def test_what_is_no_value_says_why() -> None:
    found = await scores("a", scorers.as_scorer(closed("gut"), name="a"), scorers.as_scorer(closed([1]), name="b"))
    assert "'gut'" in found["a"].note
    assert "[1]" in found["b"].note


async def test_a_scorer_that_raises_ends_nothing() -> None:
    def broken(row: Row) -> bool:
        raise ValueError("kein\nWert")

    async def broken_later(row: Row) -> bool:
        await asyncio.sleep(0)
        raise KeyError("a")

    found = await scores("Bonn", broken, scorers.exact(["Bonn"]), broken_later, scorers.exact("a", name="column"))
    assert found["broken"] == Score(None, "ValueError: kein Wert")
    assert found["broken_later"] == Score(None, "KeyError: 'a'")
    assert found["exact"] == Score(True)
    assert found["column"].value is None
    assert "no column 'a'" in found["column"].note


async def test_what_is_known_is_not_scored_and_what_was_said_is_kept() -> None:
    kept: dict[tuple[int, str], Mapping[str, Score]] = {}
    calls: list[int] = []

    def parts(row: Row) -> Mapping[str, int]:
        calls.append(row.prompt_id)
        return {"n": row.prompt_id}

    def broken(row: Row) -> bool:
        raise ValueError

    counted = scorers.as_scorer(parts)  # only once: what a function itself fills, such as `calls`, is part of it

    async def scored() -> list[tuple[str, Score]]:
        found = await scorers.score_rows(
            [row("a", 0), row("b", 1)],
            [counted, broken],
            known=lambda row, scorer: kept.get((row.prompt_id, scorer.identity)),
            keep=lambda row, scorer, scores: kept.update({(row.prompt_id, scorer.identity): scores}),
        )
        return [(name, score) for _, _, name, score in found]

    first = await scored()
    assert calls == [0, 1]
    assert list(kept.values()) == [{"parts.n": Score(0)}, {"parts.n": Score(1)}]  # and nothing of what was broken
    assert await scored() == first
    assert calls == [0, 1]


async def test_a_journal_that_fails_is_heard() -> None:
    def full(row: Row, scorer: Scorer, found: Mapping[str, Score]) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await scores("a", is_short, keep=full)


async def test_a_journal_that_fails_waits_for_no_scorer() -> None:
    async def endless(row: Row) -> bool:
        await asyncio.sleep(3600)
        return True

    def full(row: Row, scorer: Scorer, found: Mapping[str, Score]) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await asyncio.wait_for(scores("a", endless, is_short, keep=full), timeout=10)


async def test_no_more_are_waited_for_than_wanted_and_rows_are_taken_as_needed() -> None:
    running, most, taken = 0, 0, 0

    async def slow(row: Row) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        assert taken <= row.prompt_id + 3
        await asyncio.sleep(0.001)
        running -= 1
        return threading.get_ident()

    def rows() -> Iterator[Row]:
        nonlocal taken
        for number in range(20):
            taken += 1
            yield row("a", number)

    found = await scorers.score_rows(rows(), [slow], concurrency=3)
    assert most == 3
    assert [score.value for *_, score in found] == [threading.get_ident()] * 20


async def test_cancelling_leaves_nothing_behind() -> None:
    started = asyncio.Event()

    async def endless(row: Row) -> bool:
        started.set()
        await asyncio.sleep(3600)
        return True

    before = asyncio.all_tasks()
    task = asyncio.create_task(scorers.score_rows([row("a"), row("b")], [endless]))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == before


async def test_scoring_leaves_the_loop_its_turn() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await scorers.score_rows([row("a", number) for number in range(50)], [is_short], concurrency=1)
    ticking.cancel()
    assert ticks >= 50


@pytest.mark.parametrize(
    "wrong", [[is_short, is_short], [scorers.exact(), scorers.exact(["a"])], [3], 3, "exact", {"a": is_short}]
)
async def test_scorers_that_cannot_be_told_apart_or_are_none_are_refused(wrong: Any) -> None:
    with pytest.raises(UsageError):
        await scorers.score_rows([row("a")], wrong)
    with pytest.raises(UsageError):
        await scorers.score_rows([row("a")], [is_short], concurrency=0)


def test_what_is_public_is_named() -> None:
    assert sorted(scorers.__all__) == scorers.__all__ == [
        "Referee", "Vote", "as_scorer", "bleu", "chrf", "contains", "exact", "fields", "judge", "named_apart",
        "number",
        "pair_votes", "pairwise",
        "perplexity", "referee", "regex", "rouge_l", "schema", "score_rows", "similarity", "tool_calls", "vote_table",
    ]  # fmt: skip
