"""What stands for a model that a file only names: a file does not say whom to ask."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from autogen_core.models import ChatCompletionClient, CreateResult, LLMMessage, ModelInfo, RequestUsage

from workbench.errors import UsageError
from workbench.texts import quoted


class AbsentModel(ChatCompletionClient):
    """A model of a branch that was loaded: what it answered is there, and it cannot be asked anew.

    Args:
        name: How the file names it.
        info: What the model of the team can do that stands at its place.
    """

    component_type = "model"

    def __init__(self, name: str, info: ModelInfo) -> None:
        self._name, self._info = name, info

    def __repr__(self) -> str:
        return self._name

    async def create(self, messages: Sequence[LLMMessage], **more: Any) -> CreateResult:
        raise self._error()

    async def create_stream(
        self, messages: Sequence[LLMMessage], **more: Any
    ) -> AsyncGenerator[str | CreateResult, None]:
        raise self._error()
        yield ""

    async def close(self) -> None:
        return

    def actual_usage(self) -> RequestUsage:
        return RequestUsage(0, 0)

    def total_usage(self) -> RequestUsage:
        return RequestUsage(0, 0)

    def count_tokens(self, messages: Sequence[LLMMessage], **more: Any) -> int:
        raise self._error()

    def remaining_tokens(self, messages: Sequence[LLMMessage], **more: Any) -> int:
        raise self._error()

    @property
    def capabilities(self) -> ModelInfo:
        return self._info

    @property
    def model_info(self) -> ModelInfo:
        return self._info

    def _error(self) -> UsageError:
        return UsageError(
            f"this branch asked {quoted(self._name)}, which a file does not bring with it",
            advice="fork it with models=…",
        )
