"""Servers that mean harm: each request ends within its limits in the named error or reply, with memory flat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from engine_requests import SECRET, request
from faulty import whole
from hostile import Hostile, hostile_server
from hostile_client import LIMITS, ROOMY, answers, ended, ollama, openai, refused, streamed

from workbench import errors
from workbench.engines import Limits

FLAT = 64 * 2**20  # of memory, where a gigabyte is sent


class Memory:
    """The most memory that this process has used since this was made, beyond what it used then."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets the peak
        self._before = self._peak()

    def grown(self) -> int:
        return self._peak() - self._before

    def _peak(self) -> int:
        rows = Path("/proc/self/status").read_text().splitlines()
        return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM")) * 1024


# Without end


@pytest.mark.parametrize(("make", "name"), [(openai, "endless"), (ollama, "endless-lines")])
async def test_a_stream_without_end_is_cut_at_a_size(hostile: Hostile, make: Any, name: str) -> None:
    error = await refused(streamed(make(hostile, name)))
    assert type(error) is errors.AnswerTooLongError
    assert "answer_bytes" in str(error)
    assert error.reply is not None
    assert error.reply.text.startswith("Amt Amt")


async def test_a_stream_without_end_is_cut_at_a_time(hostile: Hostile) -> None:
    error = await refused(streamed(openai(hostile, "slow-endless")))
    assert type(error) is errors.DeadlineError
    assert "request_s" in str(error)
    assert error.reply is not None
    assert error.reply.text.startswith("Amt Amt")


@pytest.mark.parametrize(
    ("make", "name", "kind", "limit"),
    [
        (openai, "huge-event", errors.AnswerTooLongError, "line_bytes"),
        (ollama, "huge-line", errors.AnswerTooLongError, "line_bytes"),
        (openai, "many-data-lines", errors.AnswerTooLongError, "line_bytes"),
        (openai, "headers", errors.AddressError, ""),
        (openai, "huge-header", errors.AddressError, ""),
        (openai, "huge-error", errors.ServerError, "500"),
        (ollama, "huge-error", errors.ServerError, "500"),
        (openai, "bomb", errors.AddressError, "gzip"),
        (ollama, "bomb", errors.AddressError, ""),
    ],
)
async def test_a_gigabyte_does_not_come_into_memory(
    hostile: Hostile, make: Any, name: str, kind: type[Exception], limit: str
) -> None:
    memory = Memory()
    error = await refused(streamed(make(hostile, name, ROOMY)), LIMITS)
    assert type(error) is kind
    assert limit in str(error)
    assert memory.grown() < FLAT
    assert hostile.taken < FLAT


@pytest.mark.parametrize("make", [openai, ollama])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("huge-body", errors.AnswerTooLongError),
        ("huge-error", errors.ServerError),
        ("bomb", errors.AddressError),
        ("headers", errors.AddressError),
    ],
)
async def test_a_gigabyte_instead_of_a_whole_answer(
    hostile: Hostile, make: Any, name: str, kind: type[Exception]
) -> None:
    memory = Memory()
    assert type(await refused(make(hostile, name).ask(request("small")))) is kind
    assert memory.grown() < FLAT


@pytest.mark.parametrize("make", [openai, ollama])
@pytest.mark.parametrize("name", ["huge-body", "huge-error", "bomb", "headers"])
async def test_a_gigabyte_instead_of_a_list_of_models(hostile: Hostile, make: Any, name: str) -> None:
    memory = Memory()
    await refused(make(hostile, name).models())
    assert memory.grown() < FLAT


@pytest.mark.parametrize("name", ["continues", "drip-head", "drip-first"])
async def test_what_never_becomes_a_first_piece_is_cut_at_a_time(hostile: Hostile, name: str) -> None:
    limits = Limits(first_s=0.5, token_s=20, request_s=20)
    error = await refused(streamed(openai(hostile, name, limits)), LIMITS)
    assert type(error) is errors.DeadlineError
    assert "first_s" in str(error)
    assert error.reply is None


