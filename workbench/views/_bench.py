"""What a server bench found as a table in HTML, readable in a saved notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from workbench.arguments import in_language
from workbench.errors import UsageError
from workbench.language import Language
from workbench.serverbench import Bench
from workbench.views._numbers import decimals, rounded
from workbench.views._plain import shown
from workbench.views._styles import CAPTION, FIGURE, LINE, MARK_OPEN, TABLE

_HEAD = f"text-align: right; vertical-align: bottom; padding: 6px 12px; border-bottom: {LINE}"
_SUMMARY = "font-weight: normal; margin-top: 2px; max-width: 720px"
_SHOWN = ("output_tokens_per_s", "first_token_s_p50", "first_token_s_p90", "inter_token_s_p50", "end_to_end_s_p50")
_COUNTED = ("requests", "failed", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """The words of one language: the load of a closed and of an open loop, columns by their names, and the mark."""

    in_flight: str
    arriving: str
    columns: Mapping[str, str]
    good: str
    knee: str


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        in_flight="In flight",
        arriving="Requests/s",
        columns={
            "output_tokens_per_s": "Tokens/s",
            "first_token_s_p50": "First token, median",
            "first_token_s_p90": "First token, 9 of 10",
            "inter_token_s_p50": "Inter-token, median",
            "end_to_end_s_p50": "End to end, median",
            "requests": "Requests",
            "failed": "Failed",
            "refused": "Refused",
        },
        good="Within the bounds",
        knee="knee",
    ),
    "de": _Words(
        in_flight="Gleichzeitig",
        arriving="Anfragen/s",
        columns={
            "output_tokens_per_s": "Token/s",
            "first_token_s_p50": "Erstes Token, Median",
            "first_token_s_p90": "Erstes Token, 9 von 10",
            "inter_token_s_p50": "Zwischen Token, Median",
            "end_to_end_s_p50": "Ganze Antwort, Median",
            "requests": "Anfragen",
            "failed": "Fehlgeschlagen",
            "refused": "Abgewiesen",
        },
        good="Innerhalb der Grenzen",
        knee="Knick",
    ),
}


def bench_table(bench: Bench, language: Language = "en") -> str:
    """Write a server bench as HTML that stays readable in a saved notebook: a row for each load, the knee marked.

    Args:
        bench: What was measured; delays in seconds.
        language: "en" or "de".

    Returns:
        HTML of one table, below the sentences of `bench.words`.

    Raises:
        UsageError: No view speaks the language.
    """
    said, table, knee = in_language(_WORDS, language), bench.table, _knee(bench)
    lines = "".join(f'<div style="{_SUMMARY}">{shown(line)}</div>' for line in bench.in_words(language).splitlines())
    heads = [said.arriving if bench.is_open else said.in_flight, *(said.columns[name] for name in (*_SHOWN, *_COUNTED))]
    columns = [_figures(table, name, language) for name in _SHOWN] + [[str(n) for n in table[c]] for c in _COUNTED]
    if bench.within:
        heads.append(said.good)
        columns.append([f"{share:.0%}".replace("%", "\u00a0%" if language == "de" else "%") for share in table["good"]])
    head = "".join(f'<th scope="col" style="{_HEAD}">{shown(text)}</th>' for text in heads)
    rows = [
        f'<tr><th scope="row" style="{FIGURE}">{_load(load, said, language, is_knee=load == knee)}</th>'
        + "".join(f'<td style="{FIGURE}">{shown(column[number])}</td>' for column in columns)
        + "</tr>"
        for number, load in enumerate(table.iloc[:, 0])
    ]
    return (
        f'<table lang="{language}" class="mathjax_ignore tex2jax_ignore" style="{TABLE}">'
        f'<caption style="{CAPTION}">{shown(bench.model)}{lines}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _figures(table: pd.DataFrame, name: str, language: Language) -> list[str]:
    values = [float(value) for value in table[name]]
    places = decimals(values)
    unit = "\u00a0s" if "_s_p" in name else ""
    return ["" if pd.isna(value) else f"{rounded(value, places, language)}{unit}" for value in values]


def _load(load: float, said: _Words, language: Language, *, is_knee: bool) -> str:
    told = rounded(load, 0 if load == int(load) else 2, language)
    return f'<span style="{MARK_OPEN}">{said.knee}</span> {told}' if is_knee else told


def _knee(bench: Bench) -> float | None:
    """The knee; None where no answer is whole."""
    try:
        return bench.knee
    except UsageError:
        return None
