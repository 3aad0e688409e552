"""Answers whose contents mean harm: secrets given back in every guise, and JSON that readers choke on."""

from __future__ import annotations

import base64
import html
import json
import re
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from engine_requests import request
from faulty import END, NDJSON, SSE, chunk, event, line, whole
from hostile import Hostile, head
from hostile_client import LIMITS, answers, ended, ollama, openai, patient_ollama, patient_openai, refused, streamed

from workbench import errors
from workbench.engines import Limits
from workbench.messages import Reply

# Every character in it that JSON, HTML or an address writes in another way.
KEY = 'sk-Amt/4711+rat&"haus"=='


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(each):04x}" for each in text)


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS: dict[str, str] = {
    "plain": KEY,
    "json": json.dumps(KEY)[1:-1],
    "url": quote(KEY, ""),
    "url-lower": re.sub("%..", lambda found: found[0].lower(), quote(KEY, "")),
    "url-plus": quote_plus(KEY),
    "url-slash": quote(KEY),
    "html": html.escape(KEY),
    "base64": base64_of(KEY),
    "base64-bearer": base64_of(f"Bearer {KEY}"),
    "base64-basic": base64_of(f"user:{KEY}"),
}


def assert_no_secret(*texts: object) -> None:
    for text in map(str, texts):
        for name, form in FORMS.items():
            assert form.rstrip("=") not in text, f"the key in the form {name}: {text[:300]}"


def everything(error: errors.EngineError) -> Iterable[str]:
    """All that an error shows: its text, its traceback, what had been answered."""
    yield from (str(error), repr(error), "".join(traceback.format_exception(error)), repr(error.reply))


def in_json(form: str) -> bytes:
    return json.dumps({"error": {"message": f"bad header: {form}, sorry"}}).encode()


def response(status: str, body: bytes, kind: str = "application/json") -> bytes:
    return head(status, kind, f"Content-Length: {len(body)}") + body


