"""Failures of the network, told as errors of the family."""

from __future__ import annotations

import os
import socket

import aiohttp

from workbench.engines.wire._place import Place
from workbench.engines.wire._records import TooLongError
from workbench.engines.wire.failures._refusals import wrong_address
from workbench.errors import (
    AnswerTooLongError,
    DeadlineError,
    EngineError,
    StreamCutError,
    StreamGarbledError,
    UnreachableError,
)

_LONGEST_BEGINNING = 4096


def failure(place: Place, error: Exception, *, begun: bool) -> EngineError:
    """The error of the family for a failure of the network or of reading."""
    where, cause = str(place), place.quote(str(error) or type(error).__name__)
    match error:
        case TimeoutError():
            return _late(place, error)
        case aiohttp.ClientSSLError():
            advice = "the server's certificate or protocol is not accepted; check https:// and who signed it"
            return UnreachableError(f"no secure connection: {cause}", where=where, advice=advice)
        case TooLongError():
            return too_long(place, f"{cause} (line_bytes)")
        case aiohttp.ClientResponseError():
            return wrong_address(place, f"what answers there does not speak HTTP: {cause}")
        case aiohttp.ClientError() if begun:
            return cut(place)
        case aiohttp.ClientError():
            return unreachable(place, error)
    return StreamGarbledError(
        f"the answer cannot be read: {cause}", where=where, advice="check that the server speaks this protocol"
    )


def unreachable(place: Place, error: BaseException) -> UnreachableError:
    """The error for a server that does not answer, whatever library has noticed it."""
    return UnreachableError(
        f"no server answers: {place.quote(_cause(error))}",
        where=str(place),
        advice="start the server, or check host, port and firewall",
    )


def _cause(error: BaseException | None) -> str:
    """What the operating system said, at the bottom of a chain of exceptions; the first one's words if it did not."""
    bottom = error
    while bottom is not None:
        if isinstance(bottom, socket.gaierror):
            return "the host's name is not known"
        if isinstance(bottom, OSError) and bottom.errno and bottom.errno > 0:
            return os.strerror(bottom.errno)
        bottom = bottom.__cause__ or bottom.__context__
    return str(error) or type(error).__name__


def cut(place: Place) -> StreamCutError:
    """The error for an answer that ends without its end."""
    return StreamCutError(
        "the connection ended in the middle of the answer",
        where=str(place),
        advice="what had come is on the error's reply; ask again, or see the server's log",
    )


def unreadable(place: Place, raw: bytes) -> StreamGarbledError:
    """The error for a part of an answer that cannot be read, with its beginning, as it may say why."""
    text = raw[:_LONGEST_BEGINNING].decode("utf-8", "replace")
    return StreamGarbledError(
        f"the answer cannot be read: {place.quote(text)}",
        where=str(place),
        advice="check that the server speaks this protocol, and see its log",
    )


def ended_early(place: Place, word: str) -> StreamCutError:
    """The error for an answer that the server itself ended before it was whole."""
    return StreamCutError(
        f"the server ended the answer before it was whole: {place.quote(word)!r}",
        where=str(place),
        advice="what had come is on the error's reply; ask again, or see the server's log",
    )


def too_long(place: Place, what: str) -> AnswerTooLongError:
    """The error for an answer that goes beyond a limit of size."""
    advice = "what had come is on the error's reply; check the server, or raise this limit of the connection"
    return AnswerTooLongError(what, where=str(place), advice=advice)


def _late(place: Place, error: Exception) -> EngineError:
    limits, where = place.limits, str(place)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        what = f"no connection within {limits.connect_s:g} s (connect_s)"
        return UnreachableError(what, where=where, advice="check host, port and firewall")
    seconds, name = min((limits.first_s, "first_s"), (limits.request_s, "request_s"))
    advice = "see what the server is doing, or raise this limit of the connection"
    return DeadlineError(f"nothing of the answer came for {seconds:g} s ({name})", where=where, advice=advice)
