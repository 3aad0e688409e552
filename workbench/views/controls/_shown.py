"""A session's situation as the parts that the page gets: turns as rows of HTML, all else as texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from workbench.language import Language
from workbench.texts import plain, shorten
from workbench.views.agents import Question, Turn, agent_words, branches_section, speakers_section, turn_row
from workbench.views.agents._words import counted
from workbench.views.controls._data import Changeable, Situation
from workbench.views.controls._words import control_words

_LONGEST = 3000  # characters of a text in a turn that the page gets unasked
_LONGEST_ASKED = 50_000  # and of one in a turn that is looked into


def parts_of(now: Situation, language: Language) -> dict[str, Any]:
    """Everything that the page shows, by the names of its parts; rows are named after their turns."""
    rows = list(_rows(now, language))
    conversation = now.conversation
    return {
        **{f"row {key}": row for key, row in rows},
        "rows": [key for key, _ in rows],
        "state": _state(now, language),
        "warnings": [plain(one) for one in conversation.warnings],
        "held": [
            {"who": plain(one.who), "text": plain(one.text), "to": plain(one.to), "member": one.who} for one in now.held
        ],
        "calls": [
            {
                "key": one.key,
                "who": plain(one.who),
                "tool": plain(one.tool),
                "arguments": [[plain(name), plain(value)] for name, value in one.arguments],
                "editable": plain(one.editable),
                "why": plain(one.why),
                "about": plain(one.about),
            }
            for one in now.calls
        ],
        "person": plain(now.person),
        "standing": [[plain(agent), plain(tool), tool] for agent, tool in now.standing],
        "limits": [
            {"name": name, "limit": limit, "spent": round(now.spent.get(name, 0), 1)}
            for name, limit in now.limits.items()
        ],
        "branches": [[one.name, plain(one.change), one.name == now.branch] for one in conversation.branches],
        "tree": branches_section(conversation.branches, language) if conversation.branches else "",
        "speakers": speakers_section(conversation.agents, conversation.links, language) if conversation.links else "",
    }


def _rows(now: Situation, language: Language) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each turn as HTML, under a name that no other turn of the session has."""
    seen: dict[str, int] = {}
    for turn in now.conversation.turns:
        name = f"{turn.number}{'-' if turn.undone else ''}"
        seen[name] = seen.get(name, 0) + 1
        short = cut(turn)
        row = turn_row(short, now.conversation.agents, language)
        number = None if turn.undone or turn.waits or turn.at_work else turn.number
        yield f"{name}.{seen[name]}", {"html": row, "number": number, "who": plain(turn.who), "cut": short != turn}


def cut(turn: Turn) -> Turn:
    """A turn with the beginnings of its long texts.

    >>> from workbench.views.agents import Part
    >>> len(cut(Turn(number=1, who="a", parts=(Part(kind="said", who="a", text="x" * 9000),))).parts[0].text)
    3000
    """
    parts = tuple(
        replace(
            part,
            text=shorten(part.text, _LONGEST),
            before=shorten(part.before, _LONGEST),
            result=None if part.result is None else shorten(part.result, _LONGEST),
        )
        for part in turn.parts
    )
    there = None if turn.there is None else cut(turn.there)
    same = parts == turn.parts and there == turn.there
    return turn if same else replace(turn, parts=parts, there=there)


def changes_of(may: Changeable) -> dict[str, Any]:
    """What a branch may change, as the page gets it: each with its name, its name as it is shown, and how it is now."""
    return {
        "said": plain(may.said),
        "models": _named(may.models),
        "systems": _named(may.systems),
        "results": _named(may.results),
        "names": [plain(name) for name in may.names],
    }


def _named(items: Sequence[tuple[str, str]]) -> list[list[str]]:
    return [[name, plain(name), plain(now)] for name, now in items]


def bounded(one: Question, number: int) -> Question:
    """A question of a turn whose texts the page can take; what is left out is said.

    >>> bounded(Question(kind="person", who="citizen", handed=(), answer="x" * 60_000), 3).answer[50_000:]
    '… [10000 more characters: session.turn(3)]'
    """

    def some(text: str) -> str:
        left = len(text) - _LONGEST_ASKED
        return f"{text[:_LONGEST_ASKED]}… [{left} more characters: session.turn({number})]" if left > 0 else text

    handed = tuple(replace(each, text=some(each.text)) for each in one.handed)
    return replace(one, handed=handed, answer=some(one.answer), thought=some(one.thought))


def _state(now: Situation, language: Language) -> dict[str, Any]:
    """The line that tells how the session stands, and what can be done."""
    ended, ready = now.conversation.state == "ended", not now.busy
    asked = bool(now.person)
    return {
        "line": plain(_line(now, language)),
        "counts": _counts(now, language),
        "branch": now.branch,
        "kind": "busy" if now.busy else now.conversation.state,
        "members": [[name, plain(name)] for name in now.members],
        "step": ready and not ended and not asked and not now.calls,
        "run": ready and not ended and not asked and not now.calls,
        "pause": now.busy and not now.pausing,
        "stop": now.busy,
        "deliver": ready and bool(now.held) and not now.next_agent,
        "next": plain(now.next_agent),
    }


def _line(now: Situation, language: Language) -> str:
    words = control_words(language)
    who = now.next_agent
    if now.busy:
        doing = words["speaks"].format(who=who) if who else words["works"]
        return f"{doing} · {words['pausing']}" if now.pausing else doing
    state = agent_words(language).states[now.conversation.state]
    if now.calls:
        return f"{state}: {words['wants'].format(who=now.calls[0].who)} {now.calls[0].tool}"
    if now.person:
        return f"{state}: {words['person'].format(who=now.person)}"
    if now.conversation.state == "ended" or (now.conversation.state == "halted" and now.conversation.reason):
        state = f"{state}: {now.conversation.reason}"
    if now.conversation.state == "ended":
        return state
    if now.held and not who:
        return f"{state} · {words['held_waits'].format(who=now.held[-1].who)}"
    return f"{state} · {words['next'].format(who=who)}" if who else state


def _counts(now: Situation, language: Language) -> str:
    words = agent_words(language)
    told = [_branch(now, language)] if len(now.conversation.branches) > 1 else []
    told.append(counted(words.turns, round(now.spent.get("turns", 0)), language))
    tokens = round(now.spent.get("tokens", 0))
    return " · ".join([*told, *([counted(words.tokens, tokens, language)] if tokens else [])])


def _branch(now: Situation, language: Language) -> str:
    """The branch that is looked at, and what was changed in it."""
    name = f"{control_words(language)['branch']} {now.branch}"
    change = next((one.change for one in now.conversation.branches if one.name == now.branch), "")
    return f"{name} ({plain(change)})" if change else name
