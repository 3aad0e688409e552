"""Sending a request, again where that may help, until an answer begins or the server has refused."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import aiohttp
import msgspec

from workbench.engines.cassette import refuse_sending
from workbench.engines.wire._breaker import Breaker, breaker
from workbench.engines.wire._busy import note_busy
from workbench.engines.wire._limits import Limits
from workbench.engines.wire._pauses import pause_wanted, renewed_in
from workbench.engines.wire._place import Place
from workbench.engines.wire._session import session
from workbench.engines.wire.failures._network_errors import failure
from workbench.engines.wire.failures._refusals import refusal
from workbench.errors import BudgetError, CircuitOpenError, EngineError, ModelLoadingError, RateLimitError, ServerError

_ERROR_BODY = 16 * 1024
_LONGEST_PAUSE_S = 30.0  # whoever would have to wait longer is told instead
_LARGE = 1024 * 1024  # from here on aiohttp wants a file, which costs it a task of its own
_DAY_S = 24 * 3600.0
# 408 and 52x say that a server, or the one behind it, did not answer in time.
_BUSY = (408, 502, 503, 504, 520, 521, 522, 523, 524)
_DOWN = (502, 503, 504, 520, 521, 522, 523, 524)
_TOO_MANY = (429, 498, 503, 529)


async def sent(place: Place, path: str, body: Mapping[str, Any], note: Callable[[str], None]) -> aiohttp.ClientResponse:
    """The response to a request that the server has accepted, tried as often as the limits of the place allow.

    Each try that another follows is told to `note`, with the name of the error in which it ended. Raises an EngineError
    where the server refused, and what aiohttp raises where nothing answered.
    """
    raw = msgspec.json.encode(body)
    model = str(body.get("model", ""))
    end = asyncio.get_running_loop().time() + place.limits.request_s
    circuit = breaker(place.address)
    for number in range(1, place.limits.attempts + 1):
        if wait_s := circuit.closed_in():
            raise CircuitOpenError(
                f"the server failed {circuit.failures} times in a row and is left alone",
                where=str(place),
                advice=f"see whether it runs, and ask again in {wait_s:.0f} s",
            )
        wanted_s: float | None = None
        try:
            response = await _once(place, path, raw, end)
        except (aiohttp.ClientError, TimeoutError) as error:
            circuit.failed()
            if not _is_lost(error):
                raise
            failed = failure(place, error, begun=False)
            if number == 1:
                # A server may close a connection that was kept open at the very moment in which it is used again.
                wanted_s = 0.0
        else:
            _note(place, circuit, response.status)
            if response.status == 200:
                return response
            failed, wanted_s = await _refused(place, response, model)
            if not _may_pass(failed, response.status):
                raise failed from None
        pause_s = _pause(place.limits, number) if wanted_s is None else wanted_s
        is_too_long = pause_s > _LONGEST_PAUSE_S or asyncio.get_running_loop().time() + pause_s > end
        if is_too_long or number == place.limits.attempts:
            raise _given_up(failed, number, pause_s if is_too_long else None) from None
        note(type(failed).__name__)
        await asyncio.sleep(pause_s)
    raise AssertionError("the last attempt returns or raises")


async def told_inside(place: Place, error: EngineError, status: int, number: int) -> bool:
    """Whether a request is to be sent again whose answer, though accepted, was an error; waits for the pause before.

    Args:
        place: The server.
        error: The error.
        status: The HTTP status that it stands for; 0 for one that did not come from the server.
        number: Which try it was, from 1.
    """
    if not status:
        return False
    if status in _TOO_MANY:
        note_busy(place.address)
    pause_s = pause_wanted({}, error.what)
    pause_s = _pause(place.limits, number) if pause_s is None else pause_s
    if not _may_pass(error, status) or number >= place.limits.attempts or pause_s > _LONGEST_PAUSE_S:
        return False
    await asyncio.sleep(pause_s)
    return True


def _may_pass(error: EngineError, status: int) -> bool:
    """Whether asking again may help, as it is the server's state that is refused for, and not the request."""
    if isinstance(error, BudgetError):
        return False
    return isinstance(error, RateLimitError | ModelLoadingError) or (isinstance(error, ServerError) and status in _BUSY)


def _note(place: Place, circuit: Breaker, status: int) -> None:
    circuit.failed() if status in _DOWN else circuit.succeeded()
    if status in _TOO_MANY:
        note_busy(place.address)


async def _once(place: Place, path: str, body: bytes, end: float) -> aiohttp.ClientResponse:
    limits = place.limits
    refuse_sending()
    opened = await session()
    async with asyncio.timeout_at(min(asyncio.get_running_loop().time() + limits.first_s, end)):
        return await opened.post(
            place.url(path),
            data=body if len(body) < _LARGE else io.BytesIO(body),
            headers=place.all_headers(),
            allow_redirects=False,
            timeout=_timeout(limits.connect_s),
            **place.transport.for_request(),
        )


@lru_cache(maxsize=64)
def _timeout(connect_s: float) -> aiohttp.ClientTimeout:
    """Only for the connection: the others are those of the watchdog."""
    return aiohttp.ClientTimeout(total=None, sock_connect=connect_s)


def _is_lost(error: Exception) -> bool:
    """Whether a connection stood and broke: one that is refused, or not trusted, is so the next time too."""
    is_broken = isinstance(error, (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError))
    return is_broken and not isinstance(error, aiohttp.ClientConnectorError)


def _pause(limits: Limits, number: int) -> float:
    """Seconds before try number + 1: doubled each time, and spread by chance so that clients do not come all at once.

    Source: M. Brooker, Exponential Backoff and Jitter, AWS Architecture Blog 2015 ("equal jitter").
    """
    most = limits.pause_s * 2 ** (number - 1)
    return random.uniform(most / 2, most)


def _given_up(failed: EngineError, number: int, pause_s: float | None) -> EngineError:
    """The same failure, saying how often it was tried, or how long the server wants to be left alone."""
    if pause_s is not None:
        when = f"{pause_s:.0f} s" if pause_s < _DAY_S else "a day or later, as the server wants it"
        return failed.anew(advice=f"ask again in {when}")
    if number > 1:
        return failed.anew(what=f"{failed.what} ({number} tries)")
    return failed


async def _refused(place: Place, response: aiohttp.ClientResponse, model: str) -> tuple[EngineError, float | None]:
    """The error for a response that is not a success, and the seconds that the server asks to wait.

    Only the response's start is read, as a hostile server may never end it.
    """
    try:
        async with asyncio.timeout(place.limits.token_s):
            start = (await response.content.read(_ERROR_BODY)).decode("utf-8", "replace")
    except (aiohttp.ClientError, TimeoutError):
        start = ""  # the status says enough
    response.close()
    wanted_s = pause_wanted(response.headers, start)
    if wanted_s is None and response.status in _TOO_MANY:
        wanted_s = renewed_in(response.headers)
    return refusal(place, response.status, start, model=model), wanted_s
