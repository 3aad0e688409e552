"""Answers as models write them: what a careful person would count counts, and the note says by which rule."""

import datetime
import math
import unicodedata
from typing import Any

import pandas as pd
import pytest
from scripted_model import ScriptedEngine, echo

from workbench.comparison import scorers
from workbench.comparison.scorers.reading._bare import bare_grade, bare_winner
from workbench.comparison.scorers.reading._json import read_fenced
from workbench.comparison.scoring._scorer import Row, Score
from workbench.connections import Model
from workbench.messages import Reply, Request


def of(scorer: Any, answer: str, **given: Any) -> Score:
    score = scorer(Row(0, "Wo?", "m", 0, Reply(text=answer, finish="stop"), given))
    assert isinstance(score, Score)
    return score


@pytest.mark.parametrize(
    "answer",
    [
        "Bürger\u00adamt – Mitte",
        "B\u200bürgeramt\u2060 — Mitte\ufeff",
        "Bürgeramt\u00a0-\u202fMitte",
        unicodedata.normalize("NFD", "Bürgeramt ‑ Mitte"),
        "Ｂürgeramt − Mitte",
        "\u202aBürgeramt\u202c ‒ Mitte\ufe0e",
        "Bürgeramt\U000e0041 - Mitte",
    ],
)
def test_what_nobody_sees_and_what_looks_alike_makes_no_difference(answer: str) -> None:
    assert of(scorers.exact(["Bürgeramt - Mitte"]), answer).value is True
    assert of(scorers.contains(["bürgeramt - mitte"]), f"Es ist das {answer}!").value is True
    assert of(scorers.exact(["Bürgeramt - Mitte"], fold=False), answer).value is False
    assert of(scorers.exact(["Bürgeramt - Nord"]), answer).value is False


def test_quotes_inside_a_text_are_alike() -> None:
    for answer in ("Der „Rote“ Platz", "Der «Rote» Platz", 'Der "Rote" Platz', "Der ”Rote“ Platz"):
        assert of(scorers.exact(["Der “Rote” Platz"]), answer).value is True
    assert of(scorers.exact(["it's"]), "it’s").value is True


def test_regex_sees_what_a_person_sees_and_says_so() -> None:
    assert of(scorers.regex(r"^Bürgeramt \d{5}$"), "Bür\u00adger\u200bamt\u00a053111") == Score(
        True, "without characters that nobody sees"
    )
    assert of(scorers.regex("\u00ad"), "Bürger\u00adamt") == Score(True)
    assert of(scorers.regex("^Amt$"), "Bür\u00adgeramt").value is False


DAY = datetime.date(2026, 3, 1)


@pytest.mark.parametrize(
    "day", [DAY, pd.Timestamp(DAY), datetime.datetime(2026, 3, 1), "2026-03-01", "01.03.2026", "1. März 2026"]
)
@pytest.mark.parametrize(
    "answer",
    [
        "2026-03-01", "01.03.2026", "1.3.2026", "1. 3. 2026", "1.3.26", "1. März 2026", "1.\u00a0MÄRZ 2026.",
        "1 Mrz. 2026", "March 1, 2026", "1st of March 2026", "1 March 2026", "Mar 1st 2026", "1/3/2026", "3/1/2026",
    ],
)  # fmt: skip
def test_a_date_is_the_same_however_it_is_written(day: Any, answer: str) -> None:
    assert of(scorers.exact(), answer, expected=day).value is True
    assert of(scorers.contains(), f"Das Amt öffnet am {answer} wieder", expected=day).value is True
    for other in ("2. März 2026", "2026-03-11", "1.4.2026", "1. März 2025", "31.13.2026", "März 2026"):
        assert of(scorers.contains(), other, expected=day).value is False


