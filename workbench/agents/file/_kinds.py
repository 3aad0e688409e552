"""Messages and results as data: of the kinds that AutoGen has, and of those that a team's own members make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, MultiModalMessage
from autogen_core import FunctionCall, Image
from autogen_core.code_executor import CodeResult
from autogen_core.memory import MemoryContent
from autogen_core.models import (
    AssistantMessage,
    CreateResult,
    FunctionExecutionResultMessage,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import ToolResult
from pydantic import BaseModel

from workbench.agents.file._values import NotDataError

_MODELS: Mapping[str, type[BaseModel]] = {
    one.__name__: one
    for one in (
        SystemMessage, UserMessage, AssistantMessage, FunctionExecutionResultMessage, MemoryContent, CreateResult,
        ToolResult,
    )
}  # fmt: skip
MESSAGES = (
    BaseAgentEvent,
    BaseChatMessage,
    AssistantMessage,
    FunctionExecutionResultMessage,
    SystemMessage,
    UserMessage,
    MemoryContent,
)
"""What the lists of a team that only grow may hold."""


@dataclass
class Kinds:
    """The kinds of messages and results that a file of a team may hold, by the names that stand in it.

    Attributes:
        messages: The team's own kinds of messages and events.
        images: One object for each image, as AutoGen takes two of the same content for different.
    """

    messages: Mapping[str, type[BaseAgentEvent | BaseChatMessage]]
    images: dict[str, Image] = field(default_factory=dict)

    def written(self, value: Any) -> list[Any] | None:
        """A message or result as its kind's name and its fields; None if it is neither. Raises NotDataError."""
        if isinstance(value, FunctionCall):
            return ["FunctionCall", {"id": value.id, "arguments": value.arguments, "name": value.name}]
        if isinstance(value, CodeResult):
            return ["CodeResult", {"exit_code": value.exit_code, "output": value.output}]
        if not isinstance(value, BaseModel):
            return None
        name = type(value).__name__
        if self._kind(name) is not type(value):
            raise NotDataError(f"a {name} is of no kind that the team makes known")
        return [name, value.model_dump(mode="json")]

    def read(self, name: str, fields: Any) -> Any:
        """A message or result from its kind's name and its fields. Raises NotDataError."""
        if not isinstance(fields, dict):
            raise NotDataError(f"a {name} has no fields")
        try:
            return self._read(name, fields)
        except Exception:  # noqa: BLE001 - of pydantic, of images, of the team's own kinds: it is refused all the same
            raise NotDataError(f"what is called a {name} is not a valid one") from None

    def is_kind(self, name: str) -> bool:
        return name in ("FunctionCall", "CodeResult") or self._kind(name) is not None

    def _read(self, name: str, fields: dict[str, Any]) -> Any:
        if name == "FunctionCall":
            return FunctionCall(**{part: _text(fields[part]) for part in ("id", "arguments", "name")})
        if name == "CodeResult":
            return CodeResult(int(fields["exit_code"]), _text(fields["output"]))
        kind = self._kind(name)
        assert kind is not None
        value = kind.model_validate(fields)
        if isinstance(value, UserMessage | MultiModalMessage) and isinstance(value.content, list):
            value.content = [self._image(one) if isinstance(one, Image) else one for one in value.content]
        return value

    def _image(self, image: Image) -> Image:
        return self.images.setdefault(image.to_base64(), image)

    def _kind(self, name: str) -> type[BaseModel] | None:
        return _MODELS.get(name) or self.messages.get(name)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise NotDataError("what must be a text is not a text")
    return value
