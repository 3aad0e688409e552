"""Which tools the parts of a team have, and what a call of one is: by the very tool that would be run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import Handoff
from autogen_agentchat.tools import AgentTool, TeamTool
from autogen_core import FunctionCall
from autogen_core.models import CreateResult
from autogen_core.tools import StaticStreamWorkbench, StaticWorkbench, Workbench

from workbench.agents._desk import Call
from workbench.agents._visible import tidied
from workbench.agents.autogen._code import code_of
from workbench.agents.autogen._marks import is_read_only
from workbench.errors import ToolCallError
from workbench.json_text import check_json

_STATIC = (StaticWorkbench, StaticStreamWorkbench)
"""Workbenches that are known to run the first tool of a name; what is derived from them may run another."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool as it is offered to a model.

    Attributes:
        description: What it says of itself, and the schema of its arguments.
        read_only: Whether it is marked as one that changes nothing.
        code: A fingerprint of the function that is run, as far as it can be told; "" where it cannot.
        passes: Whether it only hands on to agents, whose own calls are judged: AutoGen's agents and teams as tools.
    """

    description: str
    read_only: bool = False
    code: str = ""
    passes: bool = False


async def offers_of(bench: Workbench, held: frozenset[int]) -> dict[str, Offer]:
    """The tools of a workbench by name; of several of one name the first, which is the one that is run.

    Args:
        bench: The workbench.
        held: The identities of the parts of the team that ask over the desk: an agent as a tool passes only if its
            own questions do.
    """
    tools: dict[str, Any] = {}
    renamed: Mapping[str, str] = {}
    if isinstance(bench, StaticWorkbench) and type(bench) in _STATIC:
        renamed = bench._override_name_to_original
        for tool in bench._tools:
            tools.setdefault(tool.name, tool)
    found: dict[str, Offer] = {}
    for schema in await bench.list_tools():
        name = schema["name"]
        own = tools.get(renamed.get(name, name))
        passes = type(own) in (AgentTool, TeamTool) and id(own) in held
        code = "" if own is None else code_of(own)
        found.setdefault(name, Offer(_described(schema), own is not None and is_read_only(own), code, passes))
    return found


def requested_offers(tools: Any) -> dict[str, Offer]:
    """The tools of a request to a model by name, for an agent that runs them in its own way."""
    found: dict[str, Offer] = {}
    for tool in tools:
        schema = tool if isinstance(tool, Mapping) else tool.schema
        code = "" if isinstance(tool, Mapping) else code_of(tool)
        found.setdefault(schema["name"], Offer(_described(schema), is_read_only(tool), code))
    return found


def is_handoff(owner: Any, name: str) -> bool:
    """Whether a call of this name hands the task to another agent, and does nothing else."""
    return isinstance(owner, AssistantAgent) and type(owner._handoffs.get(name)) is Handoff


def call_of(where: str, call: FunctionCall, offer: Offer | None) -> Call:
    """What a model asks for."""
    known, offer = offer is not None, offer or Offer("")
    told = (where.strip("/"), call.name, tidied(call.arguments), offer.description, offer.read_only, known)
    return Call(call.id, *told, code=offer.code)


def checked(result: CreateResult) -> CreateResult:
    """An answer of a model with calls that can be told apart and read.

    Raises:
        ToolCallError: For arguments of which nobody can say what they are, or at which AutoGen would hang.
    """
    if isinstance(result.content, str):
        return result
    calls: list[FunctionCall] = []
    for number, call in enumerate(result.content):
        try:
            check_json(call.arguments)
        except ValueError as error:
            advice = "ask again, or take a stronger model"
            raise ToolCallError(f"the arguments of {call.name!r} are {error}", advice=advice) from None
        # `null` stands for no arguments, which AutoGen takes for {} only later.
        written = "{}" if call.arguments.strip() == "null" else call.arguments
        taken = not call.id or any(call.id == other.id for other in calls)
        calls.append(FunctionCall(f"{call.id}#{number}" if taken else call.id, written, call.name))
    return result.model_copy(update={"content": calls})


def _described(schema: Mapping[str, Any]) -> str:
    return json.dumps(dict(schema), sort_keys=True, default=str)
