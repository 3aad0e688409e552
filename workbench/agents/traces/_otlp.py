"""Spans as OTLP has them: what OpenTelemetry's own packages make of them, loaded only where they are sent."""

from __future__ import annotations

import os
from collections.abc import Sequence

from workbench import __version__
from workbench.agents.traces._span import SCHEMA_URL, Span
from workbench.errors import UnsupportedError

_NANO = 1_000_000_000


def encoded(trace: str, spans: Sequence[Span]) -> bytes:
    """The body of a request that brings a receiver these spans.

    Args:
        trace: The id of their trace.
        spans: The spans.

    Raises:
        UnsupportedError: If the packages for it are not there, as in a browser.
    """
    try:
        from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope
        from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags
    except ImportError:
        raise UnsupportedError(
            "the packages that send traces are missing",
            advice="pip install opentelemetry-exporter-otlp-proto-http",
        ) from None
    named = {"service.name": os.environ.get("OTEL_SERVICE_NAME") or "workbench", "service.version": __version__}
    resource, scope = Resource(named), InstrumentationScope("workbench", __version__, SCHEMA_URL)

    def context(span: str) -> SpanContext:
        return SpanContext(int(trace, 16), int(span, 16), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))

    def readable(one: Span) -> ReadableSpan:
        told = {**one.attributes, **({"error.type": one.error} if one.error else {})}
        return ReadableSpan(
            name=one.name,
            context=context(one.id),
            parent=context(one.parent) if one.parent else None,
            resource=resource,
            attributes=told,
            links=[Link(context(link)) for link in one.links],
            kind=SpanKind.CLIENT if one.kind == "model" else SpanKind.INTERNAL,
            instrumentation_scope=scope,
            status=Status(StatusCode.ERROR) if one.error else Status(StatusCode.UNSET),
            start_time=round(one.began * _NANO),
            end_time=round(one.ended * _NANO),
        )

    raw: bytes = encode_spans([readable(one) for one in spans]).SerializeToString()
    return raw
