"""How many requests are kept in flight: found on servers that are made up, so that their best is known."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from conftest import Server
from faulty import faulty_server
from scripted_model import replied, scripted

from workbench.comparison import Comparison, make_plan
from workbench.comparison.asking._concurrency import LOOK_S, ConcurrencyControl, Snapshot
from workbench.comparison.asking._warm_up import at_once
from workbench.connections import Model, connect, model
from workbench.messages import Piece, Request


@dataclass
class MadeUp:
    """A server that works in steps, with a clock of its own.

    In a step each answer in one of its slots gets a piece; a step takes longer the more there are, and the reading of
    a new prompt comes on top.

    Attributes:
        slots: How many requests it works on at once.
        step_s: Seconds of a step, however many answers it serves.
        each_s: Seconds more for each of them.
        prompt_s: Seconds for the reading of a prompt.
        pieces: Length of each answer.
        refuses_from: Requests in flight from which it refuses more; None where it never does.
    """

    slots: int = 10_000
    step_s: float = 0.05
    each_s: float = 0.0
    prompt_s: float = 0.0
    pieces: int = 200
    refuses_from: int | None = None
    now_s: float = 0.0
    ended: int = 0
    sent: int = 0
    refused: int = 0
    left: list[int] = field(default_factory=list)

    def step(self, flight: ConcurrencyControl) -> None:
        """One step, with as many requests as the flight wants; those beyond the slots wait."""
        while len(self.left) < flight.level:
            if self.refuses_from is not None and len(self.left) >= self.refuses_from:
                self.refused += 1
                break
            self.left.append(self.pieces)
        served = min(len(self.left), self.slots)
        new = sum(left == self.pieces for left in self.left[:served])
        seconds = self.step_s + self.each_s * served + self.prompt_s * new
        end_s = self.now_s + seconds
        # Looks fall where they fall, also between two steps.
        while (self.now_s // LOOK_S + 1) * LOOK_S < end_s:
            self.now_s = (self.now_s // LOOK_S + 1) * LOOK_S + 1e-9
            flight.look(self.look())
        self.now_s = end_s
        self.left[:served] = [left - 1 for left in self.left[:served]]
        self.sent += served
        self.ended += sum(not left for left in self.left)
        self.left = [left for left in self.left if left]

    def look(self) -> Snapshot:
        waiting = sum(left == self.pieces for left in self.left)
        counts = {"pieces": self.sent, "ended": self.ended, "in_flight": len(self.left), "waiting": waiting}
        return Snapshot(at_s=self.now_s, refused=self.refused, **counts)


def flown(server: MadeUp, flight: ConcurrencyControl, seconds: float = 300) -> float:
    """Pieces per second that the server sends to this flight in so many seconds from now on."""
    begun_s, before = server.now_s, server.sent
    while server.now_s < begun_s + seconds:
        server.step(flight)
    return (server.sent - before) / (server.now_s - begun_s)


def fixed(level: int) -> ConcurrencyControl:
    return ConcurrencyControl(level, least=level, most=level)


SERVERS = {
    "vLLM on a large GPU: nearly as quick for 256 as for one": {"each_s": 0.00002, "step_s": 0.012},
    "vLLM on processors: ever less is gained": {"each_s": 0.002, "step_s": 0.03, "prompt_s": 0.05},
    "one slot": {"slots": 1, "step_s": 0.02},
    "six slots": {"slots": 6, "step_s": 0.03, "each_s": 0.001},
    "short answers": {"pieces": 12, "each_s": 0.001, "prompt_s": 0.01},
    "slow steps": {"step_s": 0.3, "each_s": 0.001},
}


@pytest.mark.parametrize("start", [1, 16, 64])
@pytest.mark.parametrize("kind", SERVERS)
def test_nearly_the_best_rate_is_reached_on_any_server(kind: str, start: int) -> None:
    levels = (1, 2, 4, 6, 8, 16, 32, 64, 128, 256, 512)
    best = max(flown(MadeUp(**SERVERS[kind]), fixed(level)) for level in levels)
    flight = ConcurrencyControl(start)
    assert flown(MadeUp(**SERVERS[kind]), flight) / best > 0.95, flight.level


@pytest.mark.parametrize(("slots", "start"), [(1, 1), (1, 16), (1, 64), (4, 1), (6, 4), (6, 16), (6, 64)])
def test_no_request_waits_long_at_a_server_with_few_slots(slots: int, start: int) -> None:
    server, flight = MadeUp(slots=slots, pieces=40), ConcurrencyControl(start)
    flown(server, flight)
    levels = []
    for _ in range(8000):
        server.step(flight)
        levels.append(flight.level)
    # More is tried, but seldom.
    assert sorted(levels)[len(levels) // 2] == slots


def test_a_level_at_which_the_rate_falls_is_left() -> None:
    server, flight = MadeUp(each_s=0.004, step_s=0.1), ConcurrencyControl(16)
    for _ in range(3000):
        server.each_s = 0.004 if flight.level <= 32 else 0.012
        server.step(flight)
    assert 24 <= flight.level <= 40


def test_a_server_that_refuses_gets_fewer_at_once_and_later_more() -> None:
    server, flight = MadeUp(refuses_from=20), ConcurrencyControl(16)
    flown(server, flight, 10)
    assert server.refused
    assert flight.level < 20
    before, rate = server.refused, flown(server, flight)
    assert rate > 0.7 * 20 / server.step_s
    # It is tried now and again whether more is taken, but ever more rarely.
    assert server.refused - before < 20


def test_a_level_that_was_seen_before_is_kept_unless_more_pays() -> None:
    server, flight = MadeUp(slots=4, pieces=48), ConcurrencyControl(4, is_found=True)
    levels = []
    while server.now_s < 30:
        server.step(flight)
        levels.append(flight.level)
    assert sorted(levels)[len(levels) * 9 // 10] <= 5
    wide = ConcurrencyControl(4, is_found=True)
    assert flown(MadeUp(), wide) > 0.8 * flown(MadeUp(), fixed(512))


# How the level goes on servers that are made up: seconds at which it changes, and the level from then on.
WAYS = {
    "wide: doubled as long as that pays, up to the most": (
        {},
        {"start": 1},
        [(0.3, 2), (0.7, 4), (1.0, 8), (1.3, 16), (1.6, 32), (1.9, 64), (2.2, 128), (2.5, 256), (2.8, 512)],
    ),
    "six slots: too much is seen when answers end, and tried ever more rarely": (
        {"slots": 6, "step_s": 0.03, "each_s": 0.001},
        {"start": 1},
        [(0.2, 2), (0.4, 4), (0.7, 8), (22.1, 6), (48.9, 8), (65.3, 6)],
    ),
    "six slots, begun with too much": (
        {"slots": 6, "step_s": 0.03, "each_s": 0.001, "pieces": 40},
        {"start": 16},
        [(1.5, 6), (13.9, 8), (18.8, 6), (34.6, 8), (38.9, 6), (64.7, 8), (69.2, 6)],
    ),
    "refusals: a third less at once, then little more": (
        {"refuses_from": 20},
        {"start": 16},
        [(0.3, 32), (0.4, 21), (0.4, 14), (11.7, 18), (13.0, 23), (13.0, 15), (33.0, 19), (34.3, 24), (34.4, 16)],
    ),
    "four slots that were seen before": (
        {"slots": 4, "pieces": 48},
        {"start": 4, "is_found": True},
        [(6.1, 5), (14.5, 4), (34.9, 5), (43.2, 4)],
    ),
    "hardly more by twice as many: looked at for longer before that is believed": (
        {"each_s": 0.3, "step_s": 0.032},
        {"start": 1},
        [(2.0, 2), (18.4, 4)],
    ),
    "short answers: what was taken for too much is tried again": (
        {"pieces": 12, "each_s": 0.001, "prompt_s": 0.01},
        {"start": 4},
        [(0.4, 8), (0.8, 16), (1.3, 32), (1.6, 12), (4.3, 32), (5.0, 64), (6.1, 128), (8.0, 256), (11.6, 512)],
    ),
}


@pytest.mark.parametrize("kind", WAYS)
def test_the_level_goes_its_way(kind: str) -> None:
    server, flight, expected = MadeUp(**WAYS[kind][0]), ConcurrencyControl(**WAYS[kind][1]), WAYS[kind][2]
    found, level = [], flight.level
    while server.now_s < 70:
        server.step(flight)
        if flight.level != level:
            level = flight.level
            found.append((round(server.now_s, 1), level))
    assert found == expected


def test_what_is_fixed_stays() -> None:
    server, flight = MadeUp(refuses_from=3), fixed(8)
    flown(server, flight)
    assert flight.level == 8


async def test_requests_in_flight_grow_where_nobody_says_how_many_a_server_takes() -> None:
    flying, most = 0, 0

    async def steady(request: Request) -> AsyncGenerator[Piece, None]:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        for _ in range(25):
            await asyncio.sleep(0.02)
            yield Piece("da ")
        flying -= 1
        yield replied("da " * 25)

    run = await Comparison(make_plan([f"{n}?" for n in range(400)], scripted("x/m", steady, slots=None))).run()
    assert run.counts["answered"] == 400
    assert most > 16
    assert run.in_flight["x/m"] > 16


async def test_a_comparison_that_was_told_how_many_keeps_to_it(embedded: Model) -> None:
    plan = make_plan([f"Was ist {n}?" for n in range(6)], embedded, max_tokens=4)
    assert (await Comparison(plan, concurrency=2).run()).in_flight == {embedded.name: 2}
    assert (await Comparison(plan).run()).in_flight == {embedded.name: embedded.engine.slots}


async def test_all_cells_are_answered_by_a_server_that_fails_in_every_fifth_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request in twenty each ends with 500, 429, a cut stream or a broken event."""
    monkeypatch.chdir(tmp_path)
    with faulty_server() as server:
        connect("shaky", f"{server.address}/v1", limits={"pause_s": 0.02})
        plan = make_plan([f"{n}?" for n in range(2000)], "shaky/shaky")
        run = await Comparison(plan, name="shaky", concurrency=64).run()
    assert run.counts["answered"] == 2000
    assert set(run.frame["answer"]) == {"Bonn"}
    assert run.frame["tries"].max() > 1
    assert len(server.heads) > 2400


