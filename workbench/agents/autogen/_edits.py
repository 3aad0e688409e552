"""A team at rest, with something else said, or somebody else to speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from autogen_agentchat.messages import BaseChatMessage
from autogen_agentchat.teams._group_chat._events import GroupChatAgentResponse
from autogen_core.models import AssistantMessage
from pydantic import BaseModel, ValidationError

from workbench.agents.autogen._stage import Held, Rest, chat_messages
from workbench.agents.autogen._state import Grown, State
from workbench.errors import UsageError


def said_otherwise(rest: Rest, place: int, text: str) -> tuple[Rest, BaseChatMessage, BaseChatMessage]:
    """A team in which something that is held has another text; the agent believes to have said this.

    Args:
        rest: The team.
        place: Which of what is held.
        text: The new text; JSON for a message of a form of its own.

    Returns:
        The team, the message as it was, and as it is.

    Raises:
        UsageError: If it cannot have this text.
    """
    held = rest.held[place]
    old = chat_messages(held)[-1]
    new = _with_text(old, text)
    changed = (*rest.held[:place], _with_message(held, old, new), *rest.held[place + 1 :])
    state = _remembered(rest.state, held.name, old.to_model_text(), new.to_model_text())
    return replace(rest, held=changed, state=state), old, new


def asked_instead(rest: Rest, names: Sequence[str]) -> Rest:
    """A team in which others are to speak than those whom the manager asked."""
    manager = dict(rest.state["#manager/"])
    if manager["_active_speakers"]:  # some managers keep no list of them
        manager["_active_speakers"] = list(names)
    return replace(rest, pending=tuple(names), state={**rest.state, "#manager/": manager})


def _with_text(message: BaseChatMessage, text: str) -> BaseChatMessage:
    content: Any = getattr(message, "content", None)
    if isinstance(content, str):
        return message.model_copy(update={"content": text})
    if isinstance(content, BaseModel):
        try:
            return message.model_copy(update={"content": type(content).model_validate_json(text)})
        except ValidationError as error:
            problem = error.errors()[0]["msg"]
            raise UsageError(
                f"this is not a {type(content).__name__}: {problem}", advice="write JSON of that form"
            ) from None
    raise UsageError(f"a {type(message).__name__} has no text that can be edited", advice="drop it, or rewind")


def _with_message(held: Held, old: BaseChatMessage, new: BaseChatMessage) -> Held:
    if isinstance(held, GroupChatAgentResponse):
        return held.model_copy(update={"response": replace(held.response, chat_message=new)})
    messages = [new if message is old else message for message in held.result.messages]
    return held.model_copy(update={"result": held.result.model_copy(update={"messages": messages})})


def _remembered(state: State, name: str, old: str, new: str) -> State:
    """The state with another last answer in the context of the agent that gave it."""
    path = f"{name}/_model_context/"
    kept = state.get(path, {}).get("_messages")
    if not isinstance(kept, Grown):
        return state
    messages = kept.values()
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        if isinstance(message, AssistantMessage) and message.content == old:
            messages[place] = message.model_copy(update={"content": new})
            return {**state, path: {**state[path], "_messages": Grown(messages, len(messages))}}
    return state
