"""AutoGen's chat completion client over any model of any connection."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from autogen_core import CancellationToken, Component
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelCapabilities,
    ModelFamily,
    ModelInfo,
    RequestUsage,
)
from autogen_core.tools import Tool as AutoGenTool
from autogen_core.tools import ToolSchema
from pydantic import BaseModel

from workbench.agents._imposed_tools import as_called, cut_answer, impose, in_plain_turns
from workbench.agents._translate import as_messages, as_result, as_tools, as_usage
from workbench.agents.autogen import noting
from workbench.connections import Model, Schema, wait
from workbench.connections import model as named_model
from workbench.errors import SchemaError, UnsupportedError, UsageError
from workbench.messages import Message, Piece, Reply, Tool
from workbench.model_info import Capabilities

T = TypeVar("T")

AutoGenTools = Sequence[AutoGenTool | ToolSchema]
Choice = AutoGenTool | Literal["auto", "required", "none"]
Output = bool | type[BaseModel] | None

_CHARACTERS_PER_TOKEN = 3.0


class ModelClientConfig(BaseModel):
    """What is written down of a client: names and numbers, never a key.

    Attributes:
        model: "connection/model".
        system: System message of every request, if any.
        options: Options of every request.
    """

    model: str
    system: str | None = None
    options: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class _Call:
    """A request as the model is asked it; `imposed` where its tools are a schema."""

    messages: list[Message]
    schema: Schema | None
    options: dict[str, Any]
    imposed: bool = False


class ModelClient(ChatCompletionClient, Component[ModelClientConfig]):
    """A model as AutoGen's agents want it; made with `wb.agents.client`.

    Where the model has no native tool calls, they are imposed by a JSON schema, one call at a time. Images are refused,
    as the engines send text only. Token usage of 0 prompt tokens means that the server did not count.
    """

    component_type = "model"
    component_config_schema = ModelClientConfig
    component_provider_override = "workbench.agents.ModelClient"

    def __init__(self, asked: Model) -> None:
        self._model = asked
        self._capabilities: Capabilities | None = None
        self._usage = RequestUsage(0, 0)
        self._counted = (0, 0)

    def __repr__(self) -> str:
        return f"ModelClient({self._model.name!r})"

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: AutoGenTools = (),
        tool_choice: Choice = "auto",
        json_output: Output = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        """Ask for the whole answer.

        Args:
            messages: The conversation.
            tools: Tools that the model may ask for.
            tool_choice: One tool, "auto", "required" or "none"; what the server cannot do is refused.
            json_output: True for any JSON object, or a pydantic model's class.
            extra_create_args: Fields of `Options`, such as temperature.
            cancellation_token: Cancelling it makes the server stop generating.

        Returns:
            AutoGen's result. Reasoning is its thought.

        Raises:
            UsageError: If it cannot be asked so; nothing was sent.
            EngineError: If no whole answer came.
        """

        async def answered() -> Reply:
            call = await self._call(messages, tools, tool_choice, json_output, extra_create_args)
            try:
                reply = await self._model.ask(call.messages, schema=call.schema, **call.options)
            except SchemaError as error:
                reply = _cut(call, error)
            return self._received(call, reply)

        with noting():
            return as_result(await _linked(answered(), cancellation_token))

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: AutoGenTools = (),
        tool_choice: Choice = "auto",
        json_output: Output = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """Stream the answer as it arrives; arguments and errors as for `create`.

        Yields:
            Text, last of all the result. With imposed tools the answer comes as one text, as only its end tells
            whether it is one. Closing the generator makes the server stop generating.
        """
        arrived: asyncio.Queue[str | CreateResult | None] = asyncio.Queue()

        async def pieces(call: _Call) -> AsyncGenerator[Piece, None]:
            async with aclosing(self._model.stream(call.messages, schema=call.schema, **call.options)) as coming:
                try:
                    async for piece in coming:
                        yield piece
                except SchemaError as error:
                    yield Piece(reply=_cut(call, error))

        async def receive() -> None:
            try:
                call = await self._call(messages, tools, tool_choice, json_output, extra_create_args)
                async with aclosing(pieces(call)) as coming:
                    async for piece in coming:
                        if piece.text and not call.imposed:
                            arrived.put_nowait(piece.text)
                        if piece.reply is not None:
                            reply = self._received(call, piece.reply)
                            if call.imposed and reply.text:
                                arrived.put_nowait(reply.text)
                            arrived.put_nowait(as_result(reply))
            finally:
                arrived.put_nowait(None)

        with noting():
            receiving = _task(receive(), cancellation_token)
            try:
                while (part := await arrived.get()) is not None:
                    yield part
                await receiving
            finally:
                receiving.cancel()
                await asyncio.wait({receiving})

    async def close(self) -> None:
        """Do nothing: connections belong to the event loop and close with it."""

    def actual_usage(self) -> RequestUsage:
        """Count the tokens of all requests of this client, as far as the servers counted them."""
        return self._usage

    def total_usage(self) -> RequestUsage:
        """Return the same as `actual_usage`: no answer is taken from a cache."""
        return self._usage

    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: AutoGenTools = ()) -> int:
        """Estimate the tokens of a conversation; no server is asked.

        It divides the characters by the characters a token had in the prompts of this client that its server counted;
        before the first one by 3, which is about right for German.
        """
        characters = _characters(as_messages(messages, self._model.name), as_tools(tools))
        known, tokens = self._counted
        return math.ceil(characters / (known / tokens if tokens else _CHARACTERS_PER_TOKEN))

    def remaining_tokens(self, messages: Sequence[LLMMessage], *, tools: AutoGenTools = ()) -> int:
        """Return the length of the context without the estimate of `count_tokens`.

        Raises:
            UnsupportedError: If the server does not tell the context's length.
        """
        context = self._model.options.context or self._known().context
        if context is None:
            raise UnsupportedError(
                "the length of the context is not known",
                where=self._model.name,
                advice="name it: wb.agents.client(…, context=…), where the server takes that, or limit the messages",
            )
        return context - self.count_tokens(messages, tools=tools)

    @property
    def model_info(self) -> ModelInfo:
        """What the model can do, as its server says; asked once. What the server leaves open counts as possible.

        Raises:
            EngineError: If the server does not answer.
        """
        known = self._known()
        return ModelInfo(
            vision=known.vision is True,  # an image is then refused; if this were False, agents would drop it silently
            function_calling=known.tools is not False or known.schema is not False,
            json_output=known.schema is not False,
            structured_output=known.schema is not False,
            family=ModelFamily.UNKNOWN,
        )

    @property
    def capabilities(self) -> ModelCapabilities:
        """The old name of `model_info`."""
        return self.model_info

    def _to_config(self) -> ModelClientConfig:
        return ModelClientConfig(model=self._model.name, system=self._model.system, options=self._model.options.asked())

    @classmethod
    def _from_config(cls, config: ModelClientConfig) -> ModelClient:
        return client(config.model, system=config.system, **config.options)

    def _known(self) -> Capabilities:
        if self._capabilities is None:
            with noting():
                self._capabilities = wait(self._model.capabilities())
        return self._capabilities

    async def _call(
        self,
        history: Sequence[LLMMessage],
        tools: AutoGenTools,
        choice: Choice,
        output: Output,
        extra: Mapping[str, Any],
    ) -> _Call:
        messages = as_messages(history, self._model.name)
        schema: Schema | None = {"type": "object"} if output is True else output or None
        offered = as_tools(tools if choice != "none" else ())
        with_tools = bool(offered) or any(turn.role == "tool" or turn.tool_calls for turn in messages)
        if with_tools and not await self._calls_natively():
            return _imposed(messages, schema, offered, choice, dict(extra))
        options = dict(extra)
        if offered:
            options |= {"tools": offered, "tool_choice": _name(choice)}
        return _Call(messages, schema, options)

    async def _calls_natively(self) -> bool:
        if self._capabilities is None:
            self._capabilities = await self._model.capabilities()
        return self._capabilities.tools is not False

    def _received(self, call: _Call, reply: Reply) -> Reply:
        """Count what a reply cost, and take imposed tools for tools."""
        used = as_usage(reply.usage)
        self._usage = RequestUsage(
            self._usage.prompt_tokens + used.prompt_tokens, self._usage.completion_tokens + used.completion_tokens
        )
        if used.prompt_tokens:
            characters = _characters(call.messages, call.options.get("tools", ()))
            self._counted = (self._counted[0] + characters, self._counted[1] + used.prompt_tokens)
        return as_called(reply) if call.imposed and reply.parsed is not None else reply


def client(model: str | Model | None = None, **options: Any) -> ModelClient:
    """Make a model a client for AutoGen's agents and teams.

    Args:
        model: "connection/model", "connection" for its first model, a model made with `wb.model`, or None for
            the environment variable `WORKBENCH_MODEL`, or else the embedded model.
        options: `system` and fields of `Options` for every request, such as temperature, seed or max_tokens; tools
            and schemas come from the agents.

    Returns:
        An AutoGen `ChatCompletionClient`. Its server is asked what the model can do when that is first needed.

    Raises:
        UsageError: If there is no such connection or option.

    >>> client("embedded", temperature=0)
    ModelClient('embedded/smollm2-135m-instruct')
    """
    asked = (model if isinstance(model, Model) else named_model(model)).using(**options)
    if asked.schema is not None or asked.options.tools or asked.options.tool_choice is not None:
        raise UsageError(
            "schema, tools and tool_choice must not be given to a client",
            where=asked.name,
            advice="give them to the agent",
        )
    return ModelClient(asked)


def _imposed(
    messages: list[Message], schema: Schema | None, offered: tuple[Tool, ...], choice: Choice, options: dict[str, Any]
) -> _Call:
    if not offered:
        return _Call(in_plain_turns(messages), schema, options)
    allowed = offered if isinstance(choice, str) else as_tools([choice])
    answer: Mapping[str, Any] | None = {"type": "string"}
    if choice != "auto":
        answer = None
    elif schema is not None:
        answer = schema.model_json_schema() if isinstance(schema, type) else schema
    imposed = impose(messages, allowed, answer=answer)
    return _Call(imposed.messages, imposed.schema, options, imposed=True)


def _cut(call: _Call, error: SchemaError) -> Reply:
    """The plain answer that was cut, as without imposed tools it would be no error either. Else raises the error."""
    reply = cut_answer(error.reply) if call.imposed and isinstance(error.reply, Reply) else None
    if reply is None:
        raise error
    return reply


def _name(choice: Choice) -> str:
    return choice if isinstance(choice, str) else choice.name


def _characters(messages: Sequence[Message], tools: Sequence[Tool]) -> int:
    turns = sum(len(turn.content) + sum(len(call.arguments) for call in turn.tool_calls) for turn in messages)
    return turns + sum(len(tool.name) + len(tool.description) + len(str(dict(tool.parameters))) for tool in tools)


def _task(work: Coroutine[Any, Any, T], token: CancellationToken | None) -> asyncio.Task[T]:
    """The work as a task that the token cancels, from whatever thread."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()

    def cancel() -> None:
        if not task.done():
            loop.call_soon_threadsafe(task.cancel)

    if token is not None:
        token.add_callback(cancel)
    return task


async def _linked(work: Coroutine[Any, Any, T], token: CancellationToken | None) -> T:
    return await _task(work, token)
