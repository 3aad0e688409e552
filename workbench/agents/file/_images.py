"""A line of a conversation as lists and plain values, of which a file holds only what changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Any, get_args

from autogen_core.models import ChatCompletionClient

from workbench.agents._desk import Asked, Call, Failure, Halt, Verdict, Why
from workbench.agents._reasons import Reason
from workbench.agents.autogen import Entry, Rest
from workbench.agents.file._values import NotDataError
from workbench.agents.session import Approvals, Attempt, LimitLog, Limits, Play, Shared, Turn, cost_of_turns

Image = dict[str, Any]
"""The fields of a line of a conversation, as JSON."""

LISTS = (
    "turns", "undone", "attempts", "ahead", "task", "deaf", "waiting", "given", "begun", "standing", "log", "rows",
    "models", "systems", "said",
)  # fmt: skip
PLAIN = ("rest", "halted", "limits", "approvals", "trace")
_TRACE = re.compile("[0-9a-f]{32}")
_MOST_SECONDS = 1e10  # in the year 2286
_CALL = len(fields(Call))
_LOG = 8
_ROW = 6


@dataclass(frozen=True, slots=True)
class Tables:
    """What of a file has been read, by number."""

    message: Callable[[Any], Any]
    asked: Callable[[Any], Asked]
    rest: Callable[[Any], Rest]
    turn: Callable[[Any], Turn]


def image_of(play: Play, number: Callable[[Any], int], turn: Callable[[Turn], int]) -> Image:
    """A line of a conversation as JSON.

    Args:
        play: The line.
        number: The number of a message, an answer, or a team at rest.
        turn: The number of a turn.
    """
    approvals, limits = play.approvals, play.limits
    return {
        "turns": [turn(one) for one in play.turns],
        "undone": [[at, [written_entry(one, number) for one in entries]] for at, entries in play.undone],
        "attempts": [_written_attempt(one, number) for one in play.attempts],
        "ahead": [number(one) for one in play.ahead],
        "task": [number(one) for one in play.task],
        "deaf": [sorted(one) for one in play.deaf],
        "waiting": [list(astuple(one)) for one in approvals.waiting],
        "given": [[*astuple(call), *astuple(verdict), why] for call, (verdict, why) in approvals._given.items()],
        "begun": sorted(list(one) for one in approvals._begun),
        "standing": [list(astuple(one)) for one in approvals._standing],
        "log": [[row[0].isoformat(), *row[1:]] for row in approvals._log],
        "rows": [[row[0].isoformat(), *row[1:]] for row in limits.rows],
        "models": [[where, repr(one)] for where, one in play.models.items()],
        "systems": [list(one) for one in play.systems.items()],
        "said": [list(one) for one in play.said.items()],
        "rest": None if play.rest is None else number(play.rest),
        "halted": None if play.halted is None else [play.halted.why, play.halted.text],
        "limits": list(astuple(limits.now)),
        "trace": play.shared.trace,
        "approvals": [approvals.repeats, approvals.dry, approvals.turn, approvals.rejected],
    }


def play_of(
    image: Mapping[str, Any],
    tables: Tables,
    shared: Shared,
    policy: Approvals,
    model: Callable[[str, str], ChatCompletionClient],
    *,
    trusted: bool,
) -> Play:
    """The line of a conversation that an image shows. Raises NotDataError if it shows none.

    Args:
        image: The image.
        tables: What its numbers stand for.
        shared: The team.
        policy: What tools may do, whatever the file says.
        model: Makes what stands for a model that the file only names, from its place and its name.
        trusted: Whether what the file says was approved is approved.
    """
    rest = None if image["rest"] is None else tables.rest(image["rest"])
    deaf = [frozenset(_texts(one)) for one in image["deaf"]]
    if len(deaf) != (0 if rest is None else len(rest.held)):
        raise NotDataError("what is held has no hearers")
    turns = [tables.turn(one) for one in image["turns"]]
    shared.trace = shared.trace if image["trace"] is None else _trace(image["trace"])
    return Play(
        shared,
        _approvals(image, policy, trusted=trusted),
        LimitLog(_limits(image["limits"]), [_row(one) for one in image["rows"]]),
        task=[tables.message(one) for one in image["task"]],
        rest=rest,
        turns=turns,
        spent=cost_of_turns(turns),
        undone=[_undone(one, tables.message) for one in image["undone"]],
        attempts=[_attempt(one, tables.asked) for one in image["attempts"]],
        ahead=[tables.asked(one) for one in image["ahead"]],
        models={where: model(where, name) for where, name in map(_pair, image["models"])},
        systems=dict(map(_pair, image["systems"])),
        said=dict(map(_pair, image["said"])),
        deaf=deaf,
        halted=None if image["halted"] is None else _halt(image["halted"]),
    )


def empty() -> Image:
    """A line of a conversation of which nothing is written."""
    return {**{name: [] for name in LISTS}, **dict.fromkeys(PLAIN)}


def written_entry(entry: Entry, number: Callable[[Any], int]) -> list[Any]:
    return [entry.turn, number(entry.event), entry.undone]


def read_entry(value: Any, message: Callable[[Any], Any]) -> Entry:
    match value:
        case [int(turn), event, bool(undone)]:
            return Entry(turn, message(event), undone)
    raise NotDataError("an event is not valid")


def written_failure(failure: Failure) -> list[Any]:
    return list(astuple(failure))


def read_failure(value: Any) -> Failure:
    match value:
        case ["model" | "tool" as kind, str(where), str(name), began, seconds, str(error)]:
            return Failure(kind, where, name, read_time(began), read_time(seconds), error)
    raise NotDataError("a question without an answer is not valid")


def _written_attempt(one: Attempt, number: Callable[[Any], int]) -> list[Any]:
    told = [one.number, one.agent, one.began, one.ended, one.error, one.halted]
    return [*told, [number(asked) for asked in one.asked], [written_failure(failure) for failure in one.failed]]


def _attempt(value: Any, asked: Callable[[Any], Asked]) -> Attempt:
    match value:
        case [int(number), str(agent), began, ended, str(error), str(halted), list(answered), list(failed)]:
            told = tuple(asked(one) for one in answered), tuple(read_failure(one) for one in failed)
            return Attempt(number, agent, read_time(began), read_time(ended), error, halted, *told)
    raise NotDataError("a turn that was tried is not valid")


def read_time(value: Any) -> float:
    """Seconds, or seconds since 1970. Raises NotDataError if nothing happened then, or took so long."""
    if type(value) not in (int, float) or not 0 <= value < _MOST_SECONDS:
        raise NotDataError("a time is not valid")
    return float(value)


def _trace(value: Any) -> str:
    if not isinstance(value, str) or not _TRACE.fullmatch(value):
        raise NotDataError("the id of a trace is not valid")
    return value


def _undone(value: Any, message: Callable[[Any], Any]) -> tuple[int, list[Entry]]:
    match value:
        case [int(turn), list(entries)]:
            return turn, [read_entry(one, message) for one in entries]
    raise NotDataError("a turn that broke off is not valid")


def _approvals(image: Mapping[str, Any], policy: Approvals, *, trusted: bool) -> Approvals:
    match image["approvals"]:
        case [bool(repeats), bool(dry), int(turn), int(rejected)]:
            pass
        case _:
            raise NotDataError("it does not say what tools may do")
    given = dict(map(_given, image["given"]))
    standing = [_call(one) for one in image["standing"]]
    return Approvals(
        policy.rules,
        policy.otherwise,
        policy.ask,
        repeats=repeats,
        dry=dry,
        waiting=[_call(one) for one in image["waiting"]],
        turn=turn,
        rejected=rejected,
        _given=given if trusted else {},
        _begun=set(map(_made, image["begun"])),
        _standing=standing if trusted else [],
        _log=[_logged(one) for one in image["log"]],
    )


def _made(value: Any) -> tuple[str, str, str]:
    match value:
        case [str(agent), str(tool), str(arguments)]:
            return agent, tool, arguments
    raise NotDataError("a call that was begun is not valid")


def _given(value: Any) -> tuple[Call, tuple[Verdict, str]]:
    match value[_CALL:]:
        case [bool(runs), None | str() as arguments, str(message), str(reason)]:
            return _call(value[:_CALL]), (Verdict(runs, arguments, message), reason)
    raise NotDataError("an approval is not valid")


def _call(value: Any) -> Call:
    match value:
        case [str(), str(), str(), str(), str(), bool(), bool(), str(), str()]:
            return Call(*value)
    raise NotDataError("a call is not valid")


def _logged(value: Any) -> tuple[Any, ...]:
    match value:
        case [str(at), int(turn), *texts] if len(value) == _LOG:
            return (_time(at), turn, *_texts(texts))
    raise NotDataError("a decision is not valid")


def _halt(value: Any) -> Halt:
    match value:
        case [why, str(text)] if why in get_args(Why):
            return Halt(why, Reason(text))
    raise NotDataError("a reason to halt is not valid")


def _row(value: Any) -> Any:
    match value:
        case [str(at), str(name), before, after, str(who), str(why)] if len(value) == _ROW:
            if all(one is None or isinstance(one, int | float) for one in (before, after)):
                return _time(at), name, before, after, who, why
    raise NotDataError("a change of limits is not valid")


def _limits(value: Any) -> Limits:
    if not isinstance(value, list) or len(value) != len(fields(Limits)):
        raise NotDataError("the limits are not valid")
    return Limits(*value)


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise NotDataError("a time has no time zone")
    return time


def _pair(value: Any) -> tuple[str, str]:
    match value:
        case [str(name), str(text)]:
            return name, text
    raise NotDataError("a pair of texts is not valid")


def _texts(values: Sequence[Any]) -> list[str]:
    return [_text(one) for one in values]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise NotDataError("what must be a text is not a text")
    return value
