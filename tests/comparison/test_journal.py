"""The journal: nothing answered is lost or asked twice, whatever happens to the process, the disk or the folder."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
import warnings
from collections.abc import AsyncGenerator
from pathlib import Path

import pandas as pd
import pydantic
import pytest
from faulty import faulty_server
from scripted_model import echo, replied, scripted

from workbench.comparison import Comparison, Run, make_plan, open_run, runs
from workbench.connections import Model, connect
from workbench.errors import JournalError, UsageError
from workbench.messages import Piece, Request

PROMPTS = [f"Was macht Amt {number}?" for number in range(8)]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Counted:
    """A script that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, request: Request) -> AsyncGenerator[Piece, None]:
        self.asked.append(request.messages[-1].content)
        async for piece in echo(request):
            yield piece


async def carried_out(counted: Counted, prompts: list[str], name: str = "offices", **options: object) -> Run:
    using = scripted("x/a", counted).using(**options)  # type: ignore[arg-type]
    return await Comparison(make_plan(prompts, using), name=name).run()


async def test_the_same_call_asks_nothing_and_gives_the_same() -> None:
    counted = Counted()
    first = await carried_out(counted, PROMPTS)
    again = await carried_out(counted, PROMPTS)
    assert counted.asked == PROMPTS
    pd.testing.assert_frame_equal(first.frame, again.frame)
    assert again.counts == {"answered": 8, "failed": 0, "stopped": 0, "not asked": 0}


async def test_only_what_is_new_is_asked() -> None:
    counted = Counted()
    await carried_out(counted, PROMPTS[:3])
    counted.asked.clear()
    assert (await carried_out(counted, PROMPTS[2::-1] + PROMPTS[5:6])).counts["answered"] == 4
    assert counted.asked == PROMPTS[5:6]
    counted.asked.clear()
    await carried_out(counted, PROMPTS[:1], label="another name")
    assert counted.asked == []
    await carried_out(counted, PROMPTS[:1], temperature=0.5)
    await carried_out(counted, PROMPTS[:1], system="Antworte kurz.")
    assert counted.asked == [PROMPTS[0], PROMPTS[0]]


async def test_another_digest_is_another_model(
    ollama: object, on_ollama: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan("Was ist ein Amt?", on_ollama, max_tokens=2)
    first = await Comparison(plan, name="digest").run()
    again = await Comparison(plan, name="digest").run()
    assert again.results[0].reply == first.results[0].reply
    listed = await on_ollama.engine.models()

    async def pulled_anew() -> list[object]:
        from dataclasses import replace

        return [replace(info, digest=info.digest[::-1]) for info in listed]

    monkeypatch.setattr(on_ollama.engine.inner, "models", pulled_anew)
    other = await Comparison(plan, name="digest").run()
    assert other.results[0].reply != first.results[0].reply


async def test_an_answer_that_cannot_be_written_down_is_a_row_that_says_so() -> None:
    async def half(request: Request) -> AsyncGenerator[Piece, None]:
        yield replied("halb \ud800")

    run = await Comparison(make_plan("Hallo", scripted("x/half", half)), name="half").run()
    assert run.counts["failed"] == 1
    assert run.frame["error"].item().startswith("the answer cannot be kept: ")


async def test_a_failed_cell_is_asked_again() -> None:
    failing = True

    async def sometimes(request: Request) -> AsyncGenerator[Piece, None]:
        if failing:
            raise ValueError("nicht jetzt")
        yield replied("da")

    plan = make_plan("Hallo", scripted("x/a", sometimes))
    failed = await Comparison(plan, name="sometimes").run()
    assert failed.frame["error"].tolist() == ["ValueError: nicht jetzt"]
    assert open_run("sometimes").frame["error"].tolist() == ["ValueError: nicht jetzt"]
    failing = False
    assert (await Comparison(plan, name="sometimes").run()).summary == "1 of 1 answered"


async def test_a_cell_is_in_the_journal_before_it_is_shown() -> None:
    kept: list[int] = []

    class Watching:
        def began(self, cell: object) -> None: ...
        def piece(self, cell: object, piece: object) -> None: ...
        def ended(self, cell: object, result: object) -> None:
            with sqlite3.connect(".workbench/durable.journal") as other:
                kept.append(other.execute("SELECT count(*) FROM cells").fetchone()[0])
            other.close()

    comparison = Comparison(make_plan(PROMPTS, scripted("x/a", echo)), name="durable")
    comparison.watch(Watching())
    await comparison.run()
    assert len(kept) == 8
    assert all(count >= number for number, count in enumerate(kept, 1))


async def test_two_comparisons_of_one_name_ask_each_cell_once() -> None:
    counted = Counted()
    both = await asyncio.gather(carried_out(counted, PROMPTS), carried_out(counted, PROMPTS))
    assert sorted(counted.asked) == sorted(PROMPTS)
    pd.testing.assert_frame_equal(both[0].frame, both[1].frame)


async def test_a_folder_that_cannot_be_written_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / ".workbench").write_text("a file is in the way")
    counted = Counted()
    with pytest.raises(JournalError, match="leave name= out"):
        await carried_out(counted, PROMPTS)
    assert counted.asked == []