def test_a_moment_needs_its_time() -> None:
    moment = pd.Timestamp("2026-03-01 14:30")
    for answer in ("1.3.2026, 14:30 Uhr", "2026-03-01 14:30:00", "1. März 2026 um 14.30 Uhr", "March 1, 2026, 2:30 pm"):
        assert of(scorers.contains(), answer, expected=moment).value is True, answer
    for answer in ("1.3.2026", "1.3.2026, 15:30 Uhr"):
        assert of(scorers.contains(), answer, expected=moment).value is False, answer
    assert "'2026-03-01'" in of(scorers.exact(), "morgen", expected=pd.Timestamp(DAY)).note


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("3,5 Mio", 3_500_000), ("3,5 Mio. €", 3_500_000), ("3.5 million", 3_500_000), ("2 Mrd. Euro", 2e9),
        ("2 Milliarden", 2e9), ("2 Billionen", 2e12), ("2 billions", 2e9), ("5 Tsd.", 5000), ("5 T€", 5000),
        ("5k", 5000),
        ("1.5M", 1.5e6), ("½", 0.5), ("2½", 2.5), ("2 ½ Stunden", 2.5), ("1 1/2", 1.5), ("¾", 0.75), ("１２", 12),
        ("１．２３４，５６", 1234.56), ("٣", 3), ("1 234", 1234), ("1’234", 1234), ("1_000", 1000), ("5 000 €", 5000),
        ("5\u00ad000", 5000), ("1\u200b234", 1234), ("−5", -5), ("2·10⁶", 2e6), ("10%", 10), ("10 %", 0.1),
        ("12 Prozent", 0.12), ("5 m²", 5), ("5 m", 5), ("zwölf", 12), ("Zwölf.", 12),
        ("Es sind einundzwanzig Ämter.", 21),
        ("zweitausenddreihundert", 2300), ("dreißig", 30), ("twenty-one", 21), ("null", 0), ("eins", 1), ("Ein", 1),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(answer: str, value: float) -> None:
    assert of(scorers.number(value), answer).value is True
    assert of(scorers.number(value + 7), answer).value is False


@pytest.mark.parametrize(
    ("answer", "value", "note"),
    [
        ("3,5 Mio. €", 3_500_000, "'3,5 Mio' was read as 3500000"),
        ("3,5 Mio. €", 3.5, "'3,5 Mio' was read as 3.5"),
        ("12 %", 12, ""),
        ("12 %", 0.12, "'12 %' was read as 0.12"),
        ("2 billion", 2e12, "'2 billion' was read as 2000000000000"),
        ("zwölf", 12, "the word 'zwölf' counts"),
        ("Von 10 sind 3 offen", 3, "the last of 2 numbers counts"),
        ("Antwort: 42. Das sind 10 mehr als 32.", 42, "of 3 numbers that after 'Antwort:' counts"),
        ("**Ergebnis:** 42 (von 100)", 42, "of 2 numbers that after 'Ergebnis:' counts"),
        ("\\boxed{42} und 7", 42, "of 2 numbers that after '\\\\boxed{' counts"),
        ("1 1/2", 0.5, "'1 1/2' was read as 0.5"),
    ],
)
def test_the_note_says_which_rule_decided(answer: str, value: float, note: str) -> None:
    assert of(scorers.number(value), answer) == Score(True, note)


def test_which_of_several_numbers_was_wrong_is_said() -> None:
    assert of(scorers.number(3), "Von 3 sind 10 offen").note == "expected '3', got '10'; the last of 2 numbers counts"
    assert of(scorers.number(3), "Es sind zwölf.").note == "expected '3', got 'zwölf'; the word 'zwölf' counts"


def test_a_quotient_has_one_meaning_where_nothing_stands_before_it() -> None:
    number = scorers.number
    assert of(number(0.75), "3/4") == Score(True, "")
    assert [of(number(value), "2½").value for value in (2.5, 0.5)] == [True, False]


@pytest.mark.parametrize("reference", [True, math.inf, "viele"])
def test_a_reference_that_is_no_number_is_said(reference: object) -> None:
    lacking = of(scorers.number(), "1", expected=reference)
    assert lacking.value is None
    assert "holds no number" in lacking.note


def test_multipliers_are_not_overlooked_where_both_have_one() -> None:
    assert of(scorers.number(), "3,5 Mrd.", expected="3,5 Mio.").value is False
    assert of(scorers.number(), "3,5 Millionen", expected="3,5 Mio.").value is True
    assert of(scorers.number(), "3.500.000", expected="3,5 Mio.").value is True
    assert of(scorers.number(), "10 %", expected="10 Prozent").value is True
    assert of(scorers.number(), "10 %", expected="10 ‰").value is False


