"""Workbenches and code executors that run nothing before somebody has approved it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

from autogen_core import CancellationToken, FunctionCall
from autogen_core.code_executor import CodeBlock, CodeExecutor, CodeResult
from autogen_core.tools import StaticStreamWorkbench, TextResultContent, ToolResult, ToolSchema, Workbench

from workbench.agents._desk import Call, Desk, Verdict
from workbench.agents._visible import canonical
from workbench.agents.autogen._tools import Offer, call_of, offers_of
from workbench.engines.cassette import asked_cassette, call, taped

RUN_CODE = "run_code"
"""The name under which the code of a CodeExecutorAgent is approved."""

_CHANGED = "This call was not run: the tool changed while it was being approved."


@dataclass(frozen=True, slots=True)
class Bench:
    """A workbench of an agent, whose calls pass over the desk.

    Attributes:
        inner: The workbench.
        where: The part of the team that has it.
        desk: Where calls are judged.
        held: The identities of the parts of the team that ask over the desk.
    """

    inner: Workbench
    where: str
    desk: Desk
    held: frozenset[int]

    async def offers(self) -> dict[str, Offer]:
        """Its tools by name."""
        return await offers_of(self.inner, self.held)

    async def called(
        self, name: str, arguments: Any, token: CancellationToken | None, identity: str | None
    ) -> AsyncGenerator[Any, None]:
        """What comes of a call: events, and last its result."""
        offer = (await self.offers()).get(name)
        if offer is not None and offer.passes:
            async for event in self._run(name, arguments, token, identity):
                yield event
            return
        try:
            written = canonical({} if arguments is None else arguments)
        except (TypeError, ValueError, RecursionError) as error:
            yield _refused(name, f"This call was not run: its arguments are not JSON ({type(error).__name__}).")
            return
        wanted = call_of(self.where, FunctionCall(identity or "", written, name), offer)
        request = (wanted.tool, wanted.arguments)
        noted = self.desk.take("tool", self.where, request)
        if noted is not None:
            yield noted.answer
            return
        verdict = await self.desk.verdict(wanted)
        # Whoever was asked may have taken long, and what is run is what was shown.
        if verdict.runs and (await self.offers()).get(name) != offer:
            verdict = Verdict(runs=False, message=_CHANGED)
        if not verdict.runs:
            self.desk.judge.done(wanted)
            result = _refused(name, verdict.message)
            self.desk.note("tool", self.where, request, result, ran=False)
            yield result
            return
        given = arguments if verdict.arguments is None else json.loads(verdict.arguments)
        with self.desk.running(wanted), self.desk.noting_failure("tool", self.where, name) as began:
            async for event in self._taped(name, given, token, identity):
                if isinstance(event, ToolResult):
                    event = _told(event, verdict)
                    self.desk.note("tool", self.where, request, event, began=began)
                yield event

    async def _taped(
        self, name: str, arguments: Mapping[str, Any] | None, token: CancellationToken | None, identity: str | None
    ) -> AsyncGenerator[Any, None]:
        """What comes of a tool, or what came when it was recorded; a tool that is played is not run."""
        if asked_cassette() is None:
            async for event in self._run(name, arguments, token, identity):
                yield event
            return

        async def run() -> dict[str, Any]:
            results = [event async for event in self._run(name, arguments, token, identity)]
            return dict(results[-1].model_dump(mode="json"))

        asked = call("tool", "", self.where.strip("/"), [name, arguments])
        yield ToolResult.model_validate(await taped(asked, run, dict[str, Any]))

    async def _run(
        self, name: str, arguments: Mapping[str, Any] | None, token: CancellationToken | None, identity: str | None
    ) -> AsyncGenerator[Any, None]:
        if isinstance(self.inner, StaticStreamWorkbench):
            async for event in self.inner.call_tool_stream(name, arguments, token, identity):
                yield event
        else:
            yield await self.inner.call_tool(name, arguments, token, identity)


class Guarded(Workbench):
    """A workbench as an agent sees it, whose calls pass over the desk."""

    component_type = "workbench"

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def list_tools(self) -> list[ToolSchema]:
        return await self.bench.inner.list_tools()

    async def call_tool(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
        call_id: str | None = None,
    ) -> ToolResult:
        result: ToolResult | None = None
        async for event in self.bench.called(name, arguments, cancellation_token, call_id):
            result = event
        assert result is not None
        return result

    async def start(self) -> None:
        await self.bench.inner.start()

    async def stop(self) -> None:
        await self.bench.inner.stop()

    async def reset(self) -> None:
        await self.bench.inner.reset()

    async def save_state(self) -> Mapping[str, Any]:
        return await self.bench.inner.save_state()

    async def load_state(self, state: Mapping[str, Any]) -> None:
        await self.bench.inner.load_state(state)


class _GuardedStream(Guarded, StaticStreamWorkbench):
    """What AutoGen takes for a workbench that tells of its agents' events while they work."""

    async def call_tool_stream(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
        call_id: str | None = None,
    ) -> AsyncGenerator[Any, None]:
        async for event in self.bench.called(name, arguments, cancellation_token, call_id):
            yield event


