"""The code of a run: it runs in a cell, asks the same cells, and nothing that has an answer."""

from __future__ import annotations

import ast
import inspect
from collections.abc import AsyncGenerator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pydantic
import pytest
from scripted_model import replied, scripted

import workbench as wb
from workbench.comparison import Comparison, Plan, Run, make_plan
from workbench.comparison.journal._keys import Keys
from workbench.comparison.plan._candidate import SavedCandidate
from workbench.connections import connect
from workbench.engines import EmbeddedEngine
from workbench.messages import Message, Piece, Request, ToolCall
from workbench.notebook import compare

TABLE = pd.DataFrame({"city": ["Bonn", "Köln"], "expected": ["Bonn", "Köln"]})
GIF = b"GIF89a"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def shout(prompt: str) -> str:
    return prompt.upper()


class Office(pydantic.BaseModel):
    city: str


async def in_a_cell(code: str, **names: Any) -> Run:
    """The `run` of code as a cell of a notebook runs it, with what was defined in cells before."""
    scope: dict[str, Any] = {**names}
    compiled = compile(code, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if inspect.isawaitable(done := eval(compiled, scope)):
        await done
    run: Run = scope["run"]
    return run


async def same_plan(plan: Plan, **names: Any) -> Plan:
    """The plan that the code of a plan makes; nobody is asked."""
    run = Comparison(plan).result
    found: list[Plan] = []

    async def planned(prompts: Any, models: Any, *, name: str | None = None, **options: Any) -> Any:
        found.append(make_plan(prompts, models, **{key: one for key, one in options.items() if key != "scorers"}))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wb, "compare", planned)
        await in_a_cell(run.code, **names)
    return found[0]


def keys_of(plan: Plan) -> list[bytes]:
    keys = Keys(plan, {})
    return [keys[cell] for cell in plan.cells()]


def labels_of(plan: Plan) -> list[str]:
    return [one.label for one in plan.candidates]


async def test_the_code_of_a_kept_run_asks_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"grid": {"temperature": [0, 0.5]}, "system": "Kurz.", "repeats": 2, "max_tokens": 3, "seed": 7}
    run = await compare(
        TABLE, "embedded", template="Nenne {{ city }}!", name="offices", scorers=wb.scorers.exact(), **options
    )

    async def nobody(*_: object) -> None:
        raise AssertionError("it is asked again")

    monkeypatch.setattr(EmbeddedEngine, "stream", nobody)
    for one in (run, wb.open("offices")):
        again = await in_a_cell(one.code)
        assert keys_of(again.plan) == keys_of(run.plan)
        assert labels_of(again.plan) == labels_of(run.plan)
        pd.testing.assert_frame_equal(again.frame, run.frame)
        pd.testing.assert_frame_equal(again.scores, run.scores)
    assert 'name="offices"' in run.code
    assert 'template="Nenne {{ city }}!"' in run.code
    assert "#" not in run.code


async def test_it_goes_on_in_what_is_kept_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_JOURNAL", "")

    async def script(request: Request) -> AsyncGenerator[Piece, None]:
        yield replied(request.messages[-1].content)

    run = await Comparison(make_plan("Wo?", scripted("x/m", script, label="m"))).run()
    (name,) = wb.runs()["name"]
    assert f"name={name!r}".replace("'", '"') in run.code
    assert "name=" not in wb.open(run.save("run.zip")).code


async def test_with_another_prompt_or_candidate_in_it_only_that_is_asked() -> None:
    options = {"max_tokens": 3, "temperature": 0}
    run = await compare(["Wo?", "Wann?"], {"a": "embedded"}, name="offices", **options)
    code = run.code.replace('"Wann?"]', '"Wann?", "Warum?"]').replace('{"a":', '{"b": shout, "a":')
    again = await in_a_cell(code, shout=shout)
    assert again.table["b"].tolist() == ["WO?", "WANN?", "WARUM?"]
    kept = again.frame[(again.frame["model"] == "a") & (again.frame["prompt"] != "Warum?")]
    assert kept["total_s"].tolist() == run.frame["total_s"].tolist()  # these are the answers that there were


PROMPTS: Mapping[str, Any] = {
    "texts": ["Wo?", 'Er sagt: "Ja", \'nein\' {x}', "zwei\nZeilen und noch viel mehr " * 9, "\u202e\u2028\ud83c\udf0d"],
    "dialogues": [wb.dialogue("Guten Tag.", "Wo?"), "Wann?"],
    "conversation": [[Message("system", "Kurz."), Message("user", "Wo?", name="Anna")]],
    "calls": [
        [Message("user", "?"), Message("assistant", "", (ToolCall("7", "now", "{}"),)), Message("tool", "8", (), "7")]
    ],
    "image": [[{"role": "user", "content": "Was?", "images": [GIF]}]],
}  # fmt: skip


