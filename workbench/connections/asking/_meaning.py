"""The same meaning on every engine: what one cannot do is refused before sending, and what came back is checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workbench.connections.asking._records import known
from workbench.connections.asking._schema import Schema, parsed, unmet
from workbench.connections.asking._truncation import truncation
from workbench.engines import Engine
from workbench.errors import SchemaError, UnsupportedError
from workbench.messages import Options, Reply, Request
from workbench.model_info import Capabilities
from workbench.patterns import is_whole

_BLANK = Options()


def settled(engine: Engine, model: str, options: Options, *, strict: bool) -> tuple[Options, tuple[str, ...]]:
    """The options as they can be sent.

    Args:
        engine: Who is asked.
        model: The model's name on its server.
        options: What is wanted.
        strict: Whether what cannot be done is refused, or left out.

    Returns:
        The options without those left out, and a warning for each of these.

    Raises:
        UnsupportedError: If `strict`, and the engine or the model lacks one of them.
    """
    lacking = engine.unsupported(options)
    if record := known(engine, model):
        lacking |= dict(_by_record(options, record, f"{engine.connection}/{model}"))
    if not lacking:
        return options, ()
    if strict:
        raise next(iter(lacking.values()))
    kept = replace(options, **{name: getattr(_BLANK, name) for name in lacking})
    return kept, tuple(f"{name}= was left out: {error.what}" for name, error in lacking.items())


def _by_record(options: Options, record: Capabilities, where: str) -> Iterator[tuple[str, UnsupportedError]]:
    """What the doctor has found the model unable to do."""
    wants = {
        "tools": (bool(options.tools) and options.tool_choice != "none", record.tools, "native tool calls"),
        "tool_choice": (options.tool_choice not in (None, "auto", "none"), record.forced_tools, "forced tool calls"),
        "schema": (options.schema is not None, record.schema, "answers held to a schema"),
        "thinking": (options.thinking not in (None, False), record.thinking, "reasoning apart from the answer"),
        "logprobs": (options.logprobs is not None, record.logprobs, "logprobs"),
    }
    for name, (is_wanted, is_there, words) in wants.items():
        if is_wanted and is_there is False:
            advice = "take another model, or leave it out with strict=False; wb.doctor tells what a server needs for it"
            yield (
                name,
                UnsupportedError(f"{name}= asks for {words}, which this model lacks", where=where, advice=advice),
            )


def checked(reply: Reply, request: Request, schema: Schema | None, left_out: tuple[str, ...]) -> Reply:
    """The reply with its warnings and its parsed object. Raises SchemaError where it does not meet what was asked."""
    warnings = (*left_out, *reply.warnings, *truncation(reply, request))
    if warnings != reply.warnings:
        reply = replace(reply, warnings=warnings)
    options = request.options
    if schema is not None and not (options.tools and reply.tool_calls and not reply.text):
        reply = parsed(reply, schema)
    if options.choice and reply.text not in options.choice:
        raise _unmet(reply, "is not one of choice=")
    if options.regex is not None and not _matches(options.regex, reply):
        raise _unmet(reply, "does not match regex=")
    return reply


def _matches(regex: str, reply: Reply) -> bool:
    """Whether the whole answer matches. Raises SchemaError where that takes too long."""
    try:
        return is_whole(regex, reply.text)
    except TimeoutError:
        raise SchemaError(
            "the check of the answer by regex= takes too long",
            where=reply.model,
            advice="write it without a repetition inside a repetition; the answer is on the error's reply",
            reply=reply,
        ) from None


def _unmet(reply: Reply, what: str) -> SchemaError:
    return unmet(reply, what, advice="this server may not know the option; its text is on the error's reply")
