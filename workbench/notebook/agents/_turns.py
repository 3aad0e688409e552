"""Turns of a session of AutoGen's agents as plain data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autogen_agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    HandoffMessage,
    TextMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
    ToolCallSummaryMessage,
)
from autogen_core import FunctionCall, Image
from autogen_core.models import (
    AssistantMessage,
    CreateResult,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    SystemMessage,
    UserMessage,
)
from pydantic import BaseModel

from workbench.agents._desk import Asked
from workbench.agents._translate import image_of
from workbench.agents.session._turn import Turn, cost_of
from workbench.conversation import image_text
from workbench.engines.cassette import current
from workbench.views import agents as views

MANAGER = "#manager/"


def turn_of(turn: Turn) -> views.Turn:
    """A turn as it is shown."""
    counted = sum(one.answer.usage.prompt_tokens for one in turn.asked if one.kind == "model" and not one.recorded)
    return views.Turn(
        number=turn.number,
        who=turn.agent or (turn.entries[0].event.source if turn.entries else "user"),
        parts=tuple(_parts(turn)),
        tokens=cost_of(turn.asked).tokens if counted else None,  # 0 stands for: the server did not count
        seconds=turn.seconds if current() is None else None,  # what is played takes another time than what was asked
        asked=sum(not one.recorded for one in turn.asked),
        recorded=sum(one.recorded for one in turn.asked),
    )


def agents_of(turns: Sequence[views.Turn]) -> tuple[str, ...]:
    """All who did something, in the order of their first appearance."""
    return tuple(dict.fromkeys(name for turn in turns for name in (turn.who, *(part.who for part in turn.parts))))


def questions_of(turn: Turn) -> list[views.Question]:
    """What a turn asked, as it was asked."""
    return [_model_question(one) if one.kind == "model" else _other_question(one) for one in turn.asked]


def _parts(turn: Turn) -> Iterator[views.Part]:
    results = {
        result.call_id: result
        for entry in turn.entries
        if isinstance(entry.event, ToolCallExecutionEvent)
        for result in entry.event.content
    }
    recorded = [one.request for one in turn.asked if one.kind == "tool" and one.recorded]
    for entry in turn.entries:
        match entry.event:
            case ToolCallRequestEvent(content=calls, source=who):
                for call in calls:
                    yield _call(who, call, results.get(call.id), recorded)
            case ToolCallExecutionEvent():
                pass  # shown with the calls
            case BaseChatMessage() as message:
                yield _message(message, turn, results.values())
            case event:
                yield _event(event)


def _call(
    who: str, call: FunctionCall, result: FunctionExecutionResult | None, recorded: list[tuple[str, str]]
) -> views.Part:
    marks: list[views.Mark] = ["failed"] if result is not None and result.is_error else []
    request = (call.name, _tidied(call.arguments))
    if request in recorded:
        recorded.remove(request)
        marks.append("recorded")
    return views.Part(
        kind="call",
        who=who,
        text=given(call.arguments),
        tool=call.name,
        result=None if result is None else result.content,
        marks=tuple(marks),
    )


def _message(message: BaseChatMessage, turn: Turn, results: Iterable[FunctionExecutionResult]) -> views.Part:
    match message:
        case HandoffMessage(source=who, target=target, content=text):
            is_shown = any(result.content == text for result in results)  # with the call by which it was handed over
            return views.Part(kind="handoff", who=who, text="" if is_shown else text, to=target)
        case ToolCallSummaryMessage(source=who, results=summed, content=text):
            same = text == "\n".join(result.content for result in summed)
            return views.Part(kind="said", who=who, text=text, tool=type(message).__name__ if same else "")
    before = _answered(message, turn)
    changed = before is not None and before != message.to_text()
    return views.Part(
        kind="said",
        who=message.source,
        text=message.to_text(),
        marks=("changed",) if changed else (),
        before=before or "" if changed else "",
    )


def _answered(message: BaseChatMessage, turn: Turn) -> str | None:
    """What a model or person answered last for who took the turn, if it is what this message should say."""
    if not isinstance(message, TextMessage) or message.source != turn.agent:
        return None
    answers = [one.answer for one in turn.asked[: turn.heard_asked] if one.where == f"{turn.agent}/"]
    last = answers[-1] if answers else None
    answer = last.content if isinstance(last, CreateResult) else last
    return answer if isinstance(answer, str) else None


def _event(event: BaseAgentEvent | BaseChatMessage) -> views.Part:
    if isinstance(event, ThoughtEvent):
        return views.Part(kind="thought", who=event.source, text=event.content)
    return views.Part(kind="event", who=event.source, text=event.to_text(), tool=type(event).__name__)


def _model_question(one: Asked) -> views.Question:
    request, result = one.request, one.answer
    more = dict(request.more)
    tools = [_schema(tool) for tool in more.pop("tools", ())]
    more.pop("cancellation_token", None)
    usage = result.usage if result.usage.prompt_tokens else None
    return views.Question(
        kind="model",
        who=_who(one.where),
        handed=(
            *(handed for message in request.messages for handed in _handed(message)),
            *(views.Handed("tools", tool.get("name", ""), _json(tool)) for tool in tools),
        ),
        settings=_json(more) if any(value not in (None, {}, ()) for value in more.values()) else "",
        answer=result.content if isinstance(result.content, str) else _calls(result.content),
        thought=result.thought or "",
        finish=result.finish_reason,
        prompt_tokens=None if usage is None else usage.prompt_tokens,
        completion_tokens=None if usage is None else usage.completion_tokens,
        recorded=one.recorded,
    )


def _other_question(one: Asked) -> views.Question:
    is_call = isinstance(one.request, tuple)
    name, text = one.request if is_call else (_who(one.where), one.request)
    answer, failed = str(one.answer), False
    if hasattr(one.answer, "exit_code"):
        answer, failed = one.answer.output, one.answer.exit_code != 0
    elif hasattr(one.answer, "is_error"):
        answer, failed = one.answer.to_text(), one.answer.is_error
    handed = views.Handed("conversation", name, given(text) if is_call else str(text))
    return views.Question(
        kind=one.kind, who=_who(one.where), handed=(handed,), answer=answer, failed=failed, recorded=one.recorded
    )


def _handed(message: LLMMessage) -> Iterator[views.Handed]:
    match message:
        case SystemMessage(content=text):
            yield views.Handed("system", "system", text)
        case FunctionExecutionResultMessage(content=results):
            for result in results:
                yield views.Handed("results", result.name, result.content)
        case AssistantMessage(content=content, source=who):
            text = content if isinstance(content, str) else _calls(content)
            yield views.Handed("conversation", who, f"{message.thought}\n\n{text}" if message.thought else text)
        case UserMessage(content=pieces, source=who):
            text = pieces if isinstance(pieces, str) else "\n".join(map(_piece, pieces))
            yield views.Handed("conversation", who, text)


def _piece(one: str | Image) -> str:
    return one if isinstance(one, str) else f"[{image_text(image_of(one))}]"


def _who(where: str) -> str:
    """Who asked, by the place in the team: the last part of it that is a name."""
    names = [part for part in where.strip("/").split("/") if not part.startswith("_")]
    return "manager" if where == MANAGER else names[-1] if names else where


def _calls(calls: Sequence[FunctionCall]) -> str:
    return "\n".join(f"{call.name}({call.arguments})" for call in calls)


def given(arguments: str) -> str:
    """Arguments, one a line; as they are where they are not a JSON object."""
    values = _loaded(arguments)
    if not isinstance(values, dict):
        return arguments
    return "\n".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())


def _tidied(arguments: str) -> str:
    values = _loaded(arguments)
    return arguments if values is None else json.dumps(values, sort_keys=True)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _schema(tool: Any) -> dict[str, Any]:
    return dict(tool) if isinstance(tool, Mapping) else dict(tool.schema)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=_written)


def _written(value: Any) -> Any:
    if isinstance(value, type) and issubclass(value, BaseModel):
        return value.model_json_schema()
    return dict(value.schema) if hasattr(value, "schema") else str(value)
