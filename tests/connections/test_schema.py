import pydantic
import pytest

from workbench import connections, errors
from workbench.connections.asking._meaning import checked
from workbench.connections.asking._schema import parsed
from workbench.messages import Message, Options, Reply, Request, Tool, ToolCall


class Office(pydantic.BaseModel):
    name: str
    floor: int


def reply(text: str, finish: str = "stop") -> Reply:
    return Reply(text=text, finish=finish, model="embedded/small")  # type: ignore[arg-type]


def test_a_pydantic_model_is_parsed() -> None:
    assert parsed(reply('{"name": "Bürgeramt", "floor": 2}'), Office).parsed == Office(name="Bürgeramt", floor=2)


@pytest.mark.parametrize(
    ("text", "schema", "said"),
    [
        ('{"name": "x", "floor": "two"}', Office, "at floor"),
        ('{"floor": 2}', Office.model_json_schema(), "does not meet 'required'"),
        ("Das Bürgeramt", {"type": "object"}, "not JSON"),
        ("Das Bürgeramt", Office, "Invalid JSON"),
    ],
)
def test_an_answer_that_does_not_fit_keeps_its_text(text: str, schema: connections.Schema, said: str) -> None:
    with pytest.raises(errors.SchemaError, match=said) as caught:
        parsed(reply(text), schema)
    assert caught.value.reply is not None
    assert caught.value.reply.text == text
    assert "\n" not in str(caught.value)


def test_an_answer_cut_by_the_limit_is_told_so() -> None:
    with pytest.raises(errors.SchemaError, match="raise max_tokens"):
        parsed(reply('{"name": "B', "length"), Office)


def test_a_tool_call_instead_of_an_answer_is_left_alone_where_tools_were_offered() -> None:
    called = Reply(text="", finish="tool_calls", tool_calls=(ToolCall("1", "now", "{}"),))
    offered = Request("m", (Message("user", "Wo?"),), Options(tools=(Tool("now", "", {}),)))
    assert checked(called, offered, Office, ()) is called
    with pytest.raises(errors.SchemaError, match="is a tool call, though no tool was offered") as caught:
        checked(called, Request("m", (Message("user", "Wo?"),)), Office, ())
    assert caught.value.reply is called


@pytest.mark.parametrize("schema", [{"type": "objekt"}, "object", int])
def test_what_is_no_schema_is_refused(schema: object) -> None:
    with pytest.raises(errors.UsageError):
        connections.model("embedded").using(schema=schema)  # type: ignore[arg-type]
