"""Trying again, and leaving a server alone: how often and when it was asked, as the server itself has counted."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from engine_requests import request
from faulty import END, SSE, chunk, event, whole
from hostile import Asked, Hostile, hostile_server
from hostile_client import ended, openai, streamed

from workbench import errors
from workbench.engines import Limits, OpenAIEngine
from workbench.engines.wire import _breaker
from workbench.messages import Reply

PAUSE_S = 0.1
BREAK_S = 60.0
LIMITS = Limits(first_s=2, token_s=2, request_s=20, attempts=4, pause_s=PAUSE_S)
GOOD = SSE + chunk(event("Bonn", "stop") + "data: [DONE]\n\n") + END
DOWN = whole("503 Service Unavailable", '{"error": {"message": "down"}}')
LOADING = whole("503 Service Unavailable", '{"error": {"message": "Loading model"}}')
LOST = b""  # the connection is closed before an answer
CUT = SSE + chunk(event("Rathaus "))


def busy(more: str = "", status: str = "429 Too Many Requests") -> bytes:
    return whole(status, '{"error": {"message": "slow down"}}', more=more)


class Script:
    """A server that gives these answers one after the other, the last for ever, and notes when each was asked for."""

    def __init__(self, hostile: Hostile, *answers: bytes) -> None:
        self.asked_at: list[float] = []
        self.came = threading.Event()  # the server is in a thread of its own
        self._answers = list(answers)
        hostile.answers["script"] = self._behave

    async def _behave(self, asked: Asked) -> AsyncIterator[bytes]:
        self.asked_at.append(time.monotonic())
        self.came.set()
        yield self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    @property
    def count(self) -> int:
        return len(self.asked_at)

    @property
    def pauses(self) -> list[float]:
        """Seconds between two requests."""
        return [later - earlier for earlier, later in zip(self.asked_at, self.asked_at[1:], strict=False)]


def quick_breaker(engine: OpenAIEngine, failures: int = 3) -> None:
    """A breaker for this server that opens sooner than people would want it to."""
    _breaker._breakers[engine.address] = _breaker.Breaker(failures=failures, pause_s=BREAK_S)


@pytest.fixture
def skip_break(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets the pause of every breaker be over: a real one would be over by itself on a machine that has much to do."""
    ahead_s = 0.0

    def skip() -> None:
        nonlocal ahead_s
        ahead_s += BREAK_S

    monkeypatch.setattr(_breaker, "monotonic", lambda: time.monotonic() + ahead_s)
    return skip


# Trying again


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_a_busy_server_is_asked_again_when_the_seconds_that_it_names_are_over(
    hostile: Hostile, status: str
) -> None:
    script = Script(hostile, busy("Retry-After: 1\r\n", status), GOOD)
    assert (await streamed(openai(hostile, "script", LIMITS))).text == "Bonn"
    assert script.count == 2
    assert 1.0 <= script.pauses[0] < 2.0


async def test_a_busy_server_is_asked_again_at_the_date_that_it_names(hostile: Hostile) -> None:
    when = (datetime.now(UTC) + timedelta(seconds=2)).replace(microsecond=0)  # the header has whole seconds
    script = Script(hostile, busy(f"Retry-After: {format_datetime(when, usegmt=True)}\r\n"), GOOD)
    assert (await streamed(openai(hostile, "script", LIMITS))).text == "Bonn"
    assert script.count == 2
    assert datetime.now(UTC) >= when
    assert 0.8 <= script.pauses[0] < 3.0


@pytest.mark.parametrize("value", ["-5", "soon", "1e999", "\xb2", "9" * 400, "Wed, 99 Foo 2026 00:00:00 GMT", "0"])
async def test_a_retry_after_that_says_nothing_is_passed_over(hostile: Hostile, value: str) -> None:
    script = Script(hostile, busy(f"Retry-After: {value}\r\n"), GOOD)
    start = time.monotonic()
    found = await ended(streamed(openai(hostile, "script", LIMITS)))
    # A number may be one of seconds that nobody would wait.
    assert found.text == "Bonn" if isinstance(found, Reply) else type(found) is errors.RateLimitError
    assert isinstance(found, Reply) or value.isdecimal()
    assert time.monotonic() - start < 2
    assert script.count <= 2


async def test_a_server_that_wants_to_be_left_alone_for_an_hour_is_not_waited_for(hostile: Hostile) -> None:
    script = Script(hostile, busy("Retry-After: 3600\r\n"), GOOD)
    start = time.monotonic()
    with pytest.raises(errors.RateLimitError, match="3600 s"):
        await streamed(openai(hostile, "script", LIMITS))
    assert time.monotonic() - start < 1
    assert script.count == 1


async def test_a_pause_does_not_outlast_the_whole_request(hostile: Hostile) -> None:
    Script(hostile, busy("Retry-After: 5\r\n"), GOOD)
    start = time.monotonic()
    with pytest.raises(errors.EngineError):
        await streamed(openai(hostile, "script", Limits(request_s=1.0)))
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("failure", [LOADING, DOWN, LOST, busy()], ids=["loading", "down", "lost", "busy"])
async def test_a_failure_that_passes_is_not_seen(hostile: Hostile, failure: bytes) -> None:
    script = Script(hostile, failure, failure, GOOD)
    engine = openai(hostile, "script", LIMITS)
    quick_breaker(engine, failures=100)
    assert (await streamed(engine)).text == "Bonn"
    assert script.count == 3


