"""Who speaks to whom: agents in a row, in the order of their first appearance, and an arc for each link.

Arcs to the right run above, arcs to the left below, so that no line crosses a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from workbench.language import Language
from workbench.views._styles import INK
from workbench.views.agents._data import Link, LinkKind
from workbench.views.agents._drawing import Canvas, Drawing, label, width_of
from workbench.views.agents._look import colour, shape
from workbench.views.agents._words import AgentWords, agent_words

_HALF = 15  # half the height of a node
_GAP = 44
_REACH = 26  # how much higher an arc runs for each node that it leaps
_ASIDE = 10  # how far from the middle of a node arcs begin and end
_ARROW = 7
_DASHES: dict[LinkKind, str] = {"speaks": "", "hands": "7 4", "delegates": "2 4"}
_ORDER: tuple[LinkKind, ...] = ("speaks", "hands", "delegates")


def speakers(agents: Sequence[str], links: Sequence[Link], language: Language = "en") -> Drawing:
    """Draw who speaks to whom, with a number at each line that says how often.

    Args:
        agents: All agents, in the order in which they are to stand; who is only linked to stands behind them.
        links: Who speaks to whom.
        language: "en" or "de".

    >>> drawing = speakers(["clerk", "reviewer"], [Link("clerk", "reviewer", "hands", 2)])
    >>> drawing
    Who speaks to whom: clerk → reviewer (hands over, 2×).
    >>> drawing.svg.count("stroke-dasharray")
    2
    """
    known = agent_words(language)
    agents = list(dict.fromkeys([*agents, *(name for link in links for name in (link.source, link.target))]))
    told = _told(links, known)
    canvas = Canvas(told)
    middles, width = _middles(agents)
    top, bottom = float(-_HALF), float(_HALF)
    for link, height in zip(links, _heights(agents, links), strict=True):
        edge = _arc(canvas, middles[link.source], middles[link.target], height, link)
        top, bottom = min(top, edge - 16), max(bottom, edge + 16)
    for name, middle in middles.items():
        _node(canvas, agents, name, middle)
    legend = _legend(canvas, bottom + 26, [kind for kind in _ORDER if any(link.kind == kind for link in links)], known)
    return Drawing(canvas.svg(max(width, legend), bottom + 40 - (top - 6), top - 6), told)


def _told(links: Sequence[Link], known: AgentWords) -> str:
    lines = [f"{one.source} → {one.target} ({known.links[one.kind]}, {one.count}×)" for one in links]
    return known.speakers_told.format("; ".join(lines) or "–")


def _middles(agents: Sequence[str]) -> tuple[dict[str, float], float]:
    """Where the middle of each node stands, and how wide all are."""
    middles: dict[str, float] = {}
    x = 4.0
    for name in agents:
        half = _half_width(name)
        middles[name] = x + half
        x += 2 * half + _GAP
    return middles, max(x - _GAP + 4, 60)


def _half_width(name: str) -> float:
    return max(26, (width_of(label(name)) + 34) / 2)


def _heights(agents: Sequence[str], links: Iterable[Link]) -> list[float]:
    """How high each arc runs, below nodes as a negative number; links between the same two run over each other."""
    places = {name: place for place, name in enumerate(agents)}
    before: Counter[tuple[str, str]] = Counter()
    heights = []
    for one in links:
        leap = places[one.target] - places[one.source]
        aside = before[one.source, one.target] * 20
        before[one.source, one.target] += 1
        heights.append((10 + _REACH * max(abs(leap), 0.7) + aside) * (1 if leap >= 0 else -1))
    return heights


def _arc(canvas: Canvas, source: float, target: float, height: float, link: Link) -> float:
    """Draw a link; give where its far side is."""
    up = 1 if height > 0 else -1
    begin, end = source + up * _ASIDE, target - up * _ASIDE
    if link.source == link.target:
        begin, end = source - 14, source + 14
    edge = -up * _HALF
    tip = edge - up * _ARROW
    far = edge - height
    control = edge - height * 4 / 3  # a cubic curve reaches three quarters of the way to its two controls
    dash = {"stroke_dasharray": _DASHES[link.kind]} if _DASHES[link.kind] else {}
    path = f"M {begin:.1f} {edge} C {begin:.1f} {control:.1f} {end:.1f} {control:.1f} {end:.1f} {tip}"
    canvas.draw("path", d=path, fill="none", stroke=INK, stroke_width=1.5, **dash)
    points = f"{end:.1f},{edge} {end - 4:.1f},{tip} {end + 4:.1f},{tip}"
    canvas.draw("polygon", points=points, fill=INK)
    away = far + 15 if up > 0 else far - 6  # within the arc, where no longer one passes
    canvas.write(str(link.count), (begin + end) / 2, away, text_anchor="middle", font_weight="bold")
    return far


def _node(canvas: Canvas, agents: Sequence[str], name: str, middle: float) -> None:
    half = _half_width(name)
    box = {"x": middle - half, "y": -_HALF, "width": 2 * half, "height": 2 * _HALF, "rx": _HALF}
    canvas.draw("rect", fill=colour(agents, name), **box)
    text = f"{shape(agents, name)} {label(name)}"
    canvas.write(text, middle, 4.5, text_anchor="middle", fill="#ffffff", font_weight="600")


def _legend(canvas: Canvas, y: float, kinds: Sequence[LinkKind], known: AgentWords) -> float:
    """Draw what the lines mean; give how wide that is."""
    x = 4.0
    for kind in kinds:
        dash = {"stroke_dasharray": _DASHES[kind]} if _DASHES[kind] else {}
        canvas.draw("line", x1=x, y1=y - 4, x2=x + 28, y2=y - 4, stroke=INK, stroke_width=1.5, **dash)
        canvas.write(known.links[kind], x + 34, y)
        x += 34 + width_of(known.links[kind]) + 16
    return x
