"""A conversation taken from its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autogen_core.models import ChatCompletionClient

from workbench.agents._desk import Halt
from workbench.agents._reasons import because
from workbench.agents.autogen import Stage, kinds_of_messages
from workbench.agents.file._absent import AbsentModel
from workbench.agents.file._book import Book, opened
from workbench.agents.file._images import play_of
from workbench.agents.file._kinds import Kinds
from workbench.agents.file._ledger import Ledger, Marked, turn_state
from workbench.agents.file._lines import Lines, read_lines, refused
from workbench.agents.file._reader import Reader
from workbench.agents.file._shape import difference_of, places_of, shape_of
from workbench.agents.file._values import NotDataError
from workbench.agents.session import Approvals, Branch, Play, Shared
from workbench.errors import SessionFileError, WorkbenchError

_CUT = because("what was under way when the file ended is lost: the next step takes it again")


def tree_of(path: Path, stage: Stage, policy: Approvals, *, trusted: bool) -> list[Branch]:
    """The branches of a conversation that a file holds, kept there from now on.

    Args:
        path: The file.
        stage: The team, prepared.
        policy: What tools may do.
        trusted: Whether what the file says was approved is approved.

    Raises:
        SessionFileError: If it is not such a file, or is to be refused; nothing of the team is changed.
    """
    lines = read_lines(path)
    if other := difference_of(lines.team, shape_of(stage.holders)):
        raise SessionFileError(
            f"this conversation is of another team: {other}", where=str(path), advice="make the team as it was made"
        )
    reader = Reader(Kinds(kinds_of_messages(stage.team)), places_of(stage))
    shared = Shared(stage)
    _take(reader, lines, path)
    try:
        plays = [
            play_of(image, reader.tables, shared, policy, lambda *one: _absent(stage, *one), trusted=trusted)
            for image in reader.images
        ]
        tree = _branches(reader.tree, plays)
    except (WorkbenchError, ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise refused(path, _why(error)) from None
    ledger = reader.ledger()
    ledger.plays = {id(play): Marked(play, number, reader.images[number]) for number, play in enumerate(plays)}
    _mark_turns(ledger, reader)
    if lines.is_cut:
        tree[0].play.halted = Halt("file", _CUT)
    shared.book = Book(shared, tree, opened(path, lines.whole), ledger)
    return tree


def _take(reader: Reader, lines: Lines, path: Path) -> None:
    for number, said in lines.said:
        try:
            reader.take(said)
        except (NotDataError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise refused(path, f"line {number}: {_why(error)}") from None


def _branches(told: Sequence[Any], plays: Sequence[Play]) -> list[Branch]:
    tree: list[Branch] = []
    for one in told:
        match one:
            case [str(name), int(play), None, None, str(change)] if not tree and play in range(len(plays)):
                tree.append(Branch(name, plays[play], None, None, change))
            case [str(name), int(play), int(parent), int(at), str(change)] if parent in range(
                len(tree)
            ) and play in range(len(plays)):
                tree.append(Branch(name, plays[play], tree[parent], at, change))
            case _:
                raise NotDataError("a branch is not valid")
    if not tree:
        raise NotDataError("nothing happened in it")
    return tree


def _mark_turns(ledger: Ledger, reader: Reader) -> None:
    for number, turn in enumerate(reader.turns):
        rests = [ledger.nodes[id(one)].number for one in (turn.before, turn.spoken, turn.after)]
        ledger.turns[id(turn)] = Marked(turn, number, turn_state(turn, rests))


def _absent(stage: Stage, where: str, name: str) -> ChatCompletionClient:
    owners: Mapping[str, Any] = {one.path: one.owner for one in stage.holders}
    client = getattr(owners.get(where), "_model_client", None)
    if not isinstance(client, ChatCompletionClient):
        raise NotDataError(f"{where!r} asks no model")
    return AbsentModel(name, client.model_info)


def _why(error: Exception) -> str:
    if isinstance(error, WorkbenchError):
        return error.what
    return str(error) if isinstance(error, NotDataError) else "it holds what no conversation does"