@pytest.mark.parametrize(("slots", "expected"), [(1, 1), (2, 2), (4, 4), (9, 8)])
async def test_what_a_server_takes_at_once_is_seen_before_anything_is_timed(slots: int, expected: int) -> None:
    room, asked = asyncio.Semaphore(slots), []

    async def answer(request: Request) -> AsyncGenerator[Piece, None]:
        asked.append(request.messages[-1].content)
        async with room:
            for _ in range(request.options.max_tokens or 20):
                await asyncio.sleep(0.002)
                yield Piece("da ")
        yield replied("da")

    model = scripted("x/m", answer, slots=None)
    assert await at_once(model) == expected
    # With a begin of one, a comparison begins with as many.
    few = replace(model, slots=1)
    comparison = Comparison(make_plan([f"{n}?" for n in range(12)], few))
    assert (await comparison.run()).counts["answered"] == 12
    assert comparison.result.in_flight["x/m"] == min(expected, 12)


async def test_a_server_that_fails_takes_one_at_once() -> None:
    async def broken(request: Request) -> AsyncGenerator[Piece, None]:
        raise ConnectionResetError
        yield

    assert await at_once(scripted("x/m", broken, slots=None)) == 1


@pytest.mark.parametrize(("kind", "expected"), [("ollama", {1}), ("vllm", set(range(2, 9)))])
async def test_real_servers_are_seen_through(
    kind: str, expected: set[int], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server: Server = request.getfixturevalue(kind)
    monkeypatch.setenv("FLIGHT_KEY", server.key or "none")
    connect("real", server.url, kind="ollama" if kind == "ollama" else "openai", key="env:FLIGHT_KEY")
    assert await at_once(model(f"real/{server.model}")) in expected
