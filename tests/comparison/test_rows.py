"""Rows before columns: a server answers a prompt for all candidates before the next, unless it exchanges its models."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pandas as pd
import pytest
from conftest import Server
from hostile import Asked, head, hostile_server
from scripted_model import replied, scripted

from workbench.comparison import Cell, Comparison, Plan, Result, make_plan
from workbench.comparison.asking._warm_up import warm_up
from workbench.connections import Model, connect, model
from workbench.messages import Piece, Request
from workbench.model_info import ModelInfo

LETTER = "Sehr geehrte Damen und Herren, " * 20


class Asking:
    """A script that remembers who was asked what: model, system message and prompt."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.systems: list[str] = []

    async def __call__(self, request: Request) -> AsyncGenerator[Piece, None]:
        self.asked.append((request.model, request.messages[-1].content))
        self.systems += [message.content for message in request.messages if message.role == "system"]
        await asyncio.sleep(0.001)  # as a server would, so that a stop comes in time
        yield replied("da")


def listing(*models: Model, resident: bool, names: Sequence[str] = ()) -> None:
    """Let the one server of these models list them all, by other names if some are given."""
    told = names or [one.name.partition("/")[2] for one in models]

    async def listed() -> list[ModelInfo]:
        return [ModelInfo(name=name, resident=resident) for name in told]

    for one in models:
        one.engine.models = listed  # type: ignore[method-assign]


async def order_of(models: list[Model], asking: Asking, prompts: str = "pq") -> str:
    """In which order the models "a", "b" … were asked the prompts, as "ap bp aq bq"."""
    await Comparison(make_plan(list(prompts), models)).run()
    return " ".join(name + prompt for name, prompt in asking.asked)


def of_one_server(asking: Asking, names: str = "ab", **options: Any) -> list[Model]:
    return [replace(scripted(f"x/{name}", asking), **options) for name in names]


async def test_settings_of_one_model_answer_a_prompt_before_the_next_comes() -> None:
    asked: list[tuple[str, float | None]] = []

    async def noting(request: Request) -> AsyncGenerator[Piece, None]:
        asked.append((request.messages[-1].content, request.options.temperature))
        yield replied("da")

    await Comparison(make_plan(["p", "q"], scripted("x/a", noting), grid={"temperature": [0, 0.5, 1]})).run()
    assert asked == list(product("pq", [0, 0.5, 1]))


async def test_all_answer_once_before_any_answers_again() -> None:
    asking = Asking()
    models = [scripted("x/a", asking).using(label=label, seed=seed) for label, seed in (("one", 1), ("two", 2))]
    seen: list[Cell] = []

    class Seen:
        def began(self, cell: Cell) -> None:
            seen.append(cell)

        def piece(self, cell: Cell, piece: Piece) -> None: ...
        def ended(self, cell: Cell, result: Result) -> None: ...

    comparison = Comparison(make_plan(["p", "q"], models, repeats=2))
    comparison.watch(Seen())
    await comparison.run()
    assert [(cell.prompt, cell.repeat, cell.candidate) for cell in seen] == list(product((0, 1), (0, 1), (0, 1)))


async def test_a_stopped_run_has_pairs() -> None:
    asking = Asking()
    comparison = Comparison(make_plan(list("abcdef"), scripted("x/a", asking), grid={"temperature": [0, 1]}))

    class StopsAfterSix:
        def began(self, cell: Cell) -> None: ...
        def piece(self, cell: Cell, piece: Piece) -> None: ...
        def ended(self, cell: Cell, result: Result) -> None:
            if len(asking.asked) == 6:
                comparison.stop()

    comparison.watch(StopsAfterSix())
    run = await comparison.run()
    answered = [run.plan.cell_at(index) for index in run.results if run.results.status(index) == "answered"]
    first, second = ({cell.prompt for cell in answered if cell.candidate == number} for number in (0, 1))
    assert len(first & second) >= 2
    assert len(first ^ second) <= 1


@pytest.mark.parametrize(
    ("resident", "models_loaded", "order"),
    [
        (False, None, "ap aq bp bq cp cq"),
        (True, None, "ap bp cp aq bq cq"),
        (False, 1, "ap aq bp bq cp cq"),
        (True, 1, "ap aq bp bq cp cq"),
        (False, 2, "ap bp aq bq cp cq"),
        (False, 3, "ap bp cp aq bq cq"),
    ],
)
async def test_models_that_are_held_at_the_same_time_answer_side_by_side(
    resident: bool, models_loaded: int | None, order: str
) -> None:
    asking = Asking()
    models = of_one_server(asking, "abc", models_loaded=models_loaded)
    listing(*models, resident=resident)
    assert await order_of(models, asking) == order


async def test_a_name_is_known_as_its_server_lists_it() -> None:
    asking = Asking()
    models = of_one_server(asking)
    listing(*models, resident=True, names=["a:latest", "b"])
    assert await order_of(models, asking) == "ap bp aq bq"


async def test_another_length_of_the_context_is_another_load() -> None:
    asking = Asking()
    one, other = of_one_server(asking, models_loaded=3)
    models = [one, one.using(label="long", context=8192), other]
    assert await order_of(models, asking) == "ap bp aq bq ap aq"


