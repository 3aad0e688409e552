"""A model that can be asked: an engine, a name, and what is to be asked of it each time."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from workbench.connections._meaning import checked, settled
from workbench.connections._records import known
from workbench.connections._registry import connection
from workbench.connections._schema import Schema, as_json_schema
from workbench.connections._wait import wait
from workbench.engines import Engine
from workbench.errors import ModelUnknownError, PromptError, UsageError
from workbench.messages import Capabilities, Message, ModelInfo, Options, Piece, Reply, Request, Tool

Prompt = str | Sequence[Message | Mapping[str, Any]]

_OPTIONS = tuple(name for name in Options.__slots__ if name != "schema")


@dataclass(frozen=True, slots=True)
class Model:
    """A model of a connection, ready to be asked.

    Attributes:
        name: "connection/model".
        label: The name that tables and views show.
        engine: What talks to its server.
        slots: How many requests are kept in flight on its server, at first where nobody says how many it takes.
        system: System message before every conversation, unless `ask` names another.
        schema: Schema of every answer, unless `ask` names another.
        options: Options of every answer, unless `ask` names others.
        strict: Whether an option that the engine or the model lacks is refused; else it is left out with a warning.
        models_loaded: How many models its server holds in memory at once, where the user says so.

    >>> model("embedded").using(label="sober", temperature=0).label
    'sober'
    """

    name: str
    label: str
    engine: Engine = field(repr=False)
    slots: int = field(repr=False)
    system: str | None = None
    schema: Schema | None = None
    options: Options = field(default_factory=Options)
    strict: bool = True
    models_loaded: int | None = field(default=None, repr=False)

    @property
    def connection(self) -> str:
        """Name of the connection."""
        return self.name.partition("/")[0]

    def using(
        self,
        *,
        label: str | None = None,
        system: str | None = None,
        schema: Schema | None = None,
        strict: bool | None = None,
        **options: Any,
    ) -> Model:
        """The same model with a label, system message, schema or options of its own: a candidate for a comparison.

        Args:
            label: What tables show.
            system: System message.
            schema: A pydantic model's class or a JSON schema.
            strict: False leaves out what the engine or the model lacks, with a warning on the reply.
            options: Fields of `Options`: temperature, top_p, seed, max_tokens, stop, tools, tool_choice, thinking,
                context, choice, regex, logprobs, stop_repeats. They mean the same on every engine.

        Raises:
            UsageError: If there is no such option.
        """
        if not options and all(given is None for given in (label, system, schema, strict)):
            return self
        if schema is not None:
            as_json_schema(schema)
        return replace(
            self,
            label=label or self.label,
            system=system if system is not None else self.system,
            schema=schema if schema is not None else self.schema,
            strict=self.strict if strict is None else strict,
            options=with_options(self.options, options),
        )

    async def ask(
        self,
        prompt: Prompt,
        *,
        system: str | None = None,
        schema: Schema | None = None,
        strict: bool | None = None,
        **options: Any,
    ) -> Reply:
        """The whole answer to a prompt, asked for without a stream.

        Args:
            prompt: A text, or a conversation as messages or as dicts with `role` and `content`.
            system: System message.
            schema: A pydantic model's class or a JSON schema; the answer is then checked and on `reply.parsed`.
            strict: False leaves out options that the engine or the model lacks, with a warning on the reply.
            options: Fields of `Options`, such as temperature, seed or max_tokens.

        Returns:
            The reply. If the awaiting task is cancelled, the server stops generating.

        Raises:
            UsageError: If it cannot be asked so; nothing was sent.
            EngineError: If no whole answer came; what did come is on its `reply`.
        """
        asked = self.using(system=system, schema=schema, strict=strict, **options)
        request, left_out = asked.request(prompt)
        return checked(await self.engine.ask(request), request, asked.schema, left_out)

    async def stream(
        self,
        prompt: Prompt,
        *,
        system: str | None = None,
        schema: Schema | None = None,
        strict: bool | None = None,
        **options: Any,
    ) -> AsyncGenerator[Piece, None]:
        """The answer as it arrives; arguments and errors as for `ask`.

        Yields:
            Pieces with `text` and `reasoning`; the last has neither, but the whole `reply`. Leaving the loop, closing
            the generator or cancelling the task makes the server stop generating.
        """
        asked = self.using(system=system, schema=schema, strict=strict, **options)
        request, left_out = asked.request(prompt)
        answering = self.engine.stream(request)
        try:
            async for piece in answering:
                if piece.reply is None:
                    yield piece
                else:
                    yield Piece(reply=checked(piece.reply, request, asked.schema, left_out))
        finally:
            await answering.aclose()

    async def capabilities(self) -> Capabilities:
        """What this model can do: as the doctor found it, or else as far as its server says. Raises an EngineError."""
        name = self.name.partition("/")[2]
        return known(self.engine, name) or await self.engine.capabilities(name)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text. Raises UnsupportedError or an EngineError where that cannot be had."""
        return await self.engine.embed(self.name.partition("/")[2], texts)

    async def tokenize(self, text: str) -> list[int]:
        """The tokens of a text, without those that a chat template adds. Raises as `embed`."""
        return await self.engine.tokenize(self.name.partition("/")[2], text)

    async def detokenize(self, tokens: Sequence[int]) -> str:
        """The text of tokens. Raises as `embed`."""
        return await self.engine.detokenize(self.name.partition("/")[2], tokens)

    def request(self, prompt: Prompt) -> tuple[Request, tuple[str, ...]]:
        """What the engine is asked for this prompt, and a warning for each option that was left out.

        Raises PromptError, and UnsupportedError where an option is lacking and the model is strict.
        """
        messages = as_messages(prompt)
        if self.system is not None:
            messages = (Message("system", self.system), *messages)
        options = self.options
        if self.schema is not None:
            options = replace(options, schema=as_json_schema(self.schema))
        name = self.name.partition("/")[2]
        options, left_out = settled(self.engine, name, options, strict=self.strict)
        return Request(name, messages, options), left_out


