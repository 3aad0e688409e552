"""What the scorers of texts, numbers, structures and overlaps say of answers."""

import math
import re
import time
import unicodedata
from typing import Any

import numpy as np
import pytest
from answer_rows import NOTHING, Checked, Office, of, row

from workbench.comparison import scorers
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.errors import UsageError
from workbench.messages import Reply, Token, ToolCall


@pytest.mark.parametrize(
    ("expected", "answer", "is_right"),
    [
        ("Bonn", "Bonn", True),
        ("Bonn", " bonn.\n", True),
        ("Bonn", "„Bonn“.", True),
        ("Bonn", "**Bonn**!", True),
        ("Straße", "STRASSE", True),
        ("Köln", unicodedata.normalize("NFD", "Köln"), True),
        ("5 ㎅", "5 kb", True),
        ("Köln", "Koln", False),
        ("Bonn", "In Bonn", False),
        ("4", "-4", False),
        ("!", "?", False),
        ("C++", "C", False),
        (4.0, "4", True),  # a table makes 4.0 of a 4 in a column with gaps
        (4, "4.", True),
        (np.int64(4), "4", True),
        (True, "true", True),
        (["Bonn", "Berlin"], "berlin", True),
        (np.array(["Bonn", "Berlin"]), "berlin", True),
        ([None, "Berlin"], "Bonn", False),
    ],
)
def test_exact_overlooks_what_rarely_matters_and_no_more(expected: Any, answer: str, is_right: bool) -> None:
    score = of(scorers.exact(), answer, expected=expected)
    assert score.value is is_right
    assert bool(score.note) is not is_right


def test_exact_without_folding_counts_every_character() -> None:
    strict = scorers.exact(["Bonn"], fold=False)
    assert [of(strict, answer).value for answer in ("Bonn", "bonn", "Bonn.", " Bonn")] == [True, False, False, False]


@pytest.mark.parametrize(
    ("expected", "answer", "is_right"),
    [
        ("Bürgeramt", "Zuständig ist das BÜRGERAMT Mitte.", True),
        ("Bürgeramt", "des Bürgeramtes", True),
        ("zwei Wörter", "Das sind zwei\n  Wörter.", True),
        ("Bürgeramt", "das Finanzamt", False),
        (["Bürgeramt", "Finanzamt"], "das Finanzamt", True),
    ],
)
def test_contains_finds_any_accepted_text(expected: Any, answer: str, is_right: bool) -> None:
    assert of(scorers.contains(), answer, expected=expected).value is is_right


def test_regex_takes_a_pattern_or_a_column_of_patterns() -> None:
    fixed = scorers.regex(r"^\d{5} \w+$")
    assert of(fixed, "53111 Köln").value is True
    assert of(fixed, "PLZ 53111 Köln").value is False
    by_row = scorers.regex(column="pattern")
    assert of(by_row, "53111", pattern=r"\d+").value is True
    assert of(by_row, "Köln", pattern=r"\d+").value is False
    broken = of(by_row, "Köln", pattern="(")
    assert broken.value is None
    assert "'('" in broken.note


def test_a_pattern_that_would_never_end_says_nothing_of_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.patterns.LIMIT_S", 0.05)
    hostile = "a" * 80 + "!"
    for score in (
        of(scorers.regex("^(a|aa)+$"), hostile),
        of(scorers.regex(re.compile("^(a|aa)+$")), hostile),
        of(scorers.regex(column="pattern"), hostile, pattern="^(a|aa)+$"),
        of(scorers.regex(column="pattern"), hostile, pattern="(" * 5000),
    ):
        assert score.value is None
        assert "takes too long" in score.note or "cannot be read" in score.note
    assert of(scorers.regex(re.compile("^BONN$", re.IGNORECASE)), "bonn").value is True


