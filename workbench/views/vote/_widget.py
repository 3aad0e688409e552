"""The Python side of a blind vote: it hands the page two answers at a time, and takes what is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import anywidget
import traitlets

from workbench.comparison.voting import Ballot
from workbench.errors import WorkbenchError
from workbench.language import Language
from workbench.texts import line, plain
from workbench.views.page import new_place, script, styles
from workbench.views.vote._words import vote_words


class Voting(Protocol):
    """What the view asks of a vote. All may raise WorkbenchError."""

    @property
    def done(self) -> int:
        """How many pairs were voted on."""
        ...

    @property
    def total(self) -> int:
        """How many there are."""
        ...

    @property
    def advice(self) -> str:
        """How many more votes would decide it."""
        ...

    def next(self) -> Ballot | None:
        """The two answers to vote on now; None for none."""
        ...

    def choose(self, choice: str) -> Ballot | None:
        """Vote on them."""
        ...

    def back(self) -> Ballot | None:
        """Go back by one."""
        ...

    def reveal(self) -> object:
        """End the vote."""
        ...


class VoteView(anywidget.AnyWidget):
    """Two answers side by side without their models' names, and buttons and keys to vote.

    Whatever a model writes is shown as text. `refresh` shows how the vote stands, whoever has voted.

    Args:
        vote: The vote.
        language: "en" or "de".
        remarks: Lines that are said below all the time.
        is_kept: Whether its votes outlive the kernel.

    Raises:
        UsageError: No view speaks the language.
    """

    _esm = script("vote")
    _css = styles("vote")

    place = traitlets.Unicode().tag(sync=True)
    language = traitlets.Unicode("en").tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    remarks: traitlets.List[str] = traitlets.List().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    advice = traitlets.Unicode("").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    result = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self, vote: Voting, *, language: Language = "en", remarks: Sequence[str] = (), is_kept: bool = True
    ) -> None:
        self._vote = vote
        words = dict(vote_words(language))
        words["gone"] = words["gone" if is_kept else "gone_unkept"]
        super().__init__(place=new_place(), words=words, language=language, remarks=list(remarks))
        self.on_msg(self._on_message)
        self.refresh()

    def __repr__(self) -> str:
        return vote_words(self.language)["title"]

    def refresh(self) -> None:
        """Show how the vote stands: the answers at once, the advice when it is worked out."""
        ballot = self._vote.next()
        self.state = {
            "done": self._vote.done,
            "total": self._vote.total,
            "ballot": ballot
            and {
                "number": ballot.number,
                "prompt": plain(ballot.prompt),
                "answers": [plain(ballot.first), plain(ballot.second)],
                "chosen": ballot.chosen,
            },
        }
        self.advice = plain(self._vote.advice)

    def _on_message(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        """What was pressed; a press on a pair that is not shown any more, such as a second one, counts for nothing."""
        self.problem = ""
        try:
            match content:
                case {"choose": str(choice), "number": int(number)}:
                    ballot = self._vote.next()
                    if ballot is not None and ballot.number == number:
                        self._vote.choose(choice)
                case {"back": True}:
                    self._vote.back()
                case {"reveal": True}:
                    self._vote.reveal()
        except WorkbenchError as error:
            self.problem = plain(line(str(error)))
