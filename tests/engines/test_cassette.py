"""What is recorded comes back as it came, without a server."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cassettes import no_network, tape
from faulty import faulty_server
from scripted_model import ScriptedEngine, replied
from standin import standing_in

from workbench import connections
from workbench.connections import Model, _registry, connect, model
from workbench.connections.doctor import examine
from workbench.engines.cassette import TapedEngine, asked_for, call, read_cassette
from workbench.engines.cassette._file import Writer
from workbench.errors import (
    CassetteError,
    CassetteMissError,
    ConnectionUnknownError,
    KeyReferenceError,
    KeyRefusedError,
    RateLimitError,
    StreamCutError,
    UsageError,
)
from workbench.messages import Piece, Reply, Request, ToolCall

QUESTION = "Say hello in one word."


async def pieces(asked: Model, prompt: str = QUESTION, **options: object) -> list[Piece]:
    return [piece async for piece in asked.stream(prompt, max_tokens=12, **options)]


def as_now(found: list[Piece]) -> list[Piece]:
    """The same pieces as if they had not been recorded."""
    return [replace(one, reply=one.reply and replace(one.reply, recorded_at="")) for one in found]


async def test_each_engine_plays_what_it_answered(each: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tape(tmp_path / "a", "record") as recording:
        told = (
            [await pieces(each), await pieces(each)],
            await each.ask(QUESTION, max_tokens=5),
            await each.capabilities(),
        )
    assert recording.added >= 4
    with tape(tmp_path / "a", "replay") as playing, no_network(monkeypatch):
        played = (
            [await pieces(each), await pieces(each)],
            await each.ask(QUESTION, max_tokens=5),
            await each.capabilities(),
        )
        assert not [one for one in playing.unused if one.kind in ("ask", "stream")]
    assert [as_now(one) for one in played[0]] == told[0]
    assert replace(played[1], recorded_at="") == told[1]
    assert played[1].recorded_at
    assert played[2] == told[2]


async def test_pieces_have_all_that_pieces_can_have(tmp_path: Path) -> None:
    calls = (ToolCall("1", "find_office", '{"city": "Bonn"}'),)
    said = [Piece("Ich denke"), Piece("", "Ich denke", was_reasoning=True), Piece("Rat"), Piece("haus 🏛")]

    async def script(_: Request) -> AsyncGenerator[Piece, None]:
        for piece in said:
            yield piece
        yield Piece(reply=Reply(text="Rathaus 🏛", reasoning="Ich denke", finish="tool_calls", tool_calls=calls))

    asked = taped("gpu/m", ScriptedEngine("gpu", script, 1))
    with tape(tmp_path / "a", "record"):
        told = await pieces(asked)
    with tape(tmp_path / "a", "replay"):
        assert as_now(await pieces(asked)) == told


def taped(name: str, engine: ScriptedEngine) -> Model:
    return Model(name, name, TapedEngine(engine), 1)


async def counting(_: Request, numbers: list[int]) -> AsyncGenerator[Piece, None]:
    numbers.append(len(numbers))
    yield Piece(str(numbers[-1]))
    yield replied(str(numbers[-1]))


async def test_the_same_question_gets_the_answers_in_their_order_and_others_need_none(tmp_path: Path) -> None:
    numbers: list[int] = []
    asked = taped("gpu/m", ScriptedEngine("gpu", lambda request: counting(request, numbers), 1))
    with tape(tmp_path / "a", "record"):
        for prompt in ("A", "B", "A"):
            await pieces(asked, prompt)
        with asked_for("repeat 2"):
            await pieces(asked, "A")
    with tape(tmp_path / "a", "replay") as playing:
        with asked_for("repeat 2"):
            assert (await pieces(asked, "A"))[0].text == "3"
        assert [(await pieces(asked, prompt))[0].text for prompt in ("B", "A", "A")] == ["1", "0", "2"]
        assert playing.unused == []
        with pytest.raises(CassetteMissError, match="was recorded 2 times and is asked once more"):
            await pieces(asked, "A")
    assert numbers == [0, 1, 2, 3]


async def test_a_miss_says_what_is_nearest_and_what_differs(tmp_path: Path) -> None:
    asked = taped("gpu/m", ScriptedEngine("gpu", lambda request: counting(request, []), 1))
    with tape(tmp_path / "a", "record"):
        await pieces(asked, "Wo ist das Rathaus in Bonn?", temperature=0)
        await pieces(asked, "Ganz etwas anderes.")
    with tape(tmp_path / "a", "replay"):
        with pytest.raises(CassetteMissError) as told:
            await pieces(asked, "Wo ist das Rathaus in Köln?", temperature=0)
        assert "[-Bonn?-] {+Köln?+}" in str(told.value)
        with pytest.raises(CassetteMissError, match=r"temperature: \[-0-\] \{\+1\.0\+\}"):
            await pieces(asked, "Wo ist das Rathaus in Bonn?", temperature=1.0)


async def test_recording_on_what_is_there_adds_what_is_missing(tmp_path: Path) -> None:
    numbers: list[int] = []
    asked = taped("gpu/m", ScriptedEngine("gpu", lambda request: counting(request, numbers), 1))
    with tape(tmp_path / "a", "record"):
        await pieces(asked, "A")
        await pieces(asked, "B")
    again = connections.cassette(tmp_path / "a", mode="record", speed="instant")
    assert (await pieces(asked, "B"))[0].text == "1"
    assert (await pieces(asked, "C"))[0].text == "2"
    assert [one.said["messages"][0]["content"] for one in again.unused] == ["A"]
    assert again.added == 1
    assert "1 added, 1 not played" in repr(again)
    with pytest.warns(UserWarning, match="1 recorded and not asked for: 'A'"):
        again.eject()
    assert [entry.parts[0].text for entry in read_cassette(tmp_path / "a.cassette")[1]] == ["0", "1", "2"]


async def test_errors_come_back_as_the_errors_they_were(tmp_path: Path) -> None:
    with faulty_server() as server:
        connect("bad", f"{server.address}/v1", kind="openai", limits={"attempts": 2, "pause_s": 0.01})
        with tape(tmp_path / "a", "record"):
            for name, kind in (("cut", StreamCutError), ("busy", RateLimitError)):
                with pytest.raises(kind):
                    await pieces(model(f"bad/{name}"))
        asked = len(server.heads)
        with tape(tmp_path / "a", "replay"):
            with pytest.raises(StreamCutError) as told:
                await pieces(model("bad/cut"))
            assert isinstance(told.value.reply, Reply)
            assert told.value.reply.text == "Rathaus am"
            assert told.value.reply.recorded_at
            with pytest.raises(RateLimitError, match="slow down"):
                await pieces(model("bad/busy"))
        assert len(server.heads) == asked
    entries = {one.model: one for one in read_cassette(tmp_path / "a.cassette")[1] if one.kind == "stream"}
    assert entries["busy"].sent == ("POST /v1/chat/completions: RateLimitError",) * 2, "a retry is told"


async def test_all_that_asks_a_server_is_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists, embeddings, tokens, the doctor, managing models, and what kind of server it is."""
    with standing_in(speaks=("/",)) as server:
        connect("found", server.address)
        connect("gpu", f"{server.address}/v1", kind="openai")
        connect("ollama", server.address, kind="ollama")

        async def everything() -> list[object]:
            return [
                connections.models("found").to_dict(),
                connections.models("gpu").to_dict(),
                await connections.embed("gpu/small", ["Amt", "Rat"]),
                await connections.embed("ollama/small", ["Amt"]),
                connections.show("ollama/small"),
                connections.loaded("ollama").to_dict(),
                [step async for step in connections.pull("ollama/small")],
                await model("gpu/small").tokenize("Amt"),
                await examine("gpu/small"),
            ]

        with tape(tmp_path / "a", "record"):
            told = await everything()
        seen = len(server.requests)
        assert seen > 10
    with tape(tmp_path / "a", "replay"), no_network(monkeypatch):
        assert list(map(str, await everything())) == list(map(str, told))