@pytest.mark.parametrize(
    ("failure", "kind"),
    [(LOADING, errors.ModelLoadingError), (DOWN, errors.ServerError), (busy(), errors.RateLimitError)],
    ids=["loading", "down", "busy"],
)
async def test_a_failure_that_stays_is_told_after_pauses_that_grow(
    hostile: Hostile, failure: bytes, kind: type[Exception]
) -> None:
    script = Script(hostile, failure)
    engine = openai(hostile, "script", LIMITS)
    quick_breaker(engine, failures=100)
    with pytest.raises(kind) as caught:
        await streamed(engine)
    assert type(caught.value) is kind
    assert script.count == LIMITS.attempts
    # By chance up to half of each doubled pause is left out.
    for number, pause_s in enumerate(script.pauses):
        assert PAUSE_S * 2**number / 2 <= pause_s < PAUSE_S * 2**number + 1


async def test_pauses_differ_so_that_clients_do_not_come_all_at_once(hostile: Hostile) -> None:
    firsts = []
    for _ in range(8):
        script = Script(hostile, busy(), GOOD)
        await streamed(openai(hostile, "script", LIMITS))
        firsts += script.pauses
    assert len(firsts) == 8
    assert max(firsts) - min(firsts) > 0.005


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (CUT, errors.StreamCutError),
        (SSE + chunk(event("Rathaus ")) + chunk("data: {\n\n") + END, errors.StreamGarbledError),
        (SSE + chunk(event("Rathaus ")) + chunk('data: {"error": "boom"}\n\n') + END, errors.ServerError),
        (SSE, errors.StreamCutError),
    ],
    ids=["cut", "garbled", "error", "head-only"],
)
async def test_a_request_whose_answer_has_begun_is_not_sent_again(
    hostile: Hostile, answer: bytes, kind: type[Exception]
) -> None:
    script = Script(hostile, answer, GOOD)
    with pytest.raises(kind):
        await streamed(openai(hostile, "script", LIMITS))
    await asyncio.sleep(2 * PAUSE_S)
    assert script.count == 1


@pytest.mark.parametrize(
    "status", ["400 Bad Request", "401 Unauthorized", "404 Not Found", "413 Too Large", "500 Internal Server Error"]
)
async def test_what_would_fail_again_is_not_sent_again(hostile: Hostile, status: str) -> None:
    script = Script(hostile, whole(status, '{"error": "no"}'), GOOD)
    with pytest.raises(errors.EngineError):
        await streamed(openai(hostile, "script", LIMITS))
    assert script.count == 1


async def test_a_whole_answer_is_asked_for_again_too(hostile: Hostile) -> None:
    body = json.dumps({"choices": [{"message": {"content": "Bonn"}, "finish_reason": "stop"}]})
    script = Script(hostile, busy(), LOST, whole("200 OK", body))
    assert (await openai(hostile, "script", LIMITS).ask(request("small"))).text == "Bonn"
    assert script.count == 3


async def test_cancelling_ends_the_pause(hostile: Hostile) -> None:
    script = Script(hostile, busy("Retry-After: 30\r\n"), GOOD)
    asking = asyncio.ensure_future(streamed(openai(hostile, "script", Limits())))
    assert await asyncio.to_thread(script.came.wait, 5)
    await asyncio.sleep(0.1)
    start = time.monotonic()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert time.monotonic() - start < 0.5
    assert script.count == 1


# Leaving a server alone

ONCE = Limits(first_s=2, token_s=2, request_s=5, attempts=1, pause_s=0.01)


