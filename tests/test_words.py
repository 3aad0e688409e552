"""The words of the package: plain English, and German, and no third language by a stray `KeyError`."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from score_tables import scores

from workbench.comparison.statistics import verdict
from workbench.errors import UsageError
from workbench.serverbench import Bench
from workbench.views import progress_words, trust_words, words
from workbench.views.agents import agent_words
from workbench.views.charts._words import chart_words
from workbench.views.controls import control_words
from workbench.views.doctor import doctor_words
from workbench.views.panel._words import panel_words

HOUSE = Path(__file__).parents[1] / "workbench"

# Nobody says "x is no list" or "x is none", but "x is not a list" or "x must be a list". "There is no list" is right.
ODD = re.compile(r"(?<!here )\b(?:is|are|was|were|be) (?:no|none)\b(?! (?:better|less|longer|more|one|other)\b)")


def told(text: str) -> str:
    """A file's text in one line, as sentences go on in the next line, and comments too."""
    return " ".join(word for word in text.split() if word != "#")


def test_nothing_is_called_no_such_thing() -> None:
    files = [file for kind in ("*.py", "*.js") for file in sorted(HOUSE.rglob(kind))]
    texts = {file: told(file.read_text(encoding="utf-8")) for file in files}
    assert [
        f"{file.relative_to(HOUSE)}: {text[found.start() - 30 : found.end() + 30]}"
        for file, text in texts.items()
        for found in ODD.finditer(text)
    ] == []


def test_what_is_right_english_may_stay() -> None:
    assert ODD.search("There is no answer yet. It has no sheet. It is no longer there, and nobody is there.") is None
    assert ODD.findall("Here it is no list, and the key is none.") == ["is no", "is none"]


def verdicts_words(language: str) -> object:
    return verdict(scores(A=[0.0, 1.0], B=[1.0, 1.0])).in_words(language)  # type: ignore[arg-type]


def benchs_words(language: str) -> object:
    return Bench("x/m", is_open=False, requests=[]).in_words(language)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "words_in",
    [
        words, progress_words, trust_words, panel_words, doctor_words, agent_words, chart_words, control_words,
        verdicts_words, benchs_words,
    ],
)  # fmt: skip
def test_another_language_is_refused_alike_wherever_it_is_named(words_in: Callable[[str], object]) -> None:
    with pytest.raises(UsageError) as told:
        words_in("fr")
    assert str(told.value) == "language= must be 'en' or 'de', not 'fr'"
    assert words_in("de") != words_in("en")