async def test_a_refused_key_is_recorded_without_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "geheim-4711-und-mehr")
    with standing_in(key="another") as server:
        connect("gpu", f"{server.address}/v1", kind="openai", key="env:SOME_KEY")
        with tape(tmp_path / "a", "record"), pytest.raises(KeyRefusedError):
            await pieces(model("gpu/small"), "Mein Schlüssel ist geheim-4711-und-mehr.")
    with tape(tmp_path / "a", "replay"), pytest.raises(CassetteError):
        await pieces(model("gpu/small"), "Mein Schlüssel ist geheim-4711-und-mehr.")
    _, entries = read_cassette(tmp_path / "a.cassette")
    assert "geheim" not in repr(entries)


async def test_a_key_in_pieces_is_in_no_file(tmp_path: Path) -> None:
    key = "geheim-4711-und-mehr"

    async def script(_: Request) -> AsyncGenerator[Piece, None]:
        for at in range(0, len(key), 3):
            yield Piece(f"{'Der Schlüssel: ' if at == 0 else ''}{key[at : at + 3]}")
        yield replied(f"Der Schlüssel: {key}")

    from workbench.engines.wire._secrets import forms

    asked = Model("gpu/m", "gpu/m", TapedEngine(ScriptedEngine("gpu", script, 1), lambda: forms([key])), 1)
    with tape(tmp_path / "a", "record"):
        await pieces(asked)
    _, (entry,) = read_cassette(tmp_path / "a.cassette")
    assert "".join(part.text for part in entry.parts) == "Der Schlüssel: [key]"
    assert entry.came["text"] == "Der Schlüssel: [key]"


