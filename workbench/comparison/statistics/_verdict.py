"""The verdict: for each pair of models which is better, by how much, and how sure that is."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from itertools import combinations
from math import inf
from numbers import Real
from typing import Literal

import numpy as np
import pandas as pd

from workbench.arguments import in_language
from workbench.comparison.statistics._paired import Difference, Numbers, difference, holm, holm_levels, mean_interval
from workbench.comparison.statistics._power import Rule, further_prompts
from workbench.comparison.statistics._words import WORDS
from workbench.errors import UsageError
from workbench.language import Language, usual_language

Decision = Literal["better", "worse", "same", "undecided"]

_TYPES = {"prompts": "Int64", "wins": "Int64", "losses": "Int64", "ties": "Int64", "further_prompts": "Int64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What the scores say of two models.

    Attributes:
        model: The one model.
        other: The other.
        prompts: On how many prompts both were scored.
        wins: On how many of them the one was better.
        losses: On how many it was worse.
        ties: On how many they were equal.
        difference: Mean score of the one less that of the other.
        low: Lower end of the interval of the difference; None where it is not known.
        high: Upper end.
        p: P value of the paired test.
        p_holm: The same, corrected for the number of pairs.
        test: Name of the test.
        decision: "better", "worse", "same" (within the margin) or "undecided", of the one model.
        further_prompts: How many more prompts would decide it in four of five cases, if they are like these; None
            where it is decided or no number would.
    """

    model: str
    other: str
    prompts: int
    wins: int
    losses: int
    ties: int
    difference: float
    low: float | None
    high: float | None
    p: float
    p_holm: float
    test: str
    decision: Decision
    further_prompts: int | None

    def __str__(self) -> str:
        return self.in_words(usual_language())

    def in_words(self, language: Language) -> str:
        """Put the pair into a sentence, "en" or "de". Raises UsageError for another language."""
        words = in_language(WORDS, language)
        counts = {"wins": self.wins, "losses": self.losses, "ties": self.ties}
        end = words.end(self.decision, self.further_prompts) if self.prompts else words.nothing
        return words.pair.format(model=self.model, other=self.other, end=end, **counts)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which model is better by one scorer, and how sure that is.

    Attributes:
        pairs: What is said of each pair of models.
        means: A row for each model: `model`, `prompts`, `mean`, `low`, `high`; the best first.
        scorer: Name of the scorer.
        left_out: How many cells do not count.
        better: Whether "higher" or "lower" scores are better.
        recorded: How many of the answers were played from a cassette.
        asked_again: How many of the answers came in the place of one that was there before.
    """

    pairs: tuple[Pair, ...]
    means: pd.DataFrame
    scorer: str = ""
    left_out: int = 0
    better: Better = "higher"
    recorded: int = 0
    asked_again: int = 0

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each pair of models, with the fields of `Pair` as columns."""
        columns = [field.name for field in fields(Pair)]
        return pd.DataFrame([asdict(pair) for pair in self.pairs], columns=columns).astype(_TYPES)

    @property
    def words(self) -> list[str]:
        """A sentence for each pair, on what does not count, was recorded or asked again, in the views' language."""
        return self.in_words(usual_language())

    def in_words(self, language: Language) -> list[str]:
        """Say the same in a language, "en" or "de". Raises UsageError for another."""
        return [*(pair.in_words(language) for pair in self.pairs), *self.remarks(language)]

    def remarks(self, language: Language) -> list[str]:
        """What does not count, was recorded or asked again, in sentences. Raises UsageError for another language."""
        said = in_language(WORDS, language)
        told = ((said.left_out, self.left_out), (said.recorded, self.recorded), (said.asked_again, self.asked_again))
        return [(one if count == 1 else several).format(count) for (one, several), count in told if count]

    def __repr__(self) -> str:
        return "\n".join(([WORDS[usual_language()].by.format(self.scorer)] if self.scorer else []) + self.words)


def verdict(
    scores: pd.DataFrame, *, margin: float = 0.0, confidence: float = 0.95, better: Better = "higher"
) -> Verdict:
    """Compare each pair of models by one scorer's scores.

    Only prompts on which both have a score count. The repeats of a prompt are averaged first, as they are not
    independent prompts; `Run.verdict` takes equal prompts for repeats too. A model is better where the test, corrected
    by Holm for the number of pairs, rejects that they are equal and the interval of the difference lies above zero; the
    same where the whole interval lies within the margin on both sides, whatever the test says; else it is undecided.

    Args:
        scores: Columns `prompt_id`, `model`, `repeat`, `value` (a number; 0 and 1 for wrong and right; missing where
            there is none) and, if there, `scorer`.
        margin: A difference up to this counts as none; 0 for no such margin.
        confidence: Of all intervals and of the decision, such as 0.95.
        better: Whether "higher" or "lower" scores are better.

    Returns:
        The verdict.

    Raises:
        UsageError: If there are several scorers, fewer than two models, or an argument that cannot be.

    Source of the margin: D. J. Schuirmann, A comparison of the two one-sided tests procedure, 1987.

    >>> scores = pd.DataFrame({"prompt_id": [*range(10)] * 2, "model": ["A"] * 10 + ["B"] * 10, "repeat": 0,
    ...                        "value": [0.0] * 9 + [1.0] + [1.0] * 10})
    >>> verdict(scores)
    B wins 9, loses 0, 1 ties against A: better
    """
    _check(scores, margin, confidence, better)
    names = list(dict.fromkeys(scores["model"]))
    by_prompt = _by_prompt(scores)
    means = _means(by_prompt, names, confidence, better)
    ranked = list(combinations(means["model"].tolist(), 2))
    values = [_both(by_prompt, *names) for names in ranked]
    pairs = [_pair(*names, of_both, confidence, better) for names, of_both in zip(ranked, values, strict=True)]
    p_values = [pair.p for pair in pairs]
    rules = [Rule(confidence=confidence, level=level, margin=margin) for level in holm_levels(p_values, 1 - confidence)]
    decided = tuple(
        _decided(replace(pair, p_holm=p_holm), of_both, rule, better)
        for pair, p_holm, of_both, rule in zip(pairs, holm(p_values), values, rules, strict=True)
    )
    scorer = str(scores["scorer"].iloc[0]) if "scorer" in scores else ""
    return Verdict(decided, means, scorer, int(scores["value"].isna().sum()), better)


