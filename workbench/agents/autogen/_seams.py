"""Where a team's questions leave it: for the time of a turn, models, tools and persons are asked through the desk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass
from typing import Any

from autogen_agentchat.agents import AssistantAgent, CodeExecutorAgent, UserProxyAgent
from autogen_agentchat.agents._user_proxy_agent import cancellable_input
from autogen_agentchat.tools._task_runner_tool import TaskRunnerTool
from autogen_core import CancellationToken, FunctionCall
from autogen_core.code_executor import CodeBlock, CodeExecutor, CodeResult
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelCapabilities,
    ModelInfo,
    RequestUsage,
    SystemMessage,
)
from autogen_core.tools import StaticStreamWorkbench, TextResultContent, ToolResult, ToolSchema, Workbench
from pydantic import BaseModel

from workbench.agents._desk import Call, Desk, Verdict
from workbench.agents.autogen._holders import Holder, asks_models
from workbench.agents.autogen._marks import is_read_only


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


class DeskClient(ChatCompletionClient):
    """A model client whose answers pass over the desk, and whose calls of tools are judged before any of them runs."""

    component_type = "model"

    def __init__(self, inner: ChatCompletionClient, where: str, desk: Desk, owner: Any) -> None:
        self._inner, self._where, self._desk, self._owner = inner, where, desk, owner

    async def create(self, messages: Sequence[LLMMessage], **more: Any) -> CreateResult:
        request = ModelRequest(tuple(messages), more)
        noted = self._desk.take("model", self._where, request)
        if noted is None:
            self._desk.before_model()
            result = await self._inner.create(messages, **more)
            self._desk.note("model", self._where, request, result)
        else:
            result = noted.answer
        await self._judged(result)
        return result

    async def create_stream(
        self, messages: Sequence[LLMMessage], **more: Any
    ) -> AsyncGenerator[str | CreateResult, None]:
        request = ModelRequest(tuple(messages), more)
        noted = self._desk.take("model", self._where, request)
        if noted is not None:
            if isinstance(noted.answer.content, str):
                yield noted.answer.content
            await self._judged(noted.answer)
            yield noted.answer
            return
        self._desk.before_model()
        async with aclosing(self._inner.create_stream(messages, **more)) as coming:
            async for piece in coming:
                if isinstance(piece, CreateResult):
                    self._desk.note("model", self._where, request, piece)
                    await self._judged(piece)
                yield piece

    async def _judged(self, result: CreateResult) -> None:
        if isinstance(result.content, list):
            offered = await _offered(self._owner)
            calls = [
                _call(self._where, one, offered) for one in result.content if one.name not in _passing(self._owner)
            ]
            await self._desk.decide(self._where, calls)

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


@dataclass(frozen=True, slots=True)
class _Bench:
    """A workbench of an agent, whose calls pass over the desk."""

    inner: Workbench
    where: str
    desk: Desk
    owner: Any

    async def called(
        self, name: str, arguments: Mapping[str, Any] | None, token: CancellationToken | None, identity: str | None
    ) -> AsyncGenerator[Any, None]:
        """What comes of a call: events, and last its result."""
        if name in _passing(self.owner):
            async for event in self._run(name, arguments, token, identity):
                yield event
            return
        asked = FunctionCall(identity or "", json.dumps(arguments or {}), name)
        call = _call(self.where, asked, await _offered(self.owner))
        request = (call.tool, call.arguments)
        noted = self.desk.take("tool", self.where, request)
        if noted is not None:
            yield noted.answer
            return
        verdict = await self.desk.verdict(call)
        if not verdict.runs:
            yield ToolResult(name=name, result=[TextResultContent(content=verdict.message)], is_error=True)
            return
        given = arguments if verdict.arguments is None else json.loads(verdict.arguments)
        async for event in self._run(name, given, token, identity):
            if isinstance(event, ToolResult):
                event = _told(event, verdict)
                self.desk.note("tool", self.where, request, event)
            yield event

    async def _run(
        self, name: str, arguments: Mapping[str, Any] | None, token: CancellationToken | None, identity: str | None
    ) -> AsyncGenerator[Any, None]:
        if isinstance(self.inner, StaticStreamWorkbench):
            async for event in self.inner.call_tool_stream(name, arguments, token, identity):
                yield event
        else:
            yield await self.inner.call_tool(name, arguments, token, identity)


class _Guarded(Workbench):
    component_type = "workbench"

    def __init__(self, bench: _Bench) -> None:
        self._bench = bench

    async def list_tools(self) -> list[ToolSchema]:
        return await self._bench.inner.list_tools()

    async def call_tool(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
        call_id: str | None = None,
    ) -> ToolResult:
        result: ToolResult | None = None
        async for event in self._bench.called(name, arguments, cancellation_token, call_id):
            result = event
        assert result is not None
        return result

    async def start(self) -> None:
        await self._bench.inner.start()

    async def stop(self) -> None:
        await self._bench.inner.stop()

    async def reset(self) -> None:
        await self._bench.inner.reset()

    async def save_state(self) -> Mapping[str, Any]:
        return await self._bench.inner.save_state()

    async def load_state(self, state: Mapping[str, Any]) -> None:
        await self._bench.inner.load_state(state)


class _GuardedStream(_Guarded, StaticStreamWorkbench):
    """What AutoGen takes for a workbench that tells of its agents' events while they work."""

    async def call_tool_stream(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
        call_id: str | None = None,
    ) -> AsyncGenerator[Any, None]:
        async for event in self._bench.called(name, arguments, cancellation_token, call_id):
            yield event


