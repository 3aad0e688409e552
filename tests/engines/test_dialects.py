"""What compatible servers send in another way than OpenAI: nothing that came is lost, no side field costs an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from engine_requests import request
from faulty import END, SSE, chunk, whole
from hostile import Hostile
from hostile_client import answers, delta, ended, streamed
from hostile_client import patient_ollama as ollama
from hostile_client import patient_openai as openai

from workbench import errors
from workbench.engines.answer._answer import Answer
from workbench.engines.openai._answer import Taking
from workbench.engines.wire._place import Place
from workbench.messages import Reply, Token, Usage

PLACE = Place("gpu", "http://127.0.0.1:1/v1")


def call(arguments: object, **more: object) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "amt", "arguments": arguments}, **more}


def taken(*events: object, whole_answer: bool = False, **options: object) -> Reply:
    """The reply that comes of these events, each one arriving alone; bytes are sent as they are."""
    answer = Answer("gpu", request("m", **options), {"model": "m"})
    taking = Taking(PLACE, answer, "m")
    for one in events:
        raw = one if isinstance(one, bytes) else json.dumps(one).encode()
        if whole_answer:
            taking.whole(raw)
        else:
            taking.take([raw])
            answer.piece()
    answer.rest()
    return answer.reply()


def said(message: object, **choice: object) -> Reply:
    """The reply to a whole answer."""
    return taken({"choices": [{"index": 0, "message": message, "finish_reason": "stop", **choice}]}, whole_answer=True)


SIDE_FIELDS: dict[str, dict[str, Any]] = {
    "id": {"id": 7},
    "created": {"created": "2026-11-25T10:00:00Z"},
    "model": {"model": {"name": "m"}},
    "model-number": {"model": 4},
    "object": {"object": None},
    "service": {"service_tier": 1, "system_fingerprint": [], "x_groq": {"id": 1}, "provider": "X"},
    "usage-text": {"usage": {"prompt_tokens": "12", "completion_tokens": "3"}},
    "usage-fraction": {"usage": {"prompt_tokens": 12.0, "completion_tokens": 3.5}},
    "usage-null": {"usage": {"prompt_tokens": None, "completion_tokens": None}},
    "usage-negative": {"usage": {"prompt_tokens": -1, "completion_tokens": -3}},
    "usage-list": {"usage": [1, 2]},
    "usage-giant": {"usage": {"prompt_tokens": 10**300}},
    "details": {"usage": {"prompt_tokens": 1, "prompt_tokens_details": "none"}},
    "error-blank": {"error": ""},
    "error-false": {"error": False},
    "error-object": {"error": {}},
}


@pytest.mark.parametrize("name", SIDE_FIELDS)
def test_a_side_field_never_costs_an_answer(name: str) -> None:
    more = SIDE_FIELDS[name]
    reply = taken(delta(content="Bo") | more, delta(content="nn") | more, delta("stop") | more)
    assert (reply.text, reply.finish) == ("Bonn", "stop")
    body = {"choices": [{"message": {"content": "Bonn"}, "finish_reason": "stop"}]} | more
    assert taken(body, whole_answer=True).text == "Bonn"


@pytest.mark.parametrize(
    ("logprobs", "tokens"),
    [
        ({"content": [{"token": "Bonn", "logprob": "-0.5"}]}, [Token("Bonn", -0.5)]),
        ({"content": [{"token": "Bonn", "logprob": None}]}, []),
        (
            {"content": [{"token": "Bonn", "logprob": -0.5, "top_logprobs": {"Ulm": -2}}]},
            [Token("Bonn", -0.5, (("Ulm", -2.0),))],
        ),
        ({"tokens": ["Bonn"], "token_logprobs": [-0.5], "top_logprobs": None}, [Token("Bonn", -0.5)]),
        ([{"token": "Bonn", "logprob": -0.5}], [Token("Bonn", -0.5)]),
        ([], []),
        ("none", []),
        (1, []),
    ],
)
def test_logprobs_in_any_shape(logprobs: object, tokens: list[Token]) -> None:
    event = delta(content="Bonn")
    event["choices"][0]["logprobs"] = logprobs
    assert list(taken(event, delta("stop"), logprobs=0).logprobs) == tokens


def test_a_logprob_that_is_no_number_in_json() -> None:
    event = delta(content="Bonn")
    event["choices"][0]["logprobs"] = {"content": [{"token": "Bonn", "logprob": float("-inf")}]}
    raw = json.dumps(event).encode()
    assert b"-Infinity" in raw
    assert taken(raw, delta("stop"), logprobs=0).logprobs == (Token("Bonn", -9999.0),)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"prompt_tokens": "12", "completion_tokens": 3.0}, Usage(12, 3)),
        ({"prompt_tokens": -1, "completion_tokens": None}, Usage(None, None)),
        ({"input_tokens": 12, "output_tokens": 3.0}, Usage(12, 3)),
    ],
)
def test_counts_are_read_as_far_as_they_are_counts(counts: dict[str, Any], expected: Usage) -> None:
    assert taken(delta(content="Bonn"), delta("stop"), {"choices": None, "usage": counts}).usage == expected


def test_usage_may_come_in_any_event_and_zeros_at_the_end_do_not_count() -> None:
    first = {"usage": {"prompt_tokens": 12, "completion_tokens": 3}}
    last = {"usage": {"prompt_tokens": 0, "completion_tokens": 0}}
    assert taken(delta(content="Bonn") | first, delta("stop") | last).usage == Usage(12, 3)


CONTENTS: dict[str, tuple[object, str, str]] = {
    "text": ("Bonn", "Bonn", ""),
    "parts": ([{"type": "text", "text": "Bo"}, {"type": "output_text", "text": "nn"}], "Bonn", ""),
    "texts": (["Bo", "nn"], "Bonn", ""),
    "part": ({"type": "text", "text": "Bonn"}, "Bonn", ""),
    "value": ({"type": "text", "text": {"value": "Bonn", "annotations": []}}, "Bonn", ""),
    "content": ({"content": "Bonn"}, "Bonn", ""),
    "gemini": ({"parts": [{"text": "Am Rhein.", "thought": True}, {"text": "Bonn"}]}, "Bonn", "Am Rhein."),
    "mistral": (
        [{"type": "thinking", "thinking": [{"type": "text", "text": "Am Rhein."}]}, {"type": "text", "text": "Bonn"}],
        "Bonn",
        "Am Rhein.",
    ),
    "anthropic": (
        [{"type": "thinking", "thinking": "Am Rhein."}, {"type": "text", "text": "Bonn"}],
        "Bonn",
        "Am Rhein.",
    ),
    "responses": (
        [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Am Rhein."}]},
            {"type": "output_text", "text": "Bonn"},
        ],
        "Bonn",
        "Am Rhein.",
    ),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_content_in_another_shape(name: str) -> None:
    content, text, reasoning = CONTENTS[name]
    for reply in (taken(delta(content=content), delta("stop")), said({"content": content})):
        assert (reply.text, reply.reasoning) == (text, reasoning)


@pytest.mark.parametrize("content", [5, True, [5]])
def test_content_that_is_no_text_is_told(content: object) -> None:
    with pytest.raises(errors.StreamGarbledError):
        taken(delta(content=content))


def test_what_is_no_text_is_told_as_left_out() -> None:
    reply = said({"content": [{"type": "text", "text": "Bonn"}, {"type": "image_url", "image_url": {"url": "data:"}}]})
    assert reply.text == "Bonn"
    assert any("image_url" in warning for warning in reply.warnings)
    assert any("images" in warning for warning in said({"content": "Bonn", "images": [{}]}).warnings)


@pytest.mark.parametrize(
    "words",
    [
        {"reasoning": "Rhein"},
        {"reasoning_content": "Rhein"},
        {"thinking": "Rhein"},
        {"reasoning": "Rhein", "reasoning_content": "Rhein"},
        {"reasoning": {"content": "Rhein"}},
        {"reasoning": [{"type": "text", "text": "Rhein"}]},
        {"reasoning": "Rhein", "reasoning_details": [{"type": "reasoning.text", "text": "Rhein"}]},
        {"reasoning": None, "reasoning_details": [{"type": "reasoning.text", "text": "Rhein"}]},
        {"reasoning_content": "Rhein", "thinking_blocks": [{"type": "thinking", "thinking": "Rhein"}]},
    ],
)
def test_thoughts_beside_the_text_are_told_once(words: dict[str, Any]) -> None:
    for reply in (taken(delta(**words), delta("stop", content="Bonn")), said({"content": "Bonn", **words})):
        assert (reply.text, reply.reasoning) == ("Bonn", "Rhein")


def test_the_last_thought_and_the_first_word_in_one_event() -> None:
    reply = taken(delta(reasoning="Am "), delta(reasoning="Rhein.", content="Bo"), delta(content="nn"), delta("stop"))
    assert (reply.text, reply.reasoning) == ("Bonn", "Am Rhein.")


@pytest.mark.parametrize(
    "words",
    [
        {"content": None, "refusal": "Nein."},
        {"content": "", "refusal": "Nein."},
        {"content": [{"type": "refusal", "refusal": "Nein."}]},
    ],
)
def test_a_refusal_is_the_answer_and_marked(words: dict[str, Any]) -> None:
    for reply in (taken(delta(**words), delta("stop")), said(words)):
        assert (reply.text, reply.finish) == ("Nein.", "content_filter")
        assert reply.warnings == ("the model refused to answer",)


BONN = {"ort": "Bonn"}
CALLS: dict[str, dict[str, Any]] = {
    "object": {"tool_calls": [call(BONN, index=0, id="a")]},
    "no-index": {"tool_calls": [call(json.dumps(BONN), id="a")]},
    "null-index": {"tool_calls": [call(json.dumps(BONN), id="a", index=None)]},
    "text-index": {"tool_calls": [call(json.dumps(BONN), id="a", index="0")]},
    "number-id": {"tool_calls": [call(json.dumps(BONN), id=7, index=0)]},
    "flat": {"tool_calls": [{"call_id": "a", "name": "amt", "arguments": json.dumps(BONN)}]},
    "no-list": {"tool_calls": call(json.dumps(BONN), id="a")},
    "old": {"function_call": {"name": "amt", "arguments": json.dumps(BONN)}},
    "part": {"content": [{"type": "tool_use", "id": "a", "name": "amt", "input": BONN}]},
}


@pytest.mark.parametrize("name", CALLS)
def test_a_tool_call_in_another_shape(name: str) -> None:
    for reply in (taken(delta(**CALLS[name]), delta("stop")), said(CALLS[name])):
        assert [(one.name, one.parsed) for one in reply.tool_calls] == [("amt", BONN)]
        assert reply.tool_calls[0].id
        assert reply.finish == "tool_calls"


def test_an_old_call_bit_by_bit() -> None:
    parts = ({"name": "amt", "arguments": ""}, {"arguments": '{"ort": '}, {"arguments": '"Bonn"}'})
    reply = taken(*(delta(function_call=part) for part in parts), delta("function_call"))
    assert [one.parsed for one in reply.tool_calls] == [BONN]


def test_several_calls_in_one_event_without_numbers_and_ids() -> None:
    calls = [call('{"ort": "Bonn"}'), call('{"ort": "Ulm"}')]
    for reply in (taken(delta(tool_calls=calls), delta("tool_calls")), said({"tool_calls": calls})):
        assert [one.parsed["ort"] for one in reply.tool_calls] == ["Bonn", "Ulm"]


def test_calls_with_one_id_in_a_whole_answer_are_two() -> None:
    calls = [call('{"ort": "Bonn"}', id="a", index=0), call('{"ort": "Ulm"}', id="a", index=0)]
    assert len(said({"tool_calls": calls}).tool_calls) == 2


def test_calls_that_the_last_event_repeats_are_told_once() -> None:
    first = delta(tool_calls=[call('{"ort": "Bonn"}', id="a", index=0)])
    last = delta("tool_calls", tool_calls=[call('{"ort": "Bonn"}', id="a", index=0)])
    assert [one.parsed for one in taken(first, last).tool_calls] == [BONN]


def test_an_answer_that_the_last_event_repeats_is_told_once() -> None:
    last = {"choices": [{"delta": {}, "message": {"content": "Bonn"}, "finish_reason": "stop"}]}
    assert taken(delta(content="Bo"), delta(content="nn"), last).text == "Bonn"
    last["choices"][0].pop("delta")  # type: ignore[attr-defined]
    assert taken(delta(content="Bo"), delta(content="nn"), last).text == "Bonn"


def test_messages_instead_of_deltas_hold_all_that_was_said_until_then() -> None:
    events = [{"choices": [{"message": {"content": text}}]} for text in ("Bo", "Bonn")]
    assert taken(*events, delta("stop")).text == "Bonn"


def test_only_the_first_of_several_answers_counts_and_that_is_said() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "Ulm"}}]}
    reply = taken(delta(content="Bo"), other, delta(content="nn"), other, delta("stop"))
    assert reply.text == "Bonn"
    assert reply.warnings == ("the server sent several answers; this is the first",)


@pytest.mark.parametrize("choices", [None, [], [None], [{}], [{"delta": None}], [{"delta": {}}]])
def test_an_event_without_words(choices: object) -> None:
    assert taken(delta(content="Bonn"), {"choices": choices}, delta("stop")).text == "Bonn"


def test_text_beside_the_choice_as_of_completions() -> None:
    assert taken({"choices": [{"text": "Bo"}]}, {"choices": [{"text": "nn"}]}, delta("stop")).text == "Bonn"
    assert taken({"choices": [{"text": "Bonn"}]}, whole_answer=True).text == "Bonn"


@pytest.mark.parametrize("end", [b"[DONE]", b" [DONE] ", b"[done]", b'"[DONE]"', b"DONE", b"[DONE]\r"])
def test_the_end_may_be_marked_in_any_way(end: bytes) -> None:
    answer = Answer("gpu", request("m"), {})
    taking = Taking(PLACE, answer, "m")
    taking.take([json.dumps(delta(content="Bonn")).encode(), b"  ", end])
    assert taking.complete
    assert answer.reply().text == "Bonn"


async def test_no_mark_is_needed_where_the_reason_of_the_end_came(hostile: Hostile) -> None:
    events = "".join(f"data: {json.dumps(one)}\n\n" for one in (delta(content="Bonn"), delta("stop")))
    hostile.answers["unmarked"] = answers(SSE + chunk(events) + END)
    assert (await streamed(openai(hostile, "unmarked"))).text == "Bonn"


@pytest.mark.parametrize("word", ["abort", "error", "cancelled", "unload"])
async def test_an_answer_that_is_not_whole_is_an_error_with_what_came(hostile: Hostile, word: str) -> None:
    events = "".join(f"data: {json.dumps(one)}\n\n" for one in (delta(content="Bo"), delta(word)))
    line = json.dumps({"message": {"content": "Bo"}, "done": True, "done_reason": word}) + "\n"
    hostile.answers["parts"] = answers(SSE + chunk(events + "data: [DONE]\n\n") + END)
    hostile.answers["whole"] = answers(
        whole("200 OK", json.dumps({"choices": [{"message": {"content": "Bo"}, "finish_reason": word}]}))
    )
    hostile.answers["line"] = answers(whole("200 OK", line, "application/x-ndjson"))
    for asked in (
        streamed(openai(hostile, "parts")),
        openai(hostile, "whole").ask(request("m")),
        streamed(ollama(hostile, "line")),
        ollama(hostile, "line").ask(request("m")),
    ):
        error = await ended(asked)
        assert type(error) is errors.StreamCutError
        assert repr(word) in str(error)
        assert error.reply is not None
        assert error.reply.text == "Bo"


def test_a_reason_that_nobody_knows_is_told() -> None:
    reply = taken(delta(content="Bonn"), delta("xyz"))
    assert reply.finish == "unknown"
    assert reply.warnings == ("the answer ended for a reason that is not known here: 'xyz'",)


def test_the_filter_of_the_server_is_told() -> None:
    reply = taken(delta(content="Bo"), delta("SAFETY"))
    assert reply.finish == "content_filter"
    assert reply.warnings == ("the server's filter stopped the answer",)


ANSWER = json.dumps({"choices": [{"message": {"content": "Bonn"}, "finish_reason": "stop"}]})
EVENTS = f"data: {json.dumps(delta(content='Bonn'))}\n\ndata: {json.dumps(delta('stop'))}\n\ndata: [DONE]\n\n"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", ANSWER),
        ("application/json", EVENTS),
        ("text/plain", EVENTS),
        ("text/plain", ANSWER),
        ("application/octet-stream", EVENTS),
        ("text/event-stream", EVENTS),
    ],
)
async def test_an_answer_of_another_type_than_asked_for(hostile: Hostile, kind: str, body: str) -> None:
    hostile.answers["type"] = answers(whole("200 OK", body, kind))
    assert (await streamed(openai(hostile, "type"))).text == "Bonn"
    assert (await openai(hostile, "type").ask(request("m"))).text == "Bonn"


@pytest.mark.parametrize(
    "more",
    [
        {"prompt_eval_count": "12", "eval_count": 3.0, "load_duration": "soon", "model": 4},
        {"prompt_eval_count": -1, "eval_count": None, "load_duration": -5, "logprobs": "none"},
        {"logprobs": [{"token": "Bonn", "logprob": None}]},
    ],
)
async def test_side_fields_of_ollama(hostile: Hostile, more: dict[str, Any]) -> None:
    body = {"message": {"role": "assistant", "content": "Bonn"}, "done": True, "done_reason": "stop", **more}
    hostile.answers["side"] = answers(whole("200 OK", json.dumps(body) + "\n"))
    assert (await streamed(ollama(hostile, "side"))).text == "Bonn"
    assert (await ollama(hostile, "side").ask(request("m"))).text == "Bonn"


async def test_shapes_of_servers_that_speak_as_ollama(hostile: Hostile) -> None:
    calls = [
        {"function": {"name": "amt", "arguments": '{"ort": "Bonn"}'}},
        {"name": "amt", "arguments": {"ort": "Ulm"}},
    ]
    message = {"content": [{"type": "text", "text": "Bonn"}], "thinking": ["Rhein"], "tool_calls": calls}
    body = json.dumps({"message": message, "done": "true", "done_reason": "stop"})
    hostile.answers["shapes"] = answers(whole("200 OK", body + "\n"))
    for reply in (await streamed(ollama(hostile, "shapes")), await ollama(hostile, "shapes").ask(request("m"))):
        assert (reply.text, reply.reasoning) == ("Bonn", "Rhein")
        assert [one.parsed["ort"] for one in reply.tool_calls] == ["Bonn", "Ulm"]
