"""What decides between two models, at the very edge: each number here is one that a slightly wrong rule would miss."""

from typing import Literal

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from score_tables import scores
from statsmodels.stats.inter_rater import cohens_kappa

from workbench.comparison.statistics import agreement, bradley_terry, verdict
from workbench.comparison.statistics._paired import difference, holm, holm_levels, mean_interval, proportions_interval
from workbench.comparison.statistics._power import Rule, further_prompts
from workbench.errors import UsageError

TEN = range(10)


def wins(count: int, of: int = 10) -> list[float]:
    return [1.0] * count + [0.0] * (of - count)


def test_a_p_value_that_would_do_alone_does_not_among_six_pairs() -> None:
    found = verdict(scores(A=wins(10), B=wins(4), C=wins(9), D=wins(8)))
    (pair,) = [pair for pair in found.pairs if (pair.model, pair.other) == ("A", "B")]
    assert pair.p == pytest.approx(2 / 2**6)
    assert pair.p_holm == pytest.approx(6 * 2 / 2**6)
    assert pair.low is not None
    assert pair.low > 0
    assert pair.decision == "undecided"
    seen = np.array(wins(10)), np.array(wins(4))
    assert pair.further_prompts == further_prompts(*seen, Rule(confidence=0.95, level=0.05 / 6))
    alone = verdict(scores(A=wins(10), B=wins(4))).pairs[0]
    assert (alone.p_holm, alone.decision) == (pytest.approx(2 / 2**6), "better")


def test_a_p_value_at_the_level_itself_does_not_decide() -> None:
    pair = verdict(scores(A=wins(3, 3), B=wins(0, 3)), confidence=0.75).pairs[0]
    assert pair.p_holm == 1 - 0.75
    assert pair.low is not None
    assert pair.low > 0
    assert (pair.decision, pair.further_prompts) == ("undecided", 1)
    assert verdict(scores(A=wins(4, 4), B=wins(0, 4)), confidence=0.75).pairs[0].decision == "better"


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_a_clear_test_does_not_decide_where_the_interval_holds_zero(better: Literal["higher", "lower"]) -> None:
    many_little_and_one_large = [number / 100 for number in range(1, 21)] + [-1.5]
    pair = verdict(scores(A=many_little_and_one_large, B=[0.0] * 21), better=better).pairs[0]
    assert pair.p_holm < 0.001
    assert pair.low is not None
    assert pair.high is not None
    assert pair.low < 0 < pair.high
    assert pair.decision == "undecided"


def test_worse_by_far_is_not_the_same_within_a_margin() -> None:
    low, high = [1.0, 1.1, 0.9, 1.0, 1.05, 0.95] * 4, [3.0, 3.1, 2.8, 3.0, 3.2, 2.9] * 4
    quick = verdict(scores(slow=high, quick=low), margin=0.5, better="lower").pairs[0]
    assert (quick.model, quick.wins, quick.losses, quick.decision) == ("quick", 24, 0, "better")
    assert quick.difference == pytest.approx(-2)
    good = verdict(scores(good=high, bad=low), margin=0.5).pairs[0]
    assert (good.model, good.decision) == ("good", "better")


def test_both_ends_of_the_interval_must_lie_within_the_margin() -> None:
    generator = np.random.default_rng(4)
    first = generator.normal(0, 1, 60)
    table = scores(A=first.tolist(), B=(first + generator.normal(0, 0.3, 60)).tolist())
    pair = verdict(table).pairs[0]
    assert pair.low is not None
    assert pair.high is not None
    reach = max(-pair.low, pair.high)
    assert pair.low < 0 < pair.high
    assert verdict(table, margin=reach * 1.01).pairs[0].decision == "same"
    for edge in (table, table.assign(value=-table["value"])):
        assert verdict(edge, margin=reach).pairs[0].decision == "undecided"
    assert verdict(table, margin=min(-pair.low, pair.high) * 1.01).pairs[0].decision == "undecided"


def test_a_clear_difference_within_the_margin_is_the_same() -> None:
    generator = np.random.default_rng(4)
    first = generator.normal(0, 1, 200)
    table = scores(A=(first + 0.2 + generator.normal(0, 0.1, 200)).tolist(), B=first.tolist())
    assert verdict(table).pairs[0].decision == "better"
    assert verdict(table, margin=0.5).pairs[0].decision == "same"


def test_prompts_without_a_difference_count_as_pratt_counts_them() -> None:
    first, second = np.array([1.0, 2, 3, 4, 5, 6, 7, 9]), np.array([1.0, 2, 3, 3.5, 4, 4.5, 9, 6])
    pratt = stats.wilcoxon(first - second, zero_method="pratt").pvalue
    assert pratt != pytest.approx(stats.wilcoxon(first - second, zero_method="wilcox").pvalue)
    assert difference(first, second, 0.95).p == pytest.approx(pratt)


