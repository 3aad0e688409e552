"""What a model really does, found out by asking it: each probe is one function and ends within its limit."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from workbench.connections.asking._tools_seen import prompt_lengths
from workbench.engines import Engine
from workbench.errors import (
    AddressError,
    ContextError,
    EngineError,
    RequestRefusedError,
    ToolCallError,
    UnsupportedError,
)
from workbench.json_text import read_json
from workbench.messages import Image, Message, Options, Reply, Request, Tool

LIMIT_S = 30.0
_MARK = re.compile(r"</?think(ing)?>|\[/?think\]|<\|channel\|>analysis", re.IGNORECASE)
_LARGEST_CONTEXT = 65_536  # a prompt for a longer one would take minutes to send and read
_FLAGS = "start vLLM with `--enable-auto-tool-choice --tool-call-parser hermes` (the parser that fits the model)"
_IMPOSED = "Workbench's agents impose calls on such a model; for native ones take a model that was trained for them"
_OFFICE = Tool(
    "find_office",
    "Finds the office for a concern in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
_CALL_ONE = "Which office in Bonn issues passports? Call the tool find_office with the city Bonn."
_CALL_TWO = "Find the offices of two cities, Bonn and Köln. Call the tool find_office once for each of the two cities."
_COLOURS = {"red": (255, 0, 0), "blue": (0, 0, 255)}
_LOOK = "Which colour is this picture, red or blue? Answer with one word."
_SEEING = "for pictures take a model that was trained for them"


@dataclass(frozen=True, slots=True)
class Subject:
    """The model that is examined.

    Attributes:
        engine: Who asks it.
        model: Its name on the server.
        says: What the server says of its context, in tokens.
    """

    engine: Engine
    model: str
    says: int | None = None

    async def ask(self, text: str, **options: Any) -> Reply:
        """A whole reply. Raises UnsupportedError where the engine has no such option, and an EngineError."""
        wanted = Options(**options)
        for error in self.engine.unsupported(wanted).values():
            raise error
        return await self.engine.ask(Request(self.model, (Message("user", text),), wanted))


Seen = tuple[bool | None, str, str]
"""Whether it works, what was seen, and what to do."""

Probe = Callable[[Subject], Awaitable[Seen]]


async def streaming(subject: Subject) -> Seen:
    """Several pieces before the reply."""
    request = Request(subject.model, (Message("user", "Count to five."),), Options(temperature=0, max_tokens=12))
    pieces = 0
    async with aclosing(subject.engine.stream(request)) as answering:
        async for piece in answering:
            pieces += piece.reply is None
    if pieces > 1:
        return True, f"{pieces} pieces", ""
    return False, "the answer came in one piece", "a proxy may hold it back: switch its buffering off"


async def stream_usage(subject: Subject) -> Seen:
    """Counts of tokens at the end of a stream."""
    request = Request(subject.model, (Message("user", "Count to five."),), Options(temperature=0, max_tokens=8))
    async with aclosing(subject.engine.stream(request)) as answering:
        async for piece in answering:
            if piece.reply is not None and piece.reply.usage.completion_tokens:
                usage = piece.reply.usage
                return True, f"{usage.prompt_tokens} tokens read, {usage.completion_tokens} written", ""
    return False, "the server counts no tokens in a stream", "tokens per second cannot be told"


async def tools_seen(subject: Subject) -> Seen:
    """A longer prompt where a tool is offered."""
    without, offered = await prompt_lengths(subject.engine, subject.model)
    if without is None or offered is None:
        return None, "the server counts no tokens of the prompt", ""
    if offered > without:
        return True, f"{offered - without} tokens for a tool", ""
    return False, f"the model's template drops them: {without} tokens of prompt with and without a tool", _IMPOSED


async def tools(subject: Subject) -> Seen:
    """A call of a tool that is offered, without force."""
    for attempt, temperature in enumerate((0.0, 0.6, 0.9)):
        reply = await subject.ask(_CALL_ONE, tools=(_OFFICE,), temperature=temperature, seed=attempt, max_tokens=64)
        if _calls(reply):
            return True, f"find_office({reply.tool_calls[0].arguments})", ""
    if "<tool_call>" in reply.text or '"find_office"' in reply.text:
        return False, "the model wrote a call as text, which the server did not recognise", f"{_FLAGS} for this model"
    return False, "the server takes tools, but the model wrote no call in 3 tries", _IMPOSED


async def forced_tools(subject: Subject) -> Seen:
    """A call that must be made."""
    reply = await subject.ask("Hallo!", tools=(_OFFICE,), tool_choice="required", temperature=0, max_tokens=64)
    if _calls(reply):
        return True, f"find_office({reply.tool_calls[0].arguments})", ""
    return False, "the server passes over tool_choice", ""


async def parallel_tools(subject: Subject) -> Seen:
    """Two calls in one answer, freely or, where that gives none, by force."""
    most = 0
    for choice in ("auto", "required"):
        try:
            reply = await subject.ask(_CALL_TWO, tools=(_OFFICE,), tool_choice=choice, temperature=0, max_tokens=96)
        except (EngineError, UnsupportedError):
            continue
        most = max(most, len(reply.tool_calls))
        if most > 1:
            return True, f"{most} calls in one answer", ""
    return False, "one call at most" if most else "no call", ""


def _calls(reply: Reply) -> bool:
    """Whether a reply holds a call of the tool with arguments that are what its schema says."""
    try:
        return any(call.name == _OFFICE.name and isinstance(call.parsed["city"], str) for call in reply.tool_calls)
    except (ToolCallError, KeyError, TypeError):
        return False


async def schema(subject: Subject) -> Seen:
    """An answer that no model would give if nothing held it to the schema."""
    wanted = {
        "type": "object",
        "properties": {"office": {"enum": ["Q7-Amt"]}, "floor": {"type": "integer", "minimum": 41, "maximum": 48}},
        "required": ["office", "floor"],
        "additionalProperties": False,
    }
    prompt = 'How are you? Answer as JSON in one line: {"office": "…", "floor": 0}'
    reply = await subject.ask(prompt, schema=wanted, temperature=0, max_tokens=80)
    try:
        found = read_json(reply.text)
        held = found["office"] == "Q7-Amt" and 41 <= found["floor"] <= 48
    except (ValueError, KeyError, TypeError):
        held = False
    if held:
        return True, reply.text, ""
    return False, "the server passes over the schema", "ask for JSON in the prompt; Workbench checks the answer"


async def choice(subject: Subject) -> Seen:
    """One of several texts, none of which would come by itself."""
    reply = await subject.ask("How are you?", choice=("Q7-ja", "Q7-nein"), temperature=0, max_tokens=16)
    if reply.text in ("Q7-ja", "Q7-nein"):
        return True, reply.text, ""
    return False, "the server passes over it", "give schema= instead"


async def thinking(subject: Subject) -> Seen:
    """Reasoning apart from the answer, by itself or when asked for."""
    for wanted in (None, True):
        asked = {"thinking": wanted, "temperature": 0, "max_tokens": 32}
        reply = await subject.ask("What is 17 + 25?", thoughts="text", **asked)
        if reply.reasoning:
            return True, "by itself" if wanted is None else "with thinking=True", ""
        if _MARK.search(reply.text):
            said = "in the text of the answer, told apart by its marks here and not by the server"
            return True, said, "start vLLM with the `--reasoning-parser` of this model, for others who ask this server"
    return False, "the model does not think before it answers", ""


async def thinking_off(subject: Subject) -> Seen:
    """No reasoning with `thinking=False`, of a model that thinks without it."""
    free = await subject.ask("What is 17 + 25?", temperature=0, max_tokens=32)
    if not free.reasoning:
        return None, "there is nothing to switch off", ""
    reply = await subject.ask("What is 17 + 25?", thinking=False, temperature=0, max_tokens=32)
    if reply.reasoning:
        return False, "the model thinks all the same", "leave room for it in max_tokens"
    return True, "with thinking=False", ""


async def logprobs(subject: Subject) -> Seen:
    """How likely each token was."""
    reply = await subject.ask("Name a city.", logprobs=1, temperature=0, max_tokens=4)
    if reply.logprobs:
        return True, f"{len(reply.logprobs)} tokens with their logprobs", ""
    return False, "the server passes over it", ""


async def seed(subject: Subject) -> Seen:
    """The same answer twice for one seed, at a temperature at which another seed gives another."""
    asked = [
        await subject.ask("Tell me something.", seed=number, temperature=1.5, max_tokens=16) for number in (7, 7, 8)
    ]
    first, again, other = (reply.text + reply.reasoning for reply in asked)
    if first != again:
        return False, "two answers for the same seed", "repeat a run rather than trust a seed"
    if first == other:
        return None, "the same answer for two seeds too", ""
    return True, "the same answer for the same seed", ""


async def stop(subject: Subject) -> Seen:
    """An answer that ends before a word that it held without a stop."""
    prompt = "What is a town hall? Answer in two sentences."
    whole = await subject.ask(prompt, temperature=0, max_tokens=32)
    words = [word for word in whole.text.split()[2:] if len(word) > 2]
    if not words:
        return None, "the answer was too short to tell", ""
    word = words[len(words) // 2]
    reply = await subject.ask(prompt, temperature=0, max_tokens=32, stop=(word,))
    if word in reply.text:
        return False, "the answer went on after the text", ""
    return True, f"ended before {word!r}", ""


async def embedding(subject: Subject) -> Seen:
    """A vector for a text."""
    try:
        vectors = await subject.engine.embed(subject.model, ["Amt"])
    except AddressError:
        return False, "this server makes no embeddings", "start one with an embedding model for that"
    return True, f"vectors of {len(vectors[0])} numbers", ""


async def tokenize(subject: Subject) -> Seen:
    """The tokens of a text."""
    tokens = await subject.engine.tokenize(subject.model, "Bürgeramt")
    return True, f"'Bürgeramt' is {len(tokens)} tokens", ""


async def vision(subject: Subject) -> Seen:
    """The colours of two pictures, told apart; nothing is asked where the server says that the model takes none."""
    if (await subject.engine.capabilities(subject.model)).vision is False:
        return False, "the server says that this model takes no images", _SEEING
    told = {colour: await _looked(subject, (picture(rgb),)) for colour, rgb in _COLOURS.items()}
    if all(_named(reply) == colour for colour, reply in told.items()):
        return True, "red and blue were told apart", ""
    read, without = told["red"].usage.prompt_tokens, (await _looked(subject, ())).usage.prompt_tokens
    if read is not None and without is not None and read <= without:
        return False, f"the picture did not reach the model: {read} tokens of prompt with and without it", _SEEING
    return None, "the server took the pictures, but the model did not tell red from blue", "show it one of your own"


async def _looked(subject: Subject, images: tuple[Image, ...]) -> Reply:
    wanted = Options(temperature=0, max_tokens=48)
    return await subject.engine.ask(Request(subject.model, (Message("user", _LOOK, images=images),), wanted))


def _named(reply: Reply) -> str:
    """The one colour that an answer names; "" for none or several."""
    named = [colour for colour in _COLOURS if re.search(rf"\b{colour}\b", reply.text, re.IGNORECASE)]
    return named[0] if len(named) == 1 else ""


def picture(rgb: tuple[int, int, int], side: int = 64) -> Image:
    """A square of one colour, as a PNG of some hundred bytes.

    >>> len(picture((255, 0, 0)).data) < 400
    True
    """

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + bytes(rgb) * side) * side)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return Image("image/png", base64.b64encode(png).decode())


async def overflow(subject: Subject) -> Seen:
    """What happens to a prompt that is longer than the context: it must be refused, not cut."""
    says = subject.says
    if says is None:
        return None, "the server does not say how long the context is", "name it to those who ask: vLLM --max-model-len"
    if says > _LARGEST_CONTEXT:
        return True, f"{says} tokens, as the server says; too long to be tried", ""
    words = says + says // 8 + 16
    try:
        reply = await subject.ask("Amt " * words, temperature=0, max_tokens=1)
    except ContextError:
        return True, f"{says} tokens; a longer prompt is refused", ""
    read = reply.usage.prompt_tokens
    if read is not None and read < words:
        return False, f"a prompt of {words} words was cut to {read} tokens without a word", "watch reply.warnings"
    return True, f"more than {says} tokens: {read} were read", ""


PROBES: dict[str, Probe] = {
    "streaming": streaming,
    "stream_usage": stream_usage,
    "tools_seen": tools_seen,
    "tools": tools,
    "forced_tools": forced_tools,
    "parallel_tools": parallel_tools,
    "schema": schema,
    "choice": choice,
    "thinking": thinking,
    "thinking_off": thinking_off,
    "logprobs": logprobs,
    "seed": seed,
    "stop": stop,
    "embedding": embedding,
    "tokenize": tokenize,
    "vision": vision,
    "context": overflow,
}


def refused(error: RequestRefusedError | UnsupportedError | EngineError) -> Seen:
    """What a probe has seen that ended in an error."""
    advice = _FLAGS if "enable-auto-tool-choice" in str(error) else error.advice
    if isinstance(error, (RequestRefusedError, UnsupportedError)):
        return False, error.what, advice
    return None, error.what, advice
