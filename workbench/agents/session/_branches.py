"""Branches of a conversation: what each changed, where it went another way, and what it asked anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pandas as pd
from autogen_agentchat.messages import TextMessage
from autogen_core.models import ChatCompletionClient
from autogen_core.tools import TextResultContent

from workbench.agents._client import ModelClient, client
from workbench.agents._desk import Asked
from workbench.agents._reasons import AND, because
from workbench.agents.autogen import Rest, Stage, said_otherwise
from workbench.agents.session._play import Play
from workbench.agents.session._turn import Turn, cost_of_turns
from workbench.arguments import as_name, as_text, shown
from workbench.connections import Model
from workbench.errors import UsageError

Answers = Literal["recorded", "live"]
Tools = Literal["recorded", "live", "dry"]
Models = Mapping[str, str | Model | ChatCompletionClient]

_COLUMNS = {
    "branch": "str",
    "parent": "str",
    "at": "Int64",
    "change": "str",
    "turns": "int64",
    "differs_at": "Int64",
    "asked": "int64",
    "recorded": "int64",
    "state": "str",
    "note": "str",
}


@dataclass(frozen=True, slots=True)
class Changes:
    """What a branch changes.

    Attributes:
        edit: What is said in the turn instead; for the task, another one.
        models: Other models, by the names of agents.
        system: Other system messages.
        tool_result: Other results, by the names of tools.
    """

    edit: str | None = None
    models: Models = field(default_factory=dict)
    system: Mapping[str, str] = field(default_factory=dict)
    tool_result: Mapping[str, str] = field(default_factory=dict)

    def in_words(self, turn: Turn) -> str:
        """The changes in words."""
        told: list[str] = []
        if self.edit is not None:
            told.append(because("turn {} edited", turn.number) if turn.agent else because("another task"))
        told += [f"{name}: {one}" for name, one in self.models.items()]
        told += [because("{}: another system message", name) for name in self.system]
        return AND.join([*told, *(because("{}: another result", name) for name in self.tool_result)])


@dataclass
class Branch:
    """A branch in the tree of a conversation.

    Attributes:
        name: "0", "0.1", "0.1.1".
        play: The line of the conversation.
        parent: Where it branches off; None for the root.
        at: The turn after which it does.
        change: What was changed, in words; "" for nothing.
        scored: The last turn when it was scored, and the score; None before.
    """

    name: str
    play: Play
    parent: Branch | None = None
    at: int | None = None
    change: str = ""
    scored: tuple[Turn, float] | None = field(default=None, repr=False)

    @property
    def score(self) -> float | None:
        """The score of how it ended; None if nobody gave one, or it went on since."""
        turns = self.play.turns
        return self.scored[1] if self.scored and turns and turns[-1] is self.scored[0] else None

    @property
    def own(self) -> list[Turn]:
        """The turns that it has taken itself."""
        return [turn for turn in self.play.turns if self.at is None or turn.number > self.at]

    @property
    def asked(self) -> int:
        """How often it has asked models, tools and persons anew."""
        return sum(not one.recorded for turn in self.own for one in turn.asked)

    @property
    def recorded(self) -> int:
        """How often it took what was noted."""
        return sum(one.recorded for turn in self.own for one in turn.asked)

    @property
    def differs_at(self) -> int | None:
        """The first of its own turns in which something else was said than in the original's; None if none is."""
        if self.parent is None:
            return None
        others = {turn.number: _said(turn) for turn in self.parent.play.turns}
        different = (turn.number for turn in self.own if others.get(turn.number, _said(turn)) != _said(turn))
        return next(different, None)

    @property
    def otherwise(self) -> dict[int, Turn]:
        """The original's turns in whose place something else was said here, by their numbers; an edited one too."""
        others = {} if self.parent is None else {turn.number: turn for turn in self.parent.play.turns}
        pairs = ((turn, others[turn.number]) for turn in self.play.turns if turn.number in others)
        return {there.number: there for turn, there in pairs if turn is not there and _said(turn) != _said(there)}

    @property
    def note(self) -> str:
        """What is to be known of a branch in which nothing was changed."""
        if self.parent is None or self.change or not self.asked:
            return ""
        return because("asked {} anew though nothing was changed: what differs is noise", self.asked)