@pytest.mark.parametrize("answer", ["ein Amt", "keine", "Das ist one of them", "Hunde", "Drehung", "im Dreieck"])
def test_words_that_are_no_numbers(answer: str) -> None:
    assert "holds no number" in of(scorers.number(1), answer).note


@pytest.mark.parametrize(
    "answer",
    [
        '\ufeff{"city": "Köln"}', '```json\n{"city": "Köln"}\n```', '~~~\n{"city": "Köln"}\n~~~',
        '  ```JSON\n  {"city": "Köln"}\n  ```', '```json\n{"city": "Köln"}', '````\n{"city": "Köln"}\n````',
        'Gern: {"city": "Köln"}. Noch etwas?', 'Erst {so}, dann {"city": "Köln"}', '```json\n{"city": "Köln"}```',
        '{"city": "Köln"}\n\nDas ist } alles.', 'Das: {"city": "Köln", "note": "a } b \\" c"}!',
    ],
)  # fmt: skip
def test_json_is_found_where_it_stands(answer: str) -> None:
    found = scorers.fields({"city": ["Köln"]})(Row(0, "Wo?", "m", 0, Reply(text=answer, finish="stop")))
    assert isinstance(found, dict)
    assert found["city"].value is True


@pytest.mark.parametrize(
    "answer",
    ['{"city": {"city": "Köln"}', '{"a": 1} oder {"city": "Köln"}', '{"city": "Köln",}', "{'city': 'Köln'}",
     '```json\n{"city": "Köln"}\n```\n```json\n{"city": "Bonn"}\n```', 'Zu {"x": {"city": "Köln"}'],
)  # fmt: skip
def test_json_that_is_cut_or_not_the_only_one_is_none(answer: str) -> None:
    with pytest.raises(ValueError, match="not JSON"):
        read_fenced(answer)


def test_a_mark_before_json_breaks_no_schema() -> None:
    assert of(scorers.schema({"type": "object"}), "\ufeff{}").value is True


@pytest.mark.parametrize(
    "text",
    [
        "4", "4.", " **4** ", "Note: 4", "4/5", "4 von 5", "**Note: 4/5**", "vier", "Vier.", "# 4", "Die Note ist 4.",
        "Grade: 4 (of 5)", "Score: **4**, because 2 facts are missing", '{"grade": 4}', '{"grade": "4"}',
        "Bewertung – 4",
        '{"grade": 4.0, "reason": ""}', "Ich gebe 4 Punkte.", "\ufeff4\u200b", "Note:\n\n4",
    ],
)  # fmt: skip
def test_a_bare_grade_counts(text: str) -> None:
    found = bare_grade(text, 1, 5)
    assert found is not None
    assert found["grade"] == 4
    assert found["reason"]


@pytest.mark.parametrize(
    "text",
    ["", "gut", "7", "0", "4,5", "4.5", "4-5", "zwischen 3 und 4", "4/10", "Note: -4", '{"grade": 9}',
     '{"grade": true}', "Note: 4 oder Note: 5",
     "Note: 4 oder 5", "14", "Note 2024", '{"grade": "gut"}', '{"grade": null}'],
)  # fmt: skip
def test_a_grade_that_is_not_sure_does_not(text: str) -> None:
    assert bare_grade(text, 1, 5) is None


def test_a_bare_winner_counts_where_it_is_sure() -> None:
    names = {text: (bare_winner(text) or {}).get("winner") for text in (
        "A", "**B**.", "Winner: A", "Sieger ist B, da kürzer.", "tie", "Unentschieden", "A or B",
        "Antwort A ist schlechter", "", "Winner: A. Winner: B.",
    )}  # fmt: skip
    assert list(names.values()) == ["A", "B", "A", "B", "tie", "tie", None, None, None, None]


async def test_a_judge_that_gives_a_bare_grade_is_understood_and_the_note_says_so() -> None:
    class Judge(ScriptedEngine):
        async def ask(self, request: Request) -> Reply:
            return Reply(text="Note: 4/5", finish="stop")

    judge = scorers.judge(Model("x/judge", "judge", Judge("x", echo, 1), 1), "5 ist gut, 1 ist schlecht.")
    score = await judge(Row(0, "Wo?", "m", 0, Reply(text="Bonn", finish="stop")))  # type: ignore[misc]
    assert score == Score(4, "no object, but the grade stands in 'Note: 4/5'")
