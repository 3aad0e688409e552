"""The two steps, as a model is asked them: by a scripted model, as what is asked does not depend on the answers."""

import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from scripted_model import ScriptedEngine

from workbench import errors
from workbench.agents.imposed import chosen, filled, prepared
from workbench.connections import Model
from workbench.messages import Message, Piece, Reply, Request, Tool, ToolCall


def tool(name: str, **fields: Any) -> Tool:
    return Tool(name, f"What {name} does.", {"type": "object", "properties": fields, "required": list(fields)})


NOW, FIND = tool("now"), tool("find", city={"type": "string"})
TURNS = [Message("system", "You help."), Message("user", "Wo ist das Amt in Bonn?")]


class AskedEngine(ScriptedEngine):
    """A scripted engine that is asked for whole answers, and keeps what it was asked."""

    def __init__(self, answer: Callable[[Request], str]) -> None:
        async def script(request: Request) -> AsyncGenerator[Piece, None]:
            raise AssertionError
            yield Piece()

        super().__init__("x", script, 1)
        self.answer = answer
        self.asked: list[Request] = []

    async def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        return Reply(text=self.answer(request), finish="stop", model="x/1")


def model(answer: Callable[[Request], str] | str, **options: Any) -> tuple[Model, AskedEngine]:
    engine = AskedEngine(answer if callable(answer) else lambda _: answer)
    return Model("x/1", "x/1", engine, 1).using(**options), engine


async def test_the_first_step_is_about_names_alone() -> None:
    asked, engine = model('"find"', max_tokens=8, stop=["d"], temperature=0)
    found, reply = await chosen(prepared(asked), TURNS, [NOW, FIND], answers=True)
    assert found == FIND
    assert reply is not None
    (request,) = engine.asked
    assert request.options.schema == {"type": "string", "enum": ["answer", "now", "find"]}
    assert request.options.max_tokens == 64
    assert request.options.stop == ()
    assert [turn.role for turn in request.messages] == ["system", *["user", "assistant"] * 3, "user"]
    assert request.messages[0].content.startswith("You help.\n\nChoose the tool")
    assert request.messages[2].content == '"answer"'
    assert request.messages[3:5] == (Message("user", "What now does."), Message("assistant", '"now"'))
    assert request.messages[-1] == TURNS[-1]
    assert "city" not in str(request.messages)


async def test_an_answer_in_words_is_told_from_a_tool_of_that_name() -> None:
    asked, engine = model('"answer_in_words"')
    found, _ = await chosen(asked, TURNS, [tool("answer"), NOW], answers=True)
    assert found is None
    asked, engine = model('"answer"')
    found, _ = await chosen(asked, TURNS, [tool("answer"), NOW], answers=False)
    assert found == tool("answer")
    assert engine.asked[0].options.schema == {"type": "string", "enum": ["answer", "now"]}


async def test_what_is_likeliest_is_told_last() -> None:
    bins, hours = tool("bins", size={"enum": ["large", "small"]}), tool("hours", day={"type": "string"})
    for text, last in (("Wie viel kostet die kleine Bin, small?", "bins"), ("Which hours on which day?", "hours")):
        asked, engine = model('"bins"')
        await chosen(asked, [Message("user", text)], [hours, bins], answers=True)
        assert engine.asked[0].options.schema is not None
        assert engine.asked[0].options.schema["enum"][0] == "answer"
        assert engine.asked[0].options.schema["enum"][-1] == last
    asked, engine = model('"answer"')
    await chosen(asked, [Message("user", "Result of bins: ok")], [hours, bins], answers=True, after_result=True)
    assert engine.asked[0].options.schema is not None
    assert engine.asked[0].options.schema["enum"] == ["hours", "bins", "answer"]


async def test_where_there_is_no_choice_nothing_is_asked() -> None:
    asked, engine = model("")
    assert await chosen(asked, TURNS, [FIND], answers=False) == (FIND, None)
    assert await filled(asked, TURNS, NOW) == ("{}", [])
    assert engine.asked == []


async def test_a_name_that_is_none_is_an_error() -> None:
    asked, _ = model('"lose"')
    with pytest.raises(errors.SchemaError):
        await chosen(asked, TURNS, [NOW, FIND], answers=False)


async def test_the_second_step_is_about_one_tool_alone() -> None:
    asked, engine = model('{"city": "Bonn"}', max_tokens=50)
    arguments, replies = await filled(asked, TURNS, FIND)
    assert json.loads(arguments) == {"city": "Bonn"}
    assert len(replies) == 1
    (request,) = engine.asked
    assert request.options.schema is not None
    assert request.options.schema["properties"] == {"city": {"type": "string", "maxLength": 100}}
    assert "find(city: string)\nWhat find does." in request.messages[0].content
    assert [turn.role for turn in request.messages] == ["system", *["user", "assistant"] * 2, "user"]


