"""Answers that repeat themselves are seen while they come, stopped and marked; what only looks like it goes on."""

import asyncio
import json
import random
from collections.abc import AsyncIterator

import pytest
from embedded_slots import is_idle
from engine_requests import SECRET, KnownKey, request
from faulty import END, NDJSON, SSE, chunk, event, line
from hostile import Asked, Hostile, whole

from workbench.engines import EmbeddedEngine, OllamaEngine, OpenAIEngine, Place
from workbench.engines.answer._repetition import Watch
from workbench.messages import Reply

SENTENCE = "Die Gemeinde ist für die Aufgaben der Gemeinde zuständig. "
SENTENCES = [f"Das Amt für {name} ist heute von 8 bis 12 Uhr für alle geöffnet." for name in ("Bau", "Sport", "Recht")]
AREAS = (
    "Bau",
    "Umwelt",
    "Soziales",
    "Jugend",
    "Schule",
    "Sport",
    "Kultur",
    "Verkehr",
    "Statistik",
    "Recht",
    "Finanzen",
)
ROW = {"name": "Standesamt", "ort": "Bonn", "offen": True}

CIRCLES = {
    "one sign": "!" * 4000,
    "blanks": '{"name": "Amt",' + "\n    " * 800,
    "tabs": "{" + "\t" * 3000,
    "words": "der Auswahl " * 200,
    "without blanks": "Verwaltungsverwaltung" * 100,
    "a sentence": "Bonn liegt am Rhein. " + SENTENCE * 40,
    "a paragraph": "Bonn liegt am Rhein.\n\n" + "".join(f"Satz {sign} handelt vom Amt. " for sign in "abcdefghij") * 20,
    "lines": "- Personalausweis\n- Reisepass\n" * 60,
    "a table": "| Amt | Ort |\n|---|---|\n" + "| Standesamt | Bonn |\n" * 90,
    "JSON": "[" + f"{json.dumps(ROW)}, " * 40,
    "JSON over several lines": "[" + f"{json.dumps(ROW, indent=2)},\n" * 40,
    "a list that counts": "".join(f"{number}. Das ist ein Beispiel.\n" for number in range(1, 150)),
    "a short list that counts": " ".join(f"{number}. Ja" for number in range(1, 400)),
    "a list that counts down": "".join(f"{number}. Das ist ein Beispiel.\n" for number in range(150, 1, -1)),
    "a table that counts": "".join(f"| {number} | {2000 + number} | Standesamt |\n" for number in range(120)),
    "JSON that counts": "".join(f"{json.dumps(ROW | {'id': number})}, " for number in range(100)),
    "code": "    assert amt is not None\n    print(amt)\n" * 40,
    "umlauts": "Ämter prüfen Anträge über Übergänge. " * 40,
    "Chinese": "市政府负责公共服务。" * 120,
    "few sentences in any order": " ".join(random.Random(1).choices(SENTENCES, k=150)),
    "dashes": "- - - " * 500,
    "zeros": "0, " * 900,
}

WHOLE = {
    "a dividing line": "Amt\n" + "=" * 400 + "\nBonn",
    "rules of a wide table": "|" + "---|" * 120 + "\n| Amt |",
    "a table of numbers": "\n".join(";".join(str(row * column % 89) for column in range(12)) for row in range(150)),
    "a matrix of zeros": "\n".join("0 " * 16 for _ in range(16)),
    "a times table": "\n".join(f"{row} · {column} = {row * column}" for row in range(1, 11) for column in range(1, 11)),
    "counting": ", ".join(map(str, range(1, 1001))),
    "years": "\n".join(str(year) for year in range(1700, 2027)),
    "days of a month": "".join(f"{day}. März: geschlossen\n" for day in range(1, 32)),
    "a refrain": "".join(
        f"{number} Flaschen Bier an der Wand, {number} Flaschen Bier. Nimm eine herunter, reich sie herum, es bleiben "
        f"{number - 1}.\n"
        for number in range(12, 0, -1)
    ),
    "offices": json.dumps([ROW | {"id": number, "name": area} for number, area in enumerate(AREAS)], indent=2),
    "readings": json.dumps([{"id": number, "wert": number * 7919 % 1000 / 10} for number in range(300)]),
    "a survey": "\n".join(random.Random(1).choices(["stimme zu", "stimme nicht zu", "weiß nicht"], k=300)),
    "a survey with names": "".join(
        f"- {name}{number}: {random.Random(number).choice(SENTENCES)}\n" for number in range(9) for name in AREAS
    ),
    "twice the same": SENTENCE * 8,
    "laughing": "Ha" * 100,
}


@pytest.mark.parametrize("text", CIRCLES.values(), ids=CIRCLES.keys())
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_circle_is_seen_however_it_is_cut(text: str, size: int) -> None:
    assert seen(text, size)


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE.keys())
def test_what_people_write_is_no_circle(text: str) -> None:
    assert not seen(text, 7)


def seen(text: str, size: int) -> bool:
    watch = Watch()
    for at in range(0, len(text), size):
        watch.take(text[at : at + size])
    return watch.found


