"""A session as a tree of spans: the whole, its branches, their steps, agents at work, and what they asked.

It is made from what a session notes anyway. What a branch took from what was noted is not a span: nothing happened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from workbench.agents._desk import Asked, Failure
from workbench.agents.session import Attempt, Branch, Turn
from workbench.agents.traces._span import Span, Value, span_id
from workbench.agents.traces._told import chat_told, model_told, named, ran_told, tool_error, tool_told

_MANAGER = "#manager"

Key = tuple[int, float]
"""What tells a step from all others of a conversation: the number of its turn, and when it began."""


@dataclass(frozen=True, slots=True)
class Step:
    """A turn, or a part of one that broke off.

    Attributes:
        branch: Where it was taken.
        number: The turn's number.
        agent: Who took it; "" for the task and a delivery.
        began: When it began, in seconds since 1970.
        spoke: When the agent had spoken.
        ended: When it was over.
        asked: What was asked in it anew.
        failed: What was asked in it and got no answer.
        recorded: How much was taken from what was noted.
        error: The class of the error in which it broke off.
        halted: Why it broke off otherwise.
    """

    branch: Branch
    number: int
    agent: str
    began: float
    spoke: float
    ended: float
    asked: tuple[Asked, ...]
    failed: tuple[Failure, ...]
    recorded: int = 0
    error: str = ""
    halted: str = ""

    @property
    def key(self) -> Key:
        """What tells it from all others of the conversation."""
        return self.number, self.began


def steps_of(tree: Sequence[Branch], known: Collection[Key] = (), *, heard: bool = False) -> Iterator[Step]:
    """All steps of a conversation, each once, but for known ones and those of unknown time.

    Args:
        tree: The branches of the conversation.
        known: Steps that are left out.
        heard: Whether turns of which nobody has heard yet are left out, as their delivery may ask more.
    """
    seen: set[int] = set()
    for branch in tree:
        play = branch.play
        is_held = heard and bool(play.held)
        for turn in branch.own:
            is_over = turn.began and not (is_held and turn is play.turns[-1])
            if is_over and (turn.number, turn.began) not in known:
                yield _of_turn(branch, turn)
        for attempt in play.attempts:
            # A branch that was left when it was rewound has the same ones.
            if id(attempt) not in seen and (attempt.number, attempt.began) not in known:
                seen.add(id(attempt))
                yield _of_attempt(branch, attempt)


def steps_to(branch: Branch) -> list[Step]:
    """The steps by which a branch has come to where it is, those of its parents too, in their order."""
    play = branch.play
    steps = [_of_turn(branch, turn) for turn in play.turns if turn.began]
    return sorted([*steps, *(_of_attempt(branch, one) for one in play.attempts)], key=lambda one: one.began)


def _of_turn(branch: Branch, turn: Turn) -> Step:
    anew, recorded = _in_time(turn.asked, turn.began)
    times = turn.began, turn.spoke, turn.ended
    return Step(branch, turn.number, turn.agent, *times, anew, tuple(turn.failed), recorded)


def _of_attempt(branch: Branch, attempt: Attempt) -> Step:
    anew, recorded = _in_time(attempt.asked, attempt.began)
    times = attempt.began, attempt.ended, attempt.ended
    ends = attempt.error, attempt.halted
    return Step(branch, attempt.number, attempt.agent, *times, anew, attempt.failed, recorded, *ends)


def _in_time(asked: Sequence[Asked], began: float) -> tuple[tuple[Asked, ...], int]:
    """What was asked since then, and how much was not: in a branch before, or in an attempt that broke off."""
    anew = tuple(one for one in asked if not one.recorded and one.began >= began)
    return anew, len(asked) - len(anew)


def spans_of_step(trace: str, step: Step, *, content: bool) -> list[Span]:
    """A step, and all that happened in it, the step first."""
    here = span_id(trace, "step", *step.key)
    inner = _inside(trace, here, step, content=content)
    told: dict[str, Value] = {"workbench.step": step.number, "workbench.branch": step.branch.name}
    if step.recorded:
        told["workbench.recorded"] = step.recorded
    if step.halted:
        told["workbench.halted"] = step.halted
    whole = Span(
        id=here,
        parent=owner_of(trace, step.branch),
        kind="step",
        name=f"step {step.number}",
        began=step.began,
        ended=step.ended,
        error=step.error,
        attributes=told,
    )
    return [whole.around(inner), *inner]


def frames_of(trace: str, tree: Sequence[Branch], spans: Sequence[Span], team: str) -> list[Span]:
    """The whole session and its branches, around the spans of their steps."""
    branches = []
    for branch in tree[1:]:
        here = span_id(trace, "branch", branch.name)
        if parts := [one for one in spans if one.parent == here]:
            branches.append(
                Span(
                    id=here,
                    parent=_session(trace),
                    kind="branch",
                    name=f"branch {branch.name}",
                    began=min(one.began for one in parts),
                    ended=max(one.ended for one in parts),
                    attributes={"workbench.branch": branch.name},
                    links=_left(trace, branch),
                )
            )
    whole = _session(trace)
    parts = [*branches, *(one for one in spans if one.parent == whole)]
    if not parts:
        return []
    return [
        Span(
            id=whole,
            parent="",
            kind="session",
            name=f"invoke_agent {named(team)}",
            began=min(one.began for one in parts),
            ended=max(one.ended for one in parts),
            attributes={
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.agent.name": named(team),
                "gen_ai.conversation.id": trace,
            },
        ),
        *branches,
    ]


def _session(trace: str) -> str:
    return span_id(trace, "session")


def owner_of(trace: str, branch: Branch) -> str:
    """The id of the span that the steps of a branch are a part of."""
    return _session(trace) if branch.parent is None else span_id(trace, "branch", branch.name)


def _left(trace: str, branch: Branch) -> tuple[str, ...]:
    """The step after which a branch leaves another."""
    found = [one for one in branch.play.turns if one.number == branch.at and one.began]
    return tuple(span_id(trace, "step", one.number, one.began) for one in found)


def _inside(trace: str, step_id: str, step: Step, *, content: bool) -> list[Span]:
    """Agents at work, those inside of others too, and what each of them asked."""
    leaves: list[Span] = []
    for place, one in enumerate(step.asked):
        if one.kind != "person":
            leaves.append(_answered(span_id(trace, step_id, place), _agent(trace, step_id, one.where), one, content))
    for place, failure in enumerate(step.failed):
        here = span_id(trace, step_id, "failed", place)
        leaves.append(_unanswered(here, _agent(trace, step_id, failure.where), failure))
    places = [one.where for one in step.asked if one.kind != "person"] + [one.where for one in step.failed]
    paths = {path for where in places for path in _paths(where)} | ({step.agent} if step.agent else set())
    agents: list[Span] = []
    for path in sorted(paths, key=lambda path: -path.count("/")):  # those inside first, as they say how long it took
        agents.append(_agent_span(trace, step_id, path, step, [*leaves, *agents]))
    found = sorted([*reversed(agents), *leaves], key=lambda one: (one.began, -one.ended))
    named = {"gen_ai.conversation.id": trace}
    return [one if one.kind == "tool" else replace(one, attributes={**one.attributes, **named}) for one in found]


def _paths(where: str) -> list[str]:
    """Who is at work when a part of a team asks: itself, and all that it is inside of.

    >>> _paths("inner/x/")
    ['inner', 'inner/x']
    """
    names = where.strip("/").split("/")
    return ["/".join(names[: depth + 1]) for depth in range(len(names))]


def _agent(trace: str, step_id: str, where: str) -> str:
    return span_id(trace, step_id, "agent", where.strip("/"))


def _agent_span(trace: str, step_id: str, path: str, step: Step, others: Sequence[Span]) -> Span:
    here, (above, _, name) = _agent(trace, step_id, path), path.rpartition("/")
    parts = [one for one in others if one.parent == here]
    who = "manager" if name == _MANAGER else named(name)
    takes_turn = path == step.agent
    span = Span(
        id=here,
        parent=_agent(trace, step_id, above) if above else step_id,
        kind="agent",
        name=f"invoke_agent {who}",
        began=step.began if takes_turn else min(one.began for one in parts),
        ended=step.spoke if takes_turn else max(one.ended for one in parts),
        agent=who,
        error=step.error if takes_turn else "",
        attributes={"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": who},
    )
    return span.around(parts)


def _answered(here: str, parent: str, asked: Asked, content: bool) -> Span:
    if asked.kind == "model":
        return _asked(here, parent, asked, chat_told(asked, content=content))
    return _asked(here, parent, asked, ran_told(asked, content=content), tool_error(asked))


def _unanswered(here: str, parent: str, failure: Failure) -> Span:
    told = model_told({"model": failure.name}) if failure.kind == "model" else tool_told(failure.name)
    return _asked(here, parent, failure, told, failure.error)


def _asked(here: str, parent: str, one: Asked | Failure, told: dict[str, Value], error: str = "") -> Span:
    """A question that left the team, answered or not."""
    return Span(
        id=here,
        parent=parent,
        kind="model" if one.kind == "model" else "tool",
        name=_named(told),
        began=one.began,
        ended=one.began + one.seconds,
        agent=_last(one.where),
        error=error,
        attributes=told,
    )


def _named(told: dict[str, Value]) -> str:
    what = told.get("gen_ai.request.model", told.get("gen_ai.tool.name", ""))
    return f"{told['gen_ai.operation.name']} {what}".strip()


def _last(where: str) -> str:
    name = where.strip("/").rpartition("/")[2]
    return "manager" if name == _MANAGER else named(name)