def _check(scores: pd.DataFrame, margin: float, confidence: float, better: str) -> None:
    missing = {"prompt_id", "model", "value"} - set(scores.columns)
    if missing:
        raise UsageError(f"the scores have no column {sorted(missing)[0]!r}", advice="give those of run.scores")
    scorers = list(dict.fromkeys(scores["scorer"])) if "scorer" in scores else []
    if len(scorers) > 1:
        raise UsageError("there are several scorers", advice=f"choose one of {', '.join(map(repr, scorers))}")
    if scores["model"].nunique() < 2:
        raise UsageError("a verdict needs at least two models", advice="compare another model too")
    values = pd.to_numeric(scores["value"], errors="coerce").astype(float)
    if (values.isna() & scores["value"].notna()).any() or not np.isfinite(values.dropna()).all():
        raise UsageError("the column 'value' must hold numbers, True or False")
    if not isinstance(confidence, Real) or not 0 < confidence < 1:
        raise UsageError(f"confidence= must be a number between 0 and 1, such as 0.95, not {confidence!r}")
    if not isinstance(margin, Real) or not 0 <= margin < inf:
        raise UsageError(f"margin= must be a number from 0, not {margin!r}")
    if better not in ("higher", "lower"):
        raise UsageError(f'better= must be "higher" or "lower", not {better!r}')


def _by_prompt(scores: pd.DataFrame) -> pd.DataFrame:
    """The mean score of each prompt (rows) and model (columns)."""
    known = scores[scores["value"].notna()].assign(value=lambda frame: frame["value"].astype(float))
    return known.pivot_table(index="prompt_id", columns="model", values="value", aggfunc="mean")


def _both(by_prompt: pd.DataFrame, model: str, other: str) -> tuple[Numbers, Numbers]:
    """The scores of two models on the prompts that both have."""
    there = by_prompt.reindex(columns=[model, other]).dropna()
    return there[model].to_numpy(dtype=float), there[other].to_numpy(dtype=float)


def _means(by_prompt: pd.DataFrame, names: list[str], confidence: float, better: Better) -> pd.DataFrame:
    rows = []
    for name in names:
        values = by_prompt.reindex(columns=[name])[name].dropna().to_numpy(dtype=float)
        low, high = mean_interval(values, confidence)
        mean = float(values.mean()) if len(values) else None
        rows.append({"model": name, "prompts": len(values), "mean": mean, "low": low, "high": high})
    types = {"model": "string", "prompts": "Int64", "mean": "Float64", "low": "Float64", "high": "Float64"}
    frame = pd.DataFrame(rows).astype(types)
    return frame.sort_values("mean", ascending=better == "lower", kind="stable", ignore_index=True)


def _pair(model: str, other: str, both: tuple[Numbers, Numbers], confidence: float, better: Better) -> Pair:
    first, second = both
    count = len(first)
    found = difference(first, second, confidence) if count else Difference(0.0, None, None, 1.0, "none")
    good, bad = (first > second, first < second) if better == "higher" else (first < second, first > second)
    wins, losses = int(good.sum()), int(bad.sum())
    return Pair(
        model=model,
        other=other,
        prompts=count,
        wins=wins,
        losses=losses,
        ties=count - wins - losses,
        difference=found.mean,
        low=found.low,
        high=found.high,
        p=found.p,
        p_holm=found.p,
        test=found.test,
        decision="undecided",
        further_prompts=None,
    )


def _decided(pair: Pair, both: tuple[Numbers, Numbers], rule: Rule, better: Better) -> Pair:
    if pair.low is not None and pair.high is not None:
        if rule.margin > 0 and -rule.margin < pair.low and pair.high < rule.margin:
            return replace(pair, decision="same")
        if pair.p_holm < 1 - rule.confidence and (pair.low > 0 or pair.high < 0):
            return replace(pair, decision="better" if (pair.low > 0) == (better == "higher") else "worse")
    return replace(pair, further_prompts=further_prompts(*both, rule) if pair.prompts else None)


Better = Literal["higher", "lower"]