@pytest.mark.parametrize(("pattern", "column"), [(None, None), ("a", "b"), ("(", None)])
def test_regex_refuses_what_is_no_pattern(pattern: str | None, column: str | None) -> None:
    with pytest.raises(UsageError):
        scorers.regex(pattern, column=column)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("Das macht 1.234.567,8 €.", 1234567.8),
        ("1,234,567", 1234567),
        ("10\u00a0000 €", 10000),
        ("10\u202f000,50 €", 10000.5),
        ("1'234.50", 1234.5),
        ("12 %", 12),
        ("12,5%", 12.5),
        ("−3", -3),
        ("-€5", -5),
        ("minus: –7 Grad", -7),
        ("+4", 4),
        (".5", 0.5),
        ("0,125", 0.125),
        ("0.125", 0.125),
        ("1.2345", 1.2345),
        ("1e6", 1e6),
        ("2,5·10^3", 2500),
        ("6 × 10^{-2}", 0.06),
        ("3/4", 0.75),
        ("\\boxed{42}", 42),
        ("**42**", 42),
        ("5,- €", 5),
        ("Antwort:42.", 42),
        ("1. Punkt, 2. Punkt: 17", 17),
        ("zwischen 10–12", 12),
        ("Covid-19", 19),
        ("5 - 3", 3),
        ("Im Jahr 2023 100 Leute", 100),
        ("9007199254740993", 9007199254740993),
        ("42 um 14:30 Uhr in Zimmer B12 (Version 1.2.3, CO2, 12.3.2024, 1.1.1.1)", 42),
    ],
)
def test_number_reads_both_notations_and_takes_the_last(answer: str, value: float) -> None:
    assert of(scorers.number(), answer, expected=value).value is True
    assert of(scorers.number(), answer, expected=value + 1).value is False
    assert of(scorers.number(), answer, expected=-value).value is False


@pytest.mark.parametrize("text", ["1.234", "1,234"])
def test_an_ambiguous_number_counts_in_either_reading_unless_the_mark_is_given(text: str) -> None:
    for value in (1234, 1.234):
        score = of(scorers.number(), text, expected=value)
        assert score == Score(True, f"'{text}' was read as {value}")
    assert of(scorers.number(), text, expected=12.34).value is False
    settled = scorers.number(decimal=",")
    german = 1234 if text == "1.234" else 1.234
    assert of(settled, text, expected=german).value is True
    assert of(settled, text, expected=1234 + 1.234 - german).value is False
    assert of(settled, "1,234.5", expected=1234.5).value is True  # not ambiguous, so that it counts as it is


def test_a_space_may_stand_inside_a_number_or_between_two() -> None:
    assert [of(scorers.number(value), "Zimmer 5 100").value for value in (5100, 100, 5)] == [True, True, False]


def test_a_reference_may_be_text_in_german_notation() -> None:
    assert of(scorers.number(), "1234.5", expected="1.234,50 €").value is True
    assert of(scorers.number(), "1.234", expected="1234").value is True
    lacking = of(scorers.number(), "1", expected="viele")
    assert lacking == Score(None, "the reference 'viele' holds no number")


def test_tolerances_are_absolute_or_relative_and_the_larger_counts() -> None:
    assert [of(scorers.number(100, tolerance=2), answer).value for answer in ("98", "102", "102,1")] == [
        True, True, False,
    ]  # fmt: skip
    assert [of(scorers.number(-200, relative=0.01), answer).value for answer in ("-198", "-197,9")] == [True, False]
    assert of(scorers.number(0.3, tolerance=0.1), "0,2").value is True  # not so in binary fractions
    assert of(scorers.number(100, tolerance=1, relative=0.1), "91").value is True


@pytest.mark.parametrize(
    "answer", ["", "keine", "9" * 200, "1e99999", "1e9999999", "2·10^9999999", "1/0", "14:30", "CO2"]
)
def test_an_answer_without_a_number_is_wrong(answer: str) -> None:
    assert of(scorers.number(1), answer).value is False


def test_the_longest_number_that_is_read_has_a_hundred_digits() -> None:
    assert of(scorers.number(10**99), "1" + "0" * 99).value is True
    assert of(scorers.number(10**100), "1" + "0" * 100).value is False


def test_a_hostile_run_of_digits_costs_no_time() -> None:
    started = time.process_time()
    for hostile in ("1" * 10**6, "1." * 10**5, "1 234" * 10**5, "a1." * 10**5, "-€" * 10**5):
        of(scorers.number(1), hostile)
    assert time.process_time() - started < 10


