"""Agents that call tools as a test says, and tools that tell what was done."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from agents.teams import Answer, Hashing, Said, agent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import FunctionCall
from autogen_core.models import CreateResult, RequestUsage

from workbench import agents

Done = list[dict[str, Any]]


def once(*calls: tuple[str, Any]) -> Answer:
    """A model that makes these calls, and says something once it has seen results."""

    def answer(prompt: str, number: int, tools: list[str]) -> Said:
        if "FunctionExecution" in prompt:
            return "done"
        return [(name, given if isinstance(given, str) else json.dumps(given)) for name, given in calls]

    return answer


def again(*calls: tuple[str, Any]) -> Answer:
    """A model that makes these calls in every answer."""
    return lambda prompt, number, tools: [(name, json.dumps(given)) for name, given in calls]


def deleting(done: Done) -> Callable[..., str]:
    """A tool that changes something."""

    def delete(path: str = "") -> str:
        """Delete a file."""
        done.append({"path": path})
        return f"deleted {path}"

    return delete


def session_of(answer: Answer, *tools: Any, turns: int = 1, approve: Any = "ask", **more: Any) -> agents.Session:
    clerk = agent("clerk", answer, tools=list(tools), **more)
    return agents.session(RoundRobinGroupChat([clerk], max_turns=turns), "Los.", approve=approve)


class Calling(Hashing):
    """A model that gives its calls ids of its own choice."""

    def __init__(self, *answers: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self.answers = list(answers)

    async def create(self, messages: Sequence[Any], **more: Any) -> CreateResult:
        self.asked += 1
        calls = self.answers.pop(0) if self.answers else []
        content: Any = [FunctionCall(*call) for call in calls] or "done"
        return CreateResult(finish_reason="stop", content=content, usage=RequestUsage(1, 1), cached=False)