def frame_of(tree: Sequence[Branch]) -> pd.DataFrame:
    """One row for each branch."""
    rows = [
        (
            one.name,
            one.parent.name if one.parent else "",
            None if one.at is None else max(one.at, 0),
            one.change,
            one.play.turns[-1].number if one.play.turns else 0,
            one.differs_at,
            one.asked,
            one.recorded,
            one.play.stop_reason or (one.play.halted.text if one.play.halted else because("goes on")),
            one.note,
        )
        for one in tree
    ]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    scores = [one.score for one in tree]
    return frame if scores.count(None) == len(scores) else frame.assign(score=pd.array(scores, dtype="Float64"))


def rewind(tree: list[Branch], branch: Branch, turn: Turn, answers: Answers, tools: Tools) -> None:
    """Continue a branch from a turn; the line that it was on stays in the tree as a branch of its own."""
    _checked(answers, tools)
    play = branch.play
    kept = play.turns[: _index(play, turn) + 1]
    ahead = _ahead(play.turns[len(kept) :], answers, tools, ())
    tree.append(Branch(_name(tree, branch), play, branch, turn.number, because("left when it was rewound")))
    branch.play = replace(_line(play, kept, turn.after, ahead), approvals=play.approvals.rewound(tools))


def changed(edit: Any, models: Any, system: Any, tool_result: Any) -> Changes:
    """What a branch changes, as a user gives it. Raises UsageError where it cannot be that.

    >>> changed(None, None, {"clerk": "Be short."}, None).system
    {'clerk': 'Be short.'}
    """
    return Changes(
        None if edit is None else as_text("edit=", edit),
        _by_name("models=", models),
        _texts("system=", system),
        _texts("tool_result=", tool_result),
    )


def _texts(name: str, given: Any) -> dict[str, str]:
    return {one: as_text(f"{name} of {one!r}", text) for one, text in _by_name(name, given).items()}


def _by_name(name: str, given: Any) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise UsageError(f"{name} must be a dict by names, not {shown(given)}")
    return {as_name(f"a name in {name}", one): value for one, value in given.items()}


def branch_of(
    tree: list[Branch], origin: Branch, turn: Turn, changes: Changes, answers: Answers, tools: Tools
) -> Branch:
    """A branch from a turn on; it is added to the tree. Raises UsageError if it cannot be made so."""
    _checked(answers, tools)
    if changes.tool_result and changes.edit is not None and turn.agent:
        raise UsageError(
            "what is said in a turn cannot be other while it is taken again with other results",
            advice="change one of the two, and fork once more for the other",
        )
    play = origin.play
    stage = play.shared.stage
    others = clients_of(stage, changes.models)
    systems = {stage.where(name): text for name, text in changes.system.items()}
    place = _index(play, turn)
    task_again = changes.edit is not None and not turn.agent
    again = bool(changes.tool_result) or task_again  # the turn itself is taken anew
    kept = play.turns[:place] if again else play.turns[: place + 1]
    rest = turn.before if again else turn.after
    ahead = _ahead(play.turns[len(kept) :], answers, tools, others)
    made = replace(
        _line(play, kept, rest, _with_results(ahead, changes.tool_result)),
        approvals=play.approvals.branch(tools),
        limits=replace(play.limits, rows=[]),
        undone=[],
        attempts=[],
        models={**play.models, **others},
        systems={**play.systems, **systems},
        task=[TextMessage(content=changes.edit or "", source="user")] if task_again else [],
    )
    if changes.edit is not None and not task_again:
        _edit(made, turn, changes.edit)
    at = turn.number - 1 if again else turn.number
    branch = Branch(_name(tree, origin), made, origin, at, changes.in_words(turn))
    tree.append(branch)
    return branch