async def test_what_is_no_journal_is_told(tmp_path: Path) -> None:
    (tmp_path / ".workbench").mkdir()
    (tmp_path / ".workbench" / "offices.journal").write_bytes(b"this is no database, but something else " * 100)
    with pytest.raises(JournalError, match="not a journal of Workbench"):
        await carried_out(Counted(), PROMPTS)


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a" * 200, "end."])
def test_a_name_that_is_none_for_a_file(name: str) -> None:
    with pytest.raises(UsageError, match="short name"):
        Comparison(make_plan("Hallo", scripted("x/a", echo)), name=name)


async def test_journals_are_closed_to_others_and_left_out_of_version_control() -> None:
    await carried_out(Counted(), PROMPTS[:1])
    assert stat.S_IMODE(Path(".workbench").stat().st_mode) == 0o700
    assert stat.S_IMODE(Path(".workbench/offices.journal").stat().st_mode) == 0o600
    assert Path(".workbench/.gitignore").read_text() == "*\n"


async def test_runs_are_listed_and_opened_with_their_table() -> None:
    table = pd.DataFrame({"city": ["Bonn", "Ulm"], "size": [1, 2], "tags": [["a"], ["b"]]})
    plan = make_plan(table, scripted("x/a", echo), template="Wo ist {{ city }}?")
    run = await Comparison(plan, name="cities").run()
    await carried_out(Counted(), PROMPTS, name="offices")
    listed = runs()
    assert set(listed["name"]) == {"cities", "offices"}
    assert listed.set_index("name").loc["cities", ["prompts", "cells", "answered"]].tolist() == [2, 2, 2]
    opened = open_run("cities")
    assert opened.frame["city"].tolist() == ["Bonn", "Ulm"]
    pd.testing.assert_frame_equal(opened.frame.drop(columns="tags"), run.frame.drop(columns="tags"))
    with pytest.raises(UsageError, match="there is cities, offices"):
        open_run("towns")


async def test_what_changed_is_told_cell_by_cell() -> None:
    async def shout(request: Request) -> AsyncGenerator[Piece, None]:
        text = request.messages[-1].content
        yield replied(text.upper() if "1" in text else text)

    first = await Comparison(make_plan(PROMPTS[:3], scripted("x/a", echo, label="a"))).run()
    second = await Comparison(make_plan(PROMPTS[1:4], scripted("x/b", shout, label="a"))).run()
    found = first.diff(second).set_index("prompt")["change"]
    assert found.to_dict() == dict(zip(PROMPTS[:4], ["only here", "changed", "same", "only there"], strict=True))


class Office(pydantic.BaseModel):
    city: str


async def test_a_parsed_object_comes_back_as_what_it_was() -> None:
    async def json(request: Request) -> AsyncGenerator[Piece, None]:
        yield replied('{"city": "Bonn"}')

    plan = make_plan("Wo?", scripted("x/a", json).using(schema=Office))
    await Comparison(plan, name="parsed").run()
    again = await Comparison(plan, name="parsed").run()
    assert again.results[0].reply is not None
    assert again.results[0].reply.parsed == Office(city="Bonn")