def test_a_circle_is_seen_soon() -> None:
    """A sentence of 58 characters, about 20 tokens, is not let round more than 15 times."""
    watch, rounds = Watch(), 0
    while not watch.found:
        watch.take(SENTENCE)
        rounds += 1
    assert rounds <= 15


def said(delta: dict[str, object]) -> bytes:
    return chunk(f"data: {json.dumps({'choices': [{'delta': delta, 'finish_reason': None}]})}\n\n")


CALL = {"index": 0, "id": "1", "function": {"name": "find", "arguments": " \n" * 30}}
PIECES = {
    "text": said({"content": SENTENCE}),
    "thoughts": said({"reasoning_content": SENTENCE}),
    "arguments": said({"tool_calls": [CALL]}),
    "lines": chunk(line(SENTENCE)),
    "lines-of-thought": chunk(json.dumps({"message": {"thinking": SENTENCE}, "done": False}) + "\n"),
}


@pytest.fixture
def circling(hostile: Hostile) -> Hostile:
    """A server whose answers repeat themselves for ever, as the first part of the path says, or a hundred times."""

    async def without_end(asked: Asked) -> AsyncIterator[bytes]:
        yield NDJSON if asked.name.startswith("lines") else SSE
        while True:
            yield PIECES[asked.name]
            await asyncio.sleep(0.001)

    async def at_once(asked: Asked) -> AsyncIterator[bytes]:
        choice = {"message": {"content": SENTENCE * 100}, "finish_reason": "stop"}
        yield whole("200 OK", json.dumps({"choices": [choice]}))

    async def in_one_line(asked: Asked) -> AsyncIterator[bytes]:
        yield whole("200 OK", line(SENTENCE * 100, done=True))

    async def to_its_end(asked: Asked) -> AsyncIterator[bytes]:
        yield SSE + PIECES["text"] * 100 + chunk(event("", "length") + "data: [DONE]\n\n") + END

    hostile.answers |= dict.fromkeys(PIECES, without_end)
    hostile.answers |= {"at-once": at_once, "in-one-line": in_one_line, "to-its-end": to_its_end}
    return hostile


def engine_at(server: Hostile, kind: str) -> OpenAIEngine | OllamaEngine:
    """The engine that asks for an answer of this kind."""
    place = Place("gpu", f"{server.address}/{kind}", KnownKey())
    return OllamaEngine(place) if "line" in kind else OpenAIEngine(place)


async def streamed(engine: OpenAIEngine | OllamaEngine | EmbeddedEngine, model: str = "m", **options: object) -> Reply:
    async with asyncio.timeout(120):
        last = [piece async for piece in engine.stream(request(model, **options))][-1]
    assert last.reply is not None
    return last.reply


@pytest.mark.parametrize("kind", PIECES)
async def test_an_answer_that_repeats_itself_is_stopped_and_marked(circling: Hostile, kind: str) -> None:
    reply = await streamed(engine_at(circling, kind))
    assert reply.finish == "repetition"
    assert reply.warnings == ("the answer repeats itself, and was stopped",)
    came = reply.text or reply.reasoning or reply.tool_calls[0].arguments
    assert len(came) >= 600, "what came until then is kept"


@pytest.mark.parametrize("kind", ["at-once", "in-one-line"])
async def test_a_whole_answer_that_repeats_itself_is_marked(circling: Hostile, kind: str) -> None:
    reply = await engine_at(circling, kind).ask(request("m"))
    assert (reply.finish, reply.warnings) == ("stop", ("the answer repeats itself",))
    assert reply.text == SENTENCE * 100
    let_go = await engine_at(circling, kind).ask(request("m", stop_repeats=False))
    assert (let_go.finish, let_go.warnings) == ("stop", ())


async def test_an_answer_that_had_ended_keeps_its_own_reason(circling: Hostile) -> None:
    """All of it arrives together, so there is nothing left to stop."""
    reply = await streamed(engine_at(circling, "to-its-end"))
    assert reply.finish in ("length", "repetition")
    assert any(warning.startswith("the answer repeats itself") for warning in reply.warnings)


async def test_it_goes_on_where_that_is_wanted(circling: Hostile) -> None:
    reply = await streamed(engine_at(circling, "to-its-end"), stop_repeats=False)
    assert (reply.finish, reply.warnings) == ("length", ("the answer was cut by the limit of tokens",))
    assert reply.text == SENTENCE * 100


async def test_a_secret_that_is_repeated_for_ever_is_masked(circling: Hostile) -> None:
    PIECES["secret"] = said({"content": f"Das Wort ist {SECRET}. "})
    circling.answers["secret"] = circling.answers["text"]
    reply = await streamed(engine_at(circling, "secret"))
    assert reply.finish == "repetition"
    assert SECRET not in reply.text


async def test_the_packaged_model_is_stopped_and_works_on_nothing_any_more() -> None:
    """What it says to this goes round for ever at temperature 0; without a limit it would fill the context."""
    engine = EmbeddedEngine("embedded")
    reply = await streamed(engine, "smollm2-135m-instruct", text="Welche Aufgaben hat der Bundestag?", temperature=0)
    assert reply.finish == "repetition"
    assert await is_idle(10)
