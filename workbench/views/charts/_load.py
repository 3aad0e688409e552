"""A picture of a server bench: what it does and how long an answer takes, as the load grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import UsageError
from workbench.language import Language, localized, usual_language
from workbench.views._numbers import rounded
from workbench.views._styles import INK
from workbench.views._words import words
from workbench.views.charts._theme import ACCENT, SECOND, theme
from workbench.views.charts._words import chart_words

if TYPE_CHECKING:
    import altair


def load_chart(table: pd.DataFrame, knee: float, *, language: Language | None = None) -> altair.VConcatChart:
    """Draw tokens per second above, seconds of an answer below, both over the load; the knee is a line with a word.

    Args:
        table: The table of a bench, a row for each load; one that was recorded says so below.
        knee: Its knee.
        language: "en" or "de"; None takes `workbench.language.language()`.

    Raises:
        UsageError: If the table is empty.

    >>> table = pd.DataFrame({"in_flight": [1, 2], "output_tokens_per_s": [20.0, 30.0], "first_token_s_p50": [0.1, 0.2],
    ...     "end_to_end_s_p50": [2.0, 3.0], "end_to_end_s_p90": [2.5, 4.0]})
    >>> load_chart(table, 2, language="en").to_dict()["description"]
    'Tokens per second and median seconds of an answer by load: 1: 20, 2.00 s; 2: 30, 3.00 s. Knee at 2'
    """
    from workbench.views.charts._drawing import alt

    if table.empty:
        raise UsageError("there is no load to show", advice="measure one first")
    language = language or usual_language()
    said = chart_words(language)
    name = str(table.columns[0])
    kinds = {
        "first_token_s_p50": said.first_token,
        "end_to_end_s_p50": said.whole_answer,
        "end_to_end_s_p90": said.slow_answer,
    }
    data = table[[name, "output_tokens_per_s", *kinds]].astype(float).rename(columns={name: "load"})
    delays = data.melt("load", list(kinds), "kind", "seconds")
    delays["kind"] = delays["kind"].map(kinds)
    described = "; ".join(
        f"{localized(f'{load:g}', language)}: {rounded(speed, 0, language)}, {rounded(seconds, 2, language)} s"
        for load, speed, seconds in data[["load", "output_tokens_per_s", "end_to_end_s_p50"]].itertuples(
            index=False, name=None
        )
    )
    knee_told = f"{said.knee_at} {localized(f'{knee:g}', language)}"
    title = said.in_flight if name == "in_flight" else said.arrivals
    if "recorded_at" in table and (moments := table["recorded_at"].dropna()).size:
        title += f", ⏺ {words(language).recorded_at(moments.min())}"
    x = alt.X(
        "load:Q", title=title, scale=alt.Scale(type="log"), axis=alt.Axis(values=sorted(data["load"]), format="~g")
    )
    at_knee = alt.Chart(pd.DataFrame({"load": [float(knee)], "word": [said.knee]})).encode(x)
    line = at_knee.mark_rule(color=INK, strokeDash=[4, 4])
    word = at_knee.mark_text(align="left", dx=5, baseline="top").encode(alt.Text("word:N"), y=alt.value(0))
    speed = alt.Chart(data).encode(x, alt.Y("output_tokens_per_s:Q", title=said.throughput))
    colour = alt.Color("kind:N", title=None, sort=None, scale=alt.Scale(range=[INK, ACCENT, SECOND]))
    shape = alt.Shape("kind:N", title=None, sort=None, scale=alt.Scale(range=["triangle-up", "circle", "square"]))
    delay = alt.Chart(delays).encode(x, alt.Y("seconds:Q", title=said.seconds))
    # Grey lines, as colour and shape share one legend only where no layer has colour alone.
    lines = delay.mark_line(color=INK, opacity=0.5).encode(detail="kind:N")
    points = delay.mark_point(filled=True, size=90, opacity=1).encode(colour, shape)
    chart: altair.VConcatChart = (
        alt.vconcat(
            alt.layer(line, word, speed.mark_line(color=ACCENT), speed.mark_point(color=ACCENT, filled=True, size=70)),
            alt.layer(line, lines, points),
        )
        .properties(description=said.load_told.format(f"{described}. {knee_told}"))
        .configure(**theme(language))
        .configure_view(continuousWidth=560, continuousHeight=190, stroke=None)
    )
    return chart
