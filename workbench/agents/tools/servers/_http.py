"""A server of tools under an address: what goes there is allowed, logged, signed, and goes nowhere else."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urljoin

import httpx2
from mcp.client.streamable_http import streamable_http_client

from workbench.agents.tools.servers._wire import LONGEST, Wire
from workbench.engines import Place
from workbench.engines.sending._leaving import noted, request_line
from workbench.engines.wire.failures._network_errors import unreachable
from workbench.engines.wire.failures._refusals import refusal, wrong_address
from workbench.errors import AddressError, AnswerTooLongError, EngineError, StreamCutError, WorkbenchError

_CONNECT_S = 30.0
_LONGEST_REFUSAL = 64 * 1024
_JSON = {"content-type": "application/json"}


@asynccontextmanager
async def http_transport(place: Place, wire: Wire) -> AsyncGenerator[tuple[Any, Any]]:
    """The streams of messages from and to a server under an address.

    Args:
        place: The address, the keys, and who decides whether anything may be sent there.
        wire: What is seen of it.
    """
    sending = _Gated(place, httpx2.AsyncHTTPTransport(**place.transport.for_sending()), wire)
    timeout = httpx2.Timeout(None, connect=_CONNECT_S)
    try:
        async with (
            httpx2.AsyncClient(transport=sending, timeout=timeout, trust_env=False) as client,
            streamable_http_client(place.address, http_client=client, max_sse_event_size=LONGEST) as streams,
        ):
            yield streams
    finally:
        wire.closed = True


class _Gated(httpx2.AsyncBaseTransport):
    """Sends what may be sent, and to its own server only; what fails comes back as an answer that says so.

    An error raised in here would end the connection for all calls that are under way, and say nothing to any of them.
    """

    def __init__(self, place: Place, inner: httpx2.AsyncHTTPTransport, wire: Wire) -> None:
        self._place, self._inner, self._wire = place, inner, wire

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return await self._sent(request)
        except WorkbenchError as error:
            return self._failed(error)

    async def _sent(self, request: httpx2.Request) -> httpx2.Response:
        place = self._place
        if _origin(request.url) != _origin(httpx2.URL(place.address)):
            raise _elsewhere(place, request.url)
        signed = {name: value for name, value in place.all_headers().items() if name != "Content-Type"}
        with noted(place, request_line(request.method, str(request.url)), _called(await request.aread())) as note:
            request.headers.update({**signed, "Accept-Encoding": "identity"})
            try:
                response = await self._inner.handle_async_request(request)
            except httpx2.TransportError as error:
                raise unreachable(place, error) from None
            finally:
                for name in signed:
                    request.headers.pop(name, None)
            note.answered(response.status_code)
            packed = response.headers.get("content-encoding", "identity")
            if packed != "identity":
                await response.aclose()
                raise wrong_address(place, f"the answer came packed ({place.quote(packed)}), which nobody asked for")
            if response.status_code >= 300:
                await self._refused(request, response)
            if response.headers.get("content-type", "").lower().startswith("application/json"):
                return await self._whole(request, response)
            return response

    async def _refused(self, request: httpx2.Request, response: httpx2.Response) -> None:
        """Raise what a refusal means; but not one that the MCP library itself has to see."""
        if response.status_code < 400:
            to = httpx2.URL(urljoin(str(request.url), response.headers.get("location", "")))
            if _origin(to) == _origin(request.url):
                return
            await response.aclose()
            raise _elsewhere(self._place, to)
        if request.method != "POST":
            return
        body = await _body(self._place, response, _LONGEST_REFUSAL)
        if _is_answer(body):
            response.stream = httpx2.ByteStream(body)
            return
        raise refusal(self._place, response.status_code, body.decode("utf-8", "replace"))

    async def _whole(self, request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
        """An answer that is not a stream, read to its end here, where it is known what it means that it breaks off."""
        body = await _body(self._place, response, LONGEST)
        headers = {**_JSON, **{name: value for name, value in response.headers.items() if name == "mcp-session-id"}}
        return httpx2.Response(response.status_code, headers=headers, content=body, request=request)

    def _failed(self, error: WorkbenchError) -> httpx2.Response:
        """An answer in which the MCP library hands an error on to whoever asked."""
        told = f"{type(error).__name__} {id(error)}: {error}"
        self._wire.failures[told] = error
        content = json.dumps({"jsonrpc": "2.0", "id": 0, "error": {"code": -32000, "message": told}})
        return httpx2.Response(502, headers=_JSON, content=content)

    async def aclose(self) -> None:
        await self._inner.aclose()


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _elsewhere(place: Place, to: httpx2.URL) -> AddressError:
    told = place.quote(str(to.copy_with(query=None, fragment=None, userinfo=b"")))
    return AddressError(
        f"the server points to another address, {told}",
        where=str(place),
        advice="name that address, if you trust it; nothing was sent there",
    )


async def _body(place: Place, response: httpx2.Response, longest: int) -> bytes:
    """The body of an answer. Raises EngineError where it is too long, or breaks off."""
    pieces, length = [], 0
    failed: EngineError | None = None
    try:
        async for piece in response.stream:  # type: ignore[union-attr]
            pieces.append(piece)
            length += len(piece)
            if length > longest:
                what = f"the server's answer has more than {longest:,} bytes"
                failed = AnswerTooLongError(what, where=str(place), advice="ask for less, or see its log")
                break
    except httpx2.TransportError:
        advice = "ask again, or see the server's log"
        failed = StreamCutError("the connection ended in the middle of the answer", where=str(place), advice=advice)
    finally:
        await response.stream.aclose()  # type: ignore[union-attr]
    if failed is not None:
        raise failed
    return b"".join(pieces)


def _is_answer(body: bytes) -> bool:
    """Whether a refusal is one of the protocol's own, in its form."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and value.get("jsonrpc") == "2.0" and isinstance(value.get("error"), dict)


def _called(body: bytes) -> Mapping[str, Any] | None:
    """What is said in a request: the tool and its arguments, where it is a call of one."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said["params"] if isinstance(said, dict) and said.get("method") == "tools/call" else None
