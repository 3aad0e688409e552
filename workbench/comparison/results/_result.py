"""What came of each cell of a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from workbench.comparison.plan._plan import Cell
from workbench.errors import WorkbenchError
from workbench.messages import Reply
from workbench.reply_warnings import REPEATING, warning_kinds
from workbench.texts import as_unicode

Status = Literal["answered", "failed", "stopped"]
STATUSES: tuple[Status, ...] = get_args(Status)

LeftOut = Literal[
    "failed",
    "stopped",
    "not asked",
    "prompt cut",
    "repeats itself",
    "cut by the limit",
    "refused by the model",
    "refused by the server's filter",
    "perhaps not whole",
    "empty",
    "retried",
]
"""Why a verdict does not count a cell, as the tables say it too."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one cell.

    Attributes:
        cell: The cell.
        reply: The answer; where `error` is set, what had come of it.
        error: Why there is no whole answer.
        tries: How often it was asked.
        earlier: Of a dialogue the answers before the last; `reply` then has the tokens and seconds of all.
    """

    cell: Cell
    reply: Reply | None = None
    error: Exception | None = None
    tries: int = 1
    earlier: tuple[Reply, ...] = ()

    @property
    def status(self) -> Status:
        """How it ended: "answered", "failed" or "stopped"."""
        if self.error is not None or self.reply is None:
            return "failed"
        return "stopped" if self.reply.finish == "cancelled" else "answered"

    @property
    def replies(self) -> tuple[Reply, ...]:
        """All answers: one, or those to each turn of a dialogue, as far as there are any."""
        return self.earlier if self.reply is None else (*self.earlier, self.reply)

    @property
    def left_out(self) -> LeftOut | None:
        """Why a verdict does not count this cell, in a word or two; None where it does.

        What says something of the server, the limits or luck says nothing of how well the model answers.
        """
        status = self.status
        if status != "answered":
            return status
        replies = self.replies
        finishes = {one.finish for one in replies}
        of_last = warning_kinds(replies[-1].warnings)
        of_any = warning_kinds(warning for one in replies for warning in one.warnings)
        marks: dict[LeftOut, bool] = {
            "prompt cut": "prompt cut" in of_last,
            "repeats itself": "repetition" in finishes or bool(of_last & REPEATING),
            "cut by the limit": "length" in finishes,
            "refused by the model": "refused" in of_any,
            "refused by the server's filter": "content_filter" in finishes,
            "perhaps not whole": "ending unknown" in of_any,
            "empty": any(not one.text.strip() and not one.tool_calls for one in replies),
            "retried": self.tries > 1,
        }
        return next((mark for mark, is_set in marks.items() if is_set), None)

    @property
    def problem(self) -> str | None:
        """The error in one line; None where there is none."""
        if self.error is None:
            return None
        text = str(self.error)
        if not isinstance(self.error, WorkbenchError):
            text = f"{type(self.error).__name__}: {text}"
        return as_unicode(" ".join(text.split()))