async def test_what_no_grammar_holds_is_seen_and_asked_for_once_more() -> None:
    def answer(request: Request) -> str:
        return '{"rooms": [1, 1]}' if len(request.messages) == 6 else '{"rooms": [1, 2]}'

    rooms = tool("book", rooms={"type": "array", "items": {"type": "integer"}, "uniqueItems": True})
    asked, engine = model(answer)
    arguments, replies = await filled(asked, TURNS, rooms)
    assert json.loads(arguments) == {"rooms": [1, 2]}
    assert len(replies) == 2
    assert [turn.role for turn in engine.asked[1].messages[-2:]] == ["assistant", "user"]


async def test_a_long_text_that_ends_at_its_bound_was_cut() -> None:
    write = tool("write", letter={"type": "string"})
    asked, engine = model(json.dumps({"letter": "x" * 400}), max_tokens=200)
    with pytest.raises(errors.ToolCallError, match=r"of more than 400 characters .* was cut .*raise max_tokens"):
        await filled(asked, TURNS, write)
    assert len(engine.asked) == 1
    asked, engine = model(json.dumps({"letter": "x" * 399}), max_tokens=200)
    assert len((await filled(asked, TURNS, write))[1]) == 1


async def test_what_the_finite_schema_lets_pass_is_held_to_the_tools_own() -> None:
    either = {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 5}, {"$ref": "#/$defs/loop"}]}
    loop = {"type": "object", "properties": {"next": {"$ref": "#/$defs/loop"}}, "required": ["next"]}
    parameters = {"type": "object", "properties": {"x": either}, "$defs": {"loop": loop}}
    asked, _ = model('{"x": 7}')
    with pytest.raises(errors.ToolCallError, match="oneOf"):
        await filled(asked, TURNS, Tool("pick", "Pick.", parameters))
    asked, _ = model('{"x": 3}')
    assert (await filled(asked, TURNS, Tool("pick", "Pick.", parameters)))[0] == '{"x": 3}'


@pytest.mark.parametrize("parameters", [{"type": "object"}, {"type": "object", "properties": {}}, {}])
async def test_a_tool_that_takes_nothing_is_not_asked_about(parameters: dict[str, Any]) -> None:
    asked, engine = model("")
    assert await filled(asked, TURNS, Tool("now", "The time.", parameters)) == ("{}", [])
    assert engine.asked == []


async def test_a_tool_that_takes_any_fields_is_asked_about() -> None:
    asked, engine = model('{"a": 1}')
    free = Tool("note", "Note.", {"type": "object", "additionalProperties": {"type": "integer"}})
    assert (await filled(asked, TURNS, free))[0] == '{"a": 1}'
    assert len(engine.asked) == 1


async def test_arguments_of_an_example_are_asked_for_once_more() -> None:
    def answer(request: Request) -> str:
        held = (request.options.schema or {})["properties"]["city"]
        return '{"city": "Bonn"}' if "Bonn" in held.get("enum", ()) else '{"city": "Yvonne Zorn"}'

    asked, engine = model(answer)
    arguments, replies = await filled(prepared(asked), TURNS, FIND)
    assert json.loads(arguments) == {"city": "Bonn"}
    assert len(replies) == len(engine.asked) == 2


async def test_where_that_brings_nothing_the_first_arguments_stay() -> None:
    asked, engine = model('{"city": "Yvonne Zorn"}')
    arguments, replies = await filled(prepared(asked), TURNS, FIND)
    assert json.loads(arguments) == {"city": "Yvonne Zorn"}
    assert len(replies) == len(engine.asked) == 2  # its tokens were spent


async def test_a_server_that_goes_away_then_costs_no_call_that_was_valid() -> None:
    def answer(request: Request) -> str:
        if "enum" in (request.options.schema or {})["properties"]["city"]:
            raise errors.UnreachableError("gone", where="x/1")
        return '{"city": "Yvonne Zorn"}'

    arguments, replies = await filled(prepared(model(answer)[0]), TURNS, FIND)
    assert json.loads(arguments) == {"city": "Yvonne Zorn"}
    assert len(replies) == 1


async def test_a_tool_call_that_nobody_offered_is_no_choice_and_no_arguments() -> None:
    class Calling(AskedEngine):
        async def ask(self, request: Request) -> Reply:
            return Reply(text="", finish="tool_calls", model="x/1", tool_calls=(ToolCall("1", "rm", "[" * 100_000),))

    asked = Model("x/1", "x/1", Calling(str), 1)
    with pytest.raises(errors.SchemaError, match="no tool was offered"):
        await chosen(prepared(asked), TURNS, [NOW, FIND], answers=True)
    with pytest.raises(errors.ToolCallError, match="no tool was offered"):
        await filled(prepared(asked), TURNS, FIND)
