"""The waterfall: what took how long, a row for each, with those inside of another below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.language import Language
from workbench.views._numbers import decimals, rounded
from workbench.views._styles import INK
from workbench.views.agents._data import Bar, BarKind
from workbench.views.agents._drawing import Canvas, Drawing, label, width_of
from workbench.views.agents._look import SIGNS, colour
from workbench.views.agents._words import AgentWords, agent_words

_ROW = 20
_INDENT = 14
_WIDE = 460
_TOP = 30
_MOST_ROWS = 150
_KINDS: tuple[BarKind, ...] = ("step", "agent", "model", "tool")
_THICK: Mapping[BarKind, float] = {"step": 4, "agent": 8, "model": 12, "tool": 12}


def waterfall(bars: Sequence[Bar], language: Language = "en", *, timed: bool = True) -> Drawing:
    """Draw what took how long in a session.

    Args:
        bars: What took time, each before what is inside of it.
        language: "en" or "de".
        timed: Whether the bars tell times; else only the order.

    >>> waterfall([Bar("step", "1", 0, 0.0, 2.5), Bar("model", "qwen3:4b", 1, 0.5, 2.5)])
    What took how long: Turn 1 2.50 s (pauses between turns are left out).
    """
    known = agent_words(language)
    shown, more = bars[:_MOST_ROWS], max(0, len(bars) - _MOST_ROWS)
    places = decimals([one.end - one.begin for one in bars])
    told = known.bars_told.format(_told(bars, known, places, language, timed=timed))
    canvas = Canvas(told)
    left = 12 + max((_width(one, known) for one in shown), default=0) + 12
    length = max((one.end for one in bars), default=0) or 1
    for row, one in enumerate(shown):
        y = _TOP + _ROW * row
        weight = "normal" if one.depth else "bold"
        canvas.write(_name(one, known), 12 + _INDENT * one.depth, y + 4, font_weight=weight)
        x, width = left + _WIDE * one.begin / length, max(2.0, _WIDE * (one.end - one.begin) / length)
        thick = _THICK[one.kind]
        box = {"x": x, "y": y - thick / 2, "width": width, "height": thick, "rx": min(2, thick / 4)}
        canvas.draw("rect", fill=_ink(one.kind), **box)
        after = f"{rounded(one.end - one.begin, places, language)} s" if timed else ""
        canvas.write(f"{after} {one.failed}".strip(), x + width + 6, y + 4, font_size=11)
    bottom = _TOP + _ROW * len(shown)
    if more:
        canvas.write(known.more_bars.format(more), 12, bottom + 4)
        bottom += _ROW
    wide = _legend(canvas, bottom + 14, known, timed=timed)
    return Drawing(canvas.svg(max(left + _WIDE + 150, wide), bottom + 40), told)


def _told(bars: Sequence[Bar], known: AgentWords, places: int, language: Language, *, timed: bool) -> str:
    steps = [one for one in bars if one.kind == "step"]
    if not timed:
        names = [f"{_name(one, known)}{' ' + one.failed if one.failed else ''}" for one in steps]
        return f"{'; '.join(names) or '–'} ({known.in_order})"
    times = [f"{_name(one, known)} {rounded(one.end - one.begin, places, language)} s" for one in steps]
    return f"{'; '.join(times) or '–'} ({known.no_pauses})"


def _name(one: Bar, known: AgentWords) -> str:
    sign = f"{SIGNS['failed']} " if one.failed else f"{SIGNS['waiting']} " if one.waits else ""
    return f"{sign}{known.turn} {one.name}" if one.kind == "step" else sign + label(one.name)


def _width(one: Bar, known: AgentWords) -> float:
    return _INDENT * one.depth + width_of(_name(one, known))


def _ink(kind: BarKind) -> str:
    return INK if kind == "step" else colour(_KINDS[1:], kind)


def _legend(canvas: Canvas, y: float, known: AgentWords, *, timed: bool) -> float:
    x = 12.0
    for kind in _KINDS:
        thick = _THICK[kind]
        canvas.draw("rect", x=x, y=y - thick / 2, width=18, height=thick, fill=_ink(kind), rx=min(2, thick / 4))
        canvas.write(known.bars[kind], x + 24, y + 4, font_size=11)
        x += 24 + width_of(known.bars[kind], 11) + 16
    note = known.no_pauses if timed else known.in_order
    canvas.write(note, x, y + 4, font_size=11)
    return x + width_of(note, 11) + 12
