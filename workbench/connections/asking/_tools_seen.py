"""Whether a model sees the tools that it is offered: the chat templates of some drop them without a word.

Such a model is told nothing of its tools, and what a server then takes for a call is a guess. The counts of tokens
tell: a prompt with a tool is longer than the same prompt without, or the tool is not in it.
"""

from __future__ import annotations

from workbench.connections.asking._model import Model
from workbench.connections.asking._records import known, remember_tools_seen, tools_seen_before
from workbench.engines import Engine
from workbench.engines.cassette import current
from workbench.errors import RequestRefusedError, UnsupportedError
from workbench.messages import Message, Options, Request, Tool

_HELLO = (Message("user", "Hallo"),)
_TOOL = Tool(
    "find_office",
    "Finds the office that is responsible for a concern of a citizen in a city, with its address.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


async def prompt_lengths(engine: Engine, model: str) -> tuple[int | None, int | None]:
    """The tokens of a prompt without a tool and with one, as the server counts them; None where it does not.

    Two requests of one token each.

    Raises:
        UnsupportedError, RequestRefusedError: If the engine or the server takes no tools.
        EngineError: If no whole answer came.
    """
    without = await engine.ask(Request(model, _HELLO, Options(temperature=0, max_tokens=1)))
    offering = Options(temperature=0, max_tokens=1, tools=(_TOOL,))
    for error in engine.unsupported(offering).values():
        raise error
    offered = await engine.ask(Request(model, _HELLO, offering))
    return without.usage.prompt_tokens, offered.usage.prompt_tokens


async def tools_seen(asked: Model) -> bool | None:
    """Whether a model sees the tools that it is offered; None where its server counts no tokens.

    It is asked once for each model, unless the doctor or the server has said it. While a cassette is inserted what was
    found before does not count: it plays in other processes, which have found nothing.

    Raises:
        EngineError: If no whole answer came.
    """
    name = asked.name.partition("/")[2]
    record = known(asked.engine, name)
    if record is not None and record.tools_seen is not None:
        return record.tools_seen
    if current() is None and (before := tools_seen_before(asked.engine, name)):
        return before[0]
    try:
        without, offered = await prompt_lengths(asked.engine, name)
    except (UnsupportedError, RequestRefusedError):
        seen: bool | None = False
    else:
        seen = None if without is None or offered is None else offered > without
    if current() is None:
        remember_tools_seen(asked.engine, name, seen)
    return seen
