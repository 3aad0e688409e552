"""A blind vote's view, its Python side, and the result that stays: hostile names and answers are text in both."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.comparison.voting import Ballot, Tally
from workbench.errors import UsageError, VoteFileError
from workbench.views import VoteView, vote_result, vote_text
from workbench.views.vote import vote_words

HOSTILE = "<script>x</script>"


class Scripted:
    """A vote on three pairs that notes what was chosen."""

    def __init__(self) -> None:
        self.chosen: list[str] = []
        self.total = 3
        self.fails = False

    @property
    def done(self) -> int:
        return len(self.chosen)

    @property
    def advice(self) -> str:
        return f"{self.done} votes\x1b"

    def next(self) -> Ballot | None:
        return Ballot(self.done + 1, 3, "Wo?\x07", HOSTILE, "b\u202e") if self.done < 3 else None

    def choose(self, choice: str) -> Ballot | None:
        if self.fails:
            raise VoteFileError("the disk\nis full\x1b", where="a")
        self.chosen.append(choice)
        return self.next()

    def back(self) -> Ballot | None:
        self.chosen.pop()
        return self.next()

    def reveal(self) -> None:
        self.chosen.append("revealed")


def press(view: VoteView, **content: object) -> None:
    view._on_message(view, content, [])
    view.refresh()


def tally(*choices: str) -> Tally:
    rows = [
        {
            "voter": "1", "prompt_id": number, "prompt_digest": str(number), "repeat": 0, "first": "a",
            "second": HOSTILE, "choice": choice, "winner": {"1": "a", "2": HOSTILE}.get(choice), "at": "",
        }
        for number, choice in enumerate(choices)
    ]  # fmt: skip
    return Tally(pd.DataFrame(rows).astype({"winner": "string"}))


def test_the_page_gets_readable_text_and_a_press_on_the_pair_that_it_shows_counts() -> None:
    vote = Scripted()
    view = VoteView(vote)
    assert view.state["ballot"] == {
        "number": 1, "prompt": "Wo?␇", "answers": [HOSTILE, "b[U+202E]"], "chosen": "",
    }  # fmt: skip
    assert view.advice == "0 votes␛"
    press(view, choose="1", number=1)
    press(view, choose="2", number=1)  # the second of two quick presses
    assert vote.chosen == ["1"]
    assert (view.state["done"], view.state["ballot"]["number"]) == (1, 2)
    press(view, back=True)
    assert vote.chosen == []
    for other in ({"choose": 1, "number": 1}, {"choose": "1"}, {"choose": "1", "number": "1"}, {"what": "ever"}):
        press(view, **other)
    assert vote.chosen == []
    press(view, reveal=True)
    assert vote.chosen == ["revealed"]


def test_a_vote_that_fails_is_told_in_one_line_until_the_next_press() -> None:
    vote = Scripted()
    view = VoteView(vote)
    vote.fails = True
    press(view, choose="=", number=1)
    assert view.problem == "the disk is full␛ (a)"
    vote.fails = False
    press(view, choose="=", number=1)
    assert (view.problem, vote.chosen) == ("", ["="])


def test_the_result_is_told_in_words_as_a_table_and_as_a_picture() -> None:
    told = tally("1", "1", "2", "=", "s")
    html = vote_result(told, "en", remark="kept in <a>")
    assert HOSTILE not in html
    assert "&lt;script&gt;" in html
    assert "a is ahead of &lt;script&gt;" in html
    assert "kept in &lt;a&gt;" in html
    assert html.count('<img src="data:image/svg+xml;base64,') == 1
    assert "<img" not in vote_result(told, "en", pictured=False)
    lines = vote_text(told, "de").splitlines()
    assert lines[0] == "Blinde Abstimmung: Ergebnis"
    assert lines[1].split("  ")[3:] == ["2", "1", "1"]
    assert lines[1].startswith("a  0,")


def test_votes_that_do_not_count_make_no_table() -> None:
    with pytest.raises(UsageError, match="there is no vote yet"):
        _ = tally("s", "s").table
    assert tally("s").advice == "No vote counts yet."


def test_a_kernel_that_ends_takes_unkept_votes_with_it() -> None:
    assert "votes are kept" in VoteView(Scripted()).words["gone"]
    assert VoteView(Scripted(), is_kept=False).words["gone"] == "Kernel gone, and the votes with it."


def test_both_languages_say_the_same() -> None:
    assert vote_words("en").keys() == vote_words("de").keys()
    with pytest.raises(UsageError, match="must be 'en' or 'de'"):
        vote_words("fr")
