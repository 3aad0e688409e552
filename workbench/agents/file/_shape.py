"""What a team consists of, as a file tells it: only a team that is made alike takes up what was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.agents.autogen import GROWING, Grown, Holder, Stage, is_data
from workbench.agents.file._values import NotDataError

Shape = Sequence[Sequence[str]]
"""The path and the kind of each part of a team that changes."""

_NUMBERS = (int, float)


def shape_of(holders: Sequence[Holder]) -> list[list[str]]:
    """What a team consists of; names to compare, by which nothing is looked up."""
    return [[one.path, f"{type(one.owner).__module__}.{type(one.owner).__qualname__}"] for one in holders]


def difference_of(told: Shape, here: Shape) -> str | None:
    """In what a team is another than the one that a file tells of, in one line; None if it is made alike.

    >>> difference_of([["a/", "x.Agent"]], [["a/", "x.Team"]])
    'a is a Team, and was an Agent'
    """
    then, now = ({one[0]: one[1] for one in shape} for shape in (told, here))
    for path, kind in then.items():
        if path not in now:
            return f"{_named(path)} is missing"
        if now[path] != kind:
            is_kind, was = (one.rpartition(".")[2] for one in (now[path], kind))
            return f"{_named(path)} is {_a(is_kind)}, and was {_a(was)}"
    new = next((path for path in now if path not in then), None)
    return None if new is None else f"{_named(new)} was not there"


@dataclass(frozen=True, slots=True)
class Places:
    """Where a file may put values into a team.

    Attributes:
        holders: The parts of the team by their paths.
        now: What each part holds now, by the names of attributes.
        members: The names of those who speak.
    """

    holders: Mapping[str, Holder]
    now: Mapping[str, Mapping[str, Any]]
    members: frozenset[str]

    def check_part(self, path: str) -> None:
        """Raise NotDataError unless the team has this part."""
        if path not in self.now:
            raise NotDataError(f"the team has no part {path!r}")

    def check(self, path: str, name: str, value: Any) -> None:
        """Raise NotDataError unless this is state of a part of the team, of the kind that the team has there."""
        if name not in self.now[path]:
            raise NotDataError(f"{name!r} of {_named(path)} is not part of this team's state")
        is_autogens = name in self.holders[path].names
        if (is_autogens and name in GROWING) != isinstance(value, Grown):
            raise NotDataError(f"{name!r} of {_named(path)} is of another kind")
        if is_autogens and not _is_alike(self.now[path][name], value):
            raise NotDataError(f"{name!r} of {_named(path)} is of another kind")

    def check_members(self, names: Sequence[Any]) -> None:
        """Raise NotDataError unless these are names of members."""
        if not self.members.issuperset(names):
            raise NotDataError("it names a member that the team does not have")


def places_of(stage: Stage) -> Places:
    """Where a file may put values into a team that has been prepared."""
    now = {one.path: _now(one) for one in stage.holders}
    return Places({one.path: one for one in stage.holders}, now, frozenset(stage.team._participant_names))


def _now(holder: Holder) -> dict[str, Any]:
    """What a part of a team holds now, of that which is its state."""
    values = {name: getattr(holder.owner, name) for name in holder.names}
    if holder.saves_itself:
        return values | {"": {}}
    if holder.strange is None:
        return values
    own = getattr(holder.owner, "__dict__", {})
    return values | {name: one for name, one in own.items() if name not in holder.strange and is_data(one)}


def _is_alike(now: Any, value: Any) -> bool:
    if now is None or value is None or isinstance(value, Grown):
        return True
    if isinstance(now, _NUMBERS) and isinstance(value, _NUMBERS):
        return isinstance(now, bool) == isinstance(value, bool)
    return type(now) is type(value) and (not isinstance(now, dict) or _values_alike(now, value))


def _values_alike(now: Mapping[Any, Any], value: Mapping[Any, Any]) -> bool:
    kinds = Counter(map(type, now.values()))
    return len(kinds) != 1 or all(type(one) in kinds for one in value.values())


def _named(path: str) -> str:
    return path.strip("/").replace("#end", "the termination condition").replace("#manager", "the manager")


def _a(kind: str) -> str:
    return f"{'an' if kind[:1] in 'AEIOU' else 'a'} {kind}"