def with_options(options: Options, changes: Mapping[str, Any]) -> Options:
    """The options with some changed. Raises UsageError for a name that is none, offering the nearest.

    >>> with_options(Options(), {"stop": "END"}).stop
    ('END',)
    """
    for name in changes:
        if name not in _OPTIONS:
            near = get_close_matches(name, _OPTIONS, n=1)
            advice = f"did you mean {near[0]}=?" if near else f"there are {', '.join(_OPTIONS)}"
            raise UsageError(f"no option {name!r}", advice=advice)
    values = {name: value for name, value in changes.items() if value is not None}
    if isinstance(values.get("stop"), str):
        values["stop"] = (values["stop"],)
    for name, kind in (("stop", str), ("choice", str), ("tools", Tool)):
        if name in values:
            values[name] = _all_of(kind, name, values[name])
    return replace(options, **values)


def _all_of(kind: type, name: str, given: Any) -> tuple[Any, ...]:
    listed = tuple(given) if isinstance(given, Iterable) else (given,)
    if all(isinstance(one, kind) for one in listed):
        return listed
    word = "texts" if kind is str else f"{kind.__module__}.{kind.__name__}"
    raise UsageError(f"{name}= is no list of {word}", advice="give one")


def as_messages(prompt: Prompt) -> tuple[Message, ...]:
    """A prompt as messages. Raises PromptError where it is empty or none.

    >>> as_messages("Hallo")
    (Message(role='user', content='Hallo', tool_calls=(), tool_call_id=None),)
    """
    if isinstance(prompt, str):
        if not prompt.strip():
            raise PromptError("the prompt is empty", advice="write what is to be answered")
        return (Message("user", prompt),)
    if not isinstance(prompt, Sequence) or not prompt:
        raise PromptError(
            f"a prompt cannot be {type(prompt).__name__ if prompt else 'empty'}",
            advice="give a text, or a list of messages",
        )
    return tuple(_as_message(turn, number) for number, turn in enumerate(prompt, 1))


def _as_message(turn: object, number: int) -> Message:
    if isinstance(turn, Message):
        return turn
    roles = ("system", "user", "assistant", "tool")
    if isinstance(turn, Mapping) and turn.get("role") in roles and isinstance(turn.get("content"), str):
        return Message(turn["role"], turn["content"])
    raise PromptError(
        f"message {number} is none", advice=f'write {{"role": …, "content": …}} with a role of {", ".join(roles)}'
    )


def model(name: str | None = None, *, label: str | None = None, **options: Any) -> Model:
    """A model by name.

    Args:
        name: "connection/model", or "connection" for its first model; None takes the environment variable
            `WORKBENCH_MODEL`, or else the embedded model, which is always there.
        label: What tables show, instead of the name.
        options: `system`, `schema` and fields of `Options` for every answer.

    Returns:
        The model. Only where no model is named, the server is asked for its first one.

    Raises:
        ConnectionUnknownError: If there is no such connection.
        EngineError: If the server had to be asked, and did not answer.

    >>> model().name
    'embedded/smollm2-135m-instruct'
    """
    wanted = name or os.environ.get("WORKBENCH_MODEL") or "embedded"
    connection_name, _, model_name = wanted.partition("/")
    place = connection(connection_name)
    engine = place.engine()
    if not model_name:
        model_name = first_model(engine, wait(engine.models()))
    full = f"{connection_name}/{model_name}"
    written = place.settings
    options_by_connection = Options(stop_repeats=written.stop_repeats)
    found = Model(full, full, engine, place.slots, models_loaded=written.models_loaded, options=options_by_connection)
    return found.using(label=label, **options)


def first_model(engine: Engine, listed: list[ModelInfo]) -> str:
    """The name of the first model of a list that chats, on the server itself rather than elsewhere.

    Raises ModelUnknownError where there is none.
    """
    chatting = [info for info in listed if info.capabilities.chat is not False]
    names = [info.name for info in sorted(chatting, key=lambda info: bool(info.runs_at))]
    if not names:
        raise ModelUnknownError(
            "the server has no model that chats", where=f"{engine.connection}, {engine.address}", advice="load one"
        )
    return names[0]
