"""What a comparison found, as data and as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.arguments import as_kind, as_whole
from workbench.comparison.card._card import RunCard
from workbench.comparison.card._collect import known_card
from workbench.comparison.code._code import code_of
from workbench.comparison.crate._members import SUFFIX
from workbench.comparison.crate._write import write_crate
from workbench.comparison.export._inspect_log import inspect_log
from workbench.comparison.export._preference_pairs import preference_pairs
from workbench.comparison.journal._unnamed import name_of
from workbench.comparison.plan._dialogue import transcript
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._counts import counted
from workbench.comparison.results._result import Result
from workbench.comparison.results._results import Results
from workbench.comparison.run._diff import changes
from workbench.comparison.run._frames import earlier_frame, frames
from workbench.comparison.scoring._rating import RATING, rated_cell, rating
from workbench.comparison.scoring._score_run import score
from workbench.comparison.scoring._score_store import MemoryScores, ScoreStore
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.comparison.scoring._scores import chosen_score, scores_frame, values_by_name
from workbench.comparison.scoring._vote_run import votes
from workbench.comparison.scoring._vote_store import UnkeptVotes, VoteStore
from workbench.comparison.scoring._votes import Referee
from workbench.comparison.statistics import Verdict, verdict
from workbench.errors import UsageError
from workbench.files._tables import write_frame
from workbench.files._whole import at_home
from workbench.language import Language, usual_language


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A comparison that has ended.

    Attributes:
        plan: What was to be asked.
        results: What came of every cell that was asked, by the cell's index.
        stopped: Whether it was stopped before its end.
        in_flight: How many requests were in flight on each model's server in the end, by "connection/model"; empty
            where nobody was asked.
    """

    plan: Plan
    results: Results = field(repr=False)
    stopped: bool = False
    in_flight: Mapping[str, int] = field(default_factory=dict, repr=False)
    _scores: ScoreStore = field(default_factory=MemoryScores, repr=False)
    _votes: VoteStore = field(default_factory=UnkeptVotes, repr=False)
    _card: RunCard | None = field(default=None, repr=False)
    _recorded: dict[tuple[int, ...], int] = field(default_factory=dict, repr=False)

    @property
    def card(self) -> RunCard:
        """Under which conditions was asked last: servers, models, options, machine, folder, begin and end.

        What nobody told is missing; of a comparison that an earlier version kept only what its plan says is known.
        """
        return self._card or known_card(self.plan, {})

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each prompt, model and repeat.

        Columns: `prompt_id` (from 0), `prompt`, `model` (the label), `repeat` (from 0), `answer`, `error` (in one
        line), `load_s`, `first_token_s`, `total_s` (seconds), `prompt_tokens`, `tokens` (of the answer),
        `tokens_per_s`, `finish`, `warnings`, `tries`, `left_out` (why a verdict does not count it), `recorded_at`
        (when the answer was given, in ISO 8601, where it was played from a cassette; its times are those of then),
        then the columns of the table that the prompts came from (with
        `input_` before a name that is taken). What is not known is missing; a cell that was never asked has the
        finish "not asked". Where there are dialogues, `dialogue` has all that was said in them, and `answer` the last
        answer. Where cells that had an answer were asked again, `earlier_answers` says how many each had before.
        """
        return next(frames(self.plan, self.results, len(self.plan)))

    def frames(self, rows: int = 10_000) -> Iterator[pd.DataFrame]:
        """Read `frame` in parts from the journal, one after the other, where the whole would not fit into memory.

        Args:
            rows: The most rows of a part.

        Yields:
            The next rows of `frame`, with their index.

        Raises:
            UsageError: If `rows` is not a whole number from 1.
        """
        yield from frames(self.plan, self.results, as_whole("rows=", rows, 1))

    @property
    def earlier(self) -> pd.DataFrame:
        """The answers that cells had before they were asked again, with what was said of them then.

        A row for each, cell by cell and the oldest first: the columns of `frame`, after `repeat` the `number` of the
        answer (from 0), and last `said`: its scores and its rating as one text, missing where there are none. None of
        it counts in `scores`, `ratings` and verdicts.

        Raises:
            JournalError: If they cannot be read.
        """
        return earlier_frame(self.plan, self.results, self._scores)

    @property
    def code(self) -> str:
        """The call of `wb.compare` that asks the same, as Python for a cell of a notebook; `print` shows its lines.

        Where the run is kept here under a name, that is in it, so that nothing is asked that has an answer; put another
        prompt or candidate into it, and only that is asked. What code cannot hold is said in comments: functions are
        named, and have to be defined where it runs; what only you can give, such as a function without a name, is
        `...`, which `wb.compare` refuses. Of scorers those of `wb.scorers` are in it whose settings are known.
        `concurrency=` and `executor=` are not, as they change no question.

        Raises:
            JournalError: If what is kept of the scorers cannot be read.
        """
        return self.code_in(usual_language())

    def code_in(self, language: Language) -> str:
        """Return the same with its comments in a language, "en" or "de"."""
        scored_by = self._scores.by_scorer()
        return code_of(self.plan, name_of(self.results.path), scored_by, self._scores.scorers(), language)

    @property
    def table(self) -> pd.DataFrame:
        """Prompts down, models across, the answers as text; a cell that failed or was stopped says so.

        With repeats, every repeat has a row of its own.
        """
        labels = [candidate.label for candidate in self.plan.candidates]
        numbers = range(self.plan.repeats)
        rows = [
            [self._told(self.plan.cell(prompt, candidate, repeat).index) for candidate in range(len(labels))]
            for prompt in range(len(self.plan.prompts))
            for repeat in numbers
        ]
        prompts = [self.plan.prompt_text(prompt) for prompt in range(len(self.plan.prompts))]
        index: pd.Index[Any] = pd.Index(prompts, name="prompt")
        if self.plan.repeats > 1:
            index = pd.MultiIndex.from_product([prompts, numbers], names=["prompt", "repeat"])
        return pd.DataFrame(rows, index=index, columns=pd.Index(labels, name="model"), dtype="string")

    async def score(
        self, scorers: Sequence[Scorer | Callable[[Row], Any]] | Scorer | Callable[[Row], Any], *, concurrency: int = 8
    ) -> pd.DataFrame:
        """Score every whole answer; `scores` and `verdict` then know what was said.

        In a comparison with a name scores are kept beside the answers, and no answer is scored twice by the same
        scorer.

        Args:
            scorers: One or several of `wb.scorers`, or functions that get a `Row` and give a bool, a number or a dict
                of them; they may be coroutine functions.
            concurrency: How many scores are waited for at once, such as those of a judge.

        Returns:
            The scores, as `scores`.

        Raises:
            UsageError: If a scorer is not one, or two have the same name.
            JournalError: If the scores cannot be kept.
        """
        await score(self.plan, self.results, self._scores, scorers, concurrency)
        return self.scores

    def rate(self, prompt: int, model: str, good: bool | None, comment: str = "", *, repeat: int = 0) -> None:
        """Keep what a person thinks of an answer, as the score "rating" with the comment as its note.

        Args:
            prompt: Number of the prompt, from 0.
            model: Label of the candidate.
            good: Whether the answer is good; None says neither.
            comment: Why.
            repeat: Number of the repeat, from 0.

        Raises:
            UsageError: If there is no such answer.
            JournalError: If it cannot be kept.
        """
        cell = rated_cell(self.plan, self.results, prompt, model, repeat)
        self._scores.rate(cell, rating(good, comment))

    @property
    def ratings(self) -> Mapping[int, Score]:
        """What people think of answers, by the cell's index: `rate` by function, or the buttons of the live view."""
        return self._scores.ratings()

    @property
    def score_values(self) -> dict[str, dict[int, float]]:
        """The values of `scores` by name and the cell's index, without what people think. Raises JournalError."""
        book = self._scores.by_scorer()
        return values_by_name({name: said for name, said in book.items() if name != RATING})

    @property
    def scores(self) -> pd.DataFrame:
        """One row for each cell and score.

        Columns: `prompt_id`, `model`, `repeat`, `scorer` (name of the score), `value` (a number; 0 and 1 for wrong and
        right; missing where there is none), `note` (why) and `left_out` (why a verdict does not count the cell). In a
        comparison with a name these are all scores that are kept for its cells, the newest of each scorer's name.

        Raises:
            JournalError: If they cannot be read.
        """
        return scores_frame(self.plan, self.results, self._scores.by_scorer())

    def verdict(self, scorer: str | None = None, *, margin: float = 0.0, confidence: float = 0.95) -> Verdict:
        """Compare each pair of models: which is better, and how sure that is.

        Cells that say nothing of the model do not count: failed, cut by a limit, empty, retried. Prompts that ask the
        same count as repeats of one.

        Args:
            scorer: Name of the score; None takes the only one.
            margin: A difference up to this counts as none.
            confidence: Of the intervals and the decision.

        Raises:
            UsageError: If there is no such score, or fewer than two models.
        """
        said = self._scores.by_scorer()
        name, better = chosen_score(said, scorer)
        scores = scores_frame(self.plan, self.results, said)
        scores = scores[scores["scorer"] == name]
        same = self.plan.equal_prompts()
        counted = scores.assign(
            value=scores["value"].mask(scores["left_out"].notna()), prompt_id=scores["prompt_id"].map(same.__getitem__)
        )
        found = verdict(counted, margin=margin, confidence=confidence, better=better)
        return replace(found, recorded=self.recorded, asked_again=len(self.results.earlier_counts()))

    async def votes(self, referee: Referee, *, concurrency: int = 8) -> pd.DataFrame:
        """Ask a referee to vote on every two answers to the same prompt.

        In a comparison with a name votes are kept beside the answers, and no pair is voted on twice by the same
        referee.

        Args:
            referee: Made by `wb.scorers.referee`.
            concurrency: How many pairs are voted on at once.

        Returns:
            A row for each vote: `prompt_id`, `repeat`, `first`, `second`, `winner` (missing for a tie), `reason`,
            `swapped_agrees`. `wb.statistics.bradley_terry` makes strengths of them.

        Raises:
            UsageError: If the referee is not one.
            JournalError: If the votes cannot be kept.
        """
        return await votes(self.plan, self.results, self._votes, referee, concurrency)

    def save(self, path: str | Path) -> Path:
        """Write `frame` to a file, .csv, .parquet, .jsonl or .xlsx by the ending of its name, or all to a .zip.

        A .zip is a Process Run Crate: `wb.open` gives the run again from it, with scores, votes and card and without
        any server, and others read its `run.jsonl`, whose fields have OpenTelemetry's names.

        A .csv opens in Excel with its umlauts. In .csv and .xlsx no text of a model becomes a formula of a spreadsheet.
        Values of the table for which a kind of file has no form, such as sets in .xlsx or a column of mixed kinds in
        .parquet, become text there.

        Args:
            path: The file; `~` is the user's home.

        Returns:
            The file; one that is there is replaced once the new one is whole.

        Raises:
            UsageError: If the name has another ending, or the file cannot be written.
            JournalError: If what is kept of the run cannot be read.
        """
        path = at_home(path)
        if path.suffix.lower() == SUFFIX:
            return write_crate(self, self._scores, self._votes, path)
        return write_frame(self.frame, path)

    def preferences(self, scorer: str | None = None, *, margin: float = 0.0) -> list[dict[str, Any]]:
        """Pick for each prompt the best and the worst answer by a score, as training by preferences takes them.

        Args:
            scorer: Name of the score; None takes the only one.
            margin: Least difference of the two scores, in the score's unit.

        Returns:
            Dicts with `prompt`, `chosen` and `rejected` (lists of messages), the models and the scores; none of
            dialogues, and of answers that a verdict does not count.

        Raises:
            UsageError: If there is no such score, or the margin is not a number from 0.
        """
        said = self._scores.by_scorer()
        name, better = chosen_score(said, scorer)
        return preference_pairs(self, scores_frame(self.plan, self.results, said), name, margin=margin, better=better)

    def inspect_log(self, folder: str | Path) -> list[Path]:
        """Write logs of inspect_ai, one for each candidate, with the scores that there are.

        Args:
            folder: Where; it is made if it is missing, and `~` is the user's home.

        Returns:
            The files, in the order of the candidates; `inspect view --log-dir FOLDER` shows them.

        Raises:
            UsageError: If inspect_ai is not installed, or a log cannot be written.
        """
        return inspect_log(self, None if (scores := self.scores).empty else scores, at_home(folder))

    def diff(self, other: Run) -> pd.DataFrame:
        """List what differs from another comparison, cell by cell.

        Args:
            other: The run of the other comparison.

        Returns:
            A row for each cell that either has asked, matched by prompt, model label and repeat: `prompt`, `model`,
            `repeat`, `change` ("same", "changed", "only here", "only there"), `answer` and `other_answer`; of a cell
            that failed the answer says why. Rows are in the order of this plan, those that only the other has come
            last.

        Raises:
            UsageError: If the other is not a run.
        """
        if not isinstance(other, Run):
            raise UsageError(f"a run cannot be compared with {type(other).__name__}", advice="give another run")
        return changes(self.frame, other.frame)

    def text(self, prompt: int, candidate: int, repeat: int) -> str:
        """Return what a table shows for one cell: the answer, or in words why there is none."""
        return self._told(self.plan.placed(prompt, candidate, repeat).index)

    def _told(self, index: int) -> str:
        if (result := self.results.get(index)) is None:
            return "not asked"
        text = self.transcript(result)
        match result.status:
            case "failed":
                return f"failed: {result.problem}"
            case "stopped":
                return f"stopped: {text}"
        return text

    def transcript(self, result: Result) -> str:
        """Return what was answered: of a dialogue all answers, with the user's turns between them."""
        result = as_kind("result", result, Result, "take it from run.result(…)")
        return transcript(self.plan.prompts[result.cell.prompt], result.replies)

    def result(self, prompt: int, candidate: int, repeat: int) -> Result | None:
        """Return what came of one cell; None if it was not asked."""
        return self.results.get(self.plan.placed(prompt, candidate, repeat).index)

    @property
    def counts(self) -> dict[str, int]:
        """How many cells were answered, failed, stopped while being answered, and not asked."""
        counts: dict[str, int] = dict(self.results.statuses().items())
        return counts | {"not asked": len(self.plan) - len(self.results)}

    @property
    def recorded(self) -> int:
        """How many of the answers were played from a cassette; counted once, as all answers are read for it."""
        so_far = tuple(self.results.statuses().values())
        if so_far not in self._recorded:
            replies = (result.reply for result in self.results.several(range(len(self.plan))) if result is not None)
            self._recorded[so_far] = sum(bool(reply.recorded_at) for reply in replies if reply is not None)
        return self._recorded[so_far]

    @property
    def summary(self) -> str:
        """The counts in one line, such as "58 of 60 answered, 2 failed", in the language of views."""
        return counted(self.counts, usual_language())

    def __repr__(self) -> str:
        return self.summary
