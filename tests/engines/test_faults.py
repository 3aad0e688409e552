"""Every way in which a server can fail is an error of its own, in one line, with what had been answered and no key."""

import asyncio
import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from engine_requests import SECRET, request
from faulty import Faulty

from workbench import errors
from workbench.engines import OllamaEngine, OpenAIEngine, Place
from workbench.messages import Reply

MakePlace = Callable[..., Place]

STREAMED = [
    ("cut", errors.StreamCutError, "Rathaus am"),
    ("ended", errors.StreamCutError, "Rathaus "),
    ("garbled", errors.StreamGarbledError, "Rathaus "),
    ("wrong-shape", errors.StreamGarbledError, None),
    ("not-utf8", errors.StreamGarbledError, None),
    ("huge-line", errors.AnswerTooLongError, None),
    ("error-event", errors.ServerError, "Rathaus "),
    ("html", errors.AddressError, None),
    ("loading", errors.ModelLoadingError, None),
    ("failing", errors.ServerError, None),
    ("busy", errors.RateLimitError, None),
    ("echo-key", errors.RequestRefusedError, None),
    ("echo-key-500", errors.ServerError, None),
    ("redirect", errors.AddressError, None),
    ("no-http", errors.AddressError, None),
    ("silent", errors.UnreachableError, None),
]


async def streamed(engine: OpenAIEngine | OllamaEngine, model: str) -> Reply:
    reply = None
    async for piece in engine.stream(request(model)):
        reply = piece.reply
    assert reply is not None
    return reply


def assert_is_helpful(error: errors.EngineError, place: Place) -> None:
    text = str(error)
    assert "\n" not in text
    assert "\x1b" not in text
    assert place.address in text
    assert error.advice
    shown = text + repr(error) + "".join(traceback.format_exception(error))
    assert SECRET not in shown
    assert "Traceback" in shown
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__


@pytest.mark.parametrize(("model", "kind", "text"), STREAMED)
async def test_a_failing_compatible_server(
    place: MakePlace, caplog: Any, model: str, kind: type[errors.EngineError], text: str | None
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(errors.EngineError) as caught:
        await streamed(OpenAIEngine(place("/v1")), model)
    assert type(caught.value) is kind
    assert_is_helpful(caught.value, place("/v1"))
    assert (caught.value.reply.text if caught.value.reply else None) == text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("model", "kind", "text"),
    [
        ("line-cut", errors.StreamCutError, "Rathaus "),
        ("line-ended", errors.StreamCutError, "Rathaus "),
        ("line-garbled", errors.StreamGarbledError, "Rathaus "),
        ("line-error", errors.ServerError, "Rathaus "),
        ("html", errors.AddressError, None),
        ("loading", errors.ModelLoadingError, None),
        ("redirect", errors.AddressError, None),
    ],
)
async def test_a_failing_ollama(place: MakePlace, model: str, kind: type[errors.EngineError], text: str | None) -> None:
    with pytest.raises(errors.EngineError) as caught:
        await streamed(OllamaEngine(place()), model)
    assert type(caught.value) is kind
    assert_is_helpful(caught.value, place())
    assert (caught.value.reply.text if caught.value.reply else None) == text


async def test_the_same_server_can_answer(place: MakePlace) -> None:
    assert (await streamed(OpenAIEngine(place("/v1")), "whole")).text == "Bonn"
    assert (await streamed(OllamaEngine(place()), "line-whole")).text == "Bonn"


@pytest.mark.parametrize("model", ["html", "loading", "failing", "busy", "echo-key", "redirect", "silent"])
async def test_a_reply_without_a_stream_fails_in_the_same_way(place: MakePlace, model: str) -> None:
    kinds = {name: kind for name, kind, _ in STREAMED}
    with pytest.raises(kinds[model]) as caught:
        await OpenAIEngine(place("/v1")).ask(request(model))
    assert_is_helpful(caught.value, place("/v1"))


async def test_a_redirect_is_not_followed(place: MakePlace, faulty: Faulty) -> None:
    with pytest.raises(errors.AddressError, match="nothing was sent there"):
        await OpenAIEngine(place("/v1")).ask(request("redirect"))
    assert len(faulty.heads) == 1


async def test_a_connection_that_closes_before_the_answer_is_tried_again(place: MakePlace, faulty: Faulty) -> None:
    assert (await streamed(OpenAIEngine(place("/v1")), "whole-at-second")).text == "Bonn"
    assert len(faulty.heads) == 2
    with pytest.raises(errors.UnreachableError, match="4 tries"):
        await streamed(OpenAIEngine(place("/v1")), "silent")
    assert len(faulty.heads) == 2 + 4


async def test_the_key_is_sent_as_a_bearer(place: MakePlace, faulty: Faulty) -> None:
    await streamed(OpenAIEngine(place("/v1")), "whole")
    assert f"Authorization: Bearer {SECRET}" in faulty.heads[0]


async def test_nobody_at_the_address_is_told_in_words() -> None:
    place = Place("gpu", "http://127.0.0.1:9/v1")
    for engine in (OpenAIEngine(place), OllamaEngine(place)):
        for call in (engine.models(), engine.ask(request("small"))):
            with pytest.raises(errors.UnreachableError, match="check host, port and firewall"):
                await call


async def test_a_host_that_does_not_exist_is_told_in_words() -> None:
    with pytest.raises(errors.UnreachableError, match="name is not known"):
        await OpenAIEngine(Place("gpu", "http://no-such-host.invalid/v1")).ask(request("small"))


async def test_a_server_that_is_no_model_server_lists_no_models(place: MakePlace) -> None:
    with pytest.raises(errors.AddressError, match="/v1"):
        await OpenAIEngine(place("")).models()
    with pytest.raises(errors.AddressError):
        await OllamaEngine(place("")).models()


async def test_nothing_is_left_over_after_faults(place: MakePlace) -> None:
    before = asyncio.all_tasks()
    for model, kind, _ in STREAMED:
        with pytest.raises(kind):
            await streamed(OpenAIEngine(place("/v1")), model)
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == before
