"""How far a long work is, as a line, a bar, and a line that stays."""

from __future__ import annotations

import pytest

from workbench.errors import UsageError
from workbench.model_info import Progress
from workbench.views import Course, WorkView, progress_words, static_line

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
    with pytest.raises(UsageError, match="must be 'en' or 'de'"):
        progress_words("fr")


def test_a_work_can_be_ended_once_and_from_a_page_only() -> None:
    pressed: list[int] = []
    view = WorkView("ollama/qwen3", press=lambda: pressed.append(1), button="Abbrechen", pressed="…", language="de")
    for _ in range(2):
        view._on_message(view, {"pressed": True}, [])
    assert pressed == [1]
    assert view.words == {"button": "Abbrechen", "pressed": "…", "gone": "Kernel beendet"}
    assert repr(view) == "ollama/qwen3"


def test_what_a_server_says_is_text() -> None:
    course = Course()
    course.take(Progress(HOSTILE))
    html = static_line(HOSTILE, course.last_line("en", course.line("en")), "en")
    assert "<img" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    view = WorkView(HOSTILE, press=lambda: None, button="Cancel", pressed="Cancelling…")
    view.show(course.line("en"), course.share)
    assert not {"\x1b", "\u202e"} & set(view.line + view.title)