@pytest.mark.parametrize("settings", [{"tolerance": -1}, {"relative": math.nan}, {"decimal": ";"}])
def test_number_refuses_what_is_no_tolerance(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        scorers.number(**settings)


FIND = ToolCall("1", "find_office", '{"city": "Köln", "limit": 3}')
OPEN = ToolCall("2", "opening_hours", "")
EXPECTED = [{"name": "opening_hours"}, {"name": "find_office", "arguments": {"limit": 3.0, "city": "Köln"}}]


@pytest.mark.parametrize(
    ("made", "expected", "ordered", "is_right"),
    [
        ([FIND, OPEN], EXPECTED, False, True),
        ([FIND, OPEN], EXPECTED, True, False),
        ([OPEN, FIND], EXPECTED, True, True),
        ([FIND], EXPECTED, False, False),
        ([FIND, OPEN, OPEN], EXPECTED, False, False),
        ([], [], False, True),
        ([OPEN], [], False, False),
        ([], EXPECTED, False, False),
        ([FIND], [{"name": "find_office", "arguments": {"city": "köln", "limit": 3}}], False, False),
        ([FIND], [{"name": "find_office", "arguments": {"city": "Köln", "limit": True}}], False, False),
        ([ToolCall("1", "find_office", "{kaputt")], [{"name": "find_office"}], False, False),
        ([FIND, ToolCall("2", "find_office", "{}")], [{"name": "find_office"}, FIND], False, True),
        ([OPEN], [{"name": "opening_hours", "arguments": {}}], False, True),
    ],
)
def test_tool_calls_compare_names_and_arguments(
    made: list[ToolCall], expected: list[Any], ordered: bool, is_right: bool
) -> None:
    score = scorers.tool_calls(expected, ordered=ordered)(row("", calls=made))
    assert isinstance(score, Score)
    assert score.value is is_right
    assert bool(score.note) is not is_right


def test_tool_calls_from_a_column_are_json_or_lists() -> None:
    scorer = scorers.tool_calls()
    for reference in ('[{"name": "opening_hours", "arguments": {}}]', [OPEN], np.array([OPEN], dtype=object)):
        assert scorer(row("", calls=[OPEN], expected=reference)).value is True
    assert scorer(row("", expected=[])).value is True
    for reference in ("kaputt", '{"name": "a"}', [3], 4, *NOTHING):
        score = scorer(row("", calls=[OPEN], expected=reference))
        assert score.value is None
        assert score.note
    with pytest.raises(UsageError):
        scorers.tool_calls([{"arguments": {}}])


@pytest.mark.parametrize(
    ("answer", "expected", "score"),
    [
        # The sentences of Lin (2004), section 3, with equal weights of precision and recall.
        ("police kill the gunman", "police killed the gunman", 0.75),
        ("the gunman kill police", "police killed the gunman", 0.5),
        ("the gunman police killed", "police killed the gunman", 0.5),
        ("a b c", "a b c d e", 2 * 1.0 * 0.6 / 1.6),
        ("Die Bürgerämter öffnen früh.", "die BÜRGERÄMTER öffnen spät", 0.75),
        ("Die Burgeramter offnen fruh.", "die BÜRGERÄMTER öffnen spät", 0.25),
        ("", "etwas", 0.0),
        ("…", "etwas", 0.0),
        ("zwei", ["eins", "zwei"], 1.0),
    ],
)
def test_rouge_l_is_that_of_its_paper(answer: str, expected: Any, score: float) -> None:
    assert of(scorers.rouge_l(), answer, expected=expected).value == pytest.approx(score, abs=1e-12)


def test_bleu_is_that_of_its_paper_with_the_usual_smoothing() -> None:
    scorer = scorers.bleu()
    # 5 of 6 words, 3 of 5 pairs, 1 of 4 triples, and for no quadruple of 3 half a match, as Post's tool smooths.
    by_hand = 100 * (5 / 6 * 3 / 5 * 1 / 4 * 1 / 6) ** (1 / 4)
    assert of(scorer, "the cat is on the mat", expected="the cat sat on the mat").value == pytest.approx(by_hand)
    assert of(scorer, "das Amt", expected="das Amt").value == 100  # though it has no triples
    short = 100 * math.exp(1 - 7 / 6)  # all of it is right, but it is one word short of seven
    assert of(scorer, "the cat sat on the mat", expected="the cat sat on the mat today").value == pytest.approx(short)
    both = of(scorer, "das Amt ist zu", expected=["das Amt ist offen", "heute ist das Amt ist zu"]).value
    assert both > of(scorer, "das Amt ist zu", expected="das Amt ist offen").value
    assert of(scorer, "", expected="das Amt").value == 0
    assert of(scorers.bleu(lowercase=True), "DAS AMT IST ZU", expected="das Amt ist zu").value == 100


def test_chrf_is_that_of_its_paper() -> None:
    scorer = scorers.chrf()
    assert of(scorer, "a b", expected="a c").value == pytest.approx(25)  # half of the letters, none of the pairs
    # Letters: precision 1, recall 2/3; pairs: 1 and 1/2; no triple in the answer. F of weight 2 of the means.
    precision, recall = (1 + 1) / 2, (2 / 3 + 1 / 2) / 2
    by_hand = 100 * 5 * precision * recall / (4 * precision + recall)
    assert of(scorer, "ab", expected="abc").value == pytest.approx(by_hand)
    compound = "Bürgeramtsöffnungszeiten"
    assert of(scorer, "Bürgeramtsöffnungszeit", expected=compound).value > 80
    assert of(scorers.bleu(), "Bürgeramtsöffnungszeit", expected=compound).value == 0
    # Letters: 2 of 3, 1 of 2 pairs, no triple; with words, 1 of 2 and no pair too.
    assert of(scorer, "ab c", expected="ab d").value == pytest.approx(100 * (2 / 3 + 1 / 2) / 3)
    with_words = scorers.chrf(word_order=2)
    assert of(with_words, "ab c", expected="ab d").value == pytest.approx(100 * (2 / 3 + 1 / 2 + 1 / 2) / 5)


def test_perplexity_is_that_of_its_tokens() -> None:
    def unsure(*logprobs: float) -> Score:
        tokens = tuple(Token("x", logprob) for logprob in logprobs)
        score = scorers.perplexity()(Row(0, "?", "m", 0, Reply(text="x", finish="stop", logprobs=tokens)))
        assert isinstance(score, Score)
        return score

    assert unsure(math.log(0.1), math.log(0.1)).value == pytest.approx(10)
    assert unsure(math.log(1 / 2), math.log(1 / 8)).value == pytest.approx(4)
    assert scorers.perplexity().better == "lower"
    for hopeless in ((), (-math.inf,), (-1e6,), (math.nan,)):
        score = unsure(*hopeless)
        assert score.value is None
        assert score.note
    assert "logprobs=1" in unsure().note


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize(
    "scorer",
    [
        scorers.exact(), scorers.contains(), scorers.regex(column="expected"), scorers.number(), scorers.rouge_l(),
        scorers.bleu(), scorers.chrf(), scorers.tool_calls(),
    ],
    ids=lambda scorer: scorer.name,
)  # fmt: skip
def test_without_a_reference_nothing_is_said(scorer: Scorer, nothing: Any) -> None:
    assert of(scorer, "Bonn", expected=nothing) == Score(None, "there is no reference in column 'expected'")


def test_an_unknown_column_is_an_error_that_offers_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'expected'"):
        scorers.exact("expcted")(row("Bonn", expected="Bonn"))


@pytest.mark.parametrize("nothing", [None, "", [], [None], ["Bonn", ""], float("nan")])
def test_an_empty_reference_is_refused_at_once(nothing: Any) -> None:
    for factory in (scorers.exact, scorers.number, scorers.rouge_l, scorers.fields):
        with pytest.raises(UsageError):
            factory(nothing)


def test_every_setting_is_part_of_the_identity_and_the_name_is_not() -> None:
    different = [
        scorers.exact(), scorers.exact("other"), scorers.exact(["other"]), scorers.exact(fold=False),
        scorers.contains(), scorers.contains(fold=False), scorers.regex("a"), scorers.regex("(?i)a"),
        scorers.regex(column="a"), scorers.number(), scorers.number(4), scorers.number(["4"]),
        scorers.number(tolerance=1), scorers.number(relative=1), scorers.number(decimal=","), scorers.schema(Office),
        scorers.schema(Office.model_json_schema()), scorers.schema(Checked),
        scorers.schema({}), scorers.fields(), scorers.fields({"a": "b"}),
        scorers.fields({"a": ["b"]}), scorers.tool_calls(), scorers.tool_calls(ordered=True), scorers.tool_calls([]),
        scorers.tool_calls([OPEN]), scorers.rouge_l(), scorers.bleu(), scorers.bleu(tokenize="char"),
        scorers.bleu(lowercase=True), scorers.chrf(), scorers.chrf(word_order=2), scorers.chrf(lowercase=True),
        scorers.perplexity(),
    ]  # fmt: skip
    identities = [scorer.identity for scorer in different]
    assert len(set(identities)) == len(identities)
    assert scorers.exact(name="place").identity == scorers.exact().identity
    assert scorers.exact(name="place").name == "place"
