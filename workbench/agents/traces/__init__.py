"""A session as spans of OpenTelemetry: as a table, and on their way to a receiver that the user names."""

from workbench.agents.traces._export import export_traces, spans, traced
from workbench.agents.traces._span import SCHEMA_URL, Span
from workbench.agents.traces._whole import spans_of, spans_to

__all__ = ["SCHEMA_URL", "Span", "export_traces", "spans", "spans_of", "spans_to", "traced"]
