"""How a comparison gets on: tokens per second, what is left and how long it takes, wherever that can be said."""

from __future__ import annotations

import threading

import pytest

from workbench.comparison import Cell, Kept, Result
from workbench.errors import EngineError
from workbench.messages import Reply, Usage
from workbench.notebook import _kept
from workbench.notebook._kept import kept_line
from workbench.views import Headway


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def cell(index: int, candidate: int = 0) -> Cell:
    return Cell(index, index, candidate, 0)


def answered(one: Cell, tokens: int | None) -> Result:
    return Result(one, Reply(text="…", finish="stop", usage=Usage(5, tokens)))


def answer(headway: Headway, one: Cell, clock: Clock, seconds: float, pieces: int, tokens: int | None) -> None:
    headway.began(one)
    for _ in range(pieces):
        clock.now += seconds / pieces
        headway.piece(one)
    headway.ended(one, answered(one, tokens))


def test_what_is_left_follows_from_what_has_come() -> None:
    clock = Clock()
    headway = Headway(["gpu"], 5, clock)
    assert headway.line("en") == "5 left"
    answer(headway, cell(0), clock, 4.0, 40, 40)
    assert headway.line("en") == "10 tokens/s, 4 left, about 16 s"
    headway.began(cell(1))
    for _ in range(20):
        clock.now += 0.1
        headway.piece(cell(1))
    assert headway.line("de") == "10 Token/s, noch 4, etwa 14 s"


def test_an_answer_that_is_longer_than_usual_is_not_taken_for_over() -> None:
    clock = Clock()
    headway = Headway(["gpu"], 2, clock)
    answer(headway, cell(0), clock, 4.0, 32, 32)
    headway.began(cell(1))
    for _ in range(64):
        clock.now += 0.125
        headway.piece(cell(1))
    assert headway.line("en") == "8.0 tokens/s, 1 left, about 1 s"
    assert headway.seconds_left == pytest.approx(1)


def test_a_server_that_sends_several_tokens_at_once_is_told_in_tokens() -> None:
    clock = Clock()
    headway = Headway(["gpu"], 3, clock)
    answer(headway, cell(0), clock, 2.0, 10, 40)
    assert headway.tokens_per_s == pytest.approx(20)
    assert headway.seconds_left == pytest.approx(4)


def test_what_tells_no_tokens_has_a_time_and_no_tokens() -> None:
    clock = Clock()
    headway = Headway(["function/rule"], 3, clock)
    answer(headway, cell(0), clock, 2.0, 1, None)
    assert headway.line("en") == "2 left, about 4 s"


def test_answers_of_another_process_count_when_they_end() -> None:
    clock = Clock()
    headway = Headway(["gpu"], 4, clock)
    for number in range(2):
        headway.began(cell(number))
    clock.now = 4.0
    for number in range(2):
        headway.ended(cell(number), answered(cell(number), 30))
    assert headway.line("en") == "15 tokens/s, 2 left, about 4 s"


def test_the_slowest_server_decides_and_one_that_says_nothing_leaves_it_open() -> None:
    clock = Clock()
    headway = Headway(["quick", "slow"], 3, clock)
    headway.began(cell(1, 1))
    answer(headway, cell(0), clock, 2.0, 20, 20)
    assert headway.line("en") == "10 tokens/s, 5 left"
    clock.now = 10.0
    for _ in range(10):
        headway.piece(cell(1, 1))
    headway.ended(cell(1, 1), answered(cell(1, 1), 10))
    assert headway.seconds_left == pytest.approx(20)


def test_candidates_of_one_server_share_its_time() -> None:
    clock = Clock()
    headway = Headway(["gpu", "gpu"], 2, clock)
    answer(headway, cell(0), clock, 2.0, 20, 20)
    assert (headway.left, headway.seconds_left) == (3, pytest.approx(6))


def test_what_was_known_before_says_nothing_of_the_pace() -> None:
    clock = Clock()
    headway = Headway(["gpu"], 10, clock)
    for number in range(8):
        headway.ended(cell(number), answered(cell(number), 1000))
    assert headway.line("en") == "2 left"
    answer(headway, cell(8), clock, 3.0, 30, 30)
    assert headway.line("en") == "10 tokens/s, 1 left, about 3 s"


def test_failures_and_answers_that_begin_again_do_not_spoil_it() -> None:
    clock = Clock()
    headway = Headway(["gpu"], 4, clock)
    answer(headway, cell(0), clock, 2.0, 20, 20)
    headway.began(cell(1))
    headway.ended(cell(1), Result(cell(1), error=EngineError("no")))
    assert (headway.left, headway.seconds_left) == (2, pytest.approx(4))
    headway.began(cell(2))
    headway.piece(cell(2))
    headway.began(cell(2))
    assert headway.left == 2


def test_the_pace_is_that_of_the_last_half_minute() -> None:
    clock = Clock()
    headway = Headway(["gpu"], 100, clock)
    answer(headway, cell(0), clock, 10.0, 1000, 1000)
    for number in range(1, 31):
        answer(headway, cell(number), clock, 2.0, 20, 20)
    assert headway.tokens_per_s == pytest.approx(10, rel=0.1)


def test_an_end_has_nothing_left() -> None:
    clock = Clock()
    headway = Headway(["gpu"], 1, clock)
    answer(headway, cell(0), clock, 2.0, 20, 20)
    assert headway.line("en") == ""


def test_it_is_read_while_another_thread_counts() -> None:
    headway = Headway(["gpu"], 5000)
    failed: list[Exception] = []

    def read() -> None:
        try:
            while headway.left > 4000:
                headway.line("en")
        except Exception as error:  # noqa: BLE001 - what is raised is what is asked for
            failed.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1000):
        headway.began(cell(number))
        headway.piece(cell(number))
        headway.ended(cell(number), answered(cell(number), 1))
    reader.join()
    assert failed == []


def test_the_place_of_unnamed_comparisons_is_said_once(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(_kept, "_said", set())
    first = kept_line(Kept("2026-11-26 14.03 a", "/somewhere/else"), "en")
    assert first == "kept in /somewhere/else: wb.runs() lists it, WORKBENCH_JOURNAL=off keeps none"
    assert kept_line(Kept("2026-11-26 14.04 a", "/somewhere/else"), "en") == ""
    assert kept_line(Kept(problem="der Datenträger ist voll"), "de") == "nicht aufbewahrt: der Datenträger ist voll"