ECHOES: dict[str, Callable[[str], bytes]] = {
    "refusal": lambda form: response("400 Bad Request", in_json(form)),
    "plain-refusal": lambda form: response("400 Bad Request", f"bad header: {form}".encode(), "text/plain"),
    "long-refusal": lambda form: response("400 Bad Request", f"{'x' * 290}{form}".encode(), "text/plain"),
    "failure": lambda form: response("500 Internal Server Error", in_json(form)),
    "busy": lambda form: response("429 Too Many Requests", in_json(form)),
    "not-found": lambda form: response("404 Not Found", in_json(form)),
    "event": lambda form: SSE + chunk(b"data: " + in_json(form) + b"\n\n") + END,
    "event-text": lambda form: SSE + chunk(f"data: {json.dumps({'error': form})}\n\n") + END,
    "garbled": lambda form: SSE + chunk(f"data: {form}\n\n") + END,
    "kind": lambda form: response("200 OK", b"", f"text/{form}"),
    "reason": lambda form: head(f"400 {form}") + b"no",
    "protocol": lambda form: f"HTTP/{form}\r\n\r\n".encode(),
    "header": lambda form: head("400 Bad Request", "text/plain", f"X-Echo: {form}", "Content-Length: 0"),
    "packing": lambda form: head("200 OK", "text/event-stream", f"Content-Encoding: {form}"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("echo", ECHOES)
async def test_a_key_that_is_given_back_is_shown_nowhere(
    hostile: Hostile, caplog: pytest.LogCaptureFixture, echo: str, form: str
) -> None:
    hostile.answers["echo"] = answers(ECHOES[echo](FORMS[form]))
    engine = openai(hostile, "echo", key=KEY)
    assert_no_secret(*everything(await refused(streamed(engine))))
    assert_no_secret(*everything(await refused(engine.ask(request("small")))))
    assert_no_secret(caplog.text)


@pytest.mark.parametrize("make", [openai, ollama])
@pytest.mark.parametrize("echo", ["refusal", "plain-refusal", "reason", "protocol", "header", "kind"])
async def test_a_key_that_is_given_back_for_a_list_is_shown_nowhere(
    hostile: Hostile, caplog: pytest.LogCaptureFixture, make: Any, echo: str
) -> None:
    hostile.answers["echo"] = answers(ECHOES[echo](KEY))
    assert_no_secret(*everything(await refused(make(hostile, "echo", key=KEY).models())))
    assert_no_secret(caplog.text)


async def test_a_key_given_back_as_json_escapes_is_shown_nowhere(hostile: Hostile) -> None:
    hostile.answers["echo"] = answers(
        response("400 Bad Request", b'{"error": {"message": "bad ' + escaped(KEY).encode() + b'"}}')
    )
    assert_no_secret(*everything(await refused(streamed(openai(hostile, "echo", key=KEY)))))


async def test_a_key_given_back_by_ollama_in_mid_stream_is_shown_nowhere(hostile: Hostile) -> None:
    broken = json.dumps({"error": f"bad header: {KEY}"}) + "\n"
    hostile.answers["echo"] = answers(NDJSON + chunk(line("Rathaus ")) + chunk(broken) + END)
    error = await refused(streamed(ollama(hostile, "echo", key=KEY)))
    assert_no_secret(*everything(error))
    assert error.reply is not None
    assert error.reply.text == "Rathaus "


async def test_a_traceback_with_local_variables_shows_no_key(hostile: Hostile) -> None:
    for echo in ECHOES:
        hostile.answers["echo"] = answers(ECHOES[echo](KEY))
        error = await refused(streamed(openai(hostile, "echo", key=KEY)))
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        shown = [frame for frame in told.stack if "/workbench/" in frame.filename]
        assert shown
        assert_no_secret(*(frame.locals for frame in shown))


def delta(**words: object) -> bytes:
    return chunk(f"data: {json.dumps({'choices': [{'index': 0, 'delta': words}]})}\n\n")


def call(**function: object) -> dict[str, Any]:
    return {"tool_calls": [{"index": 0, "function": function}]}


DONE = chunk(event("", "stop") + "data: [DONE]\n\n") + END
PARTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "text": lambda part: {"content": part},
    "reasoning": lambda part: {"reasoning": part},
    "reasoning_content": lambda part: {"reasoning_content": part},
    "arguments": lambda part: call(arguments=part),
}


async def collected(engine: Any) -> tuple[str, Reply]:
    """All pieces of an answer joined, and its reply."""
    shown, reply = "", None
    async for piece in engine.stream(request("small")):
        shown += piece.text + piece.reasoning
        reply = piece.reply or reply
    assert reply is not None
    return shown, reply


@pytest.mark.parametrize("form", ["plain", "json", "url", "base64"])
@pytest.mark.parametrize("where", PARTS)
async def test_a_key_split_across_chunks_is_shown_nowhere(hostile: Hostile, where: str, form: str) -> None:
    secret = FORMS[form]
    splits = [[secret[:at], secret[at:]] for at in range(1, len(secret))] + [list(secret)]
    for parts in splits:
        pieces = [delta(**PARTS[where](part)) for part in ["Der ", *parts, " da"]]
        hostile.answers["split"] = answers(SSE, *pieces, DONE)
        shown, reply = await collected(patient_openai(hostile, "split", key=KEY))
        assert_no_secret(shown, repr(reply))
        told = shown if where != "arguments" else reply.tool_calls[0].arguments
        assert told.startswith("Der ")
        assert told.endswith(" da")


async def test_a_key_split_across_lines_of_ollama_is_shown_nowhere(hostile: Hostile) -> None:
    pieces = [chunk(line(part)) for part in KEY]
    hostile.answers["split"] = answers(NDJSON, *pieces, chunk(line("", done=True)) + END)
    shown, reply = await collected(patient_ollama(hostile, "split", key=KEY))
    assert_no_secret(shown, repr(reply))


async def test_a_key_split_and_then_cut_is_not_in_what_had_come(hostile: Hostile) -> None:
    hostile.answers["split"] = answers(SSE, *(delta(content=part) for part in ["Der ", KEY[:9], KEY[9:]]))
    error = await refused(streamed(patient_openai(hostile, "split", key=KEY)))
    assert type(error) is errors.StreamCutError
    assert_no_secret(*everything(error))


async def test_a_key_in_the_smaller_fields_of_an_answer_is_shown_nowhere(hostile: Hostile) -> None:
    body = {
        "model": KEY,
        "choices": [
            {
                "finish_reason": KEY,
                "message": {
                    "content": "Bonn",
                    "tool_calls": [{"id": KEY, "function": {"name": KEY, "arguments": json.dumps({KEY: KEY})}}],
                },
            }
        ],
    }
    hostile.answers["small"] = answers(response("200 OK", json.dumps(body).encode()))
    reply = await openai(hostile, "small", key=KEY).ask(request("small"))
    assert_no_secret(repr(reply))
    assert reply.text == "Bonn"
    assert reply.finish == "unknown"


NAMES = ["<img src=x onerror=alert(1)>", "\x1b[31mred\x1b[0m", "\u202etxet\u2066", "a\nb\r\nc", "x" * 2**18, KEY]


def listed(*names: str) -> bytes:
    """A list of models, as compatible servers and as Ollama give it."""
    compatible = [{"id": name, "object": "model", "created": 1, "owned_by": "x"} for name in names]
    own = [{"model": name, "name": name} for name in names]
    return response("200 OK", json.dumps({"object": "list", "data": compatible, "models": own}).encode())


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:20]))
async def test_a_hostile_name_of_a_model_is_told_as_text(hostile: Hostile, name: str) -> None:
    hostile.answers["names"] = answers(listed(name))
    error = await refused(openai(hostile, "names", key=KEY).capabilities("small"))
    assert type(error) is errors.ModelUnknownError
    assert_no_secret(*everything(error))


