"""A conversation that is kept in a file while it goes on."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakValueDictionary

from autogen_core.models import ChatCompletionClient

from workbench import __version__
from workbench.agents._client import ModelClient
from workbench.agents.autogen import kinds_of_messages
from workbench.agents.file._kinds import Kinds
from workbench.agents.file._ledger import Ledger
from workbench.agents.file._lines import Appending, encoded, header_of, read_lines, unwritable
from workbench.agents.file._shape import shape_of
from workbench.agents.file._values import NotDataError
from workbench.agents.session import Branch, Play, Shared
from workbench.engines.cassette import TapedEngine
from workbench.errors import SessionFileError, UsageError
from workbench.files._whole import write_whole

_open: WeakValueDictionary[Path, Appending] = WeakValueDictionary()


@dataclass
class Book:
    """What keeps a conversation in a file, if there is one, and saves it into others.

    Attributes:
        shared: The team.
        tree: The branches of the conversation.
        file: Where it is kept; None for nowhere.
        ledger: What stands in the file; None before anything does.
        problem: Why it is not kept any more, if so.
    """

    shared: Shared
    tree: list[Branch]
    file: Appending | None = None
    ledger: Ledger | None = None
    problem: SessionFileError | None = None

    def keep(self, play: Play) -> None:
        """Write down what has happened on a line of the conversation; where that fails, nothing is lost for it."""
        if self.file is None or self.problem is not None or not self.shared.stage.holders:
            return
        try:
            if self.ledger is None:
                self.file.add(self._header(), ())
                self.ledger = Ledger(self._kinds())
            if line := self.ledger.line(play, self.tree):
                self.file.add(line, self._secrets())
        except (NotDataError, SessionFileError) as error:
            self.problem = error if isinstance(error, SessionFileError) else _unkept(error, self.file.path)
            warnings.warn(f"the conversation goes on, but is not kept any more: {self.problem}", stacklevel=4)

    def save(self, path: Path) -> None:
        """Write the whole conversation into a file, which replaces another only once it is whole.

        Raises:
            UsageError: If nothing has begun yet, or the conversation is kept in this file already.
            SessionFileError: If it cannot be written.
        """
        if not self.shared.stage.holders:
            raise UsageError("nothing has begun yet", advice="take a step first")
        if self.file is not None and self.file.path.resolve() == path.resolve():
            raise UsageError("the conversation is kept in this file already", where=str(path), advice="name another")
        try:
            line = Ledger(self._kinds()).line(self.tree[0].play, self.tree)
            raw = encoded(self._header(), ()) + encoded(line, self._secrets())
        except NotDataError as error:
            raise _unkept(error, path) from None
        write_whole(path, lambda fresh: fresh.write_bytes(raw))

    def _header(self) -> dict[str, object]:
        return header_of(shape_of(self.shared.stage.holders), datetime.now(UTC).isoformat(), __version__)

    def _kinds(self) -> Kinds:
        return Kinds(kinds_of_messages(self.shared.stage.team))

    def _secrets(self) -> tuple[str, ...]:
        """What must not be written down, in all its forms."""
        clients = [getattr(one.owner, "_model_client", None) for one in self.shared.stage.holders]
        clients += [one for branch in self.tree for one in branch.play.models.values()]
        return tuple({secret: None for one in clients for secret in _secrets_of(one)})


def begun(path: Path) -> Appending:
    """A new file to keep a conversation in.

    Raises:
        SessionFileError: If there is one already, or it cannot be written.
    """
    if _is_taken(path):
        raise SessionFileError(
            "there is a file of this name already", where=str(path), advice="load it, remove it, or name another"
        )
    return opened(path, 0)


def opened(path: Path, whole: int) -> Appending:
    """A file to go on with; whatever else in this process went on with it does no more."""
    path = path.resolve()
    before = _open.pop(path, None)
    if before is not None:
        before.close()
    file = _open[path] = Appending(path, whole)
    return file


def _is_taken(path: Path) -> bool:
    """Whether a file holds anything; one in which nobody has taken a turn does not."""
    try:
        if not path.exists() or path.stat().st_size == 0:
            return False
        return next(read_lines(path).said, None) is not None
    except SessionFileError:
        return True
    except OSError as error:
        raise unwritable(path, error) from None


def _secrets_of(client: ChatCompletionClient | None) -> Sequence[str]:
    engine = client._model.engine if isinstance(client, ModelClient) else None
    return engine.secrets() if isinstance(engine, TapedEngine) else ()


def _unkept(error: NotDataError, path: Path) -> SessionFileError:
    return SessionFileError(f"it cannot be kept in a file: {error}", where=str(path))
