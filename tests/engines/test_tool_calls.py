"""Tool calls are put together from their fragments, however a server numbers and names them."""

from __future__ import annotations

import json

import pytest

from workbench.engines.answer._tool_calls import ToolCalls

Fragment = tuple[int | None, str | None, str | None, str | None]
BONN, ULM = '{"ort": "Bonn"}', '{"ort": "Ulm"}'
TWO = [("a", "amt", BONN), ("b", "amt", ULM)]
FRAGMENTS: dict[str, tuple[list[Fragment], list[tuple[str, str, str]]]] = {
    "as OpenAI sends them": (
        [
            (0, "a", "amt", ""),
            (0, None, None, BONN[:5]),
            (0, None, None, BONN[5:]),
            (1, "b", "amt", ""),
            (1, None, None, ULM),
        ],
        TWO,
    ),
    "interleaved": (
        [(0, "a", "amt", BONN[:5]), (1, "b", "amt", ULM[:5]), (0, None, None, BONN[5:]), (1, None, None, ULM[5:])],
        TWO,
    ),
    "all with index 0": ([(0, "a", "amt", BONN), (0, "b", "amt", ULM)], TWO),
    "all with index 0, bit by bit": (
        [(0, "a", "amt", BONN[:5]), (0, None, None, BONN[5:]), (0, "b", "amt", ""), (0, None, None, ULM)],
        TWO,
    ),
    "all with index 0, interleaved by id": (
        [(0, "a", "amt", BONN[:5]), (0, "b", "amt", ULM[:5]), (0, "a", None, BONN[5:]), (0, "b", None, ULM[5:])],
        TWO,
    ),
    "without an index": ([(None, "a", "amt", BONN[:5]), (None, None, None, BONN[5:]), (None, "b", "amt", ULM)], TWO),
    "with the id in each fragment": ([(0, "a", "amt", BONN[:5]), (0, "a", "amt", BONN[5:]), (1, "b", "amt", ULM)], TWO),
    "with another id in each fragment": (
        [(0, "a", "amt", BONN[:5]), (0, "x", None, BONN[5:]), (1, "b", "amt", ULM)],
        TWO,
    ),
    "with one id for all": ([(0, "a", "amt", BONN), (1, "a", "amt", ULM)], [("a", "amt", BONN), ("a", "amt", ULM)]),
    "with the numbers in another order": ([(1, "b", "amt", ULM), (0, "a", "amt", BONN)], TWO),
    "with a blank object first": ([(0, "a", "amt", "{}"), (0, None, None, BONN)], [("a", "amt", BONN)]),
    "with all until then in each fragment": ([(0, "a", "amt", BONN[:5]), (0, "a", None, BONN)], [("a", "amt", BONN)]),
    "without arguments": ([(0, "a", "amt", None)], [("a", "amt", "{}")]),
}


@pytest.mark.parametrize("name", FRAGMENTS)
def test_fragments(name: str) -> None:
    fragments, expected = FRAGMENTS[name]
    calls = ToolCalls()
    for fragment in fragments:
        calls.add(*fragment)
    assert [(call.id, call.name, call.arguments) for call in calls.whole(())] == expected


@pytest.mark.parametrize("index", [0, None])
def test_whole_calls_without_ids_are_told_apart(index: int | None) -> None:
    calls = ToolCalls()
    for arguments in (BONN, ULM):
        calls.add(index, None, "amt", arguments)
    assert [call.arguments for call in calls.whole(())] == [BONN, ULM]


@pytest.mark.parametrize("call_id", ["a", None])
def test_whole_calls_that_are_repeated_at_the_end_are_told_once(call_id: str | None) -> None:
    calls = ToolCalls()
    calls.add(0, call_id, "amt", BONN[:5])
    calls.add(0, None, None, BONN[5:])
    calls.add(0, call_id, "amt", json.dumps(json.loads(BONN), separators=(",", ":")), at_end=True)
    assert [json.loads(call.arguments) for call in calls.whole(())] == [{"ort": "Bonn"}]


def test_arguments_that_are_no_json_are_left_as_they_are() -> None:
    calls = ToolCalls()
    calls.add(0, "a", "amt", '{"ort": "Bo')
    calls.add(0, None, None, "nn")
    assert calls.whole(())[0].arguments == '{"ort": "Bonn'


def test_twenty_thousand_calls_are_put_together_in_time() -> None:
    calls = ToolCalls()
    for number in range(20_000):
        calls.add(0, f"c{number}", "amt", BONN, at_end=number > 10_000)
    assert len(calls) == 20_000
