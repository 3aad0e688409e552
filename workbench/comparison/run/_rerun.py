"""What changed when a comparison was asked again: environment, models, answers and scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from workbench.arguments import in_language
from workbench.comparison.card._card import CandidateCard, RunCard
from workbench.comparison.card._shown import as_html, as_line
from workbench.comparison.run._rerun_words import UNKNOWN, WORDS, RerunWords
from workbench.comparison.run._run import Run
from workbench.comparison.statistics._paired import Numbers, difference
from workbench.language import Language, usual_language

CONFIDENCE = 0.95
_TYPES = {
    "what": "string",
    "candidate": "string",
    "field": "string",
    "before": "string",
    "after": "string",
    "share": "Float64",
    "difference": "Float64",
    "low": "Float64",
    "high": "Float64",
    "count": "Int64",
}
# What differs each time, what tells the same twice, and what is told apart as the model.
_UNTOLD = ("begun", "ended", "label", "model")


@dataclass(frozen=True, slots=True)
class Change:
    """A value of the run cards that differs.

    Attributes:
        about: "machine", "folder", or the label of a candidate.
        field: Name of the value.
        before: What it was, in words.
        after: What it is now.
    """

    about: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CandidateAgain:
    """How far a candidate said the same.

    Attributes:
        label: Its label now.
        before: The model before, "connection/model".
        after: The model now.
        cells: How many cells were answered both times.
        identical: How many of these got the very same answer.
    """

    label: str
    before: str
    after: str
    cells: int
    identical: int

    @property
    def share(self) -> float | None:
        """The share of identical answers; None where no cell was answered both times."""
        return self.identical / self.cells if self.cells else None


@dataclass(frozen=True, slots=True)
class ScoreAgain:
    """By how much a score of a candidate differs, paired by prompt.

    Attributes:
        label: The candidate's label now.
        scorer: Name of the score.
        prompts: How many prompts have it both times.
        before: Its mean before.
        after: Its mean now.
        difference: The mean now less that before.
        low: Lower end of the 95 % interval of the difference; None where nothing can be said, as with a single prompt.
        high: Upper end.
    """

    label: str
    scorer: str
    prompts: int
    before: float
    after: float
    difference: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Rerun:
    """A comparison and the same asked again.

    Attributes:
        before: The run that was asked again.
        after: What came this time.
        environment: What differs of servers, options, machine and folder.
        candidates: For each candidate which model it was and is, and how far it said the same.
        scores: For each candidate and score by how much it differs.
    """

    before: Run = field(repr=False)
    after: Run = field(repr=False)
    environment: tuple[Change, ...]
    candidates: tuple[CandidateAgain, ...]
    scores: tuple[ScoreAgain, ...]

    @property
    def identical(self) -> float | None:
        """The share of identical answers over all candidates; None where no cell was answered both times."""
        cells = sum(one.cells for one in self.candidates)
        return sum(one.identical for one in self.candidates) / cells if cells else None

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each change.

        Columns: `what` ("environment", "model", "answers" or "score"), `candidate` (its label, or "machine" or
        "folder"), `field` (the value's or the score's name), `before`, `after`, `share` (of identical answers),
        `difference`, `low`, `high` (of scores), `count` (of cells or prompts).
        """
        return pd.DataFrame(list(self._rows()), columns=list(_TYPES)).astype(_TYPES)

    @property
    def text(self) -> str:
        """The changes in words, a line for each, in the language of views."""
        return self.in_words(usual_language())

    def in_words(self, language: Language) -> str:
        """Say the same in a language, "en" or "de". Raises UsageError for another."""
        said = in_language(WORDS, language)
        told = [
            said.changed.format(
                about=said.name(one.about),
                field=one.field,
                before=said.value(one.before),
                after=said.value(one.after),
            )
            for one in self.environment
        ]
        of_candidates = (line for one in self.candidates for line in _candidate_lines(one, said))
        return "\n".join([*(told or [said.nothing]), *of_candidates, *(_score_line(one, said) for one in self.scores)])

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return as_html(_shown(self.frame, WORDS[usual_language()]))

    def _rows(self) -> Iterator[dict[str, Any]]:
        for one in self.environment:
            told = {"field": one.field, "before": one.before, "after": one.after}
            yield {"what": "environment", "candidate": one.about, **told}
        for again in self.candidates:
            if again.before != again.after:
                models = {"before": again.before, "after": again.after}
                yield {"what": "model", "candidate": again.label, "field": "model", **models}
            yield {"what": "answers", "candidate": again.label, "share": again.share, "count": again.cells}
        for score in self.scores:
            yield {
                "what": "score",
                "candidate": score.label,
                "field": score.scorer,
                "before": f"{score.before:.4g}",
                "after": f"{score.after:.4g}",
                "difference": score.difference,
                "low": score.low,
                "high": score.high,
                "count": score.prompts,
            }


def what_changed(before: Run, after: Run) -> Rerun:
    """Compare a run with the same plan asked again.

    Args:
        before: The run.
        after: The other, whose candidates stand in the places of those before.
    """
    environment = tuple(_environment(before.card, after.card))
    candidates = tuple(_candidate(before, after, number) for number in range(len(before.plan.candidates)))
    return Rerun(before, after, environment, candidates, tuple(_scores(before, after)))


