"""Warnings of replies: a journal keeps their texts, from which their kinds are told."""

from typing import get_args

from workbench.language import Language
from workbench.reply_warnings import WarningKind, warning_kind, warning_kinds, warning_text
from workbench.views import warning

KINDS: tuple[WarningKind, ...] = get_args(WarningKind)
LANGUAGES: tuple[Language, ...] = get_args(Language)


def test_every_kind_is_told_from_its_text_whatever_is_said_behind_it() -> None:
    for kind in KINDS:
        for detail in ("", ": der Server las 64 Tokens"):
            assert warning_kind(warning_text(kind, detail)) == kind


def test_other_warnings_have_no_kind() -> None:
    others = ["seed= was left out: this server has none", "", "vorher: the prompt was cut"]
    assert warning_kinds(others) == set()
    assert [warning(one, "de") for one in others] == others


def test_the_texts_that_journals_hold_are_known_for_ever() -> None:
    kept: dict[str, WarningKind] = {
        "the prompt was cut: the server read 64 tokens of at least 100": "prompt cut",
        "the prompt was cut, or nearly so: it fills the context of 4096 tokens": "prompt cut",
        "the answer was cut by the limit of tokens": "cut by the limit",
        "the answer repeats itself, and was stopped": "stopped repeating",
        "the answer repeats itself": "repeating",
        "the answer is empty": "empty",
        "the answer is empty: all that came are thoughts": "only thoughts",
        "the model refused to answer": "refused",
        "the server's filter stopped the answer": "filtered",
        "the answer ended for a reason that is not known here: 'eos'": "ending unknown",
        "the server sent several answers; this is the first": "several answers",
        "the answer also holds what is not shown: 'image'": "part not shown",
    }
    assert {text: warning_kind(text) for text in kept} == kept
    assert set(kept.values()) == set(KINDS)


def test_every_kind_has_words_of_its_own_in_german_and_stays_as_it_is_in_english() -> None:
    shown = {language: [warning(warning_text(kind), language) for kind in KINDS] for language in LANGUAGES}
    assert shown["en"] == [warning_text(kind) for kind in KINDS]
    assert len({*shown["de"], *shown["en"]}) == 2 * len(KINDS)