async def failed(engine: OpenAIEngine, kind: type[errors.EngineError], times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(errors.EngineError) as caught:
            await streamed(engine)
        assert type(caught.value) is kind, caught.value


@pytest.mark.parametrize(
    ("answer", "kind"), [(DOWN, errors.ServerError), (LOST, errors.UnreachableError)], ids=["down", "lost"]
)
async def test_a_server_that_keeps_failing_is_left_alone_without_a_connection(
    hostile: Hostile, answer: bytes, kind: type[errors.EngineError]
) -> None:
    Script(hostile, answer)
    engine = openai(hostile, "script", ONCE)
    quick_breaker(engine)
    await failed(engine, kind, 3)
    opened = hostile.connections
    start = time.monotonic()
    await failed(engine, errors.CircuitOpenError, 50)
    assert time.monotonic() - start < 0.5
    assert hostile.connections == opened


async def test_the_breaker_says_what_happened_and_when_to_ask_again(hostile: Hostile) -> None:
    Script(hostile, DOWN)
    engine = openai(hostile, "script", ONCE)
    quick_breaker(engine)
    await failed(engine, errors.ServerError, 3)
    with pytest.raises(errors.CircuitOpenError, match=r"3 times in a row.*\(gpu, .*ask again in \d+ s"):
        await streamed(engine)


async def test_after_its_pause_one_request_is_let_through_and_its_success_closes_the_breaker(
    hostile: Hostile, skip_break: Callable[[], None]
) -> None:
    came, release, count, is_well = threading.Event(), threading.Event(), 0, False

    async def behave(asked: Asked) -> AsyncIterator[bytes]:
        nonlocal count
        count += 1
        if is_well:
            came.set()
            await asyncio.to_thread(release.wait, 5)
        yield GOOD if is_well else DOWN

    hostile.answers["script"] = behave
    engine = openai(hostile, "script", ONCE)
    quick_breaker(engine)
    await failed(engine, errors.ServerError, 3)
    is_well = True
    skip_break()
    trial = asyncio.ensure_future(streamed(engine))
    assert await asyncio.to_thread(came.wait, 5)
    await failed(engine, errors.CircuitOpenError, 10)
    assert count == 4
    release.set()
    assert (await trial).text == "Bonn"
    assert {reply.text for reply in await asyncio.gather(*(streamed(engine) for _ in range(20)))} == {"Bonn"}


async def test_a_trial_that_fails_opens_the_breaker_for_another_pause(
    hostile: Hostile, skip_break: Callable[[], None]
) -> None:
    script = Script(hostile, DOWN)
    engine = openai(hostile, "script", ONCE)
    quick_breaker(engine)
    await failed(engine, errors.ServerError, 3)
    skip_break()
    await failed(engine, errors.ServerError)
    await failed(engine, errors.CircuitOpenError, 10)
    assert script.count == 4


@pytest.mark.parametrize("how", ["cancelled", "slow"])
async def test_a_trial_that_comes_to_nothing_does_not_shut_a_server_out(
    hostile: Hostile, skip_break: Callable[[], None], how: str
) -> None:
    is_stuck = False
    is_well = False

    async def behave(asked: Asked) -> AsyncIterator[bytes]:
        if is_stuck:
            await asyncio.sleep(60)
        yield GOOD if is_well else DOWN

    hostile.answers["script"] = behave
    engine = openai(hostile, "script", Limits(first_s=0.3, attempts=1))
    quick_breaker(engine)
    await failed(engine, errors.ServerError, 3)
    skip_break()
    is_stuck = is_well = True
    if how == "cancelled":
        trial = asyncio.ensure_future(streamed(engine))
        await asyncio.sleep(0.1)
        trial.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trial
    else:
        await failed(engine, errors.DeadlineError)
    is_stuck = False
    skip_break()
    assert (await streamed(engine)).text == "Bonn"


@pytest.mark.parametrize(
    "answer",
    [whole("400 Bad Request", "{}"), whole("401 Unauthorized", "{}"), busy(), CUT],
    ids=["refused", "key", "busy", "cut"],
)
async def test_a_server_that_answers_is_not_left_alone(hostile: Hostile, answer: bytes) -> None:
    script = Script(hostile, answer)
    engine = openai(hostile, "script", ONCE)
    quick_breaker(engine)
    for _ in range(10):
        with pytest.raises(errors.EngineError) as caught:
            await streamed(engine)
        assert type(caught.value) is not errors.CircuitOpenError
    assert script.count == 10


async def test_an_answer_in_between_sets_the_count_of_failures_back(hostile: Hostile) -> None:
    script = Script(hostile, DOWN, DOWN, GOOD, DOWN, DOWN, GOOD)
    engine = openai(hostile, "script", ONCE)
    quick_breaker(engine)
    for _ in range(2):
        await failed(engine, errors.ServerError, 2)
        assert (await streamed(engine)).text == "Bonn"
    assert script.count == 6


async def test_the_breaker_of_one_server_does_not_touch_another(hostile: Hostile) -> None:
    Script(hostile, DOWN)
    engine = openai(hostile, "script", ONCE)
    quick_breaker(engine)
    await failed(engine, errors.ServerError, 3)
    await failed(engine, errors.CircuitOpenError)
    with hostile_server() as other:
        Script(other, GOOD)
        assert (await streamed(openai(other, "script", ONCE))).text == "Bonn"


async def test_two_connections_to_one_server_share_its_breaker(hostile: Hostile) -> None:
    Script(hostile, DOWN)
    quick_breaker(openai(hostile, "script", ONCE))
    await failed(openai(hostile, "script", ONCE), errors.ServerError, 3)
    await failed(openai(hostile, "script", ONCE), errors.CircuitOpenError)


async def test_a_breaker_holds_across_threads_and_event_loops(hostile: Hostile) -> None:
    script = Script(hostile, DOWN)
    engine = openai(hostile, "script", ONCE)
    quick_breaker(engine)
    await asyncio.gather(*(asyncio.to_thread(asyncio.run, failed(engine, errors.ServerError)) for _ in range(3)))
    asked = script.count
    await asyncio.gather(*(asyncio.to_thread(asyncio.run, failed(engine, errors.CircuitOpenError)) for _ in range(4)))
    assert script.count == asked == 3
