"""What went wrong with a server of tools, as errors that say so in one line."""

from __future__ import annotations

from mcp import MCPError
from mcp.types import CONNECTION_CLOSED, PARSE_ERROR, REQUEST_TIMEOUT

from workbench.agents._visible import visible
from workbench.agents.tools.servers._wire import Wire
from workbench.engines.wire._secrets import masked
from workbench.errors import (
    AnswerTooLongError,
    DeadlineError,
    RequestRefusedError,
    StreamCutError,
    StreamGarbledError,
    UnreachableError,
    WorkbenchError,
)
from workbench.texts import line

START = "the start"
_LONGEST = 300
# Servers use the code of a closed connection for other things, too.
_BROKEN_OFF = ("Connection closed", "SSE stream")


def failure(wire: Wire, error: BaseException, doing: str) -> WorkbenchError:
    """The error of the family for whatever a server, or the way to it, has done.

    Args:
        wire: What was seen of the connection.
        error: What the MCP library raised.
        doing: What was asked, as in "the call of add".
    """
    error = _innermost(error)
    if isinstance(error, WorkbenchError):
        return error
    if isinstance(error, MCPError):
        known = wire.failures.pop(error.message, None) or (wire.fatal if wire.closed else None)
        return known or _refused(wire, error, doing)
    if wire.fatal is not None:
        return wire.fatal
    if isinstance(error, OSError):
        what = f"the server cannot be started: {error.strerror or error}"
        return UnreachableError(what, where=wire.where, advice="check the command")
    what = f"the answer to {doing} cannot be read: {type(error).__name__}"
    return StreamGarbledError(what, where=wire.where, advice=_advice(wire, "check that this is a server of tools"))


def late(wire: Wire, doing: str, seconds: float, limit: str) -> DeadlineError:
    """The error for a server that says nothing."""
    what = f"nothing came of {doing} within {seconds:g} s ({limit})"
    return DeadlineError(what, where=wire.where, advice=_advice(wire, "see what the server does, or raise this limit"))


def _refused(wire: Wire, error: MCPError, doing: str) -> WorkbenchError:
    told = _shown(wire, error.message)
    if error.code == REQUEST_TIMEOUT:
        return DeadlineError(f"nothing came of {doing}", where=wire.where, advice=_advice(wire, "see its log"))
    if "event" in told and "exceed" in told:
        return AnswerTooLongError(f"{doing}: {told}", where=wire.where, advice="ask for less, or see its log")
    if error.code == CONNECTION_CLOSED and (wire.closed or error.message.startswith(_BROKEN_OFF)):
        what = f"the server ended in the middle of {doing}"
        advice = "check the command" if doing == START else "it is started anew when it is next asked"
        return StreamCutError(what, where=wire.where, advice=_advice(wire, advice))
    if error.code == PARSE_ERROR:
        what = f"the answer to {doing} cannot be read: {told}"
        return StreamGarbledError(what, where=wire.where, advice="see the server's log")
    return RequestRefusedError(f"the server refuses {doing}: {told}", where=wire.where, advice="see what it asks for")


def _advice(wire: Wire, advice: str) -> str:
    """What to do, and what the server itself has said last, which mostly tells why."""
    return f"{advice}; it wrote last: {_shown(wire, wire.last_words)}" if wire.last_words else advice


def _shown(wire: Wire, text: str) -> str:
    """What a server says, for one line: as data, with nothing hidden and without keys."""
    return visible(line(masked(text, wire.secrets), _LONGEST))


def _innermost(error: BaseException) -> BaseException:
    """The first single error in a group of errors, as libraries for tasks raise them."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return error