@pytest.mark.parametrize("name", ["drip-event", "comments", "stalls"])
async def test_what_never_becomes_a_next_piece_is_cut_at_a_time(hostile: Hostile, name: str) -> None:
    limits = Limits(first_s=20, token_s=0.5, request_s=20)
    error = await refused(streamed(openai(hostile, name, limits)), LIMITS)
    assert type(error) is errors.DeadlineError
    assert "token_s" in str(error)
    assert error.reply is not None
    assert error.reply.text == "Amt "


async def test_a_dripping_error_is_told_by_its_status(hostile: Hostile) -> None:
    assert type(await refused(streamed(openai(hostile, "drip-error")))) is errors.ServerError


@pytest.mark.parametrize("make", [openai, ollama])
@pytest.mark.parametrize("name", ["drip-head", "drip-body"])
async def test_a_whole_answer_that_drips_is_cut_at_a_time(hostile: Hostile, make: Any, name: str) -> None:
    assert type(await refused(make(hostile, name).ask(request("small")))) is errors.DeadlineError


@pytest.mark.parametrize("make", [openai, ollama])
@pytest.mark.parametrize("name", ["drip-head", "drip-body", "drip-error"])
async def test_a_list_of_models_that_drips_is_cut_at_a_time(hostile: Hostile, make: Any, name: str) -> None:
    await refused(make(hostile, name).models())


# Lying


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("length-too-long", errors.StreamCutError),
        ("length-never-reached", errors.DeadlineError),
        ("chunk-size", errors.EngineError),
        ("chunk-overflow", errors.EngineError),
        ("no-content", errors.EngineError),
        ("switching", errors.EngineError),
        ("early-close", errors.UnreachableError),
        ("early-refusal", errors.EngineError),
    ],
)
async def test_a_response_that_is_none_ends_in_a_named_error(
    hostile: Hostile, name: str, kind: type[errors.EngineError]
) -> None:
    # What comes early comes while megabytes of the request are still to be sent.
    text = "Wort " * 2**20 if name.startswith("early") else "Wo?"
    error = await refused(openai(hostile, name).ask(request("small", text)))
    assert isinstance(error, kind)


async def test_an_answer_before_the_request_was_read_is_an_answer_or_a_named_error(hostile: Hostile) -> None:
    found = await ended(openai(hostile, "early-answer").ask(request("small", "Wort " * 2**20)))
    assert isinstance(found, errors.EngineError) or found.text == "Bonn"


async def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next(hostile: Hostile) -> None:
    engine = openai(hostile, "length-too-short")
    for _ in range(3):
        assert (await engine.ask(request("small"))).text == "Bonn"
    assert hostile.connections == 3


async def test_cookies_are_not_kept(hostile: Hostile) -> None:
    for _ in range(2):
        await openai(hostile, "cookie").ask(request("small"))
    assert len(hostile.heads) == 2
    assert "Cookie" not in "".join(hostile.heads)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_to_another_host_gets_neither_key_nor_connection(hostile: Hostile, status: str) -> None:
    with hostile_server() as other:
        location = f"Location: {other.address}/endless/v1?key={SECRET}\r\n"
        hostile.answers["away"] = answers(whole(status, "", more=location))
        for make in (openai, ollama):
            engine = make(hostile, "away")
            assert type(await refused(streamed(engine))) is errors.AddressError
            assert type(await refused(engine.ask(request("small")))) is errors.AddressError
            assert type(await refused(engine.models())) is errors.AddressError
        assert other.connections == 0
    assert len(hostile.heads) == 6


async def test_a_server_that_redirects_to_itself_is_asked_once(hostile: Hostile) -> None:
    for number, make in enumerate((openai, ollama)):
        assert type(await refused(streamed(make(hostile, "to-itself")))) is errors.AddressError
        assert type(await refused(make(hostile, "to-itself").models())) is errors.AddressError
        assert len(hostile.heads) == 2 * number + 2
