"""The tree of branches: a line for each, along its turns, that leaves its parent's where it branches off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.language import Language
from workbench.texts import shorten
from workbench.views._numbers import rounded
from workbench.views.agents._data import Branch
from workbench.views.agents._drawing import Canvas, Drawing, label, width_of
from workbench.views.agents._look import colour
from workbench.views.agents._words import AgentWords, agent_words

_LEFT = 12
_ROW = 50
_LONGEST_LINE = 420
_MOST_DOTS = 60
_STATE = 44


def branch_tree(branches: Sequence[Branch], language: Language = "en") -> Drawing:
    """Draw the branches of a session: what each changed, where it first differs, and its state.

    Args:
        branches: All branches, the root first.
        language: "en" or "de".

    >>> root = Branch(name="0", parent="", at=None, change="", turns=3, differs_at=None, state="goes on")
    >>> branch_tree([root])
    Tree of branches: 0: goes on.
    """
    known = agent_words(language)
    told = known.branches_told.format("; ".join(_told(one, known, language) for one in branches))
    canvas = Canvas(told)
    last = max((one.turns for one in branches), default=0)
    step = min(36.0, _LONGEST_LINE / max(last, 1))
    rows = {one.name: 30.0 + _ROW * row for row, one in enumerate(_in_order(branches))}
    names = [one.name for one in branches]
    width = 0.0
    for one in reversed(list(_in_order(branches))):  # so that parents' dots lie over the lines that leave them
        y, x = rows[one.name], _LEFT + step * (one.at or 0)
        ink = colour(names, one.name)
        if one.parent in rows:
            _leaving(canvas, x, rows[one.parent], y, ink)
        end = _line(canvas, one, x, y, step, ink)
        width = max(width, _written(canvas, one, x, end, y, known, language))
    axis = 30.0 + _ROW * len(branches) - 12
    width = max(width, _axis(canvas, last, step, axis, known))
    return Drawing(canvas.svg(width + 8, axis + 10), told)


def with_score(one: Branch, state: str, known: AgentWords, language: Language) -> str:
    """The state of a branch, with its score if it has one."""
    return state if one.score is None else f"{state} · {known.score.format(rounded(one.score, 2, language))}"


def _told(one: Branch, known: AgentWords, language: Language) -> str:
    parts = [known.leaves.format(parent=one.parent, at=one.at)] if one.parent else []
    parts += [one.change] if one.change else []
    parts += [known.differs.format(one.differs_at)] if one.differs_at is not None else []
    return f"{one.name}: {', '.join([*parts, with_score(one, one.state, known, language)])}"


def _in_order(branches: Sequence[Branch], parent: str = "") -> Iterator[Branch]:
    """Each branch, and after it those that leave it, the latest first: so no line crosses another on its way down."""
    known = {one.name for one in branches}
    for one in sorted(branches, key=lambda one: -(one.at or 0)):
        if one.parent == parent or (not parent and one.parent not in known):
            yield one
            yield from _in_order(branches, one.name)


def _leaving(canvas: Canvas, x: float, above: float, y: float, ink: str) -> None:
    path = f"M {x:.1f} {above:.1f} C {x:.1f} {y:.1f} {x:.1f} {y:.1f} {x + 12:.1f} {y:.1f}"
    canvas.draw("path", d=path, fill="none", stroke=ink, stroke_width=2)


def _line(canvas: Canvas, one: Branch, x: float, y: float, step: float, ink: str) -> float:
    """Draw the turns that a branch has taken itself; give where they end."""
    first = 0 if one.at is None else one.at + 1
    end = max(_LEFT + step * one.turns, x + 12 if one.parent else x)
    begin = x + 12 if one.parent else x
    canvas.draw("line", x1=begin, y1=y, x2=max(begin, end), y2=y, stroke=ink, stroke_width=4 if one.shown else 2)
    dots = range(first, one.turns + 1)
    for number in dots if len(dots) <= _MOST_DOTS else [first, one.turns]:
        canvas.draw("circle", cx=_LEFT + step * number, cy=y, r=4, fill=ink)
    if one.differs_at is not None:
        at = _LEFT + step * one.differs_at
        points = f"{at:.1f},{y - 8:.1f} {at + 8:.1f},{y:.1f} {at:.1f},{y + 8:.1f} {at - 8:.1f},{y:.1f}"
        canvas.draw("polygon", points=points, fill=ink)
    return max(begin, end)


def _written(
    canvas: Canvas, one: Branch, x: float, end: float, y: float, known: AgentWords, language: Language
) -> float:
    """Write what a branch is, above its line, and its state behind it; give how far that reaches."""
    above = label(one.name)
    canvas.write(above, x + (14 if one.parent else 0), y - 12, font_weight="bold")
    more = " · ".join(
        shorten(" ".join(part.split()), _STATE)
        for part in (
            one.change,
            f"◆ {known.differs.format(one.differs_at)}" if one.differs_at is not None else "",
            known.here if one.shown else "",
        )
        if part
    )
    begin = x + (14 if one.parent else 0) + width_of(above) + 6
    canvas.write(more, begin, y - 12)
    state = with_score(one, shorten(" ".join(one.state.split()), _STATE), known, language)
    canvas.write(state, end + 12, y + 4)
    return max(begin + width_of(more), end + 12 + width_of(state))


def _axis(canvas: Canvas, last: int, step: float, y: float, known: AgentWords) -> float:
    """Number the turns."""
    every = next(one for one in (1, 2, 5, 10, 20, 50, 100, 200, 500, max(last, 1)) if one * step >= 26 or one >= last)
    for number in range(0, last + 1, max(every, 1)):
        canvas.write(str(number), _LEFT + step * number, y, text_anchor="middle", font_size=11)
    canvas.write(known.turn, _LEFT + step * last + 16, y, font_size=11)
    return _LEFT + step * last + 16 + width_of(known.turn)
