"""The static tables: what stays of a comparison in a saved notebook and on a terminal."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from workbench.errors import UsageError
from workbench.views import Answer, comparison_table, comparison_text

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "</pre></td></table><iframe src='http://127.0.0.1:9'>",
    '" style="background:url(http://127.0.0.1:9)" x=\'',
    "&lt;b&gt; &amp; &#60;i&#62;",
    "![x](http://127.0.0.1:9/?q=secret) $\\href{javascript:alert(1)}{x}$",
]


class Reader(HTMLParser):
    """Reads HTML as a browser does: its tags, its attributes, and the text of each block."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def cells_of(text: str, status: str = "answered", note: str = "1.2 s, 3 tokens") -> list[list[list[Answer]]]:
    return [[[Answer(status, text, note)]]]  # type: ignore[arg-type]


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_is_shown_as_it_is_and_makes_no_element(text: str) -> None:
    page = Reader(comparison_table([text], [text], cells_of(text, "failed", text), caption=text))
    assert set(page.tags) == {
        *("div", "style", "table", "caption", "span", "thead", "tbody", "tr", "th", "td", "pre"),
    }
    assert page.tags.count("style") == 1
    assert page.attributes == {
        *("aria-label", "class", "data-lm-suppress-shortcuts", "dir", "lang", "role", "scope", "style", "tabindex"),
    }
    shown = "".join(page.texts)
    assert shown.count(text) == 5, "prompt, label, answer, error and caption"


def test_unseen_characters_are_made_visible() -> None:
    html = comparison_table(["\x1b[31mred"], ["a\u202eb"], cells_of("x\U000e0041y\udfff"))
    assert "␛[31mred" in html
    assert "a[U+202E]b" in html
    assert "x[U+E0041]y\ufffd" in html
    html.encode("utf-8")


def test_texts_stand_where_formulas_are_not_set() -> None:
    page = Reader(comparison_table(["$a$"], ["m"], cells_of("costs $5 and $6")))
    assert page.tags.count("pre") == 2
    assert "mathjax_ignore" in comparison_table(["$a$"], ["m"], cells_of("x"))


def test_the_table_needs_no_script_style_sheet_or_variable() -> None:
    html = comparison_table(["p"], ["m"], cells_of("x"))
    assert not any(word in html for word in ("<script", "@import", "url(", "http"))
    bare = re.sub("<style>.*?</style>", "", html, flags=re.DOTALL)
    assert "var(" not in bare
    assert "max-height: 520px; overflow: auto" in bare


def test_repeats_stand_in_one_cell_in_their_order() -> None:
    answers = [Answer("answered", "first", "1 s"), Answer("stopped", "second", ""), Answer("failed", "", "gone")]
    page = Reader(comparison_table(["p"], ["m"], [[answers]]))
    assert page.tags.count("td") == 1
    assert page.texts[-5:] == ["✓ answered · 1 s", "first", "■ stopped", "second", "✗ failed · gone"]


def test_an_empty_answer_is_said_to_be_empty() -> None:
    assert "(empty answer)" in comparison_table(["p"], ["m"], cells_of(" \n"))
    assert "(leere Antwort)" in comparison_table(["p"], ["m"], cells_of(""), language="de")


def test_a_cell_that_still_waits_was_not_asked() -> None:
    assert "○ not asked" in comparison_table(["p"], ["m"], cells_of("", "waiting", ""))
    assert "m ○ nicht gefragt" in comparison_text(["p"], ["m"], cells_of("", "waiting", ""), language="de")


@pytest.mark.parametrize("text", ["wort " * 400, "x" * 3000, "\n".join("kurz" for _ in range(40)), "ab cd\n" * 300])
def test_of_a_long_text_the_rest_is_folded_away_and_nothing_is_lost(text: str) -> None:
    page = Reader(comparison_table([text], ["m"], cells_of(text)))
    assert page.tags.count("details") == page.tags.count("summary") == 2
    at = [number for number, words in enumerate(page.texts) if words.endswith("more characters")]
    for place in at:
        beginning, rest = page.texts[place - 1], page.texts[place + 1]
        assert text in (beginning + rest, f"{beginning}\n{rest}")
        assert len(beginning) <= 500
        assert beginning.count("\n") < 10
        assert page.texts[place] == f"{len(rest)} more characters"


def test_a_text_that_is_little_longer_is_not_folded() -> None:
    assert "<details" not in comparison_table(["p"], ["m"], cells_of("wort " * 140))
    assert "noch " in comparison_table(["p"], ["m"], cells_of("wort " * 150), language="de")


def test_rows_have_numbers() -> None:
    page = Reader(comparison_table(["p", "q"], ["m"], cells_of("x") * 2))
    assert [page.texts[page.texts.index(prompt) - 1] for prompt in ("p", "q")] == ["1", "2"]


def test_cells_that_do_not_fit_the_prompts_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        comparison_table(["p", "q"], ["m"], cells_of("x"))


def test_german_words() -> None:
    html = comparison_table(["p"], ["m", "n"], [[[Answer("answered", "x", "")], [Answer("stopped", "", "")]]], "", "de")
    for word in ("Vergleich: 1 Frage, 2 Modelle", "Frage", "✓ beantwortet", "■ angehalten"):
        assert word in html


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UsageError):
        comparison_text([], [], [], language="fr")  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_text_keeps_its_width_and_shows_every_answer(width: int) -> None:
    cells = [[[Answer("answered", "ein langer Satz " * 40, "9 s")], [Answer("failed", "", "x" * 300)]]] * 3
    text = comparison_text(["Was? " * 60] * 3, ["embedded/m", "gpu/n"], cells, width=width)
    assert max(map(len, text.splitlines())) <= width
    assert text.count("✓ answered") == 3
    assert text.count("✗ failed") == 3


def test_text_is_equal_for_equal_answers_whatever_time_they_took() -> None:
    quick = comparison_text(["p"], ["m"], cells_of("Bonn", note="0.1 s, 3 tokens"))
    slow = comparison_text(["p"], ["m"], cells_of("Bonn", note="9.9 s, 3 tokens"))
    assert quick == slow
    assert quick != comparison_text(["p"], ["m"], cells_of("Berlin", note="0.1 s, 3 tokens"))


def test_text_carries_no_control_characters() -> None:
    text = comparison_text(["\x1b]0;title\x07"], ["\x1b[2Jm"], cells_of("a\tb\r\n\x00"))
    assert all(sign == "\n" or sign.isprintable() for sign in text)


def test_a_long_text_says_that_it_goes_on() -> None:
    text = comparison_text(["p"], ["m"], cells_of("\n".join(f"line {number}" for number in range(50))), lines=3)
    assert "line 1" in text
    assert "line 2…" in text
    assert "line 3" not in text
