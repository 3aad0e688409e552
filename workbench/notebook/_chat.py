"""A chat in a notebook: its view wherever a cell ends in one, and its table for when nothing is live."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from IPython.core.getipython import get_ipython

from workbench.chats import Chat
from workbench.connections import Model
from workbench.language import usual_language
from workbench.notebook._compare import compare
from workbench.notebook._place import Output, show_in_place, shown
from workbench.views import ChatView, chat_table, chat_text

_KEPT_AFTER_S = 0.5  # of rest, after which the table beside the view is written anew
# The table is seen only where no view is: in a saved notebook, and under another kernel.
_SHEET = """
.jp-OutputArea-child:has(.wb-chat) + .jp-OutputArea-child:has(.wb-beside) { display: none; }
"""


def chat(
    models: str | Model | Sequence[str | Model] | Mapping[str, str | Model],
    *,
    system: str | None = None,
    **options: Any,
) -> Chat:
    """Begin a chat with one model, or with several that are told the same and answer beside each other.

    A cell that ends in it shows the chat with a field to write in; all of it goes by function too. Each model has a
    history of its own answers. An earlier turn can be edited, which begins another branch, and any branch is taken on
    as a comparison or as a task of agents. A saved notebook keeps the current branch as a table.

    Args:
        models: One or several "connection/model", or models made with `wb.model(...).using(label=...)`; of a dict the
            keys are their labels.
        system: System message for all models that have none of their own.
        options: `schema` and fields of `Options`, such as temperature, seed or max_tokens.

    Returns:
        The chat: `await chat.say(…)`, `await chat.edit(turn, …)`, `await chat.again()`, `chat.stop()`;
        `chat.branches`, `chat.branch(name)`, `chat.frame`, `chat.messages()`; `await chat.compare(models)`,
        `chat.as_prompt()`, `chat.as_task()`.

    Raises:
        UsageError: If there is no model, two have the same label, or an option cannot be used; nothing was sent.
        EngineError: If a connection had to be asked for its first model, and did not answer.

    >>> from workbench.connections import wait
    >>> office = chat("embedded", max_tokens=3)
    >>> [answer.status for answer in wait(office.say("Was ist ein Amt?"))]
    ['answered']
    >>> office
    Chat with embedded/smollm2-135m-instruct: 1 turn, branch 1 of 1
    """
    return Chat(models, compare, system=system, **options)


def show_chats() -> None:
    """Show a chat that a cell ends in with a field to write in; on a terminal as its text."""
    shell = get_ipython()
    if shell is not None and shell.display_formatter is not None:
        shell.display_formatter.ipython_display_formatter.for_type(Chat, _show)


_shown: dict[Chat, _Shown] = {}


def _show(one: Chat) -> None:
    if one not in _shown:
        _shown[one] = _Shown(one)
    _shown[one].display()


class _Shown:
    """A chat's view, with a table beside it, which is written anew once nothing happens for a moment."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._language = usual_language()
        self._output: Output | None = None
        self._due: asyncio.TimerHandle | None = None
        self._view: ChatView | None = None

    def display(self) -> None:
        """Show it once more; where no page could draw it, as on a terminal, as it stands."""
        if not hasattr(get_ipython(), "kernel"):
            shown(self._table(), self._text())
            return
        if self._view is None:
            loop = asyncio.get_running_loop()
            self._view = ChatView(self._chat, loop, language=self._language, rested=self._soon)
        show_in_place(self._view, "", "")
        if self._output is None:
            self._output = shown(self._beside(), self._text())
        else:
            self._output.repeat(self._beside(), self._text())

    def _soon(self) -> None:
        """Write the table anew if the chat stays as it is."""
        if self._due is not None:
            self._due.cancel()
        self._due = asyncio.get_running_loop().call_later(_KEPT_AFTER_S, self._write)

    def _write(self) -> None:
        self._due = None
        if self._output is not None and not self._chat.busy:
            self._output.replace(self._beside(), self._text())

    def _beside(self) -> str:
        return f'<div class="wb-beside"><style>{_SHEET}</style>{self._table()}</div>'

    def _table(self) -> str:
        return chat_table(self._chat, self._language)

    def _text(self) -> str:
        return chat_text(self._chat, self._language)
