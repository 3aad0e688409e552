"""What a vote came to, as HTML that needs neither kernel nor script, and for a terminal."""

from __future__ import annotations

from workbench.comparison.voting import Tally, standing_words
from workbench.language import Language
from workbench.views._image import image
from workbench.views._numbers import decimals, rounded
from workbench.views._plain import shown
from workbench.views._styles import CAPTION, CELL, COLUMN, NUMBER_COLUMN, TABLE
from workbench.views.charts import strengths_chart, svg
from workbench.views.vote._words import vote_words

_HEADS = ("model", "strength", "interval", "wins", "losses", "ties")
_COLUMNS = ["model", "strength", "low", "high", "wins", "losses", "ties"]
_NUMBER = f"{CELL}; text-align: right; font-variant-numeric: tabular-nums"


def vote_result(tally: Tally, language: Language, *, remark: str = "", pictured: bool = True) -> str:
    """Write who was ahead: in words, as a table and as a picture.

    Args:
        tally: The votes; at least one counts.
        language: "en" or "de".
        remark: A line below it.
        pictured: Whether there is a picture, which takes a moment the first time.
    """
    words = vote_words(language)
    rows = _rows(tally, language)
    heads = "".join(
        f'<th scope="col" style="{COLUMN if name == "model" else NUMBER_COLUMN}">{shown(words[name])}</th>'
        for name in _HEADS
    )
    body = "".join(
        f'<tr><th scope="row" style="{CELL}" dir="auto">{shown(model)}</th>'
        + "".join(f'<td style="{_NUMBER}">{shown(text)}</td>' for text in numbers)
        + "</tr>"
        for model, *numbers in rows
    )
    picture = _picture(tally, language) if pictured else ""
    below = f'<p style="margin: 6px 0; opacity: 0.8">{shown(remark)}</p>' if remark else ""
    return (
        f'<div lang="{language}" class="mathjax_ignore tex2jax_ignore">'
        f'<table style="{TABLE}"><caption style="{CAPTION}">{shown(_title(tally, language))}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        f'<p style="margin: 6px 0">{shown(standing_words(tally.standing, language))}</p>{picture}{below}</div>'
    )


def vote_text(tally: Tally, language: Language) -> str:
    """Write the same for a terminal."""
    lines = ["  ".join(texts) for texts in _rows(tally, language)]
    return "\n".join([_title(tally, language), *lines, standing_words(tally.standing, language)])


def _picture(tally: Tally, language: Language) -> str:
    chart = strengths_chart(tally.table, language=language)
    return image(svg(chart), str(chart.to_dict()["description"]))


def _title(tally: Tally, language: Language) -> str:
    words = vote_words(language)
    people = tally.votes["voter"].nunique()
    return f"{words['result']} · {words['people'].format(people)}" if people > 1 else words["result"]


def _rows(tally: Tally, language: Language) -> list[list[str]]:
    table = tally.table
    places = decimals(table["strength"])
    return [
        [
            str(model),
            rounded(strength, places, language),
            f"{rounded(low, places, language)} – {rounded(high, places, language)}",
            *map(str, counts),
        ]
        for model, strength, low, high, *counts in table[_COLUMNS].itertuples(index=False, name=None)
    ]
