"""A vote on the answers of a run by somebody who does not know whose they are, until it is revealed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import get_args

import pandas as pd

from workbench.arguments import as_python, shown
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._results import Results
from workbench.comparison.voting._masking import masking
from workbench.comparison.voting._pairs import Ballot, Pair, answer_text, drawn_pairs
from workbench.comparison.voting._place import check_voter
from workbench.comparison.voting._standing import standing_words
from workbench.comparison.voting._tally import Tally, tally_of
from workbench.comparison.voting._vote_file import Choice, KeptVote, Revealed, Voter, VotesOfOne, add_line, read_votes
from workbench.errors import UsageError
from workbench.language import Language


class BlindVote:
    """Votes on pairs of answers, one after the other; `reveal` ends it.

    Args:
        plan: The plan of the run.
        results: What was answered.
        path: The file in which the votes are kept; None keeps them in memory only.
        voter: What the voter is called in tables; "" for nothing.
        cover: What stands in an answer where it names a model.
        language: In which advice is given.

    Raises:
        UsageError: If there is no pair to vote on, or the voter's name cannot be one.
        VoteFileError: If the file is damaged, or not to be trusted.
    """

    def __init__(
        self, plan: Plan, results: Results, *, path: Path | None, voter: str, cover: str, language: Language
    ) -> None:
        check_voter(voter)
        if len(plan.candidates) < 2:
            raise UsageError("a vote needs at least two models", advice="compare another model too")
        self.file = path
        self._language = language
        self._lock = RLock()
        self._watchers: list[Callable[[], object]] = []
        known = read_votes(path) if path is not None and path.exists() else None
        self._said = known or VotesOfOne(Voter(secrets.token_hex(16), voter))
        self._begun = known is not None
        self._pairs, self.same = drawn_pairs(plan, results, self._said.voter.id)
        if not self._pairs:
            why = "the answers of each pair are the same" if self.same else "no prompt has two answers that count"
            raise UsageError(f"there is nothing to vote on: {why}", advice="ask again, or other models")
        names = {name for one in plan.candidates for name in (one.name, one.label)}
        self._mask = masking(names, cover)
        self._prompts = [plan.prompt_text(number) for number in range(len(plan.prompts))]
        self._at = 0
        self._seek()

    @property
    def is_revealed(self) -> bool:
        """Whether it is ended, and known whose answers these are."""
        return self._said.is_revealed

    @property
    def done(self) -> int:
        """How many pairs were voted on or skipped."""
        said = self._choices()
        return sum(pair.key in said for pair in self._pairs)

    @property
    def total(self) -> int:
        """How many pairs there are."""
        return len(self._pairs)

    @property
    def advice(self) -> str:
        """In a sentence how many more votes would decide it; once it is revealed, who is ahead too."""
        left = self.total - self.done
        return standing_words(self._tally().standing, self._language, left=left, blind=not self.is_revealed)

    def next(self) -> Ballot | None:
        """Return the two answers to vote on now; None where none is left, or the vote is revealed."""
        with self._lock:
            if self.is_revealed or self._at >= len(self._pairs):
                return None
            pair = self._pairs[self._at]
            first, second = (self._mask(answer_text(row)) for row in (pair.first, pair.second))
            prompt = self._prompts[pair.first.prompt_id]
            before = self._choices().get(pair.key)
            chosen = _as_seen(before, pair) if before else ""
            return Ballot(self._at + 1, len(self._pairs), prompt, first, second, chosen)

    def choose(self, choice: str) -> Ballot | None:
        """Vote on the two answers that `next` gave.

        Args:
            choice: "1" or "2" for the better answer, "=" for equally good ones, "s" to skip them.

        Returns:
            The next two; None where none is left.

        Raises:
            UsageError: If there is no such choice, nothing is left, or the vote was revealed.
            VoteFileError: If it cannot be kept; then it does not count.
        """
        given, choice = choice, str(as_python(choice))  # 1 is meant as "1"
        if choice not in get_args(Choice):
            raise UsageError(f"there is no choice {shown(given)}", advice='give "1", "2", "=", or "s" to skip')
        with self._lock:
            self._look_again()
            if self.is_revealed:
                raise UsageError(
                    "this vote is revealed, and takes no more votes", advice="another person votes with voter= a name"
                )
            if self._at >= len(self._pairs):
                raise UsageError(
                    "there is nothing left to vote on", advice="vote.reveal() tells whose answers these are"
                )
            self._keep(_vote(self._pairs[self._at], choice))  # type: ignore[arg-type] # it is one of them
            self._at += 1
            self._seek()
            ballot = self.next()
        self._tell()
        return ballot

    def back(self) -> Ballot | None:
        """Go back to the pair before, to vote on it anew; its vote counts until then. Nothing happens at the first."""
        with self._lock:
            if not self.is_revealed:
                self._at = max(self._at - 1, 0)
            ballot = self.next()
        self._tell()
        return ballot

    def reveal(self) -> Tally:
        """End the vote, and tell whose answers these were; no vote can be given after it.

        Raises:
            UsageError: If there is no vote that counts yet.
            VoteFileError: If that cannot be kept; then nothing is told.
        """
        with self._lock:
            self._look_again()
            if not self._tally().standing.counted:
                raise UsageError("there is no vote yet", advice='vote first: vote.choose("1")')
            if not self.is_revealed:
                self._add(Revealed(_now()))
                self._said = VotesOfOne(self._said.voter, self._said.votes, is_revealed=True)
            tally = self._tally()
        self._tell()
        return tally

    @property
    def tally(self) -> Tally:
        """The votes, and what they say, once they are revealed. Raises UsageError before."""
        if not self.is_revealed:
            raise UsageError("this vote is not revealed yet", advice="vote.reveal() ends it and tells")
        return self._tally()

    @property
    def table(self) -> pd.DataFrame:
        """A row for each model, the strongest first, as `wb.statistics.bradley_terry` gives it.

        Columns: `model`, `strength`, `low`, `high`, `wins`, `losses`, `ties`.

        Raises:
            UsageError: If the vote is not revealed yet.
        """
        return self.tally.table

    @property
    def votes(self) -> pd.DataFrame:
        """A row for each vote, as `Tally` has them. Raises UsageError if the vote is not revealed yet."""
        return self.tally.votes

    def watch(self, changed: Callable[[], object]) -> None:
        """Call `changed` after every vote, in whatever thread that was given."""
        self._watchers.append(changed)

    def __repr__(self) -> str:
        return self.advice if self.is_revealed else f"{self.done} of {self.total} pairs voted on"

    def _choices(self) -> dict[tuple[str, ...], KeptVote]:
        return {vote.key: vote for vote in self._said.votes}

    def _tally(self) -> Tally:
        """What was said of the answers that there are now."""
        keys = {pair.key for pair in self._pairs}
        counted = tuple(vote for vote in self._said.votes if vote.key in keys)
        return tally_of([VotesOfOne(self._said.voter, counted)])

    def _seek(self) -> None:
        """Go on to the next pair that nobody has voted on."""
        said = self._choices()
        while self._at < len(self._pairs) and self._pairs[self._at].key in said:
            self._at += 1

    def _look_again(self) -> None:
        """Read what another kernel has added to the file, or has begun it with."""
        if self.file is not None and (self._begun or self.file.exists()):
            self._said, self._begun = read_votes(self.file), True

    def _keep(self, vote: KeptVote) -> None:
        self._add(vote)
        others = (one for one in self._said.votes if one.key != vote.key)
        self._said = VotesOfOne(self._said.voter, (*others, vote))

    def _add(self, line: KeptVote | Revealed) -> None:
        if self.file is None:
            return
        if not self._begun:
            add_line(self.file, self._said.voter)
            self._begun = True
        add_line(self.file, line)

    def _tell(self) -> None:
        for changed in self._watchers:
            changed()


def _vote(pair: Pair, choice: Choice) -> KeptVote:
    return KeptVote(
        prompt_id=pair.first.prompt_id,
        prompt_digest=pair.prompt_digest,
        repeat=pair.first.repeat,
        first=pair.first.model,
        second=pair.second.model,
        answers=pair.answers,
        choice=choice,
        at=_now(),
    )


def _as_seen(vote: KeptVote, pair: Pair) -> str:
    """What was chosen, by the sides on which the answers stand now."""
    return vote.choice if vote.winner is None else "1" if vote.winner == pair.first.model else "2"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
