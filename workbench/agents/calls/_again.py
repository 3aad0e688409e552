"""A recorded call of a model, played as it was or asked anew."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autogen_core.models import LLMMessage
from pydantic import TypeAdapter, ValidationError

from workbench.agents._client import ModelClientConfig, client
from workbench.agents.calls._record import answer_of
from workbench.connections import wait
from workbench.engines.cassette import MODE
from workbench.errors import UsageError

_MESSAGES = TypeAdapter(list[LLMMessage])
_CHOICES = ("auto", "required", "none")


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model answered.

    Attributes:
        text: What it said; "" where it called tools.
        calls: The tools that it called, each as `[name, arguments]`.
        thought: What it thought.
        finish: Why it ended.
    """

    text: str
    calls: list[list[Any]]
    thought: str = ""
    finish: str = ""


def ask_again(call: Mapping[str, Any]) -> Answered:
    """Ask a model what it was asked in a session: the tests that `Turn.as_test` writes do.

    The recorded answer is played, and nobody is asked, unless `WORKBENCH_MODE` is "live", or "record" with a cassette.

    Args:
        call: The call, as the test holds it.

    Returns:
        What was answered, then or now.

    Raises:
        UsageError: If it is not such a call, or cannot be asked anew.
        EngineError: If no whole answer came.

    >>> answer = {"text": "Ja.", "calls": [], "thought": "", "finish": "stop"}
    >>> ask_again({"client": {}, "messages": [], "settings": {}, "answer": answer}).text
    'Ja.'
    """
    if os.environ.get(MODE, "") in ("", "replay"):
        try:
            return Answered(**call["answer"])
        except (KeyError, TypeError):
            raise UsageError("this is not a recorded call", advice="take it from session.turn(k).as_test()") from None
    return Answered(**answer_of(wait(_live(call))))


async def _live(call: Mapping[str, Any]) -> Any:
    if "options" not in call["client"]:
        raise UsageError(
            "nothing tells how this model was asked, so its call can only be played",
            advice="make agents with wb.agents.client; a session that was loaded from a file does not tell it either",
        )
    try:
        told, messages = ModelClientConfig.model_validate(call["client"]), _MESSAGES.validate_python(call["messages"])
    except ValidationError:
        raise UsageError("this is not a recorded call", advice="take it from session.turn(k).as_test()") from None
    asked = client(told.model, system=told.system, strict=told.strict, **told.options)
    return await asked.create(messages, **_settings(call["settings"]))


def _settings(told: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as a client takes them; one tool that had to be called is then the only one."""
    settings = {name: value for name, value in told.items() if value is not None}
    choice = settings.get("tool_choice", "auto")
    if choice not in _CHOICES:
        settings["tools"] = [one for one in settings.get("tools", ()) if one["name"] == choice]
        settings["tool_choice"] = "required"
    return settings