async def test_pieces_come_when_they_came(tmp_path: Path) -> None:
    async def script(_: Request) -> AsyncGenerator[Piece, None]:
        for number in range(20):
            await asyncio.sleep(0.03)
            yield Piece(f"{number} ")
        yield replied("that is all")

    asked = taped("gpu/m", ScriptedEngine("gpu", script, 1))

    async def moments() -> list[float]:
        begun = time.perf_counter()
        return [time.perf_counter() - begun async for _ in asked.stream("A")]

    with tape(tmp_path / "a", "record"):
        await moments()
    (entry,) = read_cassette(tmp_path / "a.cassette")[1]
    recorded = [part.seconds for part in entry.parts]
    # A loaded machine may hold up one piece or another; that is not what is tried here.
    with tape(tmp_path / "a", "replay", "recorded"):
        late = sorted(now - then for now, then in zip(await moments(), recorded, strict=False))
    assert late[0] > -0.001
    assert late[len(late) // 2] < 0.02
    with tape(tmp_path / "a", "replay", 4.0):
        assert 0.2 * recorded[-1] < (await moments())[-1] < 0.6 * recorded[-1]
    with tape(tmp_path / "a", "replay", "instant"):
        assert (await moments())[-1] < 0.2 * recorded[-1]


@dataclass
class Weighed:
    """What was measured, with a place for when."""

    grams: float
    recorded_at: str = ""


async def test_what_is_measured_is_played_with_its_moment_where_it_has_a_place_for_that(tmp_path: Path) -> None:
    with tape(tmp_path / "a", "record") as recording:
        assert recording.measured(call("look", "scale"), Weighed(2.0), Weighed) == Weighed(2.0)
        assert recording.measured(call("look", "ruler"), 3.5, float) == 3.5
    with tape(tmp_path / "a", "replay") as playing:
        at = {entry.connection: entry.at for entry in playing.unused}
        assert playing.measured(call("look", "scale"), Weighed(9.0), Weighed) == Weighed(2.0, at["scale"])
        assert playing.measured(call("look", "ruler"), 9.0, float) == 3.5


async def test_an_answer_that_was_not_waited_for_ends_with_that_word(tmp_path: Path) -> None:
    asked = taped("gpu/m", ScriptedEngine("gpu", lambda request: counting(request, []), 1))
    with tape(tmp_path / "a", "record"):
        stream = asked.stream("A")
        assert (await anext(stream)).text == "0"
        await stream.aclose()
    with tape(tmp_path / "a", "replay"):
        stream = asked.stream("A")
        assert (await anext(stream)).text == "0"
        with pytest.raises(CassetteMissError, match="did not wait"):
            await anext(stream)


async def test_a_full_disk_costs_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = taped("gpu/m", ScriptedEngine("gpu", lambda request: counting(request, []), 1))
    with tape(tmp_path / "a", "record") as recording:
        await pieces(asked, "A")

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(Writer, "_pack", full)
            with pytest.warns(UserWarning, match="not recorded any more: .*No space left on device"):
                found = await pieces(asked, "B")
        assert found[-1].reply is not None
        assert recording.problem is not None
        assert recording.added == 1
    assert len(read_cassette(tmp_path / "a.cassette")[1]) == 1


async def test_the_environment_sets_a_whole_process(tmp_path: Path) -> None:
    asks = """
import asyncio
import workbench as wb
reply = asyncio.run(wb.model().ask("Hi", max_tokens=3))
print(repr(reply.text), reply.recorded_at)
"""

    def said(mode: str) -> str:
        environment = os.environ | {"WORKBENCH_MODE": mode, "WORKBENCH_CASSETTE": str(tmp_path / "a")}
        done = subprocess.run([sys.executable, "-c", asks], env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    told, played = said("record"), said("replay")
    assert played.split()[:-1] == told.split()
    assert played.split()[-1].startswith("20")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"mode": "play"}, "mode="),
        ({"mode": "replay", "speed": "fast"}, "speed="),
        ({"mode": "replay", "speed": 0}, "speed="),
        ({"mode": "replay", "speed": float("nan")}, "speed="),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, given: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        connections.cassette(tmp_path / "a", **given)