def _environment(before: RunCard, after: RunCard) -> Iterator[Change]:
    for one, other in zip(before.candidates, after.candidates, strict=True):
        yield from _changes(other.label, _values(one), _values(other))
    for about in ("machine", "folder"):
        yield from _changes(about, _about(before, about), _about(after, about))


def _about(card: RunCard, about: str) -> dict[str, Any]:
    """What a card tells of one thing."""
    return {name: value for (what, name), value in card.values.items() if what == about}


def _values(card: CandidateCard) -> dict[str, Any]:
    """What is known of a candidate, without what the settings that held tell again."""
    known = _about(RunCard(candidates=(card,)), card.label)
    return {name: value for name, value in known.items() if not name.startswith(("defaults.", "asked."))}


def _changes(about: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    """What differs; settings only where both are known, as many servers tell none."""
    for name in dict.fromkeys((*before, *after)):
        one, other = before.get(name), after.get(name)
        is_told = (one is not None and other is not None) or "." not in name
        if one != other and is_told and name not in _UNTOLD:
            yield Change(as_line(about), name, *(UNKNOWN if each is None else as_line(each) for each in (one, other)))


def _candidate(before: Run, after: Run, number: int) -> CandidateAgain:
    old, new = before.plan.candidates[number], after.plan.candidates[number]
    cells = identical = 0
    for prompt in range(len(before.plan.prompts)):
        for repeat in range(before.plan.repeats):
            one, other = (run.result(prompt, number, repeat) for run in (before, after))
            if one is not None and other is not None and one.status == other.status == "answered":
                cells += 1
                said = [[(each.text, each.tool_calls) for each in result.replies] for result in (one, other)]
                identical += said[0] == said[1]
    return CandidateAgain(new.label, old.name, new.name, cells, identical)


def _scores(before: Run, after: Run) -> Iterator[ScoreAgain]:
    same = before.plan.equal_prompts()
    frames = [_counted(run, same) for run in (before, after)]
    names = [name for name in dict.fromkeys(frames[0]["scorer"]) if name in set(frames[1]["scorer"])]
    for old, new in zip(before.plan.candidates, after.plan.candidates, strict=True):
        for name in names:
            one, other = (
                _by_prompt(frame, label, name) for frame, label in zip(frames, (old.label, new.label), strict=True)
            )
            both = pd.concat([one, other], axis=1, keys=["before", "after"]).dropna()
            if len(both):
                yield _score(new.label, name, *(both[side].to_numpy(dtype=np.float64) for side in ("before", "after")))


def _counted(run: Run, same: list[int]) -> pd.DataFrame:
    """The scores that a verdict would count; prompts that ask the same count as repeats of one."""
    scores = run.scores
    counted = scores[scores["left_out"].isna() & scores["value"].notna()]
    return counted.assign(prompt_id=counted["prompt_id"].map(same.__getitem__))


def _by_prompt(scores: pd.DataFrame, label: str, name: str) -> pd.Series[float]:
    """The mean score of each prompt."""
    chosen = scores[(scores["model"] == label) & (scores["scorer"] == name)]
    return chosen.assign(value=chosen["value"].astype(float)).groupby("prompt_id")["value"].mean()


def _score(label: str, name: str, before: Numbers, after: Numbers) -> ScoreAgain:
    found = difference(after, before, CONFIDENCE)
    means = float(before.mean()), float(after.mean())
    return ScoreAgain(label, name, len(before), *means, found.mean, found.low, found.high)


def _candidate_lines(one: CandidateAgain, said: RerunWords) -> Iterator[str]:
    label = as_line(one.label)
    if one.before != one.after:
        yield said.model.format(label=label, before=as_line(one.before), after=as_line(one.after))
    if one.share is None:
        yield said.none_twice.format(label=label)
    else:
        yield said.identical.format(label=label, identical=one.identical, cells=one.cells, share=said.share(one.share))


def _score_line(one: ScoreAgain, said: RerunWords) -> str:
    interval = ""
    if one.low is not None and one.high is not None:
        interval = said.interval.format(low=said.number(one.low, "+.3g"), high=said.number(one.high, "+.3g"))
    return said.score.format(
        label=as_line(one.label),
        scorer=as_line(one.scorer),
        before=said.number(one.before),
        after=said.number(one.after),
        difference=said.number(one.difference, "+.3g"),
        interval=interval,
        prompts=said.counted(one.prompts),
    )


def _shown(frame: pd.DataFrame, said: RerunWords) -> pd.DataFrame:
    """The frame as it is read: names in a language, and numbers as that writes them."""
    shown = frame.astype(object)
    is_about_all = frame["what"] == "environment"
    for name in ("share", "difference", "low", "high"):
        shown[name] = shown[name].map(lambda value: said.number(value, ".4g"), na_action="ignore")
    for name in ("before", "after"):
        shown[name] = shown[name].map(said.value, na_action="ignore")
    shown.loc[is_about_all, "candidate"] = shown.loc[is_about_all, "candidate"].map(said.name)
    shown.loc[frame["what"] == "model", "field"] = said.name("model")
    shown["what"] = shown["what"].map(said.name)
    return shown.rename(columns=said.name)