async def test_a_model_is_warmed_up_with_the_context_that_it_is_asked_with() -> None:
    contexts: list[int | None] = []

    async def noting(request: Request) -> AsyncGenerator[Piece, None]:
        contexts.append(request.options.context)
        yield replied("da")

    await warm_up(scripted("x/a", noting).using(context=8192, temperature=1))
    assert contexts == [8192]


async def test_servers_ask_the_same_rows_first_whatever_the_order() -> None:
    asking = {name: Asking() for name in "xy"}
    models = [scripted(f"{name}/a", script) for name, script in asking.items()]
    await Comparison(make_plan(list("abcdef"), models, shuffle=3)).run()
    assert asking["x"].asked == asking["y"].asked


async def test_long_beginnings_that_are_the_same_stay_together_under_each_system_message() -> None:
    asking = Asking()
    prompts = [f"{LETTER}{number}" for number in range(10)]
    plan = make_plan(prompts, scripted("x/a", asking), system=["kurz", "lang"])
    await Comparison(plan).run()
    assert asking.systems == ["kurz"] * 8 + ["lang"] * 8 + ["kurz"] * 2 + ["lang"] * 2


@pytest.mark.parametrize("prompts", [["Wo?", "Wer?"], [LETTER + "1", "Anders: " + LETTER]])
async def test_other_beginnings_are_asked_row_by_row_under_each_system_message(prompts: list[str]) -> None:
    asking = Asking()
    await Comparison(make_plan(prompts, scripted("x/a", asking), system=["kurz", "lang"])).run()
    assert asking.systems == ["kurz", "lang"] * 2


async def test_one_system_message_breaks_no_row() -> None:
    asking = Asking()
    prompts = [f"{LETTER}{number}" for number in range(3)]
    plan = make_plan(prompts, scripted("x/a", asking), system="kurz", grid={"temperature": [0, 1]})
    await Comparison(plan).run()
    assert [text for _, text in asking.asked] == [each for prompt in prompts for each in (prompt, prompt)]


async def test_the_embedded_model_answers_row_by_row(embedded: Model) -> None:
    began: list[int] = []

    class Seen:
        def began(self, cell: Cell) -> None:
            began.append(cell.prompt)

        def piece(self, cell: Cell, piece: Piece) -> None: ...
        def ended(self, cell: Cell, result: Result) -> None: ...

    plan = make_plan(["Wo?", "Wer?", "Wann?"], embedded, grid={"temperature": [0, 0.5, 1]}, max_tokens=2)
    comparison = Comparison(plan)
    comparison.watch(Seen())
    run = await comparison.run()
    assert run.counts["answered"] == 9
    assert began == sorted(began)


def listed_by(owner: str) -> list[dict[str, Any]]:
    return [{"id": name, "object": "model", "owned_by": owner} for name in "ab"]


@pytest.mark.parametrize(("owner", "order"), [("vllm", "ap bp aq bq"), ("library", "ap aq bp bq")])
async def test_what_a_vllm_serves_is_in_memory_and_what_others_list_may_not_be(owner: str, order: str) -> None:
    asked: list[str] = []

    async def answer(request: Asked) -> AsyncGenerator[bytes, None]:
        if request.path.endswith("/models"):
            body = json.dumps({"data": listed_by(owner)}).encode()
            yield head("200 OK", "application/json", f"Content-Length: {len(body)}") + body
            return
        sent = json.loads(request.body)
        asked.append(sent["model"] + sent["messages"][-1]["content"])
        event = json.dumps({"choices": [{"delta": {"content": "da"}, "finish_reason": "stop"}]})
        yield head("200 OK", "text/event-stream", "Connection: close") + f"data: {event}\n\ndata: [DONE]\n\n".encode()

    with hostile_server() as server:
        server.answers["v1"] = answer
        connect("gpu", f"{server.address}/v1")
        await Comparison(make_plan(["p", "q"], ["gpu/a", "gpu/b"]), concurrency=1).run()
    assert " ".join(asked) == order


async def test_a_real_vllm_tells_what_is_resident(vllm: Server, on_vllm: Model) -> None:
    assert {info.resident for info in await on_vllm.engine.models()} == {True}


async def test_a_real_ollama_tells_what_is_resident(ollama: Server, on_ollama: Model) -> None:
    await on_ollama.ask("Hallo", max_tokens=1)
    told = {info.name: info.resident for info in await on_ollama.engine.models()}
    assert told[ollama.model if ":" in ollama.model else f"{ollama.model}:latest"]


def test_a_connection_says_how_many_models_it_holds() -> None:
    connect("gpu", "http://127.0.0.1:9/v1", models_loaded=2)
    assert model("gpu/a").models_loaded == 2
    assert model("gpu/a", temperature=0).using(label="other").models_loaded == 2


def test_a_plan_of_a_hundred_thousand_cells_is_ordered_one_by_one() -> None:
    table = pd.DataFrame({"prompt": [f"Frage {number}" for number in range(1000)]})
    plan: Plan = make_plan(table, "embedded", grid={"temperature": [0, 1]})
    from workbench.comparison.asking._order import cells

    ordered = cells(plan, [0, 1], plan.asking_order())
    assert [next(ordered).index for _ in range(4)] == [0, 1, 2, 3]
    assert sum(1 for _ in ordered) == 1996
