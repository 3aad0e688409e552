"""AutoGen's chat completion client over any model of any connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
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

from workbench.agents._asking import Ask, Asked, imposed, is_native, natively, streamed, whole
from workbench.agents._counting import Counter
from workbench.agents._translate import as_messages, as_result, as_tools, as_usage
from workbench.agents.autogen import noting
from workbench.connections import Model, Schema, tools_seen, wait, with_options
from workbench.connections import model as named_model
from workbench.errors import UnsupportedError, UsageError
from workbench.messages import Message, Options, Piece, Reply, Tool
from workbench.model_info import Capabilities

T = TypeVar("T")

AutoGenTools = Sequence[AutoGenTool | ToolSchema]
Choice = AutoGenTool | Literal["auto", "required", "none"]
Output = bool | type[BaseModel] | None


class ModelClientConfig(BaseModel):
    """What is written down of a client: names and numbers, never a key.

    Attributes:
        model: "connection/model".
        system: System message of every request, if any.
        options: Options of every request.
        strict: False where what the engine or the model lacks is left out.
    """

    model: str
    system: str | None = None
    options: dict[str, Any] = {}
    strict: bool | None = None
    tool_choice: Literal["required"] | None = None


class ModelClient(ChatCompletionClient, Component[ModelClientConfig]):
    """A model as AutoGen's agents want it; made with `wb.agents.client`.

    Where the model has no native tool calls, or its template drops the tools, calls are imposed: it is asked which
    tool, then its arguments, each held to a JSON schema, one call at a time. Every call is valid by the schema of its
    tool. Images are sent to models that take them, and refused before anything is sent where the server says that the
    model takes none. Token usage of 0 prompt tokens means that the server did not count.

    Attributes:
        tool_choice: "required" where agents that have tools have to call one each time that they may.
    """

    component_type = "model"
    component_config_schema = ModelClientConfig
    component_provider_override = "workbench.agents.ModelClient"

    def __init__(self, asked: Model, tool_choice: Literal["auto", "required"] = "auto") -> None:
        self._model = asked
        self.tool_choice = tool_choice
        self._capabilities: Capabilities | None = None
        self._has_looked = False
        self._usage = RequestUsage(0, 0)
        self._counter = Counter(asked)
        self._request_settings = self._to_config().model_dump()

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
            answering = self._answering(messages, tools, tool_choice, json_output, extra_create_args, whole)
            async with aclosing(answering) as coming:
                async for piece in coming:
                    if piece.reply is not None:
                        return piece.reply
            raise AssertionError("the last piece has the reply")

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
            Text, last of all the result, with the tokens of all that it took. Closing the generator makes the server
            stop generating.
        """
        arrived: asyncio.Queue[str | CreateResult | None] = asyncio.Queue()

        async def receive() -> None:
            answering = self._answering(messages, tools, tool_choice, json_output, extra_create_args, streamed)
            try:
                async with aclosing(answering) as coming:
                    async for piece in coming:
                        if piece.text:
                            arrived.put_nowait(piece.text)
                        if piece.reply is not None:
                            arrived.put_nowait(as_result(piece.reply))
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
        """Count the tokens of a conversation, by the server's tokeniser where it has one.

        What the template adds to each turn is as in the last prompt of this client that the server counted. Without a
        tokeniser the characters are divided by the characters a token had in those prompts; before the first one by 3,
        which is about right for German. An image counts as many tokens as one took in the last prompt with images; it
        is not counted before the first.
        """
        return self._counter.count(self._with_system(as_messages(messages)), as_tools(tools))

    def remaining_tokens(self, messages: Sequence[LLMMessage], *, tools: AutoGenTools = ()) -> int:
        """Return the length of the context without what `count_tokens` counts.

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
            vision=known.vision is not False,
            function_calling=known.tools is not False or known.schema is not False,
            json_output=known.schema is not False,
            structured_output=known.schema is not False,
            family=ModelFamily.UNKNOWN,
        )

    @property
    def capabilities(self) -> ModelCapabilities:
        """The old name of `model_info`."""
        return self.model_info

    @property
    def request_settings(self) -> Mapping[str, Any]:
        """The name of the model and all that goes with every request, without a key."""
        return self._request_settings

    def _to_config(self) -> ModelClientConfig:
        return ModelClientConfig(
            model=self._model.name,
            system=self._model.system,
            options=self._model.options.asked(),
            strict=None if self._model.strict else False,
            tool_choice=None if self.tool_choice == "auto" else self.tool_choice,
        )

    @classmethod
    def _from_config(cls, config: ModelClientConfig) -> ModelClient:
        chosen = config.tool_choice or "auto"
        return client(config.model, tool_choice=chosen, system=config.system, strict=config.strict, **config.options)

    def _known(self) -> Capabilities:
        if self._capabilities is None:
            with noting():
                self._capabilities = wait(self._model.capabilities())
        return self._capabilities

    def _with_system(self, turns: list[Message]) -> list[Message]:
        return turns if self._model.system is None else [Message("system", self._model.system), *turns]

    async def _answering(
        self,
        history: Sequence[LLMMessage],
        tools: AutoGenTools,
        choice: Choice,
        output: Output,
        extra: Mapping[str, Any],
        ask: Ask,
    ) -> AsyncGenerator[Piece, None]:
        schema: Schema | None = {"type": "object"} if output is True else output or None
        if tools and choice == "auto":
            choice = self.tool_choice
        offered = _offered(tools, choice)
        asked = Asked(as_messages(history), offered, _name(choice), schema, dict(extra))
        native = is_native(self._model, await self._abilities(asked), asked)
        way = natively if native else imposed
        async with aclosing(way(self._model, asked, ask, self._note)) as answering:
            async for piece in answering:
                if piece.reply is not None:
                    self._spend(piece.reply)
                yield piece

    async def _abilities(self, asked: Asked) -> Capabilities:
        """What is known of the model, as far as it matters for what is asked; nobody is asked for more."""
        if not asked.is_about_tools:
            return self._capabilities or Capabilities()
        if self._capabilities is None:
            self._capabilities = await self._model.capabilities()
        known = self._capabilities
        if known.tools is not False and known.tools_seen is None and not self._has_looked:
            self._has_looked = True
            self._capabilities = known = replace(known, tools_seen=await tools_seen(self._model))
        return known

    def _note(self, turns: Sequence[Message], tools: Sequence[Tool], reply: Reply) -> None:
        if reply.usage.prompt_tokens:
            self._counter.note(self._with_system(list(turns)), tools, reply.usage.prompt_tokens)

    def _spend(self, reply: Reply) -> None:
        used = as_usage(reply.usage)
        self._usage = RequestUsage(
            self._usage.prompt_tokens + used.prompt_tokens, self._usage.completion_tokens + used.completion_tokens
        )


def client(
    model: str | Model | None = None, *, tool_choice: Literal["auto", "required"] = "auto", **options: Any
) -> ModelClient:
    """Make a model a client for AutoGen's agents and teams.

    Args:
        model: "connection/model", "connection" for its first model, a model made with `wb.model`, or None for
            the environment variable `WORKBENCH_MODEL`, or else the embedded model.
        tool_choice: "required" has agents that have tools call one each time that they may, which small models seldom
            do by themselves; AutoGen's agents leave it open.
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
            "schema, tools and the model's own tool_choice must not be given to a client",
            where=asked.name,
            advice="give them to the agent",
        )
    if tool_choice not in ("auto", "required"):
        raise UsageError(f'tool_choice= must be "auto" or "required", not {tool_choice!r}')
    return ModelClient(asked, tool_choice)


def _offered(tools: AutoGenTools, choice: Choice) -> tuple[Tool, ...]:
    """The tools that may be called. Raises UsageError for one whose schema cannot be used."""
    if choice == "none":
        return ()
    offered = as_tools(tools)
    if not isinstance(choice, str) and _name(choice) not in (tool.name for tool in offered):
        offered += as_tools([choice])
    return with_options(Options(), {"tools": offered}).tools if offered else ()


def _name(choice: Choice) -> str:
    return choice if isinstance(choice, str) else choice.name


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
