"""The votes of a class, out of one file each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from workbench.arguments import listed
from workbench.comparison.voting._tally import Tally, tally_of
from workbench.comparison.voting._vote_file import ENDING, VotesOfOne, read_votes
from workbench.errors import UsageError
from workbench.files._whole import at_home


def merged_votes(files: str | Path | Iterable[str | Path]) -> Tally:
    """Put the votes of several people together, each from the file of a blind vote.

    Args:
        files: The files, or a folder with them, whose names end in `.votes.jsonl`. A file that is given twice, or a
            copy of it, counts once.

    Returns:
        The votes, with `table`, `votes` and `advice`. Votes on the same prompt are drawn together for the intervals,
        whoever gave them.

    Raises:
        UsageError: If there is no file, or the votes have no model in common.
        VoteFileError: If a file cannot be read, is damaged, or holds what it must not; then none is used.
    """
    paths = _paths(files)
    if not paths:
        raise UsageError("there is no file of votes", advice=f"name files that end in {ENDING}, or their folder")
    by_voter: dict[str, VotesOfOne] = {}
    for path in paths:
        found = read_votes(path)
        known = by_voter.get(found.voter.id)
        if known is None or len(found.votes) > len(known.votes):
            by_voter[found.voter.id] = found
    _check_joined(by_voter.values())
    return tally_of(by_voter.values())


def _paths(files: str | Path | Iterable[str | Path]) -> list[Path]:
    if (several := listed(files)) is not None:
        return [at_home(one) for one in several]
    path = at_home(files)
    return sorted(path.glob(f"*{ENDING}")) if path.is_dir() else [path]


def _check_joined(voters: Iterable[VotesOfOne]) -> None:
    """Raise UsageError where the models fall into groups that nobody has compared: no strength leads across."""
    groups: list[set[str]] = []
    for vote in (vote for one in voters for vote in one.votes):
        pair = {vote.first, vote.second}
        touched = [group for group in groups if group & pair]
        groups = [group for group in groups if not group & pair] + [pair.union(*touched)]
    if len(groups) > 1:
        names = " and ".join(repr(min(group)) for group in groups[:2])
        raise UsageError(
            f"these votes have no model in common: nobody compared {names}",
            advice="merge the votes on one comparison",
        )
