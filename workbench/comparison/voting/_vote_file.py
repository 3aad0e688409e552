"""The file of one voter's votes: lines of JSON, added one by one and read as what a stranger may have written."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from workbench.comparison.journal._lock import make_journals_folder
from workbench.errors import VoteFileError
from workbench.files._whole import reason_of
from workbench.texts import plain

ENDING = ".votes.jsonl"
FORMAT = 1
_MOST_BYTES = 20_000_000
_MOST_LABEL = 1000
_AGAIN = "take an undamaged copy from whom you trust"

Choice = Literal["1", "2", "=", "s"]
_Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Label = Annotated[str, msgspec.Meta(min_length=1, max_length=_MOST_LABEL)]
_Moment = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$")]
_Count = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class Voter(msgspec.Struct, frozen=True, tag_field="kind", tag="voter", forbid_unknown_fields=True):
    """The first line: whose votes these are.

    Attributes:
        id: A number drawn at random, which tells voters apart and their order is drawn from.
        name: What they call themselves; "" for nothing.
        format: Of the file.
    """

    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    name: Annotated[str, msgspec.Meta(max_length=60)] = ""
    format: int = FORMAT


class KeptVote(msgspec.Struct, frozen=True, tag_field="kind", tag="vote", forbid_unknown_fields=True):
    """One vote; a later one on the same answers replaces it.

    Attributes:
        prompt_id: Number of the prompt in the voter's run.
        prompt_digest: Fingerprint of the prompt.
        repeat: Number of the repeat.
        first: Label of the candidate whose answer stood on the left.
        second: Label of the other.
        answers: Fingerprint of both answers.
        choice: "1" for the left, "2" for the right, "=" for neither, "s" where it was skipped.
        at: When, in UTC.
    """

    prompt_id: _Count
    prompt_digest: _Digest
    repeat: _Count
    first: _Label
    second: _Label
    answers: _Digest
    choice: Choice
    at: _Moment

    @property
    def key(self) -> tuple[str, ...]:
        """What it is a vote on."""
        return (self.prompt_digest, str(self.repeat), *sorted((self.first, self.second)), self.answers)

    @property
    def winner(self) -> str | None:
        """Label of the better one; None for a tie, or where it was skipped."""
        return {"1": self.first, "2": self.second}.get(self.choice)


class Revealed(msgspec.Struct, frozen=True, tag_field="kind", tag="revealed", forbid_unknown_fields=True):
    """The last line: from then on the voter knows whose answers these are.

    Attributes:
        at: When, in UTC.
    """

    at: _Moment


Line = Voter | KeptVote | Revealed
_decode = msgspec.json.Decoder(Line).decode
_encode = msgspec.json.Encoder().encode


class VotesOfOne(msgspec.Struct, frozen=True):
    """All that a voter has said.

    Attributes:
        voter: Who.
        votes: The votes, the last of each pair of answers.
        is_revealed: Whether the voter has seen whose answers these are.
    """

    voter: Voter
    votes: Sequence[KeptVote] = ()
    is_revealed: bool = False


def read_votes(path: Path) -> VotesOfOne:
    """Read a file of votes. Raises VoteFileError for what is not one, is too large, or is not whole."""
    lines = _lines(path)
    voter, rest = lines[0], lines[1:]
    if not isinstance(voter, Voter):
        raise _refused(path, "it does not begin with its voter")
    if voter.format > FORMAT:
        raise VoteFileError("a newer Workbench wrote these votes", where=_shown(path), advice="update Workbench")
    votes: dict[tuple[str, ...], KeptVote] = {}
    is_revealed = False
    for line in rest:
        if isinstance(line, Voter) or is_revealed:
            raise _refused(path, "lines follow where none can")
        if isinstance(line, Revealed):
            is_revealed = True
        elif line.first == line.second:
            raise _refused(path, "a vote is on two answers of the same model")
        else:
            votes.pop(line.key, None)
            votes[line.key] = line
    return VotesOfOne(voter, tuple(votes.values()), is_revealed)


def add_line(path: Path, line: Line) -> None:
    """Add a line; once this returns, the end of the process does not lose it. Raises VoteFileError.

    The line of the voter begins a file, and so only a new one.
    """
    how = os.O_CREAT | os.O_EXCL if isinstance(line, Voter) else 0
    flags = how | os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    try:
        make_journals_folder(path.parent)
        file = os.open(path, flags, 0o600)
        try:
            _write(file, _encode(line) + b"\n")
        finally:
            os.close(file)
    except OSError as error:
        raise VoteFileError(
            f"the vote cannot be kept: {reason_of(error)}",
            where=_shown(path),
            advice="give file= a file in a folder that you may write to",
        ) from None


def _write(file: int, data: bytes) -> None:
    """Write all of it to the disk, or nothing: half a line would spoil the file. Raises OSError."""
    end = os.fstat(file).st_size
    try:
        if os.write(file, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)
    except OSError:
        os.ftruncate(file, end)
        raise


def _lines(path: Path) -> list[Line]:
    data = _bytes(path)
    if not data.endswith(b"\n"):
        raise _refused(path, "its last line is not whole")
    try:
        return [_decode(line) for line in data.splitlines()]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _refused(path, plain(" ".join(str(error).split()))) from None


def _bytes(path: Path) -> bytes:
    try:
        # A pipe would block whoever opens it.
        if not stat.S_ISREG(path.stat().st_mode):
            raise _refused(path, "it is not a file")
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise VoteFileError(
            f"the votes cannot be read: {reason_of(error)}", where=_shown(path), advice="name a file of votes"
        ) from None
    if len(data) > _MOST_BYTES:
        raise _refused(path, f"it has more than {_MOST_BYTES // 1_000_000} MB")
    return data


def _refused(path: Path, why: str) -> VoteFileError:
    return VoteFileError(f"this file of votes is refused: {why}", where=_shown(path), advice=_AGAIN)


def _shown(path: Path) -> str:
    return plain(str(path))
