"""A chat as the page gets it: in parts of plain texts, in which nothing is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.chats import Answer, Chat, Turn
from workbench.language import Language, localized
from workbench.messages import Reply
from workbench.texts import plain
from workbench.views._numbers import seconds
from workbench.views._words import warning, words
from workbench.views.chat._words import chat_words


def parts_of(chat: Chat, language: Language) -> dict[str, Any]:
    """Everything that the page shows but the texts of answers, by the names of its parts."""
    turns = chat.turns
    return {
        **{f"turn {turn.key}": _turn(chat, turn, number, language) for number, turn in enumerate(turns, 1)},
        "turns": [turn.key for turn in turns],
        "state": {
            "busy": chat.busy,
            "line": headline(chat, language),
            "again": bool(turns) and any(one.status in ("failed", "stopped") for one in turns[-1].answers),
        },
    }


def texts_of(chat: Chat) -> Iterator[tuple[str, str]]:
    """The texts of the answers in the current branch, and their reasoning, each with its name in the page."""
    for turn in chat.turns:
        for place, tries in enumerate(turn.tries):
            name = f"{turn.key}.{place}.{len(tries)}"
            yield name, tries[-1].text
            yield f"{name} thoughts", tries[-1].reasoning


def headline(chat: Chat, language: Language) -> str:
    """How many turns there are, and which of several branches is shown."""
    known, turns = chat_words(language), len(chat.turns)
    counted = known["turn"] if turns == 1 else known["turns"].format(n=turns)
    if chat.branch_count == 1:
        return counted
    return f"{counted} · {known['branch'].format(name=plain(chat.branch_name), n=chat.branch_count)}"


def note(answer: Answer, language: Language) -> str:
    """What stands below an answer: its times, tokens and how it ended, or its problem in one line.

    >>> from workbench.messages import Timing, Usage
    >>> reply = Reply(text="Bonn", finish="length", usage=Usage(9, 1), timing=Timing(0.0, 0.2, 0.5, 2.0))
    >>> note(Answer("embedded", "answered", "Bonn", reply=reply), "de")
    '0,5 s, erstes Token nach 0,2 s · 1 Token, 2,0/s · am Limit abgeschnitten'
    """
    if answer.problem or answer.reply is None:
        return plain(answer.problem)
    reply, known = answer.reply, chat_words(language)
    told = [_times(reply, language), _tokens(reply, language)]
    warned = [f"⚠ {warning(plain(line), language)}" for line in reply.warnings]
    told += warned or [known[f"finish_{reply.finish}"]]
    if reply.recorded_at:
        told.append(f"⏺ {words(language).recorded_at(reply.recorded_at)}")
    return " · ".join(filter(None, told))


def _turn(chat: Chat, turn: Turn, number: int, language: Language) -> dict[str, Any]:
    ways = chat.ways(turn)
    return {
        "number": number,
        "text": plain(turn.text),
        "way": ways.index(turn) + 1,
        "ways": [one.key for one in ways],
        "answers": [
            {
                "name": f"{turn.key}.{place}.{len(tries)}",
                "model": plain(tries[-1].model),
                "status": tries[-1].status,
                "word": words(language).status[tries[-1].status],
                "note": note(tries[-1], language),
                "tries": chat_words(language)["attempt"].format(n=len(tries)) if len(tries) > 1 else "",
            }
            for place, tries in enumerate(turn.tries)
        ],
    }


def _times(reply: Reply, language: Language) -> str:
    first = reply.timing.first_token_s
    whole = seconds(reply.timing.total_s, language)
    if first is None:
        return whole
    return f"{whole}, {chat_words(language)['first'].format(s=seconds(first, language))}"


def _tokens(reply: Reply, language: Language) -> str:
    count, speed = reply.usage.completion_tokens, reply.timing.tokens_per_s
    if count is None:
        return ""
    known = chat_words(language)
    counted = known["token"] if count == 1 else known["tokens"].format(n=count)
    return counted if speed is None else f"{counted}, {localized(f'{speed:.1f}', language)}/s"
