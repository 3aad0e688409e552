"""The mark of tools that change nothing: it holds for one object, and for no other."""

import copy
import functools
from typing import Any

import pytest
from agents.teams import agent
from autogen_agentchat.tools import AgentTool
from autogen_core import CancellationToken
from autogen_core.tools import BaseTool, FunctionTool
from pydantic import BaseModel

from workbench import errors
from workbench.agents import read_only
from workbench.agents.autogen._marks import is_read_only, unmarked


def find(city: str = "") -> str:
    """Find."""
    return city


class Register:
    @read_only
    def find(self, city: str) -> str:
        return city

    def delete(self, city: str) -> str:
        return city


class OtherRegister(Register):
    def find(self, city: str) -> str:
        return self.delete(city)


class Nothing(BaseModel):
    pass


class Tool(BaseTool[Nothing, str]):
    def __init__(self) -> None:
        super().__init__(Nothing, str, "tool", "read-only, changes nothing")

    async def run(self, args: Nothing, cancellation_token: CancellationToken) -> str:
        return ""


class RunsMore(FunctionTool):
    pass


def marked() -> Any:
    @read_only
    def find(city: str = "") -> str:
        """Find."""
        return city

    return find


def test_it_holds_for_functions_and_tools() -> None:
    assert is_read_only(FunctionTool(marked(), "Find."))
    assert is_read_only(read_only(FunctionTool(find, "Find.")))
    assert is_read_only(read_only(Tool()))
    assert is_read_only(read_only(AgentTool(agent("a"))))
    assert is_read_only(FunctionTool(Register().find, "Find."))
    assert is_read_only(FunctionTool(read_only(functools.partial(find, city="Bonn")), "Find."))
    assert is_read_only(FunctionTool(functools.partial(marked(), city="Bonn"), "Find."))
    assert not is_read_only(FunctionTool(find, "Find."))


def test_it_does_not_pass_to_others() -> None:
    function = marked()

    @functools.wraps(function)
    def wrapper(city: str = "") -> str:
        return function(city)

    tool = read_only(Tool())
    assert not is_read_only(FunctionTool(wrapper, "Find."))
    assert not is_read_only(FunctionTool(OtherRegister().find, "Find."))
    assert not is_read_only(RunsMore(function, "Find."))
    assert not is_read_only(copy.copy(tool))
    assert not is_read_only(Tool())


@pytest.mark.parametrize("tool", [Register().delete, Register, Tool, staticmethod(find), len, 5, object()])
def test_what_cannot_be_marked_is_refused_in_one_line(tool: Any) -> None:
    with pytest.raises(errors.UsageError) as caught:
        read_only(tool)
    assert "\n" not in str(caught.value)
    assert not is_read_only(FunctionTool(find, "Find."))


def test_a_mark_can_be_taken_back() -> None:
    tool = read_only(Tool())
    unmarked(tool)
    assert not is_read_only(tool)
    unmarked(tool)
    unmarked(5)
