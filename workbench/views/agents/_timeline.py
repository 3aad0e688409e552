"""A session as HTML that needs no script, style sheet or kernel: its turns, how it stands, who spoke, its branches."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.language import Language
from workbench.views._fold import OWN_KEYS, block, fold, text_block
from workbench.views._numbers import seconds
from workbench.views._plain import shown
from workbench.views._styles import CAPTION, CELL, COLUMN, PANE, TABLE
from workbench.views._words import Words, words
from workbench.views.agents._data import Branch, Conversation, Link, Mark, Part, State, Turn
from workbench.views.agents._look import ALARM, BOX, END, INSIDE, QUIET, SHEET, SIGNS, SMALL, WHOLE, named
from workbench.views.agents._speakers import speakers
from workbench.views.agents._tree import branch_tree, with_score
from workbench.views.agents._words import AgentWords, agent_words, counted

_STATES: dict[State, str] = {"ended": "■", "halted": SIGNS["waiting"], "goes on": "▶", "not begun": "○"}
_TURN = f"{CELL}; min-width: 130px; max-width: 200px; overflow-wrap: anywhere"
_COST = f"{CELL}; {QUIET}; white-space: nowrap"
_BESIDE = "font-weight: normal; opacity: 0.8"
_STRUCK = "text-decoration: line-through"
_SECTION = "font-weight: 600; cursor: pointer; margin: 8px 0 2px"
_SCROLLS = "overflow-x: auto"
_GIVEN = "display: flex; gap: 8px; align-items: baseline"
_LABEL = f"{QUIET}; min-width: 52px"


def timeline(told: Conversation, language: Language = "en") -> str:
    """Write a session as HTML that stays readable in a saved notebook.

    Turns stand in a pane of bounded height; below it why the session ended or halts and what can be done next, who
    speaks to whom, and, where there are several, the branches. All texts are escaped and shown as text.

    Args:
        told: The session.
        language: "en" or "de".

    Raises:
        UsageError: No view speaks the language.

    >>> said = Part(kind="said", who="clerk", text="<b>Guten Tag</b>")
    >>> html = timeline(Conversation(agents=("clerk",), turns=(Turn(number=1, who="clerk", parts=(said,)),)))
    >>> "&lt;b&gt;Guten Tag" in html
    True
    """
    known = agent_words(language)
    parts = [_pane(told, known, language), _end(told, known)]
    if told.links:
        parts.append(_speakers(told.agents, told.links, known, language))
    if len(told.branches) > 1:
        parts.append(_branches(told.branches, known, language))
    return (
        f'<div class="wb-session mathjax_ignore tex2jax_ignore" lang="{language}" style="{WHOLE}">'
        f"<style>{SHEET}</style>{''.join(parts)}</div>"
    )


def turn_row(turn: Turn, agents: Sequence[str], language: Language = "en") -> str:
    """Write one turn as a row of the timeline's table.

    Args:
        turn: The turn.
        agents: All agents, by whose order they are told apart.
        language: "en" or "de".

    >>> "<b>" in turn_row(Turn(number=1, who="<b>", parts=()), ["<b>"])
    False
    """
    return _row(turn, agents, agent_words(language), words(language), language)


def speakers_section(agents: Sequence[str], links: Sequence[Link], language: Language = "en") -> str:
    """Write who speaks to whom as HTML: the picture, and its table."""
    return _speakers(agents, links, agent_words(language), language)


def branches_section(branches: Sequence[Branch], language: Language = "en") -> str:
    """Write the branches as HTML: the picture of their tree, and its table."""
    return _branches(branches, agent_words(language), language)


def _pane(told: Conversation, known: AgentWords, language: Language) -> str:
    title = f"{known.session}: {', '.join(told.agents)}"
    heads = "".join(f'<th scope="col" style="{COLUMN}">{name}</th>' for name in known.columns)
    common = words(language)
    rows = "".join(_row(turn, told.agents, known, common, language) for turn in told.turns)
    return (
        f'<div class="wb-kept" role="group" aria-label="{shown(title)}" tabindex="0" {OWN_KEYS} style="{PANE}">'
        f'<table style="{TABLE}"><caption style="{CAPTION}; padding: 8px 12px"><div class="wb-title">{shown(title)} '
        f'<span style="{_BESIDE}">· {_summary(told, known, language)}</span></div></caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _summary(told: Conversation, known: AgentWords, language: Language) -> str:
    turns = sum(bool(turn.number) and not (turn.undone or turn.waits or turn.at_work) for turn in told.turns)
    tokens = sum(turn.tokens or 0 for turn in told.turns)
    parts = [counted(known.turns, turns, language)]
    parts += [counted(known.tokens, tokens, language)] if tokens else []
    took = [turn.seconds for turn in told.turns if turn.seconds is not None]
    parts += [seconds(sum(took), language)] if took else []
    return " · ".join([*parts, f"{_STATES[told.state]} {known.states[told.state]}"])


def _row(turn: Turn, agents: Sequence[str], known: AgentWords, common: Words, language: Language) -> str:
    who = named(agents, turn.who)
    if turn.undone:
        who = f'<s style="{_STRUCK}">{who}</s>'
    beside = [known.task] if not turn.number else []
    beside += [f"↶ {known.undone}"] if turn.undone else []
    beside += [f"{SIGNS['waiting']} {known.under_way}"] if turn.waits else []
    beside += [f"… {known.at_work}"] if turn.at_work else []
    under = f'<div style="{QUIET}">{" · ".join(beside)}</div>' if beside else ""
    what = _happened(turn, agents, known, common)
    if turn.there is not None:
        there = f'<div style="{INSIDE}">{_happened(turn.there, agents, known, common)}</div>'
        what += fold(f"≠ {known.elsewhere.format(shown(turn.where))}", there)
    cost = "<br>".join(_cost(turn, known, language))
    return (
        f'<tr><th scope="row" style="{_TURN}"><div>{turn.number} {who}{under}</div></th>'
        f'<td style="{CELL}; min-width: 280px; width: 100%">{what}</td><td style="{_COST}">{cost}</td></tr>'
    )


def _happened(turn: Turn, agents: Sequence[str], known: AgentWords, common: Words) -> str:
    said = "".join(_part(part, turn, agents, known, common) for part in turn.parts)
    return said or f'<div style="{QUIET}">{known.nothing}</div>'


def _cost(turn: Turn, known: AgentWords, language: Language) -> list[str]:
    lines = [] if turn.tokens is None else [counted(known.tokens, turn.tokens, language)]
    lines += [] if turn.seconds is None else [seconds(turn.seconds, language)]
    lines += [counted(known.questions, turn.asked + turn.recorded, language)] if turn.asked + turn.recorded else []
    return lines + (
        [f"{SIGNS['recorded']} {counted(known.recorded, turn.recorded, language)}"] if turn.recorded else []
    )


def _part(part: Part, turn: Turn, agents: Sequence[str], known: AgentWords, common: Words) -> str:
    head = [named(agents, part.who)] if part.who != turn.who else []
    inside = {"said": _said, "thought": _thought, "call": _call, "handoff": _handoff, "event": _event}[part.kind](
        part, known, common
    )
    if part.kind == "said":
        head += _marks(part.marks, known)
    line = f'<div style="{SMALL}">{" · ".join(head)}</div>' if head else ""
    whole = f'<s style="{_STRUCK}">{inside}</s>' if turn.undone and part.kind == "said" else inside
    style = f"margin-bottom: 4px; {INSIDE}" if part.who != turn.who else "margin-bottom: 4px"
    return f'<div class="wb-part" style="{style}">{line}{whole}</div>'


def _said(part: Part, known: AgentWords, common: Words) -> str:
    if part.tool:
        return f'<div style="{QUIET}">{known.passed_on}</div>'
    text = text_block(part.text, common) if part.text.strip() else f'<div style="{QUIET}">{known.nothing}</div>'
    before = fold(f"{SIGNS['changed']} {known.before}", block(part.before)) if part.before else ""
    return text + before


def _thought(part: Part, known: AgentWords, common: Words) -> str:
    return fold(f"☁ {known.thoughts.format(len(part.text))}", f'<div style="{INSIDE}">{block(part.text)}</div>')


def _call(part: Part, known: AgentWords, common: Words) -> str:
    head = " · ".join([f"⚙ <strong>{shown(part.tool)}</strong>", *_marks(part.marks, known)])
    rows = _given(known.arguments, part.text, common) if part.text else ""
    rows += _given(known.result, part.result, common) if part.result is not None else ""
    return f'<div class="wb-box" style="{BOX}"><div style="{SMALL}">{head}</div>{rows}</div>'


def _given(name: str, text: str, common: Words) -> str:
    inside = text_block(text, common)
    return f'<div style="{_GIVEN}"><span style="{_LABEL}">{name}</span><div style="min-width: 0">{inside}</div></div>'


def _handoff(part: Part, known: AgentWords, common: Words) -> str:
    head = f'<div style="{SMALL}">⇢ {known.hands_over} <strong>{shown(part.to)}</strong></div>'
    return head + (text_block(part.text, common) if part.text else "")


def _event(part: Part, known: AgentWords, common: Words) -> str:
    return f'<div style="{QUIET}">{shown(part.tool)}</div>' + (text_block(part.text, common) if part.text else "")


def _marks(marks: Sequence[Mark], known: AgentWords) -> list[str]:
    return [f"{SIGNS[mark]} {known.marks[mark]}" for mark in marks]


def _end(told: Conversation, known: AgentWords) -> str:
    """How the session stands, and what can be done next."""
    reason = f": {shown(told.reason)}" if told.reason else ""
    state = f"<strong>{_STATES[told.state]} {known.states[told.state]}</strong>{reason}"
    ways = "".join(f"<div>→ {_way(known.ways[way.kind], way.what)}</div>" for way in told.ways)
    warned = "".join(f'<div style="{ALARM}">⚠ {shown(one)}</div>' for one in told.warnings)
    return f'{warned}<div class="wb-end" style="{END}"><div>{state}</div>{ways}</div>'


def _way(words_of_it: str, what: str) -> str:
    before, gap, after = words_of_it.partition("{}")
    return shown(before) + (f"<strong>{shown(what)}</strong>" if gap else "") + shown(after)


def _speakers(agents: Sequence[str], links: Sequence[Link], known: AgentWords, language: Language) -> str:
    drawing = speakers(agents, links, language)
    rows = [(one.source, one.target, known.links[one.kind], str(one.count)) for one in links]
    return _section(known.speakers, drawing.as_image(), known.speakers_columns, rows, known)


def _branches(branches: Sequence[Branch], known: AgentWords, language: Language) -> str:
    drawing = branch_tree(branches, language)
    rows = [
        (one.name, one.parent, _or_none(one.at), one.change, str(one.turns), _or_none(one.differs_at),
         with_score(one, f"{one.state}{f' ({one.note})' if one.note else ''}", known, language))
        for one in branches
    ]  # fmt: skip
    return _section(known.branches, drawing.as_image(), known.branch_columns, rows, known)


def _or_none(number: int | None) -> str:
    return "–" if number is None else str(number)


def _section(head: str, image: str, columns: Sequence[str], rows: Sequence[Sequence[str]], known: AgentWords) -> str:
    heads = "".join(f'<th scope="col" style="{COLUMN}">{name}</th>' for name in columns)
    cells = "".join(
        "<tr>" + "".join(f'<td style="{CELL}">{shown(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    table = f'<table class="wb-table" style="{TABLE}"><thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table>'
    scrolls = f'role="group" aria-label="{head}" tabindex="0" {OWN_KEYS} style="{_SCROLLS}"'
    return (
        f'<details open><summary {OWN_KEYS} style="{_SECTION}">{head}</summary>'
        f"<div {scrolls}>{image}{fold(known.as_table, table)}</div></details>"
    )
