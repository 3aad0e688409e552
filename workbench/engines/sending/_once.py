"""One short request, sent as it is and once: where each of these leaves."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp
import msgspec

from workbench.engines.cassette import asked_cassette, call, refuse_sending
from workbench.engines.sending._leaving import noted, request_line
from workbench.engines.wire._place import Place
from workbench.engines.wire._session import session
from workbench.engines.wire.failures._network_errors import failure

ANSWER_S = 10.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server answered.

    Attributes:
        status: HTTP status.
        body: What it said, as far as `answer_bytes` of the place's limits.
        headers: Its headers, names in lower case.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        """The body as JSON; None where it is not JSON."""
        try:
            return msgspec.json.decode(self.body)
        except (ValueError, RecursionError):
            return None

    def field(self, name: str) -> str:
        """A field of a JSON object that came with success, as a text; "" where there is none."""
        found = self.json if self.status == 200 else None
        return str(found.get(name) or "") if isinstance(found, dict) else ""


class _Kept(msgspec.Struct, omit_defaults=True):
    """What a server answered, as a cassette keeps it."""

    status: int
    text: str = ""
    headers: dict[str, str] = {}


# By these servers tell what they are; others may tell who asked.
_TOLD_BY = ("server", "x-litellm-version")


def _kept(fetched: Fetched) -> _Kept:
    told = {name: fetched.headers[name] for name in _TOLD_BY if name in fetched.headers}
    return _Kept(fetched.status, fetched.body.decode(errors="replace"), told)


async def once(
    place: Place,
    address: str,
    body: Mapping[str, Any] | None = None,
    *,
    head_only: bool = False,
    with_key: bool = True,
    limit_s: float = ANSWER_S,
) -> Fetched:
    """Ask a server for something short, once; a body makes it a POST. Which models it names is not judged here.

    Args:
        place: The server.
        address: The whole address of what is asked for, on the server's host.
        body: What to send.
        head_only: Whether only the status is wanted.
        with_key: Whether the key and the place's own headers are sent.
        limit_s: Seconds for all of it; the limits of the place may be narrower.

    Raises:
        PolicyError: If nothing may be sent there.
        EngineError: If nothing answers; any status is an answer.
    """
    method = "HEAD" if head_only else "GET" if body is None else "POST"
    headers = partial(_headers, place, with_key=with_key)
    if (cassette := asked_cassette()) is None:
        return await _sent(place, address, method, body, headers, limit_s)
    said = {"request": request_line(method, address), "body": body, "with_key": with_key}

    async def send() -> _Kept:
        return _kept(await _sent(place, address, method, body, headers, limit_s))

    kept = await cassette.value(call("fetch", place.connection, "", said), send, _Kept, place.secrets)
    return Fetched(kept.status, kept.text.encode(), kept.headers)


async def deliver(place: Place, address: str, raw: bytes, content_type: str, *, limit_s: float = ANSWER_S) -> Fetched:
    """Bring a server what is not a question, once; no cassette keeps it. Arguments and errors as for `once`."""

    def headers() -> dict[str, str]:
        return _headers(place, with_key=True) | {"Content-Type": content_type}

    return await _sent(place, address, "POST", None, headers, limit_s, raw)


def _headers(place: Place, *, with_key: bool) -> dict[str, str]:
    return place.all_headers() if with_key else {"Content-Type": "application/json"}


async def _sent(
    place: Place,
    address: str,
    method: str,
    body: Mapping[str, Any] | None,
    headers: Callable[[], dict[str, str]],
    limit_s: float,
    raw: bytes | None = None,
) -> Fetched:
    raw = msgspec.json.encode(body) if body is not None else raw
    with noted(place, request_line(method, address), body) as note:
        secret = headers()
        refuse_sending()
        opened = await session()
        try:
            async with (
                asyncio.timeout(min(limit_s, place.limits.request_s)),
                opened.request(
                    method,
                    address,
                    data=None if raw is None else io.BytesIO(raw),
                    headers=secret,
                    allow_redirects=False,
                    **place.transport.for_request(),
                ) as response,
            ):
                content = bytearray()
                async for chunk in response.content.iter_any():
                    content += chunk
                    if len(content) > place.limits.answer_bytes:
                        response.close()
                        break
                heads = {name.lower(): value for name, value in response.headers.items()}
                fetched = Fetched(response.status, bytes(content), heads)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            failed = failure(place, error, begun=False)
        else:
            note.answered(fetched.status, b"" if body is None else fetched.body)
            return fetched
        raise failed.with_traceback(None) from None
