"""A model that can be asked: an engine, a name, and what is to be asked of it each time."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.arguments import as_flag, as_python, as_text, as_whole, is_missing, listed, shown
from workbench.connections._registry import connection
from workbench.connections._wait import wait
from workbench.connections.asking._images import check_images
from workbench.connections.asking._meaning import checked, settled
from workbench.connections.asking._options import with_options
from workbench.connections.asking._records import known
from workbench.connections.asking._schema import Schema, as_json_schema, checked_schema
from workbench.conversation import Prompt, as_messages
from workbench.engines import Engine
from workbench.engines.cassette import TapedEngine
from workbench.errors import ModelUnknownError, PromptError, UsageError
from workbench.messages import Message, Options, Piece, Reply, Request
from workbench.model_info import Capabilities, ModelInfo


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
        """Return the same model with a label, system message, schema or options of its own, as a candidate to compare.

        Args:
            label: What tables show.
            system: System message.
            schema: A pydantic model's class or a JSON schema.
            strict: False leaves out what the engine or the model lacks, with a warning on the reply.
            options: Fields of `Options`: temperature, top_p, seed, max_tokens, stop, tools, tool_choice, thinking,
                context, choice, regex, logprobs, stop_repeats, thoughts. They mean the same on every engine.

        Raises:
            UsageError: If there is no such option, or it cannot be what is given.
        """
        if not options and all(given is None for given in (label, system, schema, strict)):
            return self
        return replace(
            self,
            options=with_options(self.options, options),  # first, as a label may tell of them
            label=self.label if label is None else as_text("label=", label) or self.label,
            system=as_text("system=", system) if system is not None else self.system,
            schema=checked_schema(schema) if schema is not None else self.schema,
            strict=self.strict if strict is None else as_flag("strict=", strict),
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
        """Ask for the whole answer to a prompt, without a stream.

        Args:
            prompt: A text, or a conversation: a list of messages, of dicts as OpenAI has them, and of replies that the
                model gave before. A user's message may show images to a model that takes them: `"images": [bytes]`.
            system: System message.
            schema: A pydantic model's class or a JSON schema; the answer is then checked and on `reply.parsed`.
            strict: False leaves out options that the engine or the model lacks, with a warning on the reply.
            options: Fields of `Options`, such as temperature, seed or max_tokens; without max_tokens an answer has no
                limit but the context.

        Returns:
            The reply. If the awaiting task is cancelled, the server stops generating.

        Raises:
            UsageError: If it cannot be asked so; nothing was sent.
            EngineError: If no whole answer came; what did come is on its `reply`.
        """
        asked = self.using(system=system, schema=schema, strict=strict, **options)
        await self._find_kind()
        request, left_out = asked.request(prompt)
        await check_images(request.messages, self.capabilities, self.name)
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
        """Stream the answer as it arrives; arguments and errors as for `ask`.

        Yields:
            Pieces with `text` and `reasoning`; the last has neither, but the whole `reply`. Leaving the loop, closing
            the generator or cancelling the task makes the server stop generating.
        """
        asked = self.using(system=system, schema=schema, strict=strict, **options)
        await self._find_kind()
        request, left_out = asked.request(prompt)
        await check_images(request.messages, self.capabilities, self.name)
        answering = self.engine.stream(request)
        try:
            async for piece in answering:
                if piece.reply is None:
                    yield piece
                else:
                    yield Piece(reply=checked(piece.reply, request, asked.schema, left_out))
        finally:
            await answering.aclose()

    async def _find_kind(self) -> None:
        """Find out what answers, where nobody has said it: only then can it be told which options it lacks."""
        if isinstance(self.engine, TapedEngine) and self.engine.find is not None:
            await self.engine.find()

    async def capabilities(self) -> Capabilities:
        """Say what this model can do: as the doctor found it, or as far as its server says. Raises an EngineError."""
        name = self.name.partition("/")[2]
        return known(self.engine, name) or await self.engine.capabilities(name)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Embed each text as a vector. Raises PromptError for anything else, UnsupportedError or an EngineError."""
        listed_texts = _texts(texts)
        return await self.engine.embed(self.name.partition("/")[2], listed_texts)

    async def tokenize(self, text: str) -> list[int]:
        """Split a text into tokens, without those that a chat template adds. Raises as `embed`."""
        return await self.engine.tokenize(self.name.partition("/")[2], as_text("text=", text))

    async def detokenize(self, tokens: Sequence[int]) -> str:
        """Put tokens together to a text. Raises as `embed`."""
        if (numbers := listed(tokens)) is None:
            raise UsageError(f"tokens= must be a list of numbers, not {shown(tokens)}")
        numbers = [as_whole("tokens=", one, 0) for one in numbers]
        return await self.engine.detokenize(self.name.partition("/")[2], numbers)

    def request(self, prompt: Prompt) -> tuple[Request, tuple[str, ...]]:
        """Return what the engine is asked for this prompt, and a warning for each option that was left out.

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


def model(name: str | None = None, *, label: str | None = None, **options: Any) -> Model:
    """Return a model by its name.

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
    given = None if name is None else as_text("the model's name", name)
    wanted = given or os.environ.get("WORKBENCH_MODEL") or "embedded"
    connection_name, _, model_name = wanted.partition("/")
    place = connection(connection_name)
    engine = place.engine()
    if not model_name:
        model_name = first_model(engine, wait(engine.models()))
    full = f"{connection_name}/{model_name}"
    written = place.settings
    thoughts = None if written.thoughts == "apart" else written.thoughts
    options_by_connection = Options(stop_repeats=written.stop_repeats, thoughts=thoughts)
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


def _texts(given: object) -> list[str]:
    """Texts in a list of any kind, or one alone. Raises PromptError, which names the number of what is not a text."""
    given = as_python(given)
    several = [given] if isinstance(given, str) else listed(given)
    if several is None:
        raise PromptError(f"texts= must be a list of texts, not {type(given).__name__}")
    for number, one in enumerate(several, 1):
        if not isinstance(one, str):
            what = "is missing" if is_missing(one) else f"must be a text, not {shown(one)}"
            raise PromptError(f"text {number} of {len(several)} {what}", advice="give texts, or leave it out")
    return [as_text(f"text {number} of {len(several)}", one) for number, one in enumerate(several, 1)]
