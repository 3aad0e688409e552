"""One turn from plain data: what was asked, what came, and what filled the context."""

from __future__ import annotations

import re

import pytest
from views.agents.test_timeline import HOSTILE, Reader

from workbench.views.agents import Handed, Question, Turn, inspector

TURN = Turn(number=3, who="clerk", parts=(), seconds=1.5, tokens=120)


def asked(text: str = "Guten Tag", prompt: int | None = 100) -> Question:
    handed = (
        Handed("system", "system", text),
        Handed("conversation", text, text),
        Handed("results", text, text),
        Handed("tools", text, text),
    )
    return Question(
        kind="model", who="clerk", handed=handed, settings=text, answer=text, thought=text, finish="stop",
        prompt_tokens=prompt, completion_tokens=None if prompt is None else 20, recorded=True,
    )  # fmt: skip


def called(text: str = "Guten Tag") -> Question:
    return Question(kind="tool", who="clerk", handed=(Handed("conversation", text, text),), answer=text, failed=True)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_is_shown_as_it_is_and_makes_no_element(text: str) -> None:
    page, tame = (Reader(inspector(TURN, [asked(one), called(one)])) for one in (text, "Guten Tag"))
    assert page.tags == tame.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in tame.attributes]


def test_all_that_was_asked_and_answered_is_there() -> None:
    text = "".join(Reader(inspector(TURN, [asked("Eins"), called("Zwei")])).texts)
    for words in (
        "Turn 3 clerk · 1.5 s",
        "1. Model asked · clerk · ⏺ recorded", "2. Tool called · clerk · ✗ failed", "Messages, as the model was",
        "Tools offered", "Other settings", "Answer, as it came · ended by stop", "Thoughts, 4 characters", "120 tokens",
    ):  # fmt: skip
        assert words in text, words
    assert text.count("Eins") == 10


def test_the_bar_counts_tokens_where_the_server_did() -> None:
    html = inspector(TURN, [asked("x" * 40)])
    assert "tokens as the server counted them" in html
    for words in ("system message ≈ 25 tokens (21 %)", "tools offered ≈ 25 tokens (21 %)", "answer 20 tokens (17 %)"):
        assert words in html
    widths = [float(one) for one in re.findall(r"<div style=\"width: ([\d.]+)%; [^\"]*background-color", html)]
    assert sum(widths) == pytest.approx(100, abs=0.1)


def test_the_bar_counts_characters_where_the_server_counted_nothing() -> None:
    html = inspector(TURN, [asked("x" * 40, prompt=None)])
    assert "characters, as the server counted no tokens" in html
    assert "system message 40 characters (17 %)" in html


def test_german_words() -> None:
    text = "".join(Reader(inspector(TURN, [asked(), called()], "de")).texts)
    for words in ("Zug 3 clerk", "Was den Kontext füllt", "Modell gefragt", "Angebotene Werkzeuge", "Antwort, wie sie"):
        assert words in text, words
