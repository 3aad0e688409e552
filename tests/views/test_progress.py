"""How far a long work is, as a line, a bar, and a line that stays."""

from __future__ import annotations

import pytest

from workbench.errors import UsageError
from workbench.model_info import Progress
from workbench.views import Course, ProgressBar, progress_words, static_line

MB = 1_000_000
HOSTILE = '<img src=x onerror="alert(1)">\x1b[2J\u202e'


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def at(clock: Clock, course: Course, seconds: float, done: int) -> None:
    clock.now = seconds
    course.take(Progress("pulling aa", "sha256:aa", done, 100 * MB))


def test_the_rest_is_told_by_the_pace_of_the_last_seconds() -> None:
    clock = Clock()
    course = Course(clock)
    at(clock, course, 0.0, 0)
    assert course.seconds_left is None
    at(clock, course, 2.0, 20 * MB)
    assert course.seconds_left == 8
    assert course.line("en") == "fetches · 20.0 of 100.0 MB · 8 s left"
    assert course.line("de") == "holt · 20,0 von 100,0 MB · 8 s verbleiben"
    for second in range(3, 30):  # ten times slower now
        at(clock, course, second, 20 * MB + second * MB)
    assert course.seconds_left == pytest.approx(51)


def test_what_was_there_before_says_nothing_of_the_pace() -> None:
    clock = Clock()
    course = Course(clock)
    at(clock, course, 0.0, 50 * MB)
    at(clock, course, 5.0, 60 * MB)
    assert course.share == 0.6
    assert course.seconds_left == 20


def test_parts_are_added_up() -> None:
    course = Course()
    for digest in ("sha256:aa", "sha256:bb"):
        course.take(Progress("pulling", digest, 30, 60))
    course.take(Progress("verifying sha256 digest"))
    assert course.line("en") == "checks · 60 of 120 B"
    assert course.last_line("en", "failed") == "failed · 60 of 120 B"


def test_the_words_are_the_same_in_both_languages() -> None:
    english, german = progress_words("en"), progress_words("de")
    assert english.statuses.keys() == german.statuses.keys()
    assert english.cancel != german.cancel
    with pytest.raises(UsageError, match="choose one of en, de"):
        progress_words("fr")


def test_a_bar_is_labelled_and_cancels_once() -> None:
    pressed: list[int] = []
    bar = ProgressBar("ollama/qwen3", cancel=lambda: pressed.append(1), language="de")
    assert bar.bar.description == "ollama/qwen3"
    assert (bar.button.description, bar.button.tooltip) == ("Abbrechen", "Abbrechen: Fortschritt von ollama/qwen3")
    bar.button.click()
    assert pressed == [1]
    assert bar.button.disabled
    assert bar.button.description == "Bricht ab …"
    assert repr(bar) == "Fortschritt von ollama/qwen3"


def test_what_a_server_says_is_text() -> None:
    course = Course()
    course.take(Progress(HOSTILE))
    html = static_line(HOSTILE, course.last_line("en", course.line("en")), "en")
    assert "<img" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    bar = ProgressBar(HOSTILE, cancel=lambda: None)
    bar.take(Progress(HOSTILE))
    assert not {"\x1b", "\u202e"} & set(bar.text.value + bar.bar.description + bar.button.tooltip)
