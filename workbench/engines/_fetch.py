"""Short questions to a server that are no request to a model: its version, its load, a prompt's tokens."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec

from workbench.engines._failures import failure
from workbench.engines._place import Place
from workbench.engines._session import session

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
        """The body as JSON; None where it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (ValueError, RecursionError):
            return None


async def fetch(
    place: Place,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    at_root: bool = False,
    with_key: bool = True,
    limit_s: float = ANSWER_S,
) -> Fetched:
    """Ask a server for something short, once; a body makes it a POST.

    Args:
        place: The server.
        path: What to ask for, beginning with a slash.
        body: What to send.
        at_root: Whether the path begins at the host, and not at the place's address.
        with_key: Whether the key and the place's own headers are sent.
        limit_s: Seconds for all of it; the limits of the place may be narrower.

    Raises:
        PolicyError: If nothing may be sent there.
        EngineError: If nothing answers; any status is an answer.
    """
    place.gate.admit(place.address)
    opened = await session()
    headers = place.all_headers() if with_key else {"Content-Type": "application/json"}
    try:
        async with (
            asyncio.timeout(min(limit_s, place.limits.request_s)),
            opened.request(
                "GET" if body is None else "POST",
                (root(place.address) if at_root else place.address) + path,
                data=None if body is None else io.BytesIO(msgspec.json.encode(body)),
                headers=headers,
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
            return Fetched(response.status, bytes(content), heads)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        failed = failure(place, error, begun=False)
    raise failed.with_traceback(None) from None


def root(address: str) -> str:
    """The address of a host, without a path.

    >>> root("https://gpu.example.org:8443/v1")
    'https://gpu.example.org:8443'
    """
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