@pytest.mark.parametrize("make", [openai, ollama])
@pytest.mark.parametrize(
    "text",
    [
        "\x1b[2J\x1b]0;owned\x07",
        "\u202eevil\u2066",
        "\u061carabic",
        "\U000e0041\U000e0042",
        "\u2060\u00ad",
        "\x85a\u2028b",
    ],
    ids=ascii,
)
async def test_marks_that_nobody_sees_are_not_in_an_error(hostile: Hostile, make: Any, text: str) -> None:
    hostile.answers["marks"] = answers(whole("400 Bad Request", json.dumps({"error": f"so {text} it is"})))
    error = await refused(streamed(make(hostile, "marks")))
    assert type(error) is errors.RequestRefusedError
    assert "so" in str(error)


async def test_half_a_character_in_an_error_can_be_printed(hostile: Hostile) -> None:
    hostile.answers["half"] = answers(response("400 Bad Request", b'{"error": "so \\ud800 it is"}'))
    str(await refused(streamed(openai(hostile, "half")))).encode()


DEEP = 100_000
NESTED = b"[" * DEEP + b"]" * DEEP
BODIES: dict[str, bytes] = {
    "deep": b'{"x": ' + NESTED + b', "choices": [{"delta": {"content": "Bonn"}}]}',
    "deep-objects": b'{"x": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "deep-error": b'{"error": ' + NESTED + b"}",
    "deep-choices": b'{"choices": ' + NESTED + b"}",
    "unfinished": b'{"choices": ' + b"[" * DEEP,
    "huge-number": b'{"usage": {"prompt_tokens": 1e400}}',
    "long-number": b'{"usage": {"prompt_tokens": ' + b"9" * 100_000 + b"}}",
    "long-unknown": b'{"x": ' + b"9" * 100_000 + b"}",
    "negative": b'{"usage": {"prompt_tokens": -1, "completion_tokens": -1}}',
    "index": b'{"choices": [{"delta": {"tool_calls": [{"index": ' + b"9" * 40 + b', "function": {"name": "a"}}]}}]}',
    "null": b"null",
    "text": b'"Bonn"',
    "number": b"5",
    "empty-list": b"[]",
    "null-choice": b'{"choices": [null]}',
    "twice": b'{"choices": [{"delta": {"content": "Bonn"}}], "choices": [{"delta": {"content": "Ulm"}}]}',
    "half-character": b'{"choices": [{"delta": {"content": "\\ud800"}}]}',
    "null-character": b'{"choices": [{"delta": {"content": "a\\u0000b"}}]}',
    "raw-null": b'{"choices": [{"delta": {"content": "a\x00b"}}]}',
    "overlong": b'{"choices": [{"delta": {"content": "\xc0\xaf"}}]}',
    "not-utf8": b'{"choices": [{"delta": {"content": "\xff\xfe"}}]}',
}
GARBLED = {
    *("unfinished", "null", "text", "number", "empty-list"),
    *("deep-choices", "raw-null", "overlong", "not-utf8", "half-character"),
}


@pytest.mark.parametrize("name", BODIES)
async def test_json_that_readers_choke_on_in_a_stream(hostile: Hostile, name: str) -> None:
    hostile.answers["json"] = answers(SSE + chunk(b"data: " + BODIES[name] + b"\n\n") + DONE)
    found = await ended(streamed(openai(hostile, "json")))
    if isinstance(found, Reply):
        assert name not in GARBLED
        assert found.text in ("Bonn", "Ulm", "a\0b", "")
    else:
        assert type(found) in (errors.StreamGarbledError, errors.ServerError)


@pytest.mark.parametrize("make", [openai, ollama])
@pytest.mark.parametrize("name", BODIES)
async def test_json_that_readers_choke_on_as_a_whole_answer(hostile: Hostile, make: Any, name: str) -> None:
    hostile.answers["json"] = answers(response("200 OK", BODIES[name]))
    await refused(make(hostile, "json").ask(request("small")))


@pytest.mark.parametrize("make", [openai, ollama])
@pytest.mark.parametrize("name", BODIES)
async def test_json_that_readers_choke_on_as_an_error(hostile: Hostile, make: Any, name: str) -> None:
    hostile.answers["json"] = answers(response("400 Bad Request", BODIES[name]))
    assert type(await refused(streamed(make(hostile, "json")))) is errors.RequestRefusedError


@pytest.mark.parametrize("make", [openai, ollama])
@pytest.mark.parametrize("name", [name for name in BODIES if name not in ("twice", "negative", "empty-list")])
async def test_json_that_readers_choke_on_as_a_list_of_models(hostile: Hostile, make: Any, name: str) -> None:
    hostile.answers["json"] = answers(response("200 OK", BODIES[name]))
    await refused(make(hostile, "json").models())


async def test_deep_tool_arguments_of_ollama_are_kept_as_text_or_refused(hostile: Hostile) -> None:
    body = b'{"message": {"content": "", "tool_calls": [{"function": {"name": "a", "arguments": ' + NESTED
    hostile.answers["deep"] = answers(NDJSON + chunk(body + b"}}]}}\n" + line("", done=True).encode()) + END)
    found = await ended(streamed(ollama(hostile, "deep")))
    if isinstance(found, Reply):
        assert len(found.tool_calls[0].arguments) == 2 * DEEP
    else:
        assert type(found) is errors.StreamGarbledError


async def test_a_tool_call_in_a_hundred_thousand_fragments_is_put_together_in_time(hostile: Hostile) -> None:
    fragments = [delta(**call(arguments="x")) for _ in range(1000)]
    hostile.answers["fragments"] = answers(SSE, *[b"".join(fragments)] * 100, DONE)
    start = time.monotonic()
    roomy = Limits(answer_bytes=2**25)
    reply = await streamed(openai(hostile, "fragments", roomy))
    assert reply.tool_calls[0].arguments == "x" * 100_000
    assert time.monotonic() - start < 5


STREAMS: dict[str, tuple[bytes, str | type[Exception]]] = {
    "byte-order-mark": (b"\xef\xbb\xbf" + event("Bonn", "stop").encode(), "Bonn"),
    "returns": (event("Bonn", "stop").replace("\n", "\r").encode(), "Bonn"),
    "other-fields": (b"id: 7\nretry: 1\nevent: x\n" + event("Bonn", "stop").encode(), "Bonn"),
    "blank-lines": (b"\n" * 50_000 + event("Bonn", "stop").encode(), "Bonn"),
    "no-colon": (b"data\n\n" + event("Bonn", "stop").encode(), "Bonn"),
    "no-fields": (b"nonsense\n\n" * 100, errors.StreamCutError),
    "no-blank-line": (event("Bonn").strip().encode() + b"\n" + event("Ulm").encode(), errors.StreamGarbledError),
    "zeros": (b"\x00" * 5000 + b"\n\n", errors.StreamCutError),
    "random": (bytes(range(256)) * 40 + b"\n\n", errors.EngineError),
}


@pytest.mark.parametrize("name", STREAMS)
async def test_a_broken_event_stream(hostile: Hostile, name: str) -> None:
    raw, expected = STREAMS[name]
    hostile.answers["broken"] = answers(SSE + chunk(raw) + END)
    if isinstance(expected, str):
        assert (await streamed(openai(hostile, "broken"))).text == expected
    else:
        assert isinstance(await refused(streamed(openai(hostile, "broken")), LIMITS), expected)
