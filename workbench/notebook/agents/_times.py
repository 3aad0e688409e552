"""What took how long in a session of agents, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from workbench.agents.traces import Span
from workbench.views import agents as views


def bars_of(spans: Sequence[Span]) -> list[views.Bar]:
    """The spans of steps as bars in seconds of work, without the pauses between steps."""
    begins: dict[str, float] = {}
    worked = 0.0
    for step in (one for one in spans if one.kind == "step"):
        begins[step.id] = worked - step.began
        worked += step.ended - step.began
    for one in spans:
        if one.kind != "step":
            begins[one.id] = begins[one.parent]  # a parent stands before its parts
    return [_bar(one, depth, one.began + begins[one.id], one.ended + begins[one.id]) for one, depth in _nested(spans)]


def bars_in_order(spans: Sequence[Span]) -> list[views.Bar]:
    """The spans of steps as bars of equal length, one after the other: for what was played, which took other times."""
    nested = list(_nested(spans))
    parents = {one.parent for one in spans}
    leaves = [one.id for one, _ in nested if one.id not in parents]
    ends: dict[str, tuple[float, float]] = {one: (place, place + 1.0) for place, one in enumerate(leaves)}
    for one, _ in reversed(nested):
        if one.parent:
            begin, end = ends.get(one.parent, ends[one.id])
            ends[one.parent] = min(begin, ends[one.id][0]), max(end, ends[one.id][1])
    return [_bar(one, depth, *ends[one.id]) for one, depth in nested]


def _nested(spans: Sequence[Span]) -> Iterator[tuple[Span, int]]:
    """Each span with how many others it is inside of, before what is inside of it."""
    inside: dict[str, list[Span]] = {}
    for one in spans:
        inside.setdefault(one.parent, []).append(one)
    for step in (one for one in spans if one.kind == "step"):
        yield from _below(step, 0, inside)


def _below(span: Span, depth: int, inside: Mapping[str, list[Span]]) -> Iterator[tuple[Span, int]]:
    yield span, depth
    for one in inside.get(span.id, ()):
        yield from _below(one, depth + 1, inside)


def _bar(one: Span, depth: int, begin: float, end: float) -> views.Bar:
    told = one.attributes
    names = ("workbench.step", "gen_ai.request.model", "gen_ai.tool.name", "gen_ai.agent.name", "gen_ai.operation.name")
    name = next(str(told[one]) for one in names if one in told)
    waits = "workbench.halted" in told and not one.error
    return views.Bar(cast("views.BarKind", one.kind), name, depth, begin, end, one.error, waits)