@pytest.mark.parametrize("kind", PROMPTS)
async def test_prompts_of_every_kind_are_written(kind: str) -> None:
    plan = make_plan(PROMPTS[kind], "embedded")
    assert keys_of(await same_plan(plan)) == keys_of(plan)


TABLES: Mapping[str, tuple[pd.DataFrame, dict[str, Any]]] = {
    "prompt": (TABLE.assign(prompt=["Wo?", "Wann?"]), {}),
    "column": (TABLE, {"column": "expected"}),
    "dialogue": (TABLE, {"template": ["{{ city }}?", "Und dann?"]}),
    "types": (
        pd.DataFrame(
            {
                "a": [1, None], "b": pd.array([1, None], dtype="Int64"), "c": [True, False], "d": ["x", None],
                "e": pd.to_datetime(["2026-01-02", None]), "f": [["x"], {"y": date(2026, 1, 2)}],
                "g": pd.Categorical(["x", "y"]), "h": [Decimal("1.50"), 2], "i": np.array([1, 2], dtype="int8"),
            }
        ),
        {"template": "{{ a }}{{ b }}{{ c }}{{ d }}{{ e }}{{ f }}{{ g }}{{ h }}{{ i }}"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
async def test_a_table_is_written_with_what_made_prompts_of_it(kind: str) -> None:
    table, options = TABLES[kind]
    plan = make_plan(table, "embedded", repeats=2, shuffle=3, **options)
    again = await same_plan(plan)
    assert keys_of(again) == keys_of(plan)
    assert again.order == plan.order
    assert plan.table is not None
    assert again.table is not None
    pd.testing.assert_frame_equal(again.table, plan.table)


async def test_a_table_that_is_not_plain_gives_its_prompts_alone() -> None:
    plan = make_plan(TABLE.assign(photo=[object(), object()]), "embedded", template="{{ city }}?")
    assert keys_of(await same_plan(plan)) == keys_of(plan)
    assert "# The prompts came from a table whose column 'photo' cannot be written" in Comparison(plan).result.code


async def test_a_journal_without_a_template_gives_the_prompts_alone() -> None:
    plan = make_plan(TABLE, "embedded", template="{{ city }}?")
    object.__setattr__(plan, "template", None)
    assert keys_of(await same_plan(plan)) == keys_of(plan)
    assert "# The prompts came from a table, and how is not known" in Comparison(plan).result.code


async def test_candidates_are_written_with_their_labels_and_options(tmp_path: Path) -> None:
    connect("gpu", "http://127.0.0.1:9/v1", kind="openai", thoughts="text", stop_repeats=False)
    tool = wb.Tool("now", "Die Zeit.", {"type": "object", "properties": {}})
    models: dict[str, Any] = {
        "a": "embedded/smollm2-135m-instruct",
        "b": wb.model("gpu/m", system="Lang.", temperature=0.5, stop=["END", "\n"], tools=[tool]),
        "c": wb.model("gpu/m", thoughts="apart", stop_repeats=True).using(strict=False),
        "laut": shout,
        "d": wb.model("gpu/m", schema={"type": "object"}, logprobs=2),
    }
    for more in ({}, {"max_tokens": 5, "seed": 1}, {"system": {"x": "Kurz.", "y": "Gut."}, "grid": {"top_p": [0.1]}}):
        plan = make_plan("Wo?", models, **more)  # type: ignore[arg-type]
        again = await same_plan(plan, shout=shout)
        assert keys_of(again) == keys_of(plan)
        assert labels_of(again) == labels_of(plan)
        strict = [getattr(one, "strict", None) for one in plan.candidates]
        assert [getattr(one, "strict", None) for one in again.candidates] == strict
    assert "# shout is a function of yours: it has to be defined before.\n" in Comparison(plan).result.code


async def test_what_all_have_in_common_is_said_once() -> None:
    plan = make_plan("Wo?", {"a": "embedded", "b": wb.model("embedded", temperature=0)}, max_tokens=5, system="Kurz.")
    assert Comparison(plan).result.code == (
        "import workbench as wb\n\n"
        'prompts = ["Wo?"]\n\n'
        "run = await wb.compare(\n"
        "    prompts,\n"
        "    {\n"
        '        "a": "embedded/smollm2-135m-instruct",\n'
        '        "b": wb.model("embedded/smollm2-135m-instruct", temperature=0),\n'
        "    },\n"
        '    system="Kurz.",\n'
        "    max_tokens=5,\n"
        ")\n"
    )


async def test_a_class_as_schema_is_written_as_its_json_schema() -> None:
    plan = make_plan("Wo?", "embedded", schema=Office)
    assert keys_of(await same_plan(plan)) == keys_of(plan)
    assert "# The schema is that of the class Office" in Comparison(plan).result.code


async def test_functions_without_a_name_leave_a_place_that_is_refused() -> None:
    async def inner(prompt: str) -> str:
        return prompt

    run = await Comparison(make_plan("Wo?", {"innen": inner})).run()
    for one in (run, wb.open(run.save("run.zip"))):
        assert "# The candidate 'innen' is a function without a name here" in one.code
        with pytest.raises(wb.WorkbenchError, match="models= holds something that is not a model"):
            await in_a_cell(one.code)


async def test_scorers_are_written_whose_settings_are_known() -> None:
    def mine(row: Any) -> int:
        return len(row.answer)

    async def script(request: Request) -> AsyncGenerator[Piece, None]:
        yield replied(request.messages[-1].content)

    scorers = [
        wb.scorers.exact("city", fold=False, name="genau"), wb.scorers.contains(["Bonn", "Köln"]),
        wb.scorers.regex(r"(?i)\bbonn"), wb.scorers.regex(column="city", name="muster"), wb.scorers.number(4), mine,
        wb.scorers.rouge_l("city"), wb.scorers.schema({"type": "object"}), wb.scorers.tool_calls("city"),
        wb.scorers.tool_calls([{"name": "now", "arguments": {}}], ordered=True, name="c"),
        wb.scorers.fields({"city": "city", "zip": ["53113"]}),
    ]  # fmt: skip
    for name in ("offices", None):
        plan = make_plan(TABLE, scripted("x/m", script, label="m"), column="city")
        run = await Comparison(plan, name=name).run()
        await run.score(scorers)
        run.rate(0, "m", True)
        lines = [line.strip().rstrip(",") for line in run.code.splitlines() if "wb.scorers" in line]
        assert lines == [
            'wb.scorers.exact(expected="city", fold=False, name="genau")',
            'wb.scorers.contains(expected=["Bonn", "Köln"])',
            'wb.scorers.regex(pattern="(?i)\\\\bbonn")',
            'wb.scorers.regex(column="city", name="muster")',
            "wb.scorers.number(expected=[4])",
            'wb.scorers.rouge_l(expected="city")',
            'wb.scorers.schema(json_schema={"type": "object"})',
            'wb.scorers.tool_calls(expected="city")',
            'wb.scorers.tool_calls(expected=[{"name": "now", "arguments": {}}], ordered=True, name="c")',
            'wb.scorers.fields(expected={"city": "city", "zip": ["53113"]})',
        ]
        assert "# It was scored by 'mine' as well" in run.code
        assert "rating" not in run.code


def hostile(**identity: Any) -> Run:
    told = {"model": "gpu/m", "options": {}} | identity
    plan = make_plan("Wo?", "embedded")
    object.__setattr__(plan, "candidates", (SavedCandidate("a\n'\"\u202e\nimport os", "gpu/m\nimport os", told),))
    return Comparison(plan).result


@pytest.mark.parametrize(
    "identity",
    [
        {"options": {"x=1)\nimport os#": 1, "temperature": 0}},
        {"options": {"tools": [{"name": "a\nimport os", "description": 7, "parameters": None}]}},
        {"options": {"stop": "a\r\nimport os"}},
        {"options": ["import os"], "schema": {"a\nimport os": [1]}},
        {"system": "'''\n\"\"\"\nimport os\r\x0cimport os"},
    ],
)  # fmt: skip
def test_what_a_file_tells_is_never_more_than_a_value(identity: Any) -> None:
    code = hostile(**identity).code
    tree = compile(code, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for name in node.names
    }
    assert imported <= {"workbench", "Tool"}
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert called <= {"wb.compare", "wb.model", "Tool"}
    assert code.isprintable() or set(code) <= set(map(chr, range(32, 0x3000))) | {"\n"}
    assert "\u202e" not in code


def test_comments_are_german_where_the_language_is() -> None:
    run = Comparison(make_plan("Wo?", shout)).result
    assert "# shout ist eine Funktion von Ihnen: sie muss vorher definiert sein." in run.code_in("de")
