"""How far a long work is, as numbers and as one line of text: what bars and terminals show of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from html import escape
from time import perf_counter

from workbench.language import Language
from workbench.model_info import Progress
from workbench.texts import plain
from workbench.views._progress_words import ProgressWords, progress_words

_WINDOW_S = 10.0
_SHORTEST_S = 1.0


class Course:
    """What has come of a work that reports its parts one by one.

    Args:
        clock: Seconds, from anywhere.

    >>> course = Course()
    >>> course.take(Progress("pulling", "sha256:a", 50, 100)); course.take(Progress("pulling", "sha256:b", 10, 100))
    >>> course.done_bytes, course.total_bytes, course.share
    (60, 200, 0.3)
    """

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self.status = ""
        self._parts: dict[str, tuple[int, int]] = {}
        self._clock = clock
        self._fresh = 0
        self._seen: deque[tuple[float, int]] = deque()

    def take(self, step: Progress) -> None:
        """Add what was reported now."""
        self.status = step.status
        if not step.digest or step.total_bytes is None:
            return
        # What was there before this work began was not fetched in its time, and says nothing of its pace.
        before = self._parts.get(step.digest, (step.completed_bytes, 0))[0]
        self._parts[step.digest] = (step.completed_bytes, step.total_bytes)
        self._fresh += max(step.completed_bytes - before, 0)
        now = self._clock()
        self._seen.append((now, self._fresh))
        while now - self._seen[0][0] > _WINDOW_S:
            self._seen.popleft()

    @property
    def done_bytes(self) -> int:
        """Bytes that are there, of all parts."""
        return sum(done for done, _ in self._parts.values())

    @property
    def total_bytes(self) -> int:
        """Size of all parts that were reported; others may follow."""
        return sum(total for _, total in self._parts.values())

    @property
    def share(self) -> float:
        """The part that is done, from 0 to 1."""
        return min(self.done_bytes / self.total_bytes, 1.0) if self.total_bytes else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds that are left at the pace of the last ten; None where that cannot be said yet."""
        if not self._seen:
            return None
        span, came = (last - first for last, first in zip(self._seen[-1], self._seen[0], strict=True))
        if span < _SHORTEST_S or came <= 0 or self.done_bytes >= self.total_bytes:
            return None
        return (self.total_bytes - self.done_bytes) * span / came

    def line(self, language: Language) -> str:
        """Say in one line how far it is.

        >>> course = Course()
        >>> course.take(Progress("pulling aa", "sha256:aa", 40_000_000, 98_400_000))
        >>> course.line("de")
        'holt · 40,0 von 98,4 MB'
        """
        words = progress_words(language)
        return " · ".join(part for part in (words.status(self.status), *self._amounts(words)) if part)

    def last_line(self, language: Language, outcome: str) -> str:
        """Say in one line how it ended: an outcome, and how much is there.

        >>> course = Course()
        >>> course.take(Progress("pulling aa", "sha256:aa", 98_400_000, 98_400_000))
        >>> course.last_line("en", "done")
        'done · 98.4 MB'
        """
        words = progress_words(language)
        whole = self.total_bytes and self.done_bytes >= self.total_bytes
        amounts = [words.size(self.total_bytes)] if whole else self._amounts(words, pace=False)
        return " · ".join([outcome, *amounts])

    def _amounts(self, words: ProgressWords, *, pace: bool = True) -> list[str]:
        total = self.total_bytes
        if not total:
            return []
        amounts = [f"{words.size(self.done_bytes, total).partition(' ')[0]} {words.of} {words.size(total)}"]
        if pace and (left := self.seconds_left) is not None:
            amounts.append(f"{left:.0f} {words.left}")
        return amounts


def static_line(title: str, line: str, language: Language) -> str:
    """Write a last line as HTML for a saved notebook without kernel and script; both texts are shown as text.

    >>> static_line("a<b", "done", "en")
    '<p lang="en" class="mathjax_ignore tex2jax_ignore" style="margin: 4px 0"><code>a&lt;b</code> done</p>'
    """
    return (
        f'<p lang="{language}" class="mathjax_ignore tex2jax_ignore" style="margin: 4px 0">'
        f"<code>{escape(plain(title))}</code> {escape(plain(line))}</p>"
    )
