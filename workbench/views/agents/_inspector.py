"""One turn as HTML: every question as it was asked, its answer as it came, and what filled the context."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.language import Language
from workbench.views._fold import OWN_KEYS, block, fold, text_block
from workbench.views._numbers import seconds
from workbench.views._plain import shown
from workbench.views._styles import CELL, COLUMN, TABLE
from workbench.views._words import Words, words
from workbench.views.agents._data import Handed, Question, Role, Turn
from workbench.views.agents._look import BOX, QUIET, SHEET, SIGNS, SMALL, WHOLE
from workbench.views.agents._words import AgentWords, agent_words, counted

_COLOURS: dict[Role, str] = {
    "system": "#7a63b8", "tools": "#8a6d00", "conversation": "#0072b2", "results": "#a8518a", "answer": "#008060",
}  # fmt: skip
_HEAD = "font-weight: 600; margin: 8px 0 4px"
_BAR = "display: flex; height: 14px; width: 100%; max-width: 640px; border-radius: 4px; overflow: hidden; margin: 4px 0"
_EDGE = "border-left: 1px solid #ffffff; "
_LEGEND = "margin-right: 14px; display: inline-block"
_PANE = "max-height: 640px; overflow: auto; padding: 2px 4px"


def inspector(turn: Turn, questions: Sequence[Question], language: Language = "en") -> str:
    """Write what a turn asked and was answered, as HTML that stays readable in a saved notebook.

    Args:
        turn: The turn.
        questions: What it asked, in order.
        language: "en" or "de".

    Raises:
        UsageError: No view speaks the language.

    >>> turn = Turn(number=1, who="clerk", parts=(), seconds=0.5)
    >>> "This turn asked nobody." in inspector(turn, [])
    True
    """
    known, common = agent_words(language), words(language)
    cost = [] if turn.seconds is None else [seconds(turn.seconds, language)]
    cost += [] if turn.tokens is None else [counted(known.tokens, turn.tokens, language)]
    told = "".join(_question(number, one, known, common, language) for number, one in enumerate(questions, 1))
    title = f"{known.turn} {turn.number}: {turn.who}"
    return (
        f'<div class="wb-session mathjax_ignore tex2jax_ignore" lang="{language}" style="{WHOLE}">'
        f"<style>{SHEET}</style>"
        f'<div style="{_HEAD}">{known.turn} {turn.number} <strong>{shown(turn.who)}</strong>'
        f' <span style="font-weight: normal; opacity: 0.8">{"".join(f"· {one} " for one in cost)}</span></div>'
        f'<div role="group" aria-label="{shown(title)}" tabindex="0" {OWN_KEYS} style="{_PANE}">'
        f"{told or f'<div>{known.nobody}</div>'}</div></div>"
    )


def _question(number: int, one: Question, known: AgentWords, common: Words, language: Language) -> str:
    marks = [f"{SIGNS['failed']} {known.marks['failed']}"] if one.failed else []
    marks += [f"{SIGNS['recorded']} {known.marks['recorded']}"] if one.recorded else []
    head = " · ".join([f"{number}. {known.kinds[one.kind]}", f"<strong>{shown(one.who)}</strong>", *marks])
    inside = _model(one, known, common, language) if one.kind == "model" else _other(one, known, common)
    return f'<div class="wb-box" style="{BOX}"><div>{head}</div>{inside}</div>'


def _other(one: Question, known: AgentWords, common: Words) -> str:
    asked = "".join(
        f'<div style="{SMALL}"><strong>{shown(each.name)}</strong></div>{text_block(each.text, common)}'
        for each in one.handed
    )
    return f'{asked}<div style="{QUIET}">{known.result}</div>{text_block(one.answer, common)}'


def _model(one: Question, known: AgentWords, common: Words, language: Language) -> str:
    messages = [each for each in one.handed if each.role != "tools"]
    tools = [each for each in one.handed if each.role == "tools"]
    offered = "".join(fold(shown(each.name), block(each.text)) for each in tools)
    settings = fold(known.settings, block(one.settings)) if one.settings else ""
    thought = fold(known.thoughts.format(len(one.thought)), block(one.thought)) if one.thought else ""
    finish = (
        f' <span style="{QUIET}; font-weight: normal">· {known.finish} {shown(one.finish)}</span>' if one.finish else ""
    )
    return (
        f"{_bar(one, known, language)}"
        f'<div style="{_HEAD}">{known.messages}</div>{_messages(messages, known, common)}'
        f'<div style="{_HEAD}">{known.tools}</div>{offered or f"<div>{known.no_tools}</div>"}{settings}'
        f'<div style="{_HEAD}">{known.answer}{finish}</div>{thought}{text_block(one.answer, common)}'
    )


def _messages(messages: Sequence[Handed], known: AgentWords, common: Words) -> str:
    heads = "".join(f'<th scope="col" style="{COLUMN}">{name}</th>' for name in known.message_columns)
    rows = "".join(
        f'<tr><td style="{CELL}">{known.roles[one.role]}</td><td style="{CELL}">{shown(one.name)}</td>'
        f'<td style="{CELL}">{text_block(one.text, common)}</td></tr>'
        for one in messages
    )
    return f'<table class="wb-table" style="{TABLE}"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _bar(one: Question, known: AgentWords, language: Language) -> str:
    """What fills the context: tokens where the server counted them, or else characters."""
    filled, are_tokens = shares(one)
    whole = sum(filled.values()) or 1
    forms = known.tokens if are_tokens else known.characters
    present = {each.role for each in one.handed} | {"answer"}
    shown_ones = [(role, count) for role, count in filled.items() if role in present]
    about = {role: "≈ " if are_tokens and role != "answer" else "" for role, _ in shown_ones}
    told = [
        f"{known.roles[role]} {about[role]}{counted(forms, count, language)} ({round(100 * count / whole)} %)"
        for role, count in shown_ones
    ]
    filling = [(_COLOURS[role], f"{100 * count / whole:.2f}%") for role, count in shown_ones if count]
    pieces = "".join(
        f'<div style="width: {width}; {_EDGE if place else ""}background-color: {colour}"></div>'
        for place, (colour, width) in enumerate(filling)
    )
    legend = "".join(
        f'<span style="{_LEGEND}"><span aria-hidden="true" style="color: {_COLOURS[role]}">■</span> {line}</span>'
        for (role, _), line in zip(shown_ones, told, strict=True)
    )
    explained = known.counted if are_tokens else known.uncounted
    return (
        f'<div style="{_HEAD}">{known.fills} <span style="{QUIET}; font-weight: normal">({explained})</span></div>'
        f'<div role="img" aria-label="{known.fills}: {", ".join(told)}" style="{_BAR}">{pieces}</div>'
        f'<div style="{SMALL}">{legend}</div>'
    )


def shares(one: Question) -> tuple[dict[Role, int], bool]:
    """How much each part of the context fills, and whether that is tokens.

    A server counts the prompt as a whole: its tokens are shared out by characters, and add up to what it counted.

    >>> handed = (Handed("system", "", "a" * 30), Handed("conversation", "user", "b" * 70))
    >>> shares(Question(kind="model", who="a", handed=handed, answer="ja", prompt_tokens=10, completion_tokens=1))[0]
    {'system': 3, 'tools': 0, 'conversation': 7, 'results': 0, 'answer': 1}
    """
    filled: dict[Role, int] = dict.fromkeys(_COLOURS, 0)
    for each in one.handed:
        filled[each.role] += len(each.text)
    filled["answer"] = len(one.answer) + len(one.thought)
    if one.prompt_tokens is None or one.completion_tokens is None:
        return filled, False
    prompt: list[Role] = [role for role in filled if role != "answer"]
    characters, passed, given = sum(filled[role] for role in prompt) or 1, 0, 0
    for role in prompt:
        passed += filled[role]
        until = round(one.prompt_tokens * passed / characters)
        filled[role], given = until - given, until
    filled["answer"] = one.completion_tokens
    return filled, True
