"""Who speaks to whom in a session: found from who was heard before whom, handoffs, and tasks given to others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from autogen_agentchat.messages import HandoffMessage

from workbench.agents.autogen import Entry
from workbench.agents.session._turn import Turn
from workbench.views import agents as views

Step = tuple[str, str, views.LinkKind]


def links_of(turns: Sequence[Turn]) -> tuple[views.Link, ...]:
    """All links, with how often each was used, in the order of their first use."""
    counts = Counter(_steps(turns))
    return tuple(views.Link(*step, count) for step, count in counts.items())


def _steps(turns: Sequence[Turn]) -> Iterator[Step]:
    heard: list[str] = []  # whose words went round last: whoever speaks now answers them
    held: list[str] = []  # who has spoken since, and nobody has heard
    handed: dict[str, str] = {}  # who was handed over to, and by whom
    for turn in turns:
        if turn.agent:
            for source in heard:
                if handed.get(turn.agent) != source:
                    yield source, turn.agent, "speaks"
            said = turn.entries[: turn.heard_entries]
            yield from _inside(turn.agent, said)
        else:
            heard, said = [], turn.entries[:1]
        for entry in said:
            if isinstance(entry.event, HandoffMessage):
                handed = {entry.event.target: entry.event.source}
                yield entry.event.source, entry.event.target, "hands"
        held.append(turn.agent or (said[0].event.source if said else "user"))
        if turn.after.held:
            continue
        managers = _managers(turn.entries[len(said) :])
        yield from ((source, manager, "speaks") for manager in managers[:1] for source in held)
        heard, held = managers[-1:] or held, []


def _inside(agent: str, entries: Sequence[Entry]) -> Iterator[Step]:
    """Whom an agent gives a task in its turn, and who speaks to whom there; a team's member may be a team."""
    last = agent
    for entry in entries:
        source = entry.event.source
        if source in (agent, "user"):
            last = agent
        elif entry.is_message and source != last:
            yield last, source, "delegates" if last == agent else "speaks"
            last = source


def _managers(entries: Sequence[Entry]) -> list[str]:
    """Who has spoken while words went round: managers that lead a team."""
    return list(
        dict.fromkeys(entry.event.source for entry in entries if entry.is_message and entry.event.source != "user")
    )