async def test_a_real_engine_continues(embedded: Model) -> None:
    plan = make_plan(PROMPTS[:4], embedded, max_tokens=4, temperature=0)
    stopping = Comparison(plan, name="real", concurrency=1)

    class Stop:
        def began(self, cell: object) -> None: ...
        def piece(self, cell: object, piece: object) -> None: ...
        def ended(self, cell: object, result: object) -> None:
            stopping.stop()

    stopping.watch(Stop())
    first = await stopping.run()
    assert 1 <= first.counts["answered"] < 4
    whole = await Comparison(plan, name="real").run()
    assert whole.summary == "4 of 4 answered"
    for index in first.results:
        if first.results[index].status == "answered":
            assert whole.results[index].reply == first.results[index].reply


async def test_a_function_is_a_candidate_and_its_code_counts() -> None:
    log = "asked.txt"

    def note(prompt: object) -> None:
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(f"{prompt}\n")

    async def rule(prompt: object) -> str:
        note(prompt)
        return "Bürgeramt"

    async def other_rule(prompt: object) -> str:
        return "Finanzamt"

    for _ in range(2):
        run = await Comparison(make_plan(PROMPTS[:2], [rule, scripted("x/a", echo)]), name="rules").run()
    assert run.table["rule"].tolist() == ["Bürgeramt", "Bürgeramt"]
    assert Path(log).read_text(encoding="utf-8").splitlines() == PROMPTS[:2]
    other_rule.__name__ = "rule"
    run = await Comparison(make_plan(PROMPTS[:2], other_rule), name="rules").run()
    assert run.table["rule"].tolist() == ["Finanzamt", "Finanzamt"]


KEPT_FUNCTION = """
import asyncio, sys, threading
import httpx
import workbench as wb
from workbench.comparison import Comparison, make_plan

chosen = wb.model(max_tokens=int(sys.argv[1]), temperature=0)
client, lock = httpx.AsyncClient(base_url=sys.argv[2]), threading.Lock()

async def agent(prompt):
    with lock:
        print("asked", client.base_url)
    return (await chosen.ask(prompt)).text

plan = make_plan(["Was ist ein Amt?", "Wer zahlt?"], agent)
for _ in range(2):
    print(asyncio.run(Comparison(plan, name="agents").run()))
"""


def test_a_function_that_holds_a_model_and_a_client_is_known_again() -> None:
    """In another process too, unless the model has other options or the client another address."""

    def asked(tokens: int, address: str) -> int:
        command = [sys.executable, "-c", KEPT_FUNCTION, str(tokens), address]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert said.count("2 of 2 answered") == 2
        return said.count("asked")

    assert [asked(3, "http://one.example"), asked(3, "http://one.example")] == [2, 0]
    assert [asked(4, "http://one.example"), asked(4, "http://two.example")] == [2, 2]


def test_a_server_at_a_wrong_place_costs_no_journal(tmp_path: Path) -> None:
    with faulty_server() as server:
        connect("gpu", f"{server.address}/v1")
        run = asyncio.run(Comparison(make_plan("Wo?", "gpu/whole"), name="gpu").run())
    assert run.summary == "1 of 1 answered"
    # Its server is gone; the answer is not.
    again = asyncio.run(Comparison(make_plan("Wo?", "gpu/whole"), name="gpu").run())
    assert again.results[0].reply == run.results[0].reply


async def test_a_watcher_whose_failure_is_an_error_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def began(self, cell: object) -> None: ...

        def piece(self, cell: object, piece: object) -> None: ...

        def ended(self, cell: object, result: object) -> None:
            raise ZeroDivisionError

    comparison = Comparison(make_plan([f"{n}?" for n in range(20)], scripted("x/a", echo)), name="watched")
    comparison.watch(Failing())
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        run = await asyncio.wait_for(comparison.run(), 20)
    assert run.counts["answered"] == 20
