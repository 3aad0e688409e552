"""Lists of models and vectors in every shape that servers send them."""

from __future__ import annotations

import json

import pytest
from faulty import whole
from hostile import Hostile
from hostile_client import answers, ended
from hostile_client import patient_ollama as ollama
from hostile_client import patient_openai as openai

from workbench import errors

VECTORS: dict[str, object] = {
    "no usage": {
        "object": "list",
        "data": [{"index": 0, "embedding": [0.5]}, {"index": 1, "embedding": [1]}],
        "model": "e",
    },
    "no object": {"data": [{"embedding": [0.5]}, {"embedding": [1.0]}]},
    "another order": {"data": [{"index": 1, "embedding": [1.0]}, {"index": 0, "embedding": [0.5]}]},
    "all with index 0": {"data": [{"index": 0, "embedding": [0.5]}, {"index": 0, "embedding": [1.0]}]},
    "texts as index": {"data": [{"index": "1", "embedding": [1.0]}, {"index": "0", "embedding": [0.5]}]},
    "base64": {"data": [{"index": 0, "embedding": "AAAAPw=="}, {"index": 1, "embedding": "AACAPw=="}]},
    "bare": [[0.5], [1.0]],
    "ollama": {"embeddings": [[0.5], [1.0]]},
    "nested": [{"index": 0, "embedding": [[0.5]]}, {"index": 1, "embedding": [[1.0]]}],
    "by kind": {"embeddings": {"float": [[0.5], [1.0]]}},
}


@pytest.mark.parametrize("name", VECTORS)
async def test_embeddings_in_another_shape(hostile: Hostile, name: str) -> None:
    hostile.answers["vectors"] = answers(whole("200 OK", json.dumps(VECTORS[name])))
    assert await openai(hostile, "vectors").embed("e", ["Amt", "Rathaus"]) == [[0.5], [1.0]]


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"index": 0, "embedding": [0.5]}]},
        {"data": [{"embedding": [0.5]}, {"embedding": [None]}]},
        {"data": [{"embedding": [0.5]}, {"embedding": []}]},
        {"data": [{"embedding": "?"}, {"embedding": "?"}]},
        {"data": None},
    ],
)
async def test_vectors_that_are_not_there_are_missed(hostile: Hostile, body: object) -> None:
    hostile.answers["vectors"] = answers(whole("200 OK", json.dumps(body)))
    error = await ended(openai(hostile, "vectors").embed("e", ["Amt", "Rathaus"]))  # type: ignore[arg-type]
    assert type(error) is errors.AddressError
    assert "2 texts" in str(error)


LISTS: dict[str, tuple[object, list[str]]] = {
    "null": ({"object": "list", "data": None}, []),
    "missing": ({"object": "list"}, []),
    "empty": ({"data": []}, []),
    "bare": ([{"id": "a"}, {"id": "b"}], ["a", "b"]),
    "names": (["a", "b"], ["a", "b"]),
    "models": ({"models": [{"name": "a"}, {"model": "b"}]}, ["a", "b"]),
    "odd": (
        {"data": [{"id": "a", "meta": "none", "max_model_len": "4096", "parent": 5}, {"id": 7}, {}, None]},
        ["a", "7"],
    ),
}


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_of_models_in_another_shape(hostile: Hostile, name: str) -> None:
    body, names = LISTS[name]
    hostile.answers["list"] = answers(whole("200 OK", json.dumps(body)))
    assert [info.name for info in await openai(hostile, "list").models()] == names


async def test_an_ollama_without_models_may_say_null(hostile: Hostile) -> None:
    hostile.answers["null"] = answers(whole("200 OK", '{"models": null}'))
    assert await ollama(hostile, "null").models() == []
    assert await ollama(hostile, "null").loaded() == []


@pytest.mark.parametrize(
    ("value", "context"), [("4096", 4096), (4096.0, 4096), (-1, None), ("long", None), (True, None)]
)
async def test_the_context_of_a_model_is_read_as_far_as_it_is_a_number(
    hostile: Hostile, value: object, context: int | None
) -> None:
    hostile.answers["list"] = answers(whole("200 OK", json.dumps({"data": [{"id": "a", "max_model_len": value}]})))
    assert (await openai(hostile, "list").models())[0].capabilities.context == context
