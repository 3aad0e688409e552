"""Thoughts in the text of an answer are reasoning, wherever it is cut; texts that speak of marks stay whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import hostile_client
import pytest
from engine_requests import SECRET, request
from faulty import END, NDJSON, SSE, chunk, event, line, whole
from hostile import Hostile
from hostile_client import ROOMY, answers

from workbench.engines import OllamaEngine, OpenAIEngine
from workbench.engines.answer._answer import Answer
from workbench.engines.answer._thoughts import Thoughts
from workbench.messages import Piece, Reply

# A machine that stalls is not what is tried here.
ollama = partial(hostile_client.ollama, limits=ROOMY)
openai = partial(hostile_client.openai, limits=ROOMY)
Make = Callable[..., OpenAIEngine | OllamaEngine]

PARTED = [
    ("<think>\nVielleicht Bonn? Nein.\n</think>\n\nBerlin", "Berlin", "Vielleicht Bonn? Nein."),
    ("\n <think>Am Rhein.</think>Bonn", "Bonn", "Am Rhein."),
    ("<think></think>Bonn", "Bonn", ""),
    ("<think>\n\n</think>\n\nBonn", "Bonn", ""),
    ("<think>eins</think>\n<think> zwei</think>Bonn", "Bonn", "einszwei"),
    ("<thinking>Am Rhein.</thinking>Bonn", "Bonn", "Am Rhein."),
    ("<thought>Am Rhein.</thought>Bonn", "Bonn", "Am Rhein."),
    ("<reasoning>Am Rhein.</reasoning>Bonn", "Bonn", "Am Rhein."),
    ("<Think>Am Rhein.</THINK>Bonn", "Bonn", "Am Rhein."),
    ("[THINK]Am Rhein.[/THINK]Bonn", "Bonn", "Am Rhein."),
    ("◁think▷Am Rhein.◁/think▷Bonn", "Bonn", "Am Rhein."),
    ("<|START_THINKING|>Am Rhein.<|END_THINKING|><|START_RESPONSE|>Bonn<|END_RESPONSE|>", "Bonn", "Am Rhein."),
    (
        "<|channel|>analysis<|message|>Am Rhein.<|end|><|start|>assistant<|channel|>final<|message|>Bonn<|return|>",
        "Bonn",
        "Am Rhein.",
    ),
    ("<think>Das Zeichen `</think>` beendet es. Also:</think>Bonn", "Bonn", "Das Zeichen `</think>` beendet es. Also:"),
    ("<think>Am Rhein.</think>Das Zeichen </think> steht hier.", "Das Zeichen </think> steht hier.", "Am Rhein."),
    # cut within the thoughts
    ("<think>Am Rhein, al", "", "Am Rhein, al"),
    ("<think>Am Rhein.</thi", "", "Am Rhein.</thi"),
    # the template of the prompt has opened them
    ("Vielleicht Bonn? Nein.\n</think>\n\nBerlin", "Berlin", "Vielleicht Bonn? Nein."),
    ("Vielleicht Bonn? Nein.</think>Berlin", "Berlin", "Vielleicht Bonn? Nein."),
    ("Vielleicht Bonn? Nein. </think> Berlin", "Berlin", "Vielleicht Bonn? Nein."),
    ("Also Berlin\n</think>", "", "Also Berlin"),
    ("</think>\n\nBerlin", "Berlin", ""),
    ("Also[/THINK]Berlin", "Berlin", "Also"),
    ("Es geht um `<think>`.\n</think>\nEin Zeichen.", "Ein Zeichen.", "Es geht um `<think>`."),
    ("```\nx = 1\n```\nAlso eins.\n</think>\n1", "1", "```\nx = 1\n```\nAlso eins."),
]
LEFT = [
    "Bonn",
    "  Bonn ",
    "",
    " \n",
    "<",
    "<think",
    "<b>Bonn</b> und [Amt](https://example.org)",
    "<thinker>Bonn</thinker>",
    "a < b",
    "Schreiben Sie `<think>` und `</think>`.",
    "Schreiben Sie <think> vor und </think> hinter die Gedanken.",
    "Die Gedanken enden mit </think>.",
    "Hinter </think> steht die Antwort.",
    "Das Zeichen „</think>“ beendet sie.",
    '{"ende": "</think>"}',
    "```xml\n<antwort>\n</think>\n```\nFertig.",
    "~~~\n</think>\n~~~",
    "Bonn. <think>Das steht mitten im Text.</think> Ende.",
    "İstanbul <think> </think>",
]


def joined(thoughts: Thoughts, pieces: list[str]) -> tuple[str, str]:
    text: list[str] = []
    reasoning: list[str] = []
    for parted in [*map(thoughts.feed, pieces), thoughts.close()]:
        if parted.was_reasoning:
            reasoning += text
            text.clear()
        text.append(parted.text)
        reasoning.append(parted.reasoning)
    return "".join(text), "".join(reasoning).strip()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize(("said", "text", "reasoning"), PARTED, ids=lambda said: ascii(said[:30]))
def test_thoughts_are_told_apart_wherever_the_text_is_cut(size: int, said: str, text: str, reasoning: str) -> None:
    pieces = [said[at : at + size] for at in range(0, len(said), size)]
    assert joined(Thoughts(), pieces) == (text, reasoning)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("said", LEFT, ids=lambda said: ascii(said[:30]))
def test_a_text_that_speaks_of_marks_is_left_alone(size: int, said: str) -> None:
    pieces = [said[at : at + size] for at in range(0, len(said), size)]
    assert joined(Thoughts(), pieces) == (said, "")


@pytest.mark.parametrize(
    "said",
    ["a </think> x " * 4_000, "`</think>` " * 4_000, "<think>" + "`</think>` " * 4_000, "\n" * 4_000, "<" * 4_000],
)
def test_nothing_is_lost_of_marks_without_end(said: str) -> None:
    for size in (7, len(said)):
        pieces = [said[at : at + size] for at in range(0, len(said), size)]
        text, reasoning = joined(Thoughts(), pieces)
        assert len(text) + len(reasoning) >= len(said.strip()) - len("<think>")


def streamed_answer(make: Make, pieces: list[str], finish: str = "stop") -> bytes:
    if make is openai:
        return SSE + chunk("".join(map(event, pieces)) + event("", finish) + "data: [DONE]\n\n") + END
    last = json.dumps({"message": {"content": ""}, "done": True, "done_reason": finish}) + "\n"
    return NDJSON + b"".join(chunk(line(piece)) for piece in pieces) + chunk(last) + END


def whole_answer(make: Make, text: str, finish: str = "stop") -> bytes:
    message = {"role": "assistant", "content": text}
    if make is openai:
        return whole("200 OK", json.dumps({"choices": [{"message": message, "finish_reason": finish}]}))
    return whole("200 OK", json.dumps({"message": message, "done": True, "done_reason": finish}))


async def told(engine: OpenAIEngine | OllamaEngine, **options: Any) -> tuple[str, str, Reply]:
    """What a reader of the pieces has at the end, and the reply."""
    text = reasoning = ""
    reply = None
    async for piece in engine.stream(request("small", **options)):
        text = piece.text if piece.was_reasoning else text + piece.text
        reasoning, reply = reasoning + piece.reasoning, piece.reply
    assert reply is not None
    return text, reasoning, reply


@pytest.mark.parametrize("make", [openai, ollama])
async def test_every_engine_tells_them_apart_streamed_and_whole(hostile: Hostile, make: Make) -> None:
    for said in ("<think>Am Rhein.</think>\nBonn", "Am Rhein.\n</think>\n\nBonn"):
        hostile.answers["parts"] = answers(streamed_answer(make, list(said)))
        hostile.answers["whole"] = answers(whole_answer(make, said))
        text, reasoning, reply = await told(make(hostile, "parts"))
        assert (text, reasoning) == (reply.text, reply.reasoning) == ("Bonn", "Am Rhein.")
        reply = await make(hostile, "whole").ask(request("small"))
        assert (reply.text, reply.reasoning) == ("Bonn", "Am Rhein.")


@pytest.mark.parametrize("make", [openai, ollama])
async def test_a_switch_leaves_texts_alone(hostile: Hostile, make: Make) -> None:
    said = "<think>Am Rhein.</think>\nBonn"
    hostile.answers["parts"] = answers(streamed_answer(make, list(said)))
    hostile.answers["whole"] = answers(whole_answer(make, said))
    for reply in (
        (await told(make(hostile, "parts"), thoughts="text"))[2],
        await make(hostile, "whole").ask(request("small", thoughts="text")),
    ):
        assert (reply.text, reply.reasoning) == (said, "")


@pytest.mark.parametrize("make", [openai, ollama])
async def test_an_answer_that_is_cut_within_its_thoughts_has_no_text(hostile: Hostile, make: Make) -> None:
    hostile.answers["cut"] = answers(streamed_answer(make, ["<think>Am ", "Rhein"], "length"))
    text, reasoning, reply = await told(make(hostile, "cut"))
    assert (text, reply.text) == ("", "")
    assert reasoning == reply.reasoning == "Am Rhein"
    assert reply.finish == "length"


async def test_an_answer_of_thoughts_alone_is_said_to_be_empty(hostile: Hostile) -> None:
    hostile.answers["only"] = answers(whole_answer(openai, "<think>Am Rhein.</think>"))
    reply = await openai(hostile, "only").ask(request("small"))
    assert reply.warnings == ("the answer is empty: all that came are thoughts",)


def test_a_piece_says_so_where_what_was_shown_as_text_were_thoughts() -> None:
    answer = Answer("gpu", request("m"), {})
    answer.add_text("Am Rhein.\n")
    assert answer.piece() == Piece("Am Rhein.\n")
    answer.add_text("</think>\nBonn")
    assert answer.piece() == Piece("Bonn", "Am Rhein.", was_reasoning=True)
    assert answer.rest() is None


def test_a_piece_says_nothing_of_it_where_nothing_was_shown() -> None:
    answer = Answer("gpu", request("m"), {})
    answer.add_text("Am Rhein.\n</think>\nBonn")
    assert answer.piece() == Piece("Bonn", "Am Rhein.")


async def test_a_lone_mark_says_nothing_where_the_server_tells_thoughts_apart(hostile: Hostile) -> None:
    message = {"content": "Erst denken.\n</think>\nBonn", "reasoning": "Am Rhein."}
    hostile.answers["both"] = answers(whole("200 OK", json.dumps({"choices": [{"message": message}]})))
    reply = await openai(hostile, "both").ask(request("small"))
    assert (reply.text, reply.reasoning) == ("Erst denken.\n</think>\nBonn", "Am Rhein.")


async def test_a_secret_in_thoughts_that_show_late_is_not_told(hostile: Hostile) -> None:
    said = f"Der Schlüssel ist {SECRET}.\n</think>\nBonn"
    hostile.answers["late"] = answers(streamed_answer(openai, list(said)))
    text, reasoning, reply = await told(openai(hostile, "late"))
    assert (text, reasoning) == (reply.text, reply.reasoning) == ("Bonn", "Der Schlüssel ist [key].")


async def test_logprobs_are_those_of_the_answer(hostile: Hostile) -> None:
    parts = ["<think>", "Rhein", "</think>", "\n", "Bo", "nn"]
    logprobs = {"content": [{"token": part, "logprob": -0.5} for part in parts]}
    body = {"choices": [{"message": {"content": "".join(parts)}, "logprobs": logprobs, "finish_reason": "stop"}]}
    hostile.answers["likely"] = answers(whole("200 OK", json.dumps(body)))
    reply = await openai(hostile, "likely").ask(request("small", logprobs=0))
    assert [token.text for token in reply.logprobs] == ["Bo", "nn"]
