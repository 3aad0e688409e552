"""Carrying out a plan: servers side by side, row by row; no failing cell and no stop loses an answer."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from embedded_slots import is_idle
from faulty import Faulty, faulty_server
from scripted_model import echo, replied, scripted

from workbench.comparison import Cell, Comparison, Result, make_plan
from workbench.connections import Model, connect, model
from workbench.errors import ContextError, StreamCutError, UnreachableError, UnsupportedError, UsageError
from workbench.messages import Piece, Reply, Request

OFFICES = ["Was ist ein Bürgeramt?", "Was ist ein Finanzamt?", "Was ist ein Standesamt?"]
STOP_S = 1.0
# Idle is looked for much sooner than this prompt's answer ends by itself: 900 tokens and more at temperature 0.
COUNTING = "Write the numbers from 1 to 1000, separated by commas: 1, 2, 3,"
IDLE_S = 5


@dataclass
class Seen:
    """A watcher that remembers, and can act once enough has come."""

    began_cells: list[Cell] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    results: dict[int, Result] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def began(self, cell: Cell) -> None:
        self.began_cells.append(cell)

    def piece(self, cell: Cell, piece: Piece) -> None:
        self.texts[cell.index] = self.texts.get(cell.index, "") + piece.text
        self.changed.set()

    def ended(self, cell: Cell, result: Result) -> None:
        self.results[cell.index] = result
        self.changed.set()

    async def until(self, answered: int, answering: int) -> None:
        """Wait until so many cells are answered and so many others have some text."""
        while len(self.results) < answered or len(self.texts.keys() - self.results.keys()) < answering:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 60)


def watched(comparison: Comparison) -> Seen:
    seen = Seen()
    comparison.watch(seen)
    return seen


def short_then_long(embedded: Model, prompts: int) -> Comparison:
    """A comparison on the embedded engine in which each prompt gets an answer that is soon there and a long one."""
    short, long = embedded.using(label="short", max_tokens=2), embedded.using(label="long", max_tokens=3000)
    long = long.using(stop_repeats=False)
    return Comparison(make_plan([COUNTING] * prompts, [short, long], temperature=0))


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    with faulty_server() as server:
        yield server


async def test_a_real_engine_answers_every_cell(embedded: Model) -> None:
    sober = embedded.using(label="sober", temperature=0)
    comparison = Comparison(make_plan(OFFICES, [sober, embedded], repeats=2, max_tokens=6, seed=7))
    seen, tasks = watched(comparison), asyncio.all_tasks()
    run = await comparison.run()
    assert asyncio.all_tasks() == tasks
    assert run.summary == "12 of 12 answered"
    assert not run.stopped
    assert {cell.index for cell in seen.began_cells} == set(run.results) == set(range(12))
    for index, result in run.results.items():
        assert result.reply is not None
        assert result.reply.text == seen.texts[index]
        assert result.reply.sent["seed"] == 7 + result.cell.repeat
        assert result.reply.usage.completion_tokens is not None
        assert seen.results[index] is result


async def test_what_no_table_can_hold_is_a_failed_cell() -> None:
    async def half(prompt: object) -> str:
        return "halb \ud83d"

    async def none(prompt: object) -> Reply:
        return Reply(text=5, finish="stop")  # type: ignore[arg-type] - a mistake of who wrote the function

    async def wrong(prompt: object) -> str:
        raise ValueError("halb \ud83d")

    frame = (await Comparison(make_plan("Hallo", [half, none, wrong])).run()).frame
    assert frame["error"].str.contains("not valid Unicode|gave a Reply of int|ValueError: halb").all()
    assert frame.to_csv().encode()


async def test_servers_are_asked_at_once() -> None:
    begun = {"x": asyncio.Event(), "y": asyncio.Event()}

    async def after_the_other(request: Request) -> AsyncGenerator[Piece, None]:
        mine, other = ("x", "y") if request.model == "of-x" else ("y", "x")
        begun[mine].set()
        await asyncio.wait_for(begun[other].wait(), 30)
        yield replied("da")

    models = [scripted("x/of-x", after_the_other), scripted("y/of-y", after_the_other)]
    assert (await Comparison(make_plan("Hallo", models)).run()).summary == "2 of 2 answered"


@pytest.mark.parametrize(("concurrency", "expected"), [(None, 3), (1, 1), (5, 5), (99, 6)])
async def test_a_server_gets_as_many_requests_at_once_as_it_takes(concurrency: int | None, expected: int) -> None:
    flying = most = 0

    async def slow(request: Request) -> AsyncGenerator[Piece, None]:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.01)
        flying -= 1
        yield replied("da")

    models = [scripted(f"x/{name}", slow, slots=3) for name in "ab"]
    run = await Comparison(make_plan(list("123456"), models), concurrency=concurrency).run()
    # Model by model, so never more than the six cells of one.
    assert (run.counts["answered"], most) == (12, expected)


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, "4", True])
def test_a_concurrency_that_cannot_be(concurrency: Any) -> None:
    with pytest.raises(UsageError, match="concurrency="):
        Comparison(make_plan("Hallo", "embedded"), concurrency=concurrency)


async def test_a_server_is_asked_model_by_model_so_that_it_loads_each_once() -> None:
    asked: list[tuple[str, str]] = []

    async def noting(request: Request) -> AsyncGenerator[Piece, None]:
        asked.append((request.model, request.messages[-1].content))
        yield replied("da")

    models = [scripted(f"x/{name}", noting, label=label) for name, label in [("a", "1"), ("b", "2"), ("a", "3")]]
    await Comparison(make_plan(["p", "q"], models)).run()
    assert asked == [("a", "p"), ("a", "p"), ("a", "q"), ("a", "q"), ("b", "p"), ("b", "q")]


async def test_a_server_that_is_not_there_costs_only_its_own_cells(embedded: Model) -> None:
    connect("gone", "http://127.0.0.1:9/v1")
    run = await Comparison(make_plan(OFFICES, ["gone/small", embedded], max_tokens=4)).run()
    assert run.summary == "3 of 6 answered, 3 failed"
    assert not run.stopped
    for result in run.results.values():
        assert isinstance(result.error, UnreachableError if result.cell.candidate == 0 else type(None))


async def test_what_came_before_a_fault_stays_in_its_row(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_GPU_KEY", "geheim-4711")
    connect("gpu", f"{faulty.address}/v1", key="env:TEST_GPU_KEY")
    models = ["gpu/whole", "gpu/cut", "gpu/echo-key", model("gpu/whole", label="unsupported", context=512)]
    run = await Comparison(make_plan("Wo ist das Rathaus?", models)).run()
    whole, cut, refused, unsupported = (run.results[index] for index in range(4))
    assert (whole.status, whole.reply and whole.reply.text) == ("answered", "Bonn")
    assert isinstance(cut.error, StreamCutError)
    assert cut.reply is not None
    assert cut.reply.text == "Rathaus am"
    assert (whole.tries, cut.tries, refused.tries) == (1, 6, 1)
    assert refused.problem is not None
    assert isinstance(unsupported.error, UnsupportedError)
    assert "geheim" not in run.frame.to_csv() + repr(run) + "".join(map(repr, run.results.values()))


async def test_a_cell_whose_answer_broke_off_is_asked_again_whole(faulty: Faulty) -> None:
    connect("gpu", f"{faulty.address}/v1")
    comparison = Comparison(make_plan("Wo ist das Rathaus?", "gpu/cut-at-first"))
    run = await comparison.run()
    assert run.results[0].reply is not None
    assert run.results[0].reply.text == "Bonn"
    assert list(run.frame["tries"]) == [2]
    assert sum(head.startswith("POST") for head in faulty.heads) == 2


async def test_a_prompt_that_is_too_long_is_a_row_with_its_error(embedded: Model) -> None:
    run = await Comparison(make_plan(["Hallo", "Amt " * 9000], embedded, max_tokens=2)).run()
    assert run.results[0].status == "answered"
    assert isinstance(run.results[1].error, ContextError)


async def test_a_fault_of_a_program_is_a_row_that_names_it() -> None:
    async def broken(request: Request) -> AsyncGenerator[Piece, None]:
        yield Piece("Bo", reasoning="hm")
        raise ZeroDivisionError("by\nzero")

    prompts = [f"{number}?" for number in range(12)]  # so many that the models are warmed up first
    run = await Comparison(make_plan(prompts, [scripted("x/a", broken), scripted("y/b", echo)])).run()
    assert run.summary == "12 of 24 answered, 12 failed"
    result = run.results[0]
    assert result.problem == "ZeroDivisionError: by zero"
    assert result.reply is not None
    assert (result.reply.text, result.reply.reasoning, result.reply.finish) == ("Bo", "hm", "unknown")


async def test_a_stream_without_a_reply_is_a_failure() -> None:
    async def endless(request: Request) -> AsyncGenerator[Piece, None]:
        yield Piece("Bo")

    result = (await Comparison(make_plan("p", scripted("x/a", endless))).run()).results[0]
    assert isinstance(result.error, StreamCutError)
    assert result.reply is not None
    assert result.reply.text == "Bo"


async def test_a_stop_from_another_thread_ends_within_a_second_and_keeps_what_had_finished(embedded: Model) -> None:
    comparison = short_then_long(embedded, prompts=6)
    seen, tasks = watched(comparison), asyncio.all_tasks()
    running = asyncio.create_task(comparison.run())
    await seen.until(answered=4, answering=4)
    finished = dict(seen.results)
    begin = time.monotonic()
    stopper = threading.Thread(target=lambda: [comparison.stop(), comparison.stop()])
    stopper.start()
    run = await running
    assert time.monotonic() - begin < STOP_S
    stopper.join()
    assert run.stopped
    assert run.counts == {"answered": 4, "failed": 0, "stopped": 4, "not asked": 4}
    for index, result in finished.items():
        assert run.results[index] is result
    for index in seen.texts.keys() - finished.keys():
        reply = run.results[index].reply
        assert reply is not None
        assert reply.finish == "cancelled"
        assert reply.text == seen.texts[index] != ""
        assert reply.timing.total_s > 0
    assert asyncio.all_tasks() == tasks
    assert await is_idle(within_s=IDLE_S)


async def test_a_cancellation_from_outside_leaves_no_task_and_loses_no_answer(embedded: Model) -> None:
    comparison = short_then_long(embedded, prompts=2)
    seen, tasks = watched(comparison), asyncio.all_tasks()
    running = asyncio.create_task(comparison.run())
    await seen.until(answered=2, answering=2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert asyncio.all_tasks() == tasks
    run = comparison.result
    assert run.stopped
    assert run.counts == {"answered": 2, "failed": 0, "stopped": 2, "not asked": 0}
    assert await is_idle(within_s=IDLE_S)


async def test_a_stop_before_the_start_asks_nothing(embedded: Model) -> None:
    comparison = Comparison(make_plan(OFFICES, embedded))
    comparison.stop()
    run = await comparison.run()
    assert run.stopped
    assert run.summary == "0 of 3 answered, 3 not asked"


async def test_a_stop_after_the_end_changes_nothing() -> None:
    comparison = Comparison(make_plan(OFFICES, scripted("x/a", echo)))
    await comparison.run()
    comparison.stop()
    assert not comparison.result.stopped


async def test_a_stop_does_not_spoil_an_answer_that_was_complete() -> None:
    complete = asyncio.Event()

    async def slow_to_close(request: Request) -> AsyncGenerator[Piece, None]:
        yield Piece("Bonn")
        yield replied("Bonn")
        complete.set()
        await asyncio.sleep(60)

    comparison = Comparison(make_plan("Hauptstadt?", scripted("x/a", slow_to_close)))
    running = asyncio.create_task(comparison.run())
    await complete.wait()
    comparison.stop()
    result = (await running).results[0]
    assert result.reply is not None
    assert (result.status, result.reply.text, result.reply.finish) == ("answered", "Bonn", "stop")


async def test_a_watcher_may_stop_the_comparison() -> None:
    comparison = Comparison(make_plan(list("abc"), scripted("x/a", echo)))

    class StopsAtFirst(Seen):
        def ended(self, cell: Cell, result: Result) -> None:
            comparison.stop()

    comparison.watch(StopsAtFirst())
    run = await comparison.run()
    assert run.stopped
    assert run.results[0].status == "answered"


@pytest.mark.parametrize("what", ["began", "piece", "ended"])
async def test_a_watcher_that_fails_costs_no_answer(what: str) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no picture")

    comparison = Comparison(make_plan(OFFICES, scripted("x/a", echo)))
    setattr(watched(comparison), what, fail)
    with pytest.warns(UserWarning, match="unwatched: RuntimeError: no picture") as warned:
        run = await comparison.run()
    assert run.summary == "3 of 3 answered"
    assert len(warned) == 1


async def test_a_comparison_is_carried_out_once() -> None:
    comparison = Comparison(make_plan("Hallo", scripted("x/a", echo)))
    await comparison.run()
    with pytest.raises(UsageError, match="carried out before"):
        await comparison.run()
    assert comparison.result.summary == "1 of 1 answered"