def test_the_interval_of_proportions_is_that_of_bonett_and_price() -> None:
    low, high = proportions_interval(7, 2, 20, 0.9)
    one, other = 8 / 22, 3 / 22
    reach = stats.norm.ppf(0.95) * ((one + other - (one - other) ** 2) / 22) ** 0.5
    assert (low, high) == pytest.approx((one - other - reach, one - other + reach))
    assert proportions_interval(2, 0, 2, 0.999)[1] == 1
    assert proportions_interval(0, 2, 2, 0.999)[0] == -1


def test_one_prompt_has_no_interval_and_two_have_one() -> None:
    assert difference(np.array([1.0]), np.array([0.0]), 0.95) == difference(np.array([1.0]), np.array([0.0]), 0.5)
    single = difference(np.array([3.5]), np.array([1.0]), 0.95)
    assert (single.mean, single.low, single.high, single.test) == (2.5, None, None, "Wilcoxon")
    assert difference(np.array([3.5, 2.0]), np.array([1.0, 1.0]), 0.95).low is not None
    assert difference(np.array([1.0, 1.0]), np.array([0.0, 1.0]), 0.95).low is not None
    assert mean_interval(np.array([1.0]), 0.95) == (None, None)
    assert mean_interval(np.array([1.0, 0.0]), 0.95)[0] is not None


def test_scores_that_are_not_all_passes_are_numbers() -> None:
    assert difference(np.array([1.0, 0.0, 1.0]), np.array([0.5, 0.0, 1.0]), 0.95).test == "Wilcoxon"
    assert difference(np.array([1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0]), 0.95).test == "McNemar"