def test_a_cassette_that_is_not_there_cannot_be_played(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="there is no such cassette"):
        connections.cassette(tmp_path / "a", mode="replay")
    assert list(tmp_path.iterdir()) == []


def test_without_a_mode_what_is_there_is_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with connections.cassette(tmp_path / "a") as first:
        assert first.mode == "record"
    with connections.cassette(tmp_path / "a") as second:
        assert second.mode == "replay"
    monkeypatch.setenv("WORKBENCH_MODE", "record")
    with connections.cassette(tmp_path / "a") as third:
        assert third.mode == "record"


async def test_nothing_is_started_while_it_is_played(tmp_path: Path, embedded: Model) -> None:
    with tape(tmp_path / "a", "record"):
        await embedded.ask("Hi", max_tokens=1)
    with tape(tmp_path / "a", "replay"), pytest.raises(CassetteMissError):
        await embedded.engine.inner.ask(Request("smollm2-135m-instruct", ()))  # type: ignore[attr-defined]


async def test_who_plays_needs_neither_the_connection_nor_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "geheim-4711-und-mehr")
    with standing_in(key="geheim-4711-und-mehr") as server:
        connect("gpu", f"{server.address}/v1", kind="openai", key="env:SOME_KEY")
        connect("laptop", server.address, kind="ollama", key="env:SOME_KEY")
        with tape(tmp_path / "a", "record"):
            told = [await model(f"{name}/small").ask("Wo?") for name in ("gpu", "laptop")]
            listed = connections.models()
    _registry._session.clear()
    monkeypatch.delenv("SOME_KEY")
    with tape(tmp_path / "a", "replay"), no_network(monkeypatch):
        connect("gpu", f"{server.address}/v1", kind="openai", key="env:SOME_KEY", ca="gone.pem")
        played = [await model(f"{name}/small").ask("Wo?") for name in ("gpu", "laptop")]
        assert connections.models().equals(listed)
        with pytest.raises(ConnectionUnknownError):
            model("another/small")
    assert [replace(one, recorded_at="") for one in played] == told
    with pytest.raises(ConnectionUnknownError):
        model("laptop/small")


def test_a_key_that_was_missing_is_missing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_KEY", raising=False)
    with tape(tmp_path / "a", "record"), pytest.raises(KeyReferenceError, match="env:SOME_KEY") as told:
        connect("gpu", "https://gpu.example.org/v1", key="env:SOME_KEY")
    monkeypatch.setenv("SOME_KEY", "geheim-4711-und-mehr")
    with tape(tmp_path / "a", "replay"), pytest.raises(KeyReferenceError, match="env:SOME_KEY") as again:
        connect("gpu", "https://gpu.example.org/v1", key="env:SOME_KEY")
    assert str(again.value) == str(told.value)