def _line(play: Play, kept: Sequence[Turn], rest: Rest, ahead: list[Asked]) -> Play:
    """A line that goes on from some turns of another, where nobody has said or answered anything since."""
    return replace(
        play,
        rest=rest,
        turns=_own(kept),
        spent=cost_of_turns(kept),
        ahead=ahead,
        task=[],
        said={},
        halted=None,
        deaf=_nobody_deaf(rest),
    )


def _own(turns: Sequence[Turn]) -> list[Turn]:
    """The turns of a line that branches off: what happens to the last one here does not happen to the other's."""
    last = [
        replace(one, entries=list(one.entries), asked=list(one.asked), failed=list(one.failed)) for one in turns[-1:]
    ]
    return [*turns[:-1], *last]


def _edit(play: Play, turn: Turn, text: str) -> None:
    """Replace the text of the last turn of a line, which nobody has heard yet."""
    held = [place for place, one in enumerate(turn.spoken.held) if one.name == turn.agent]
    if not held:
        raise UsageError(f"turn {turn.number} has said nothing that can be edited", advice="fork from another turn")
    play.rest, old, new = said_otherwise(turn.spoken, held[-1], text)
    spoken = replace(turn, entries=turn.entries[: turn.heard_entries], asked=turn.asked[: turn.heard_asked])
    play.turns[-1] = spoken.edited(old, new, play.rest)
    play.deaf = _nobody_deaf(play.rest)


def _ahead(
    turns: Sequence[Turn], answers: Answers, tools: Tools, others: Sequence[str] | Mapping[str, object]
) -> list[Asked]:
    """What may be taken from the turns that are left behind; that a call was rejected there is an answer, no result."""
    return [
        replace(one, recorded=False)
        for turn in turns
        for one in turn.asked
        if (
            tools != "live"
            if one.kind == "tool" and one.ran
            else answers == "recorded" and (one.kind == "tool" or one.where not in others)
        )
    ]


def _with_results(ahead: list[Asked], results: Mapping[str, str]) -> list[Asked]:
    """Noted answers in which tools gave other results."""
    known = {one.request[0] for one in ahead if one.kind == "tool"}
    if unknown := sorted(set(results) - known):
        raise UsageError(
            f"{', '.join(unknown)} was not called in this turn or later", advice="fork at the turn of the call"
        )
    changed = []
    for one in ahead:
        if one.kind == "tool" and one.request[0] in results:
            text = TextResultContent(content=results[one.request[0]])
            one = replace(one, answer=one.answer.model_copy(update={"result": [text], "is_error": False}))
        changed.append(one)
    return changed


def clients_of(stage: Stage, models: Models) -> dict[str, ChatCompletionClient]:
    """Clients of other models by the parts of the team that ask them. Raises UsageError if a part asks no model."""
    places = {stage.where(name): one for name, one in models.items()}
    return {place: _client(one, stage.client_at(place)) for place, one in places.items()}


def _client(one: str | Model | ChatCompletionClient, before: ChatCompletionClient) -> ChatCompletionClient:
    """A client of another model, which calls tools as often as the one before had to."""
    if isinstance(one, ChatCompletionClient):
        return one
    return client(one, tool_choice=before.tool_choice if isinstance(before, ModelClient) else "auto")


def _nobody_deaf(rest: Rest) -> list[frozenset[str]]:
    return [frozenset() for _ in rest.held]


def _index(play: Play, turn: Turn) -> int:
    return next(place for place, one in enumerate(play.turns) if one is turn)


def _name(tree: Sequence[Branch], parent: Branch) -> str:
    return f"{parent.name}.{1 + sum(one.parent is parent for one in tree)}"


def _said(turn: Turn) -> list[tuple[str, str, str]]:
    return [(entry.event.source, type(entry.event).__name__, entry.event.to_text()) for entry in turn.entries]


def _checked(answers: Answers, tools: Tools) -> None:
    if not isinstance(answers, str) or answers not in ("recorded", "live"):
        raise UsageError(f'answers= must be "recorded" or "live", not {shown(answers)}')
    if not isinstance(tools, str) or tools not in ("recorded", "live", "dry"):
        raise UsageError(f'tools= must be "recorded", "live" or "dry", not {shown(tools)}')
