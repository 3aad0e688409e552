"""Comparisons over a real Dask cluster: one journal, one limit for each server, and workers that are killed."""

import asyncio
import json
import os
import signal
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import Server
from distributed import Client, LocalCluster
from hostile import Asked, Hostile, head, hostile_server

import workbench as wb
from workbench.comparison import Comparison, Run, make_plan
from workbench.connections import connect
from workbench.errors import ExecutorError, UsageError

KEY = "sk-only-the-workers-look-it-up"


@dataclass
class Counting:
    """A server that gives back the prompt, and counts what it is asked.

    Attributes:
        server: The server.
        seconds: How long it takes for each answer.
        texts: The prompts that came.
        now: How many it works on.
        most: The most that it ever worked on at once.
    """

    server: Hostile
    seconds: float = 0.05
    texts: list[str] = field(default_factory=list)
    now: int = 0
    most: int = 0

    async def answer(self, asked: Asked) -> AsyncGenerator[bytes, None]:
        if asked.path.endswith("/models"):
            body = b'{"data": [{"id": "m"}]}'
            yield head("200 OK", "application/json", f"Content-Length: {len(body)}") + body
            return
        text = json.loads(asked.body)["messages"][-1]["content"]
        if text != "Hallo":
            self.texts.append(text)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            yield head("200 OK", "text/event-stream", "Connection: close") + event(text[:1])
            await asyncio.sleep(self.seconds)
            yield event(text[1:], "stop") + b"data: [DONE]\n\n"
        finally:
            self.now -= 1


def event(text: str, finish: str | None = None) -> bytes:
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}, 'finish_reason': finish}]})}\n\n".encode()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals go into a folder of their own."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Two workers in processes of their own; one that is killed is replaced."""
    os.environ["CLUSTER_KEY"] = KEY
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "host": "127.0.0.1"}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        yield client
    del os.environ["CLUSTER_KEY"]


@pytest.fixture
def counting() -> Iterator[Counting]:
    with hostile_server() as server:
        counting = Counting(server)
        server.answers["v1"] = counting.answer
        connect("counted", f"{server.address}/v1", key="env:CLUSTER_KEY")
        yield counting


def comparison(cells: int, client: Client, **settings: object) -> Comparison:
    plan = make_plan([f"Amt {number}" for number in range(cells)], "counted/m")
    return Comparison(plan, executor=client, **settings)  # type: ignore[arg-type]


async def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


def assert_all_answered(run: Run, cells: int) -> None:
    assert run.frame["answer"].tolist() == [f"Amt {number}" for number in range(cells)], run.frame["error"].unique()


async def test_all_workers_ask_and_the_limit_holds_for_them_together(client: Client, counting: Counting) -> None:
    run = await comparison(60, client, concurrency=6).run()
    assert_all_answered(run, 60)
    assert sorted(counting.texts) == sorted(f"Amt {number}" for number in range(60))
    assert 4 <= counting.most <= 6
    keys = {row for each in counting.server.heads for row in each.split("\r\n") if row.startswith("Authorization")}
    assert keys == {f"Authorization: Bearer {KEY}"}


async def test_the_number_in_flight_is_found_for_all_workers_together(client: Client, counting: Counting) -> None:
    counting.seconds = 0.2
    run = await comparison(600, client).run()
    assert_all_answered(run, 600)
    assert counting.most > 16, "more than it began with"


async def test_a_comparison_goes_on_and_asks_only_what_is_new(client: Client, counting: Counting) -> None:
    await comparison(20, client, name="spread").run()
    again = await comparison(25, client, name="spread").run()
    assert_all_answered(again, 25)
    assert len(counting.texts) == 25
    assert_all_answered(wb.open("spread"), 25)


async def test_a_killed_worker_loses_and_repeats_nothing_but_what_was_in_flight(
    client: Client, counting: Counting
) -> None:
    cells, kills, flying = 240, 3, 6
    work = comparison(cells, client, concurrency=flying, name="killed")
    running = asyncio.create_task(work.run())
    for kill in range(1, kills + 1):
        await until(lambda kill=kill: len(counting.texts) >= kill * cells // (kills + 1))
        workers = await asyncio.to_thread(client.run, os.getpid)
        kept = work.result.counts["answered"]
        os.kill(next(iter(workers.values())), signal.SIGKILL)
        assert kept > 0
    run = await asyncio.wait_for(running, 120)
    assert_all_answered(run, cells)
    assert set(counting.texts) == {f"Amt {number}" for number in range(cells)}
    assert len(counting.texts) <= cells + kills * flying
    with sqlite3.connect(".workbench/killed.journal") as journal:
        assert journal.execute("SELECT count(*) FROM cells WHERE status = 'answered'").fetchone() == (cells,)
    journal.close()


async def test_stop_keeps_what_had_come_and_leaves_no_request(client: Client, counting: Counting) -> None:
    counting.seconds = 60
    work = comparison(8, client, concurrency=4)
    running = asyncio.create_task(work.run())
    await until(lambda: counting.now == 4)
    await asyncio.sleep(0.5)
    work.stop()
    run = await asyncio.wait_for(running, 20)
    assert run.counts["stopped"] == 4
    assert set(run.frame["answer"].dropna()) == {"A"}
    await until(lambda: not counting.now)


async def test_a_function_and_a_failing_server_are_candidates_too(client: Client) -> None:
    async def shout(prompt: str) -> str:
        await asyncio.sleep(0.1)  # else a worker that comes late finds nothing left to do
        return f"{prompt.upper()} from {os.getpid()}"

    connect("gone", "http://127.0.0.1:9/v1")
    plan = make_plan([f"Amt {number}" for number in range(30)], [shout, "gone/m"])
    run = await Comparison(plan, executor=client).run()
    frame = run.frame
    said = frame.loc[frame["model"] == "shout", "answer"]
    pids = set(client.run(os.getpid).values())
    assert {int(each.rpartition(" ")[2]) for each in said} == pids
    assert frame.loc[frame["model"] == "gone/m", "error"].notna().all()


async def test_a_cluster_without_workers_is_told_and_a_wrong_executor_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from workbench.comparison.asking import _cluster

    monkeypatch.setattr(_cluster, "_WAIT_S", 0.5)
    options = {"n_workers": 0, "dashboard_address": "127.0.0.1:0", "host": "127.0.0.1"}
    with LocalCluster(**options) as cluster, Client(cluster) as alone:
        run = await Comparison(make_plan("Amt", "embedded"), executor=alone).run()
    assert isinstance(run.results[0].error, ExecutorError)
    assert "start workers" in str(run.results[0].error)
    with pytest.raises(UsageError, match="give a Dask client"):
        Comparison(make_plan("Amt", "embedded"), executor=4)


async def test_a_worker_that_cannot_ask_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Local:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return __import__, ("a_package_that_workers_lack",)

    async def answer(prompt: str, local: Local = Local()) -> str:  # noqa: B008
        return prompt

    run = await Comparison(make_plan("Amt", answer), executor=client).run()
    assert isinstance(run.results[0].error, ExecutorError)
    assert "a_package_that_workers_lack" in str(run.results[0].error)


async def test_real_servers_are_asked_by_workers(client: Client, ollama: Server) -> None:
    connect("real", ollama.url, kind="ollama")
    models = ["embedded", f"real/{ollama.model}"]
    run = await Comparison(make_plan(["Was ist ein Amt?"] * 3, models, max_tokens=4), executor=client).run()
    assert run.counts["answered"] == 6, run.frame["error"].tolist()
    assert run.frame["first_token_s"].notna().all()
