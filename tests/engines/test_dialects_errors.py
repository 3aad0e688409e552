"""Errors where an answer should be, in every shape that servers send them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from engine_requests import request
from faulty import END, SSE, chunk, whole
from hostile import Hostile, head
from hostile_client import answers, delta, ended, streamed
from hostile_client import patient_ollama as ollama
from hostile_client import patient_openai as openai

from workbench import errors

REFUSALS: dict[str, tuple[object, type[errors.EngineError]]] = {
    "object": ({"error": {"message": "boom", "code": 500}}, errors.ServerError),
    "text": ({"error": "boom"}, errors.ServerError),
    "list": ({"error": [{"message": "boom"}]}, errors.ServerError),
    "errors": ({"errors": ["boom"]}, errors.ServerError),
    "detail": ({"detail": "boom"}, errors.ServerError),
    "details": ({"detail": [{"loc": ["body"], "msg": "boom"}]}, errors.ServerError),
    "message": ({"message": "boom"}, errors.ServerError),
    "vllm": (
        {"object": "error", "message": "boom", "type": "BadRequestError", "code": 400},
        errors.RequestRefusedError,
    ),
    "anthropic": ({"type": "error", "error": {"type": "overloaded_error", "message": "boom"}}, errors.RateLimitError),
    "tgi": ({"error": "boom", "error_type": "overloaded"}, errors.RateLimitError),
    "code": ({"error": {"message": "boom", "code": 429}}, errors.RateLimitError),
    "code-text": ({"error": {"message": "boom", "code": "429"}}, errors.RateLimitError),
    "status": ({"error": {"message": "boom", "status": "RESOURCE_EXHAUSTED"}}, errors.RateLimitError),
    "credits": ({"error": {"message": "boom", "code": 402}}, errors.BudgetError),
    "quota": ({"error": {"message": "boom", "code": "insufficient_quota"}}, errors.BudgetError),
    "key": ({"error": {"message": "boom", "code": 401}}, errors.KeyRefusedError),
    "context": ({"error": {"message": "boom", "code": "context_length_exceeded"}}, errors.ContextError),
    "choice": (
        {"choices": [{"error": {"message": "boom", "code": 502}, "finish_reason": "error"}]},
        errors.ServerError,
    ),
    "beside": (
        {"choices": [{"delta": {"content": ""}}], "error": {"message": "boom", "code": 502}},
        errors.ServerError,
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_an_error_with_status_200_keeps_its_words_and_its_class(hostile: Hostile, name: str) -> None:
    body, kind = REFUSALS[name]
    raw = json.dumps(body)
    hostile.answers["json"] = answers(whole("200 OK", raw))
    hostile.answers["event"] = answers(SSE + chunk(f"data: {raw}\n\n") + END)
    hostile.answers["later"] = answers(SSE + chunk(f"data: {json.dumps(delta(content='Bo'))}\n\ndata: {raw}\n\n") + END)
    for asked, text in (
        (streamed(openai(hostile, "json")), None),
        (openai(hostile, "json").ask(request("m")), None),
        (streamed(openai(hostile, "event")), None),
        (streamed(openai(hostile, "later")), "Bo"),
    ):
        error = await ended(asked)
        assert type(error) is kind
        assert "boom" in str(error)
        assert (error.reply.text if error.reply else None) == text


@pytest.mark.parametrize(
    "stream",
    [
        'event: error\ndata: {"message": "boom"}\n\n',
        'event: error\ndata: {"error": {"message": "boom"}}\n\n',
        "event:error\ndata: boom\n\n",
        'error: {"code": 500, "message": "boom", "type": "server_error"}\n\n',
        '{"error": {"message": "boom"}}\n\n',
        'data: {"error": {"message": "boom"}}\n',
    ],
)
async def test_an_error_in_a_stream_in_any_known_shape(hostile: Hostile, stream: str) -> None:
    hostile.answers["stream"] = answers(SSE + chunk(f"data: {json.dumps(delta(content='Bo'))}\n\n{stream}") + END)
    error = await ended(streamed(openai(hostile, "stream")))
    assert type(error) is errors.ServerError
    assert "boom" in str(error)


async def test_what_a_proxy_writes_into_a_stream_is_told(hostile: Hostile) -> None:
    hostile.answers["proxy"] = answers(SSE + chunk("data: upstream connect error\n\n") + END)
    error = await ended(streamed(openai(hostile, "proxy")))
    assert type(error) is errors.StreamGarbledError
    assert "upstream connect error" in str(error)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": "boom"}, errors.ServerError),
        ({"error": {"message": "boom"}}, errors.ServerError),
        ({"error": "server busy, boom. maximum pending requests exceeded"}, errors.RateLimitError),
        ({"error": "the input length exceeds the context length, boom"}, errors.ContextError),
    ],
)
async def test_an_error_in_a_line_of_ollama(hostile: Hostile, body: object, kind: type[errors.EngineError]) -> None:
    hostile.answers["line"] = answers(whole("200 OK", json.dumps(body) + "\n", "application/x-ndjson"))
    for asked in (streamed(ollama(hostile, "line")), ollama(hostile, "line").ask(request("m"))):
        error = await ended(asked)
        assert type(error) is kind
        assert "boom" in str(error)


@pytest.mark.parametrize("path", ["models", "embed"])
async def test_an_error_with_status_200_where_a_list_should_be(hostile: Hostile, path: str) -> None:
    hostile.answers["list"] = answers(whole("200 OK", '{"error": {"message": "boom", "code": 429}}'))
    engine = openai(hostile, "list")
    error = await ended(engine.models() if path == "models" else engine.embed("e", ["Amt"]))  # type: ignore[arg-type]
    assert type(error) is errors.RateLimitError
    assert "boom" in str(error)


Answering = Callable[[object], bytes]
INSIDE: dict[str, Answering] = {
    "stream": lambda body: SSE + chunk(f"data: {json.dumps(body)}\n\n") + END,
    "whole": lambda body: whole("200 OK", json.dumps(body)),
}


@pytest.mark.parametrize("how", INSIDE)
@pytest.mark.parametrize(("code", "tries"), [(429, 2), (503, 2), (402, 1), (400, 1), (401, 1), (500, 1)])
async def test_it_is_asked_again_only_where_the_status_would_be(
    hostile: Hostile, how: str, code: int, tries: int
) -> None:
    hostile.answers["busy"] = answers(INSIDE[how]({"error": {"message": "boom", "code": code}}))
    await ended(streamed(openai(hostile, "busy")))
    assert len(hostile.heads) == tries


async def test_an_error_after_the_first_words_is_not_asked_again(hostile: Hostile) -> None:
    error = json.dumps({"error": {"message": "boom", "code": 429}})
    hostile.answers["begun"] = answers(
        head("200 OK", "text/event-stream") + f"data: {json.dumps(delta(content='Bo'))}\n\ndata: {error}\n\n".encode()
    )
    assert type(await ended(streamed(openai(hostile, "begun")))) is errors.RateLimitError
    assert len(hostile.heads) == 1