class _Executor(CodeExecutor):
    """A code executor that runs nothing before somebody has approved it."""

    component_type = "code_executor"

    def __init__(self, inner: CodeExecutor, where: str, desk: Desk) -> None:
        self._inner, self._where, self._desk = inner, where, desk

    async def execute_code_blocks(
        self, code_blocks: list[CodeBlock], cancellation_token: CancellationToken
    ) -> CodeResult:
        written = [{"language": block.language, "code": block.code} for block in code_blocks]
        arguments = json.dumps(written, sort_keys=True)
        request = (RUN_CODE, arguments)
        noted = self._desk.take("tool", self._where, request)
        if noted is not None:
            result: CodeResult = noted.answer
            return result
        identity = hashlib.sha256(arguments.encode()).hexdigest()[:16]
        verdict = await self._desk.verdict(Call(identity, self._where.strip("/"), RUN_CODE, arguments, "runs code"))
        if not verdict.runs:
            return CodeResult(exit_code=1, output=verdict.message)
        result = await self._inner.execute_code_blocks(code_blocks, cancellation_token)
        self._desk.note("tool", self._where, request, result)
        return result

    async def start(self) -> None:
        await self._inner.start()

    async def stop(self) -> None:
        await self._inner.stop()

    async def restart(self) -> None:
        await self._inner.restart()


RUN_CODE = "run_code"
"""The name under which the code of a CodeExecutorAgent is approved."""


@contextmanager
def seams(
    holders: Sequence[Holder], desk: Desk, models: Mapping[str, ChatCompletionClient], systems: Mapping[str, str]
) -> Iterator[None]:
    """Have all parts of a team ask over the desk, in here.

    Args:
        holders: The parts.
        desk: Where they ask.
        models: Clients that take the places of others, by the path of the part that asks.
        systems: System messages that take the places of others, in the same way.
    """
    with ExitStack() as undone:
        for one in holders:
            for name, value in _replaced(one, desk, models, systems).items():
                undone.callback(setattr, one.owner, name, getattr(one.owner, name))
                setattr(one.owner, name, value)
        yield


def _replaced(
    holder: Holder, desk: Desk, models: Mapping[str, ChatCompletionClient], systems: Mapping[str, str]
) -> dict[str, Any]:
    owner, where = holder.owner, holder.path
    values: dict[str, Any] = {}
    if asks_models(owner):
        values["_model_client"] = DeskClient(models.get(where, owner._model_client), where, desk, owner)
    if where in systems and hasattr(owner, "_system_messages"):
        values["_system_messages"] = [SystemMessage(content=systems[where])]
    if isinstance(owner, AssistantAgent):
        values["_workbench"] = [_guarded(_Bench(bench, where, desk, owner)) for bench in owner._workbench]
    if isinstance(owner, CodeExecutorAgent):
        values["_code_executor"] = _Executor(owner._code_executor, where, desk)
    if is_person(owner):
        values["input_func"] = _input(where, desk)
        values["_is_async"] = True
    return values


def is_person(owner: Any) -> bool:
    """Whether a member waits at a terminal for what a person types; there may be none in a notebook."""
    return isinstance(owner, UserProxyAgent) and owner.input_func is cancellable_input


def _guarded(bench: _Bench) -> Workbench:
    return _GuardedStream(bench) if isinstance(bench.inner, StaticStreamWorkbench) else _Guarded(bench)


def _input(where: str, desk: Desk) -> Any:
    async def said(prompt: str, _: CancellationToken | None) -> str:
        noted = desk.take("person", where, prompt)
        if noted is not None:
            return str(noted.answer)
        text = desk.person(where.strip("/"))
        desk.note("person", where, prompt, text)
        return text

    return said


async def _offered(owner: Any) -> dict[str, tuple[str, bool]]:
    """The tools of an agent by name: what each says of itself, as a text, and whether it is marked as read-only."""
    found: dict[str, tuple[str, bool]] = {}
    for bench in getattr(owner, "_workbench", ()):
        inner = bench._bench.inner if isinstance(bench, _Guarded) else bench
        marked = {tool.name for tool in getattr(inner, "_tools", ()) if is_read_only(tool)}
        for schema in await inner.list_tools():
            text = json.dumps(dict(schema), sort_keys=True, default=str)
            found.setdefault(schema["name"], (text, schema["name"] in marked))
    return found


def _passing(owner: Any) -> set[str]:
    """Tools that only hand on to agents, whose own calls are judged: handoffs, and agents or teams as tools."""
    benches = [
        bench._bench.inner if isinstance(bench, _Guarded) else bench for bench in getattr(owner, "_workbench", ())
    ]
    inside = [tool for bench in benches for tool in getattr(bench, "_tools", ()) if isinstance(tool, TaskRunnerTool)]
    return {tool.name for tool in [*getattr(owner, "_handoff_tools", ()), *inside]}


def _call(where: str, call: FunctionCall, offered: Mapping[str, tuple[str, bool]]) -> Call:
    description, read_only = offered.get(call.name, ("", False))
    agent = where.strip("/")
    return Call(call.id, agent, call.name, _tidied(call.arguments), description, read_only, call.name in offered)


def _tidied(arguments: str) -> str:
    """Arguments in one spelling, so that the same are the same; as they are where they are no JSON."""
    try:
        return json.dumps(json.loads(arguments), sort_keys=True)
    except ValueError:
        return arguments


def _told(result: ToolResult, verdict: Verdict) -> ToolResult:
    """The result of a call that was run with other arguments than the model gave, which is then told so."""
    if verdict.arguments is None:
        return result
    note = TextResultContent(content=f"(run with other arguments: {verdict.arguments})")
    return result.model_copy(update={"result": [note, *result.result]})
