"""The spans of a session for its user: as a table, and sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd

from workbench.agents.session import Branch, Session
from workbench.agents.traces._live import Live
from workbench.agents.traces._otlp import encoded
from workbench.agents.traces._whole import spans_of
from workbench.arguments import shown
from workbench.connections import Receiver
from workbench.errors import UsageError

_COLUMNS = {
    "span": "str",
    "parent": "str",
    "kind": "str",
    "name": "str",
    "agent": "str",
    "began": "datetime64[us, UTC]",
    "seconds": "float64",
    "prompt_tokens": "Int64",
    "completion_tokens": "Int64",
    "error": "str",
}


def spans(session: Session) -> pd.DataFrame:
    """What took how long in a session, with all its branches: one row for each span, as OpenTelemetry names them.

    Args:
        session: The session, made with `wb.agents.session`.

    Returns:
        A DataFrame with the columns `span` (its id), `parent` (the id of what it is a part of), `kind` ("session",
        "branch", "step", "agent", "model", "tool"), `name`, `agent`, `began` (UTC), `seconds`, `prompt_tokens` and
        `completion_tokens` (missing where no server counted any), `error` (the class of the error, or "rejected").
    """
    rows: list[tuple[Any, ...]] = [
        (
            one.id,
            one.parent,
            one.kind,
            one.name,
            one.agent,
            datetime.fromtimestamp(one.began, UTC),
            one.ended - one.began,
            one.attributes.get("gen_ai.usage.input_tokens"),
            one.attributes.get("gen_ai.usage.output_tokens"),
            one.error,
        )
        for one in spans_of(session._tree)
    ]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(_COLUMNS)}
    return pd.DataFrame({name: pd.Series(values, dtype=_COLUMNS[name]) for name, values in columns.items()})


def traced(tree: list[Branch], traces: str | Receiver) -> Live:
    """What sends the spans of a conversation from now on. Raises what keeps them from being sent."""
    receiver = Receiver(traces) if isinstance(traces, str) else traces
    if not isinstance(receiver, Receiver):
        what = f'traces= must be an address or wb.agents.Receiver("http://…"), not {shown(traces)}'
        raise UsageError(what)
    receiver.check()
    encoded(tree[0].play.shared.trace, ())  # what is missing for it is told now
    return Live(tree, receiver)


async def export_traces(session: Session, endpoint: str | Receiver = "") -> int:
    """Send the spans of a session to a receiver of OTLP over HTTP, and see that they arrive.

    A host beside this machine has to be allowed like a model's, `WORKBENCH_OFFLINE` forbids all others, and the audit
    log has a line for each request. What was said is not sent, unless a `Receiver` says so.

    Args:
        session: The session, with all its branches.
        endpoint: Where they are sent: an address such as "http://127.0.0.1:4318", or a `Receiver`; without one where
            the session sends its spans already, or else where `OTEL_EXPORTER_OTLP_ENDPOINT` says.

    Returns:
        How many spans there are.

    Raises:
        ConfigurationError: If nothing says where, or that cannot be an address.
        PolicyError: If nothing may be sent there.
        EngineError: If nothing answers, or it does not take them.
        UnsupportedError: If the packages for it are missing, as in a browser.
    """
    live = session._tree[0].play.shared.traces
    if endpoint or not isinstance(live, Live):
        live = traced(session._tree, endpoint)
    await live.flush()
    return len(spans_of(session._tree))