def guarded(bench: Bench) -> Workbench:
    """The workbench as its agent is to see it."""
    return _GuardedStream(bench) if isinstance(bench.inner, StaticStreamWorkbench) else Guarded(bench)


class GuardedExecutor(CodeExecutor):
    """A code executor that runs nothing before somebody has approved it."""

    component_type = "code_executor"

    def __init__(self, inner: CodeExecutor, where: str, desk: Desk) -> None:
        self._inner, self._where, self._desk = inner, where, desk

    async def execute_code_blocks(
        self, code_blocks: list[CodeBlock], cancellation_token: CancellationToken
    ) -> CodeResult:
        blocks = [{"code": block.code, "language": block.language} for block in code_blocks]
        arguments = canonical(blocks[0] if len(blocks) == 1 else {"blocks": blocks})
        request = (RUN_CODE, arguments)
        noted = self._desk.take("tool", self._where, request)
        if noted is not None:
            result: CodeResult = noted.answer
            return result
        identity = hashlib.sha256(arguments.encode()).hexdigest()[:16]
        call = Call(identity, self._where.strip("/"), RUN_CODE, arguments, "runs code")
        verdict = await self._desk.verdict(call)
        run = _blocks(verdict, code_blocks) if verdict.runs else None
        if run is None:
            self._desk.judge.done(call)
            result = CodeResult(exit_code=1, output=verdict.message or "This code was not run: it is not code.")
            self._desk.note("tool", self._where, request, result, ran=False)
            return result
        with self._desk.running(call), self._desk.noting_failure("tool", self._where, RUN_CODE) as began:
            result = await self._inner.execute_code_blocks(run, cancellation_token)
            self._desk.note("tool", self._where, request, result, began=began)
        return result

    async def start(self) -> None:
        await self._inner.start()

    async def stop(self) -> None:
        await self._inner.stop()

    async def restart(self) -> None:
        await self._inner.restart()


def _blocks(verdict: Verdict, written: list[CodeBlock]) -> list[CodeBlock] | None:
    """The code that is run: as it was written, or as who approved it has edited it; None if that is not code."""
    if verdict.arguments is None:
        return written
    given = json.loads(verdict.arguments)
    blocks = given.get("blocks", [given])
    try:
        made = [CodeBlock(code=one["code"], language=one.get("language", "python")) for one in blocks]
    except (KeyError, TypeError, AttributeError):
        return None
    return made if all(isinstance(one.code, str) and isinstance(one.language, str) for one in made) else None


def _refused(name: str, why: str) -> ToolResult:
    return ToolResult(name=name, result=[TextResultContent(content=why)], is_error=True)


def _told(result: ToolResult, verdict: Verdict) -> ToolResult:
    """The result of a call that was run with other arguments than the model gave, which is then told so."""
    if verdict.arguments is None:
        return result
    note = TextResultContent(content=f"(run with other arguments: {verdict.arguments})")
    return result.model_copy(update={"result": [note, *result.result]})
