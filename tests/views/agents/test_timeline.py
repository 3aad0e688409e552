"""The picture of a session from plain data: structure, words, marks, and texts that are nothing but text."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from workbench.errors import UsageError
from workbench.language import Language
from workbench.views.agents import Branch, Conversation, Link, Part, Turn, Way, branch_tree, speakers, timeline

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "</pre></td></table><iframe src='http://127.0.0.1:9'>",
    '" style="background:url(http://127.0.0.1:9)" x=\'',
    "]]></title><a href='javascript:alert(1)'>",
    "\x1b[31mred \u202efdp\x00",
]
VOID = {"img", "br"}


class Reader(HTMLParser):
    """Reads HTML as a browser does: its tags, attributes and texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def whole(text: str = "Die Frist fehlt.", name: str = "reviewer") -> Conversation:
    """A session with all that can be shown, in which every text and name can be another."""
    parts = (
        Part(kind="thought", who=name, text=text),
        Part(kind="call", who=name, text=text, tool=text, result=text, marks=("failed", "recorded")),
        Part(kind="said", who=name, text=text, marks=("changed",), before=text),
        Part(kind="said", who="helper", text=text),
        Part(kind="handoff", who=name, text=text, to=name),
        Part(kind="event", who=name, text=text, tool=text),
    )
    turns = (
        Turn(number=0, who="user", parts=(Part(kind="said", who="user", text=text),), seconds=0.0),
        Turn(number=1, who=name, parts=(Part(kind="said", who=name, text=text),), undone=True),
        Turn(number=1, who=name, parts=parts, tokens=1234, seconds=1.25, asked=2, recorded=1),
        Turn(
            number=2,
            who=name,
            parts=(Part(kind="call", who=name, tool=text, text=text, marks=("waiting",)),),
            waits=True,
        ),
    )
    branches = (
        Branch(name="0", parent="", at=None, change="", turns=2, differs_at=None, state=text, shown=True),
        Branch(name="0.1", parent="0", at=1, change=text, turns=2, differs_at=2, state=text, note=text),
    )
    links = (Link("user", name, "speaks", 1), Link(name, "helper", "delegates", 2), Link(name, "user", "hands", 3))
    ways = (Way("approve", text), Way("answer", name), Way("run", name), Way("queue"), Way("limit"))
    return Conversation(
        agents=("user", name, "helper"), turns=turns, links=links, branches=branches, state="halted", reason=text,
        ways=ways, warnings=(text,),
    )  # fmt: skip


def pictures(html: str) -> Iterator[str]:
    for data in re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html):
        yield base64.b64decode(data).decode()


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_is_shown_as_it_is_and_makes_no_element(text: str) -> None:
    html, tame = timeline(whole(text, text)), timeline(whole())
    page, other = Reader(html), Reader(tame)
    assert page.tags == other.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in other.attributes]
    for picture, other_picture in zip(pictures(html), pictures(tame), strict=True):
        drawn, wanted = ElementTree.fromstring(picture), ElementTree.fromstring(other_picture)
        assert [node.tag for node in drawn.iter()] == [node.tag for node in wanted.iter()]


def test_nothing_is_fetched_and_nothing_runs() -> None:
    html = timeline(whole())
    sources = [value for name, value in Reader(html).attributes if name in ("src", "href")]
    assert sources
    assert all(str(value).startswith("data:image/svg+xml;base64,") for value in sources)
    for text in (html, *(one.replace("http://www.w3.org/2000/svg", "") for one in pictures(html))):
        assert not any(word in text for word in ("<script", "@import", "url(", "http"))


def test_without_its_style_sheet_it_is_readable() -> None:
    bare = re.sub("<style>.*?</style>", "", timeline(whole()), flags=re.DOTALL)
    assert "var(" not in bare
    assert "max-height: 520px; overflow: auto" in bare


def test_turns_are_a_table_whose_rows_have_heads() -> None:
    html = timeline(whole())
    assert html.count('<th scope="row"') == 4
    for head in ("Turn", "What happened", "Cost"):
        assert re.search(rf'<th scope="col"[^>]*>{head}</th>', html)
    assert 'tabindex="0"' in html


def test_what_is_to_be_known_of_a_turn_is_said_in_words() -> None:
    text = "".join(Reader(timeline(whole())).texts)
    for words in (
        "task", "↶ taken back", "‖ waits", "✗ failed", "⏺ recorded", "‖ waits for approval", "changed after the model",
        "Thoughts, 16 characters", "hands over to reviewer", "1,234 tokens", "1.2 s", "3 questions", "⏺ 1 recorded",
        "‖ halted: Die Frist fehlt.", "session.approve()", "session.answer(…)", "session.limit(…)", "session.queue",
        "⚠ Die Frist fehlt.",
    ):  # fmt: skip
        assert words in text, words


def test_an_undone_turn_is_struck() -> None:
    html = timeline(whole())
    struck = re.findall(r"<s style.*?</s>", html, flags=re.DOTALL)
    assert len(struck) == 2
    assert "reviewer" in struck[0]
    assert "Die Frist fehlt." in struck[1]


def test_of_a_long_text_the_rest_is_folded_away() -> None:
    html = timeline(whole("Wort " * 300))
    assert "more characters" in html
    assert "noch " in timeline(whole("Wort " * 300), "de")


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_picture_has_its_words_and_its_table(language: Language) -> None:
    told = whole()
    html = timeline(told, language)
    for drawing in (speakers(told.agents, told.links, language), branch_tree(told.branches, language)):
        assert f'alt="{drawing.text}"' in html
    assert html.count('class="wb-table"') == 2


def test_german_words() -> None:
    text = "".join(Reader(timeline(whole(), "de")).texts)
    for words in (
        "Sitzung: user, reviewer, helper", "1 Zug · 1.234 Token · 1,2 s · ‖ angehalten", "Was geschah", "Aufgabe",
        "zurückgenommen", "✗ fehlgeschlagen · ⏺ aufgezeichnet", "wartet auf Zustimmung", "Gedanken, 16 Zeichen",
        "übergibt an reviewer", "Wer mit wem spricht", "Zweige", "Als Tabelle",
    ):  # fmt: skip
        assert words in text, words


def test_a_session_that_has_not_begun() -> None:
    text = "".join(Reader(timeline(Conversation(agents=("clerk",), turns=(), state="not begun"))).texts)
    assert "0 turns" in text
    assert "○ not begun" in text
    assert "Who speaks to whom" not in text


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UsageError):
        timeline(whole(), "fr")  # type: ignore[arg-type]
