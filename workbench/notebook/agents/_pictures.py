"""What a notebook shows of a session of agents: its picture wherever a cell ends in one, and parts of it for papers."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from workbench.agents import Call, Session
from workbench.agents._reasons import changes_in_language, in_language
from workbench.agents.session._turn import Turn
from workbench.agents.traces import spans_to
from workbench.arguments import as_kind
from workbench.engines.cassette import current
from workbench.language import Language, usual_language
from workbench.notebook.agents._links import links_of
from workbench.notebook.agents._times import bars_in_order, bars_of
from workbench.notebook.agents._turns import agents_of, given, questions_of, turn_of
from workbench.views import agents as views


def session_html(session: Session) -> str:
    """The picture of a session in the usual language."""
    language = usual_language()
    return views.timeline(conversation(session, language), language)


def turn_html(turn: Turn) -> str:
    """What one turn asked and was answered, in the usual language."""
    return views.inspector(turn_of(turn), questions_of(turn), usual_language())


def as_session(given: object) -> Session:
    """A session. Raises UsageError for anything else."""
    return as_kind("session", given, Session, "give what `wb.agents.session(…)` gives")


def speakers(session: Session) -> views.Drawing:
    """Draw who speaks to whom in a session, as SVG for papers.

    An arrow leads from one who spoke to the one who heard it and spoke next; handing over and giving a task have dashes
    of their own.

    Args:
        session: The session, made with `wb.agents.session`.

    Returns:
        The picture; it has its `svg` and a `text`, and `save(path)` writes it.
    """
    language = usual_language()
    told = conversation(as_session(session), language)
    return views.speakers(told.agents, told.links, language)


def branch_tree(session: Session) -> views.Drawing:
    """Draw the branches of a session, as SVG for papers: where each leaves, what it changed, where it first differs.

    Args:
        session: The session, made with `wb.agents.session`; any of its branches.

    Returns:
        The picture; it has its `svg` and a `text`, and `save(path)` writes it.
    """
    language = usual_language()
    return views.branch_tree(_branches(as_session(session), language), language)


def waterfall(session: Session) -> views.Drawing:
    """Draw what took how long in a session, as SVG for papers: turns, agents at work, calls of models and tools.

    Each row stands below the one that it is a part of. What a branch took from what was noted took no time and is not
    there; pauses between turns are left out. `wb.agents.spans` gives the same as a table.

    Args:
        session: The session, made with `wb.agents.session`.

    Returns:
        The picture; it has its `svg` and a `text`, and `save(path)` writes it. Of what is played from a recording it
        shows the order only.
    """
    spans = spans_to(as_session(session)._branch)
    if current() is not None:  # what is played takes another time than what was asked
        return views.waterfall(bars_in_order(spans), usual_language(), timed=False)
    return views.waterfall(bars_of(spans), usual_language())


def conversation(session: Session, language: Language = "en") -> views.Conversation:
    """A session as plain data, with its reasons in a language."""
    taken = [session.turn(number) for number in range(_taken(session))]
    turns = [*_with_undone([turn_of(turn) for turn in taken], session.events), *_waiting(session)]
    agents = agents_of(turns)
    return views.Conversation(
        agents=agents or tuple(session.team._participant_names),
        turns=tuple(turns),
        links=links_of(taken),
        branches=_branches(session, language),
        state=_state(session),
        reason=in_language(session.stop_reason or session.halted or "", language),
        ways=tuple(_ways(session)),
        warnings=tuple(in_language(one, language) for one in session.loops),
    )


def _taken(session: Session) -> int:
    """How many turns are complete, the task's included."""
    return session.turns + 1 if len(session.events) and not session.events["undone"].all() else 0


def _with_undone(turns: list[views.Turn], events: pd.DataFrame) -> list[views.Turn]:
    """The turns, and before each what of it was taken back."""
    undone = events[events["undone"]]
    broken = [
        views.Turn(number=int(str(number)), who=rows["source"].iloc[0], parts=tuple(_broken(rows)), undone=True)
        for number, rows in undone.groupby("turn", sort=False)
    ]
    return sorted([*turns, *broken], key=lambda turn: (turn.number, not turn.undone))


def _broken(rows: pd.DataFrame) -> Iterator[views.Part]:
    for source, kind, content in rows[["source", "kind", "content"]].itertuples(index=False):
        is_said = kind.endswith("Message")
        yield views.Part(kind="said" if is_said else "event", who=source, text=content, tool="" if is_said else kind)


def _waiting(session: Session) -> list[views.Turn]:
    """The turn that waits for a person's word, if one does."""
    calls = session.waiting
    if not calls:
        return []
    parts = [
        views.Part(kind="call", who=_agent(call), text=given(call.arguments), tool=call.tool, marks=("waiting",))
        for call in calls
    ]
    return [
        views.Turn(number=session.turns + 1, who=session.next_agent or parts[0].who, parts=tuple(parts), waits=True)
    ]


def _agent(call: Call) -> str:
    return call.agent.rsplit("/", 1)[-1]


def _branches(session: Session, language: Language) -> tuple[views.Branch, ...]:
    return tuple(
        views.Branch(
            name=row["branch"],
            parent=row["parent"],
            at=None if pd.isna(row["at"]) else int(row["at"]),
            change=changes_in_language(row["change"], language),
            turns=row["turns"],
            differs_at=None if pd.isna(row["differs_at"]) else int(row["differs_at"]),
            state=in_language(row["state"], language),
            note=in_language(row["note"], language),
            shown=row["branch"] == session.name,
            score=None if pd.isna(row.get("score")) else float(row["score"]),
        )
        for row in session.branches.to_dict("records")
    )


def _state(session: Session) -> views.State:
    if session.finished:
        return "ended"
    if session.halted:
        return "halted"
    return "goes on" if _taken(session) else "not begun"


def _ways(session: Session) -> Iterator[views.Way]:
    if session.finished:
        yield views.Way("ended")
        return
    why, next_agent = session.halt.why if session.halt else None, session.next_agent
    for call in session.waiting:
        yield views.Way("approve", f"{_agent(call)}: {call.tool}")
    if len(session.queue):
        yield views.Way("queue")
    if why == "person":
        yield views.Way("answer", str(next_agent))
    elif why == "limit":
        yield views.Way("limit")
    elif not session.waiting:
        yield views.Way("run", next_agent) if next_agent else views.Way("step")
