"""Statistics against scipy, statsmodels and simulated data whose truth is known."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from score_tables import scores
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.multitest import multipletests

from workbench.comparison.statistics import agreement, bradley_terry, verdict
from workbench.comparison.statistics._paired import difference, holm, mean_interval
from workbench.comparison.statistics._power import Rule, further_prompts
from workbench.errors import UsageError

Drawn = tuple[np.ndarray, np.ndarray]


def test_pass_and_fail_is_told_by_mcnemar() -> None:
    generator = np.random.default_rng(0)
    first, second = (generator.random((2, 60)) < [[0.8], [0.5]]).astype(float)
    pair = verdict(scores(A=first.tolist(), B=second.tolist())).pairs[0]
    table = pd.crosstab(first, second).to_numpy()
    assert (pair.model, pair.test) == ("A", "McNemar")
    assert pair.p == pytest.approx(mcnemar(table, exact=True).pvalue)
    assert (pair.wins, pair.losses, pair.ties) == (table[1, 0], table[0, 1], table[0, 0] + table[1, 1])
    assert pair.difference == pytest.approx(first.mean() - second.mean())


def test_numbers_are_told_by_wilcoxon_and_the_t_interval() -> None:
    generator = np.random.default_rng(1)
    first, second = generator.normal(0.4, 1, 40), generator.normal(0, 1, 40)
    pair = verdict(scores(A=first.tolist(), B=second.tolist())).pairs[0]
    expected = stats.ttest_rel(first, second).confidence_interval(0.95)
    assert pair.p == pytest.approx(stats.wilcoxon(first, second, zero_method="pratt").pvalue)
    assert (pair.low, pair.high) == pytest.approx((expected.low, expected.high))


def test_means_have_the_intervals_of_wilson_and_student() -> None:
    wilson = stats.binomtest(17, 20).proportion_ci(method="wilson")
    assert mean_interval(np.array([1.0] * 17 + [0.0] * 3), 0.95) == pytest.approx((wilson.low, wilson.high))
    values = np.array([1.0, 2.5, 3.0, 4.5])
    student = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert mean_interval(values, 0.95) == pytest.approx(student)


@pytest.mark.parametrize("seed", range(5))
def test_holm_is_that_of_statsmodels(seed: int) -> None:
    drawn = (np.random.default_rng(seed).random(10) ** 3).tolist()
    assert holm(drawn) == pytest.approx(multipletests(drawn, method="holm")[1])


def test_repeats_are_no_independent_prompts() -> None:
    once = scores(A=[1, 1, 1, 0, 1, 1], B=[0, 0, 1, 0, 0, 1])
    thrice = pd.concat(once.assign(repeat=repeat) for repeat in range(3))
    pd.testing.assert_frame_equal(verdict(once).frame, verdict(thrice).frame)
    pd.testing.assert_frame_equal(verdict(once).means, verdict(thrice).means)


def test_words_and_numbers_agree() -> None:
    found = verdict(scores(A=[0.0] * 9 + [1.0], B=[1.0] * 10, C=[1.0] * 9 + [0.0]))
    assert [(pair.model, pair.other, pair.decision) for pair in found.pairs] == [
        ("B", "C", "undecided"),
        ("B", "A", "better"),
        ("C", "A", "better"),
    ]
    for pair in found.pairs:
        assert pair.low is not None
        assert (pair.decision == "better") == (pair.p_holm < 0.05 and pair.low > 0)
    assert found.words[1] == "B wins 9, loses 0, 1 ties against A: better"
    assert repr(found).startswith("By exact:\nB wins 1, loses 0, 9 ties against C: undecided, about ")


def test_a_verdict_speaks_german() -> None:
    found = verdict(scores(A=[0.0] * 9 + [1.0, None], B=[1.0] * 11, C=[1.0] * 9 + [0.0, 1.0]))
    told = found.in_words("de")
    assert told[1] == "B gewinnt 9, verliert 0, 1 gleich gegen A: besser"
    assert "weitere Fragen würden es entscheiden" in told[0]
    assert told[-1] == "1 Zelle zählt nicht: sie wurde ausgenommen (Spalte left_out) oder hat keine Bewertung"


def test_a_verdict_is_shown_in_the_language_of_views(monkeypatch: pytest.MonkeyPatch) -> None:
    found = verdict(scores(A=[0.0] * 10, B=[1.0] * 10))
    monkeypatch.setenv("WORKBENCH_LANGUAGE", "de")
    assert repr(found) == "Nach exact:\nB gewinnt 10, verliert 0, 0 gleich gegen A: besser"


def test_lower_may_be_better() -> None:
    pair = verdict(scores(slow=[9.0 + n / 10 for n in range(12)], quick=[1.0] * 12), better="lower").pairs[0]
    assert (pair.model, pair.decision, pair.wins) == ("quick", "better", 12)


def test_the_same_within_a_margin_needs_a_margin_and_enough_prompts() -> None:
    generator = np.random.default_rng(3)
    first = generator.normal(0, 1, 400)
    second = first + generator.normal(0, 0.1, 400)
    many = scores(A=first.tolist(), B=second.tolist())
    assert verdict(many, margin=0.1).pairs[0].decision == "same"
    assert verdict(many).pairs[0].decision != "same"
    few = scores(A=first[:4].tolist(), B=second[:4].tolist())
    assert verdict(few, margin=0.05).pairs[0].decision == "undecided"


@pytest.mark.parametrize(
    ("one", "other", "prompts"),
    [([1.0], [0.0], 1), ([1.0, 1.0], [1.0, 1.0], 2), ([1.0, None], [None, 1.0], 0), ([0.5, 0.5], [0.5, 0.5], 2)],
    ids=["one prompt", "all ties", "no prompt in common", "no spread"],
)
def test_too_little_to_tell(one: list[float | None], other: list[float | None], prompts: int) -> None:
    pair = verdict(scores(A=one, B=other)).pairs[0]
    assert (pair.prompts, pair.decision) == (prompts, "undecided")
    assert 0 <= pair.p <= 1


def test_missing_scores_are_told() -> None:
    found = verdict(scores(A=[1.0, None, 1.0], B=[0.0, 0.0, 1.0]))
    assert found.left_out == 1
    assert found.pairs[0].prompts == 2
    assert found.words[-1].startswith("1 cell does not count")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": "A"}, "at least two models"),
        ({"scorer": ["exact", "chrf"] * 2}, "several scorers"),
        ({"value": [1, 2, 3, np.inf]}, "must hold numbers"),
        ({"value": ["good", "bad", "good", "good"]}, "must hold numbers"),
        ({"value": [1, "bad", 0, 1]}, "must hold numbers"),
    ],
)
def test_scores_that_cannot_be_judged(change: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        verdict(scores(A=[1, 0], B=[0, 1]).assign(**change))


@pytest.mark.parametrize("wrong", [{"confidence": 95}, {"margin": -1}, {"margin": None}, {"better": "more"}])
def test_arguments_that_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        verdict(scores(A=[1, 0], B=[0, 1]), **wrong)  # type: ignore[arg-type]


def pass_fail(first: float, second: float) -> Callable[[np.random.Generator, int], Drawn]:
    """Passes and failures of two models that find the same prompts hard."""

    def draw(generator: np.random.Generator, count: int) -> Drawn:
        hardness, own = generator.standard_normal(count), generator.standard_normal((2, count))
        ability = stats.norm.ppf([[first], [second]])
        one, other = (0.7 * hardness + np.sqrt(1 - 0.49) * own < ability).astype(float)
        return one, other

    return draw


def repeated(generator: np.random.Generator, count: int) -> Drawn:
    """Means of three repeats a prompt, which share their prompt."""
    prompt = generator.normal(0, 1, count)[:, None]
    one = (prompt + generator.normal(0.2, 1, (count, 3))).mean(axis=1)
    return one, (prompt + generator.normal(0, 1, (count, 3))).mean(axis=1)


def grades(generator: np.random.Generator, count: int) -> Drawn:
    """Grades from 1 to 5, full of ties; the one model is better by half a grade on average."""
    other = generator.integers(2, 5, count).astype(float)
    return other + generator.integers(-1, 2, count) + 0.5 * (generator.random(count) < 0.5) + 0.25, other


SETTINGS = {
    "pass or fail, 30 prompts": (pass_fail(0.8, 0.6), 30, 0.2),
    "pass or fail, 100 prompts": (pass_fail(0.5, 0.5), 100, 0.0),
    "three repeats, 20 prompts": (repeated, 20, 0.2),
    "grades, 50 prompts": (grades, 50, 0.5),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_intervals_hold_the_truth_as_often_as_they_say(setting: str) -> None:
    draw, count, truth = SETTINGS[setting]
    generator = np.random.default_rng(7)
    held = 0
    for _ in range(1000):
        found = difference(*draw(generator, count), 0.95)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert 930 <= held <= 970


def passes(wins: int, losses: int, ties: int) -> Drawn:
    ends = np.zeros(ties)
    return np.r_[np.ones(wins), np.zeros(losses), ends], np.r_[np.zeros(wins), np.ones(losses), ends]


def drawn_numbers(seed: int, count: int, mean: float) -> Drawn:
    return np.random.default_rng(seed).normal(mean, 1, count), np.zeros(count)


def drawn_grades(seed: int, count: int) -> Drawn:
    generator = np.random.default_rng(seed)
    return generator.choice([-1.0, 0, 0, 0, 1, 1], count), np.zeros(count)


ALONE, ONE_OF_TWENTY = Rule(confidence=0.95, level=0.05), Rule(confidence=0.95, level=0.05 / 20)


@pytest.mark.parametrize(
    ("seen", "rule", "most"),
    [
        (passes(5, 0, 6), ALONE, 0.9),
        (passes(4, 0, 8), ALONE, 0.9),
        (passes(6, 2, 10), ALONE, 0.9),
        (passes(6, 2, 10), ONE_OF_TWENTY, 0.9),
        (passes(30, 20, 100), ONE_OF_TWENTY, 0.9),
        (passes(3, 2, 45), Rule(confidence=0.95, level=0.05, margin=0.05), 0.9),
        (drawn_numbers(1, 20, 0.15), ALONE, 0.9),
        (drawn_numbers(2, 50, 0.15), ALONE, 0.9),
        (drawn_numbers(2, 50, 0.15), ONE_OF_TWENTY, 0.9),
        (drawn_grades(5, 60), ALONE, 0.9),
        # That both ends of the interval must lie within the margin makes the number too careful, never too small.
        (drawn_numbers(3, 50, 0.0), Rule(confidence=0.95, level=0.05, margin=0.2), 0.97),
    ],
)
def test_as_many_prompts_as_it_says_decide_in_four_of_five_cases(seen: Drawn, rule: Rule, most: float) -> None:
    further = further_prompts(*seen, rule)
    assert further is not None
    generator = np.random.default_rng(11)
    decided = 0
    for _ in range(400):
        more = generator.integers(0, len(seen[0]), further)
        found = difference(*(np.append(scores, scores[more]) for scores in seen), rule.confidence)
        assert found.low is not None
        assert found.high is not None
        is_better = found.p < rule.level and (found.low > 0 or found.high < 0)
        decided += is_better or (-rule.margin < found.low and found.high < rule.margin)
    assert 0.75 < decided / 400 < most


def test_what_one_more_win_or_a_margin_decides_is_told() -> None:
    assert str(verdict(scores(A=[1.0] * 5, B=[0.0] * 5)).pairs[0]).endswith(
        "one further prompt would probably decide it"
    )
    assert verdict(scores(A=[2.0] * 5, B=[1.5] * 5)).pairs[0].further_prompts in range(1, 10)
    pair = verdict(scores(A=[1.0, 0.0] * 10, B=[0.0, 1.0] * 10), margin=0.1).pairs[0]
    assert pair.further_prompts is not None
    assert 500 < pair.further_prompts < 1500
    assert "no number of further prompts" in str(verdict(scores(A=[1.0, 0.0] * 10, B=[0.0, 1.0] * 10)).pairs[0])


def test_many_models_need_more_prompts() -> None:
    generator = np.random.default_rng(0)
    many = {f"m{n}": generator.integers(0, 2, 60).astype(float).tolist() for n in range(6)}
    found = verdict(scores(**many))
    alone = {pair: verdict(scores(**{name: many[name] for name in pair})).pairs[0] for pair in [("m0", "m1")]}
    (own,) = [pair for pair in found.pairs if {pair.model, pair.other} == {"m0", "m1"}]
    assert own.further_prompts is None or own.further_prompts >= (alone["m0", "m1"].further_prompts or 0)
    assert all(pair.decision != "undecided" or pair.further_prompts != 1 for pair in found.pairs)


@pytest.mark.parametrize(
    ("first", "second"), [([1.5, 2.5], [1.5, 2.5]), ([3.0, 4.0], [2.5, 3.5]), ([5.0] * 9, [5.0] * 9)]
)
def test_a_few_equal_differences_are_no_certainty(first: list[float], second: list[float]) -> None:
    pair = verdict(scores(A=first, B=second), margin=0.6).pairs[0]
    assert pair.decision == "undecided"
    assert pair.low is not None
    assert pair.high is not None
    assert pair.low < pair.difference < pair.high
    low, high = mean_interval(np.array([5.0, 5.0]), 0.95)
    assert low is not None
    assert high is not None
    assert low < 5 < high


def test_many_equal_differences_are_the_same_within_a_margin() -> None:
    assert verdict(scores(A=[5.0] * 500, B=[5.0] * 500), margin=0.5).pairs[0].decision == "same"


def test_no_prompt_in_common_is_told() -> None:
    found = verdict(scores(A=[1.0, None], B=[None, 1.0]))
    assert found.words[0].endswith("undecided, as no prompt has a score of both")
    assert found.pairs[0].difference == 0


def test_strengths_are_found_again() -> None:
    generator = np.random.default_rng(5)
    truth = {"A": 1.0, "B": 0.0, "C": -1.0}
    rows = []
    for prompt in range(300):
        for first, second in (("A", "B"), ("B", "C"), ("A", "C")):
            wins = generator.random() < 1 / (1 + np.exp(truth[second] - truth[first]))
            rows.append({"prompt_id": prompt, "first": first, "second": second, "winner": first if wins else second})
    found = bradley_terry(pd.DataFrame(rows))
    assert found.frame["model"].tolist() == ["A", "B", "C"]
    for row in found.frame.itertuples():
        assert row.low < truth[row.model] < row.high
    assert found.chance("A", "C") == pytest.approx(1 / (1 + np.exp(-2)), abs=0.05)
    with pytest.raises(UsageError, match="no vote on 'D'"):
        found.chance("A", "D")


def test_a_model_that_never_lost_stays_finite_and_ties_count_half() -> None:
    votes = pd.DataFrame({"prompt_id": range(5), "first": "A", "second": "B", "winner": ["A"] * 4 + [None]})
    found = bradley_terry(votes).frame.set_index("model")
    assert np.isfinite(found[["strength", "low", "high"]].to_numpy()).all()
    assert found.loc["A", ["wins", "losses", "ties"]].tolist() == [4, 0, 1]
    tied = bradley_terry(votes.assign(winner=None)).frame
    assert tied["strength"].tolist() == pytest.approx([0, 0], abs=1e-6)


def test_a_few_votes_of_one_mind_are_no_certainty() -> None:
    widths = []
    for count in (1, 6, 40):
        votes = pd.DataFrame({"prompt_id": range(count), "first": "A", "second": "B", "winner": "A"})
        row = bradley_terry(votes).frame.iloc[0]
        assert row["low"] < row["strength"] <= row["high"] + 1e-9
        widths.append(row["high"] - row["low"])
    assert widths[0] > 2
    assert widths[2] < widths[0]


@pytest.mark.parametrize("count", [10, 30])
def test_intervals_of_strengths_hold_the_truth(count: int) -> None:
    generator, held = np.random.default_rng(0), 0
    for _ in range(60):
        wins = generator.random(count) < 1 / (1 + np.exp(-2.2))
        votes = pd.DataFrame(
            {"prompt_id": range(count), "first": "A", "second": "B", "winner": np.where(wins, "A", "B")}
        )
        row = bradley_terry(votes).frame.set_index("model").loc["A"]
        held += row["low"] <= 1.1 <= row["high"]
    assert held >= 53  # a truth of 95 % gives fewer once in a hundred times


@pytest.mark.parametrize("change", [{"confidence": 95}, {"confidence": "95"}])
def test_votes_that_cannot_be_told(change: dict[str, object]) -> None:
    votes = pd.DataFrame({"prompt_id": [0], "first": "A", "second": "B", "winner": "A"})
    with pytest.raises(UsageError, match="confidence"):
        bradley_terry(votes, **change)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no column 'prompt_id'"):
        bradley_terry(votes.drop(columns="prompt_id"))
    with pytest.raises(UsageError, match="nominal, ordinal, interval"):
        agreement([1], [1], level="foo")  # type: ignore[arg-type]


def test_a_winner_who_did_not_take_part() -> None:
    with pytest.raises(UsageError, match="not one of the two"):
        bradley_terry(pd.DataFrame({"prompt_id": [0], "first": "A", "second": "B", "winner": "C"}))


def test_kappa_is_that_of_statsmodels() -> None:
    generator = np.random.default_rng(2)
    first = generator.integers(0, 3, 80)
    second = np.where(generator.random(80) < 0.7, first, generator.integers(0, 3, 80))
    found = agreement(first.tolist(), second.tolist())
    expected = cohens_kappa(pd.crosstab(first, second).to_numpy())
    assert found.kappa == pytest.approx(expected.kappa)
    assert found.low == pytest.approx(expected.kappa_low, abs=0.05)
    assert found.high == pytest.approx(expected.kappa_upp, abs=0.05)
    assert found.observed == pytest.approx((first == second).mean())


def test_alpha_knows_that_grades_have_an_order() -> None:
    near = agreement([1, 2, 3, 4, 5, 1, 3], [2, 3, 4, 5, 5, 1, 3], level="ordinal").alpha
    assert near is not None
    nominal = agreement([1, 2, 3, 4, 5, 1, 3], [2, 3, 4, 5, 5, 1, 3]).alpha
    assert nominal is not None
    assert near > 0.8 > nominal


def test_agreement_where_there_is_little_to_tell() -> None:
    constant = agreement(["good"] * 4, ["good"] * 4)
    assert (constant.observed, constant.kappa, constant.alpha) == (1.0, None, None)
    assert agreement(["good", None, "bad"], ["good", "bad", float("nan")]).count == 1
    with pytest.raises(UsageError, match="needs numbers"):
        agreement(["a", "b"], ["b", "a"], level="interval")
    with pytest.raises(UsageError, match="2 and 1 labels"):
        agreement(["a", "b"], ["b"])
