"""All spans of a session."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.agents.session import Branch
from workbench.agents.traces._span import Span
from workbench.agents.traces._tree import frames_of, spans_of_step, steps_of, steps_to


def spans_of(tree: Sequence[Branch], *, content: bool = False) -> list[Span]:
    """The spans of a conversation, the whole first, each step before what happened in it.

    Args:
        tree: Its branches.
        content: Whether what was said goes along.
    """
    shared = tree[0].play.shared
    steps = sorted(steps_of(tree), key=lambda one: one.began)
    spans = [span for step in steps for span in spans_of_step(shared.trace, step, content=content)]
    return [*frames_of(shared.trace, tree, spans, shared.stage.team.name), *spans]


def spans_to(branch: Branch) -> list[Span]:
    """The spans of the steps by which a branch has come to where it is, those of its parents too."""
    trace = branch.play.shared.trace
    return [span for step in steps_to(branch) for span in spans_of_step(trace, step, content=False)]
