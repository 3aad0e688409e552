"""A chat as a table, which needs neither kernel nor script, and as text."""

from __future__ import annotations

from workbench.chats import Chat
from workbench.language import Language
from workbench.views._tables import Answer, comparison_table, comparison_text
from workbench.views.chat._shown import headline, note
from workbench.views.chat._words import chat_words


def chat_table(chat: Chat, language: Language = "en") -> str:
    """Write the current branch as HTML: what was said down, the models across.

    Raises:
        UsageError: No view speaks the language.
    """
    return comparison_table(*_parts(chat, language), language=language)


def chat_text(chat: Chat, language: Language = "en") -> str:
    """Write the same for a terminal.

    Raises:
        UsageError: No view speaks the language.
    """
    return comparison_text(*_parts(chat, language), language=language)


def _parts(chat: Chat, language: Language) -> tuple[list[str], list[str], list[list[list[Answer]]], str]:
    turns = chat.turns
    cells = [[[Answer(one.status, one.text, note(one, language))] for one in turn.answers] for turn in turns]
    title = chat_words(language)["with"].format(models=", ".join(chat.labels))
    return [turn.text for turn in turns], chat.labels, cells, f"{title} · {headline(chat, language)}"