def test_equal_differences_get_a_spread_as_wide_as_the_scores() -> None:
    found = difference(np.array([3.0, 4.0, 5.0]), np.array([2.5, 3.5, 4.5]), 0.95)
    step = np.array([3.0, 4.0, 5.0, 2.5, 3.5, 4.5]).std()
    expected = stats.ttest_1samp([0.5, 0.5, 0.5, 0.5 + step, 0.5 - step], 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    constant = mean_interval(np.array([5.0, 5.0, 5.0]), 0.95)
    expected = stats.ttest_1samp([5.0, 5.0, 5.0, 7.5, 2.5], 0).confidence_interval(0.95)
    # The zeros that they are compared with are scores too: half of all are 5, half are 0.
    assert constant == pytest.approx((expected.low, expected.high))


def test_holm_stays_below_one_and_never_falls() -> None:
    assert holm([0.9, 0.5, 0.6]) == [1.0, 1.0, 1.0]
    assert holm([0.02, 0.021]) == pytest.approx([0.04, 0.04])
    assert holm_levels([0.5, 0.2], 0.05) == pytest.approx([0.05, 0.025])


def test_columns_of_a_verdict_are_what_its_pairs_say() -> None:
    found = verdict(scores(A=wins(10), B=wins(1)))
    row = found.frame.iloc[0]
    assert row[["model", "other", "prompts", "wins", "losses", "ties"]].tolist() == ["A", "B", 10, 9, 0, 1]
    assert row["decision"] == "better"
    assert found.means["mean"].tolist() == [1.0, 0.1]
    assert found.scorer == "exact"
    assert verdict(scores(A=wins(10), B=wins(1)).drop(columns="scorer")).scorer == ""


def test_the_best_is_first_whichever_way_is_better() -> None:
    table = scores(A=[1.0, 2.0], B=[3.0, 5.0], C=[2.0, 2.0])
    for better, best_first in (("higher", ["B", "C", "A"]), ("lower", ["A", "C", "B"])):
        means = verdict(table, better=better).means  # type: ignore[arg-type]
        assert dict(means["model"]) == dict(enumerate(best_first))


def test_a_loss_counts_as_one_for_whom_lower_is_better() -> None:
    pair = verdict(scores(A=[1.0, 2.0, 9.0, 3.0], B=[3.0, 3.0, 3.0, 3.0]), better="lower").pairs[0]
    counts = {pair.model: pair.wins, pair.other: pair.losses}
    assert counts == {"A": 2, "B": 1}
    assert pair.ties == 1


def test_an_undecided_pair_of_proportions_says_how_many_prompts_more() -> None:
    pair = verdict(scores(A=wins(5), B=wins(1))).pairs[0]
    assert pair.decision == "undecided"
    seen = np.array(wins(5)), np.array(wins(1))
    assert pair.further_prompts == further_prompts(*seen, Rule(confidence=0.95, level=0.05))
    assert verdict(scores(A=wins(10), B=wins(0))).pairs[0].further_prompts is None


@pytest.mark.parametrize("wrong", [{"confidence": 0}, {"confidence": 1}, {"confidence": 0.95j}, {"margin": np.inf}])
def test_arguments_at_the_edge_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        verdict(scores(A=[1, 0], B=[0, 1]), **wrong)  # type: ignore[arg-type]


def test_a_missing_column_is_named() -> None:
    for column in ("prompt_id", "model", "value"):
        with pytest.raises(UsageError, match=column):
            verdict(scores(A=[1, 0], B=[0, 1]).drop(columns=column))


def test_the_interval_of_agreement_is_as_wide_as_it_says() -> None:
    generator = np.random.default_rng(2)
    first = generator.integers(0, 3, 400)
    second = np.where(generator.random(400) < 0.7, first, generator.integers(0, 3, 400))
    found = agreement(first.tolist(), second.tolist())
    expected = cohens_kappa(pd.crosstab(first, second).to_numpy())
    assert found.low is not None
    assert found.high is not None
    # A 90 % interval would be 16 % narrower.
    assert found.high - found.low == pytest.approx(expected.kappa_upp - expected.kappa_low, rel=0.08)
    assert found == agreement(first.tolist(), second.tolist())
    assert found != agreement(first.tolist(), second.tolist(), seed=1)


def test_agreement_needs_an_interval_from_most_draws() -> None:
    assert agreement(["good", "good", "good", "bad"], ["good"] * 4).kappa == 0
    nearly = agreement(["good"] * 40 + ["bad"], ["good"] * 40 + ["bad"])
    assert (nearly.kappa, nearly.observed) == (1.0, 1.0)
    assert nearly.low == 1.0
    rare = agreement(["good", "bad"], ["good", "bad"])
    assert rare.kappa == 1.0
    assert (rare.low, rare.high) == (1.0, 1.0)
    assert agreement(["good"], ["good"]).low is None
    # In half of the draws from two answers both are one and the same, so that chance decides whether most can be told.
    assert {agreement(["good", "bad"], ["good", "bad"], seed=seed).low for seed in range(8)} == {None, 1.0}


def test_alpha_of_names_does_not_depend_on_their_order() -> None:
    one = agreement(["a", "b", "c", "a", "c"], ["a", "c", "c", "b", "c"])
    other = agreement(["c", "b", "a", "c", "a"], ["c", "a", "a", "b", "a"])
    assert one.alpha is not None
    assert one.alpha == pytest.approx(agreement([1, 2, 3, 1, 3], [1, 3, 3, 2, 3]).alpha)
    assert other.alpha == pytest.approx(one.alpha)
    far = agreement([1, 2, 3, 9], [1, 2, 4, 9], level="interval").alpha
    assert far is not None
    assert far > 0.98


def test_strengths_are_those_of_the_votes() -> None:
    votes = pd.DataFrame(
        {"prompt_id": range(8), "first": list("AABBAABB"), "second": list("BBAABBAA"), "winner": list("AAAAAABB")}
    )
    found = bradley_terry(votes)
    table = found.frame.set_index("model")
    assert found.chance("A", "B") == pytest.approx(0.75, abs=0.02)
    assert found.chance("B", "A") == pytest.approx(1 - found.chance("A", "B"))
    assert table.loc["A", ["wins", "losses", "ties"]].tolist() == [6, 2, 0]
    assert table.loc["B", ["wins", "losses", "ties"]].tolist() == [2, 6, 0]
    assert table["strength"].sum() == pytest.approx(0, abs=1e-9)
    wide, narrow = (bradley_terry(votes, confidence=share).frame.iloc[0] for share in (0.99, 0.5))
    assert wide["low"] < narrow["low"] < narrow["high"] < wide["high"]
    assert found.frame.equals(bradley_terry(votes).frame)


def test_who_never_met_changes_nothing_for_others() -> None:
    met = pd.DataFrame({"prompt_id": TEN, "first": "A", "second": "B", "winner": ["A"] * 7 + ["B"] * 3})
    apart = pd.DataFrame({"prompt_id": TEN, "first": "C", "second": "D", "winner": ["C"] * 5 + ["D"] * 5})
    found = bradley_terry(pd.concat([met, apart]))
    assert found.chance("A", "B") == pytest.approx(bradley_terry(met).chance("A", "B"), abs=0.01)
    assert found.chance("C", "D") == pytest.approx(0.5, abs=0.01)


def test_no_vote_and_a_confidence_of_one_are_refused() -> None:
    votes = pd.DataFrame({"prompt_id": [0], "first": "A", "second": "B", "winner": "A"})
    with pytest.raises(UsageError, match="no vote"):
        bradley_terry(votes.iloc[:0])
    for share in (0, 1):
        with pytest.raises(UsageError, match="confidence"):
            bradley_terry(votes, confidence=share)
