"""Where a team's questions leave it: for the time of a turn, models, tools and persons are asked through the desk."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, aclosing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from autogen_agentchat.agents import AssistantAgent, UserProxyAgent
from autogen_agentchat.agents._user_proxy_agent import cancellable_input
from autogen_agentchat.base import ChatAgent
from autogen_core import CancellationToken, FunctionCall
from autogen_core.code_executor import CodeExecutor
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelCapabilities,
    ModelInfo,
    RequestUsage,
    SystemMessage,
)
from autogen_core.tools import Workbench
from pydantic import BaseModel

from workbench.agents._desk import Call, Desk, Verdict
from workbench.agents.autogen._failures import noting
from workbench.agents.autogen._guards import Bench, Guarded, GuardedExecutor, guarded
from workbench.agents.autogen._holders import Holder, asks_models
from workbench.agents.autogen._tools import Offer, call_of, checked, is_handoff, requested_offers


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What a model is asked, with everything that its answer depends on."""

    messages: tuple[LLMMessage, ...]
    more: Mapping[str, Any]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ModelRequest) or self.messages != other.messages:
            return False
        return self.settings == other.settings

    @property
    def settings(self) -> dict[str, Any]:
        """All of it but the messages, as data."""
        return _written(self.more)


def _written(more: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a request as data, whatever objects they came in."""
    tools = [_schema(tool) for tool in more.get("tools", ())]
    choice, output = more.get("tool_choice"), more.get("json_output")
    return {
        **{name: value for name, value in more.items() if name != "cancellation_token"},
        "tools": tools,
        "tool_choice": choice if isinstance(choice, str | None) else choice.name,
        "json_output": output.model_json_schema()
        if isinstance(output, type) and issubclass(output, BaseModel)
        else output,
    }


def _schema(tool: Any) -> Any:
    return dict(tool) if isinstance(tool, Mapping) else dict(tool.schema)


@runtime_checkable
class TellsRequestSettings(Protocol):
    """A client that tells how it asks: `wb.agents.client`."""

    @property
    def request_settings(self) -> Mapping[str, Any]:
        """The name of its model and all that goes with every request, without a key."""
        ...


class DeskClient(ChatCompletionClient):
    """A model client whose answers pass over the desk, and whose calls of tools are judged before any of them runs."""

    component_type = "model"

    def __init__(self, inner: ChatCompletionClient, where: str, desk: Desk, owner: Any) -> None:
        self._inner, self._where, self._desk, self._owner = inner, where, desk, owner
        self._settings: Mapping[str, Any] = inner.request_settings if isinstance(inner, TellsRequestSettings) else {}

    async def create(self, messages: Sequence[LLMMessage], **more: Any) -> CreateResult:
        request = ModelRequest(tuple(messages), more)
        noted = self._desk.take("model", self._where, request)
        if noted is None:
            await self._desk.may_ask()
            with noting(), self._failing() as began:
                result = checked(await self._inner.create(messages, **more))
            self._note(request, result, began)
        else:
            result = noted.answer
        return await self._judged(result, more.get("tools", ()))

    async def create_stream(
        self, messages: Sequence[LLMMessage], **more: Any
    ) -> AsyncGenerator[str | CreateResult, None]:
        request = ModelRequest(tuple(messages), more)
        noted = self._desk.take("model", self._where, request)
        if noted is not None:
            if isinstance(noted.answer.content, str):
                yield noted.answer.content
            yield await self._judged(noted.answer, more.get("tools", ()))
            return
        await self._desk.may_ask()
        with self._failing() as began:
            async with aclosing(self._inner.create_stream(messages, **more)) as coming:
                async for piece in coming:
                    if isinstance(piece, CreateResult):
                        with noting():
                            piece = checked(piece)
                        self._note(request, piece, began)
                        piece = await self._judged(piece, more.get("tools", ()))
                    yield piece

    def _failing(self) -> AbstractContextManager[float]:
        return self._desk.noting_failure("model", self._where, str(self._settings.get("model", "")))

    def _note(self, request: ModelRequest, result: CreateResult, began: float) -> None:
        self._desk.note("model", self._where, request, result, began=began, client=self._settings)

    async def _judged(self, result: CreateResult, tools: Any) -> CreateResult:
        """The answer, once all its calls are decided, without those rejected that no guarded workbench would see."""
        if isinstance(result.content, str):
            return result
        offered = await _offered(self._owner)
        own = requested_offers(tools)
        judged: list[tuple[FunctionCall, Call, bool]] = []
        for one in result.content:
            hands = one.name in getattr(self._owner, "_handoffs", ())  # an agent runs these first
            here = not hands and (one.name in offered or type(self._owner) is AssistantAgent)
            offer = offered.get(one.name) if here else own.get(one.name)
            if not is_handoff(self._owner, one.name) and not (offer is not None and offer.passes):
                judged.append((one, call_of(self._where, one, offer), here))
        await self._desk.decide(self._where, [call for _, call, _ in judged])
        strange = {id(one): await self._desk.verdict(call) for one, call, here in judged if not here}
        return _without_rejected(result, strange) if strange else result

    async def close(self) -> None:
        await self._inner.close()

    def actual_usage(self) -> RequestUsage:
        return self._inner.actual_usage()

    def total_usage(self) -> RequestUsage:
        return self._inner.total_usage()

    def count_tokens(self, messages: Sequence[LLMMessage], **more: Any) -> int:
        return self._inner.count_tokens(messages, **more)

    def remaining_tokens(self, messages: Sequence[LLMMessage], **more: Any) -> int:
        return self._inner.remaining_tokens(messages, **more)

    @property
    def capabilities(self) -> ModelCapabilities:
        return self._inner.capabilities

    @property
    def model_info(self) -> ModelInfo:
        return self._inner.model_info


@contextmanager
def seams(
    askers: Sequence[Holder],
    held: frozenset[int],
    desk: Desk,
    models: Mapping[str, ChatCompletionClient],
    systems: Mapping[str, str],
) -> Iterator[None]:
    """Send the questions of all parts of a team over the desk, in here.

    Args:
        askers: The parts that ask.
        held: The identities of all parts of the team.
        desk: Where they ask.
        models: Clients that take the places of others, by the path of the part that asks.
        systems: System messages that take the places of others, in the same way.
    """
    with ExitStack() as undone:
        for one in askers:
            for name, value in _replaced(one, desk, models, systems, held).items():
                undone.callback(setattr, one.owner, name, getattr(one.owner, name))
                setattr(one.owner, name, value)
        yield


def _replaced(
    holder: Holder,
    desk: Desk,
    models: Mapping[str, ChatCompletionClient],
    systems: Mapping[str, str],
    held: frozenset[int],
) -> dict[str, Any]:
    owner, where = holder.owner, holder.path
    values: dict[str, Any] = {}
    if asks_models(owner):
        values["_model_client"] = DeskClient(models.get(where, owner._model_client), where, desk, owner)
    if where in systems and hasattr(owner, "_system_messages"):
        values["_system_messages"] = [SystemMessage(content=systems[where])]
    if isinstance(owner, ChatAgent):
        for name, value in vars(owner).items():
            if name not in values and (other := _seam(value, where, desk, owner, held)) is not None:
                values[name] = other
    if is_person(owner):
        values["input_func"] = _input(where, desk)
        values["_is_async"] = True
    return values


def asks(owner: Any) -> bool:
    """Whether a part of a team asks models, tools or persons."""
    return isinstance(owner, ChatAgent) or asks_models(owner)


def _seam(value: Any, where: str, desk: Desk, owner: Any, held: frozenset[int]) -> Any:
    """What takes the place of an attribute of an agent through which it asks or acts; None for any other."""
    if isinstance(value, ChatCompletionClient):
        return DeskClient(value, where, desk, owner)
    if isinstance(value, CodeExecutor):
        return GuardedExecutor(value, where, desk)
    if isinstance(value, Workbench):
        return guarded(Bench(value, where, desk, held))
    if isinstance(value, list | tuple) and value and all(isinstance(one, Workbench) for one in value):
        return type(value)(guarded(Bench(one, where, desk, held)) for one in value)
    return None


def is_person(owner: Any) -> bool:
    """Whether a member waits at a terminal for what a person types, which nobody can do in a notebook."""
    return isinstance(owner, UserProxyAgent) and owner.input_func is cancellable_input


def _input(where: str, desk: Desk) -> Any:
    async def said(prompt: str, _: CancellationToken | None) -> str:
        noted = desk.take("person", where, prompt)
        if noted is not None:
            return str(noted.answer)
        text = await desk.said(where.strip("/"))
        desk.note("person", where, prompt, text)
        return text

    return said


async def _offered(owner: Any) -> dict[str, Offer]:
    """The tools of an agent that pass over the desk, by name; of several of one name the first, which is run."""
    found: dict[str, Offer] = {}
    for value in list(vars(owner).values()):
        for one in value if isinstance(value, list | tuple) else (value,):
            if isinstance(one, Guarded):
                found = {**await one.bench.offers(), **found}
    return found


def _without_rejected(result: CreateResult, verdicts: Mapping[int, Verdict]) -> CreateResult:
    """An answer for an agent that runs calls in its own way: those that must not run are not in it."""
    assert isinstance(result.content, list)
    kept: list[FunctionCall] = []
    told: list[str] = []
    for call in result.content:
        verdict = verdicts.get(id(call), Verdict(runs=True))
        if verdict.runs:
            kept.append(call if verdict.arguments is None else replace(call, arguments=verdict.arguments))
        else:
            told.append(verdict.message)
    if kept:
        return result.model_copy(update={"content": kept})
    return result.model_copy(update={"content": "\n".join(told), "finish_reason": "stop"})
