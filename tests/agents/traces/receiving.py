"""A receiver of OTLP over HTTP on this machine, that decodes what comes with OpenTelemetry's own messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class Received:
    """What a receiver has got.

    Attributes:
        address: Its address.
        status: With what it answers.
        requests: What came, decoded.
        headers: The headers of each request.
        paths: The path of each request.
    """

    address: str = ""
    status: int = 200
    location: str = ""
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        return [
            span for request in self.requests for one in request.resource_spans for scope in one.scope_spans
            for span in scope.spans
        ]  # fmt: skip


@asynccontextmanager
async def receiving() -> AsyncIterator[Received]:
    received = Received()

    async def take(request: web.Request) -> web.Response:
        received.paths.append(request.path)
        received.headers.append(dict(request.headers))
        if received.status < 300:
            received.requests.append(ExportTraceServiceRequest.FromString(await request.read()))
        headers = {"Location": received.location} if received.location else {}
        return web.Response(status=received.status, headers=headers, text="no spans today")

    app = web.Application(client_max_size=2**26)
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    received.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield received
    finally:
        await runner.cleanup()


def told(span: Span) -> dict[str, Any]:
    """The attributes of a span."""
    values: dict[str, Any] = {}
    for one in span.attributes:
        kind = one.value.WhichOneof("value")
        value = getattr(one.value, kind)
        values[one.key] = [each.string_value for each in value.values] if kind == "array_value" else value
    return values
