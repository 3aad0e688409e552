"""Blind votes in a notebook: a view to vote in, and the result in its place once it is revealed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from IPython.core.getipython import get_ipython

from workbench.arguments import as_text
from workbench.comparison import Run, are_kept
from workbench.comparison.voting import BlindVote, Tally, merged_votes, votes_path
from workbench.files._whole import at_home
from workbench.language import usual_language
from workbench.notebook._kept import from_here
from workbench.notebook._place import Output, show_in_place
from workbench.notebook._shown import as_run
from workbench.views import VoteView, vote_result, vote_text, vote_words
from workbench.views.page import placed


def vote(run: Run, *, voter: str = "", file: str | Path | None = None) -> BlindVote:
    """Vote on the answers of a run without knowing whose they are: two at a time, on random sides, in random order.

    Names of models in the answers are covered. In a notebook a view shows the two answers and takes votes by buttons
    and the keys 1, 2, = and s; code votes with `vote.choose("1")`. Each vote is kept at once in a file beside the
    run's journal that only you can read, and the same call goes on there. `vote.reveal()`, or the button, ends it: then
    `vote.table` has strengths of the models with intervals, `vote.votes` each vote. Only answers count that a verdict
    counts, and pairs of the same answers are left out.

    Args:
        run: The comparison, of at least two models.
        voter: What the voter is called, in the file too; each has a file. Without it votes bear no name.
        file: Where the votes are kept; None puts them beside the run's journal.

    Returns:
        The vote.

    Raises:
        UsageError: If `run` is not a run, or there is nothing to vote on.
        VoteFileError: If the file of votes is damaged, or not to be trusted.
    """
    run = as_run(run)
    voter, language = as_text("voter=", voter), usual_language()
    words = vote_words(language)
    path = at_home(file) if file is not None else votes_path(run.plan, run.results, voter, kept=are_kept())
    blind = BlindVote(run.plan, run.results, path=path, voter=voter, cover=words["cover"], language=language)
    if get_ipython() is not None:
        _Shown(blind).show()
    return blind


def votes(files: str | Path | Iterable[str | Path]) -> Tally:
    """Put the votes of a class together, each from the file of a blind vote.

    Args:
        files: The files of `vote.file`, or a folder with them, whose names end in `.votes.jsonl`. A file that is given
            twice counts once.

    Returns:
        The votes: `table` with strengths and intervals, `votes` with each vote, `advice` in a sentence.

    Raises:
        UsageError: If there is no file, or the votes have no model in common.
        VoteFileError: If a file is damaged, or holds what it must not; then none is used.
    """
    return merged_votes(files)


class _Shown:
    """A vote and its view in a notebook."""

    def __init__(self, blind: BlindVote) -> None:
        self._blind = blind
        self._language = usual_language()
        self._words = vote_words(self._language)
        same = [self._words["same"].format(blind.same)] if blind.same else []
        unkept = [] if blind.file else [self._words["unkept"]]
        self._view = VoteView(blind, language=self._language, remarks=[*same, *unkept], is_kept=bool(blind.file))
        self._output: Output | None = None

    def show(self) -> None:
        waits = self._words["waits"]
        self._output = show_in_place(self._view, f'<p lang="{self._language}">{waits}</p>', waits)
        self._blind.watch(self._changed)
        self._changed()

    def _changed(self) -> None:
        self._view.refresh()
        if not self._blind.is_revealed or self._view.result:
            return
        remark = self._words["kept_in"].format(from_here(self._blind.file)) if self._blind.file else ""
        for pictured in (False, True):
            self._view.result = vote_result(self._blind.tally, self._language, remark=remark, pictured=pictured)
        if self._output is not None:
            kept = placed(self._view.place, self._view.result)
            self._output.replace(kept, vote_text(self._blind.tally, self._language))
