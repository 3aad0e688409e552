"""The Python side of a chat's view: it tells the page what is new, and carries out what is pressed there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import anywidget
import traitlets

from workbench.chats import Chat, Turn
from workbench.errors import UsageError, WorkbenchError
from workbench.language import Language
from workbench.texts import plain
from workbench.views.chat._shown import parts_of, texts_of
from workbench.views.chat._words import chat_words
from workbench.views.page import Parts, new_place, script, styles

_EVERY_S = 0.1  # between two messages to the page


class ChatView(anywidget.AnyWidget):
    """A chat as it goes on, with a field to write in; whatever is said and answered is shown as text.

    Args:
        chat: The chat.
        loop: Where it is at home: what is pressed is carried out there.
        language: "en" or "de".
        rested: Called after something new was shown while no model answers.

    Raises:
        UsageError: No view speaks the language.
    """

    _esm = script("chat")
    _css = styles("chat")

    place = traitlets.Unicode().tag(sync=True)
    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    language = traitlets.Unicode("en").tag(sync=True)

    def __init__(
        self,
        chat: Chat,
        loop: asyncio.AbstractEventLoop,
        *,
        language: Language = "en",
        rested: Callable[[], object] = lambda: None,
    ) -> None:
        self._chat = chat
        self._speaks: Language = language
        self._rested = rested
        self._loop = loop
        self._parts = Parts()
        self._number = 0
        self._texts: dict[str, str] = {}
        self._due: asyncio.TimerHandle | None = None
        self._next_at = 0.0
        self._work: set[asyncio.Task[None]] = set()
        super().__init__(
            place=new_place(),
            labels=[plain(one) for one in chat.labels],
            words=dict(chat_words(language)),
            language=language,
        )
        self.on_msg(self._on_message)
        self._end_watch = chat.watch(self._changed)

    def __repr__(self) -> str:
        return chat_words(self._speaks)["title"]

    def close(self) -> None:
        """End the view, and let the chat alone."""
        self._end_watch()
        self._end_watch = lambda: None
        if self._due is not None:
            self._due.cancel()
        super().close()

    def _on_message(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        """What the page says, perhaps in a thread of its own."""
        self._loop.call_soon_threadsafe(self._hear, content)

    def _hear(self, content: dict[str, Any]) -> None:
        if "have" in content:
            self._tell()  # so that pages which are up to date stay so, and pass over the message that now follows
            self.send(
                self._message(
                    -1, self._parts.since(0), [(name, plain(text), True) for name, text in self._texts.items()]
                )
            )
        elif (work := self._pressed(content)) is not None:
            task = self._loop.create_task(self._carried_out(work, content))
            self._work.add(task)
            task.add_done_callback(self._work.discard)

    def _pressed(self, content: dict[str, Any]) -> Coroutine[Any, Any, object] | None:
        match content:
            case {"do": "say", "text": str(text)}:
                return self._chat.say(text)
            case {"do": "edit", "turn": int(key), "text": str(text)}:
                return self._edit(key, text)
            case {"do": "again"}:
                return self._chat.again()
            case {"do": "go", "turn": int(key)}:
                return self._go(key)
            case {"do": "stop"}:
                self._chat.stop()
        return None

    async def _edit(self, key: int, text: str) -> None:
        keys = [turn.key for turn in self._chat.turns]
        if key not in keys:
            raise UsageError("this turn is not in the current branch", advice="go to its branch first")
        await self._chat.edit(keys.index(key) + 1, text)

    async def _go(self, key: int) -> None:
        ways: list[Turn] = [way for turn in self._chat.turns for way in self._chat.ways(turn)]
        if found := next((way for way in ways if way.key == key), None):
            self._chat.go(found)

    async def _carried_out(self, work: Coroutine[Any, Any, object], content: dict[str, Any]) -> None:
        page = content.get("page")
        try:
            await work
        except WorkbenchError as error:
            self.send({"problem": plain(str(error)), "page": page, "text": content.get("text", "")})

    def _changed(self) -> None:
        """Note that something has happened in the chat."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._soon)

    def _soon(self) -> None:
        if self._due is None:
            self._due = self._loop.call_later(max(0.0, self._next_at - self._loop.time()), self._tell)

    def _tell(self) -> None:
        """Send what has changed since the last time."""
        if self._due is not None:
            self._due.cancel()
        self._due, self._next_at = None, self._loop.time() + _EVERY_S
        before = self._parts.number
        changed = self._parts.put(parts_of(self._chat, self._speaks))
        texts = self._new_texts()
        if changed or texts:
            self._number += 1
            self.send(self._message(self._number - 1, self._parts.since(before), texts))
            if not self._chat.busy:
                self._rested()

    def _new_texts(self) -> list[tuple[str, str, bool]]:
        """For each text that has changed its name, what is new of it, and whether that is all of it."""
        new: list[tuple[str, str, bool]] = []
        for name, text in texts_of(self._chat):
            known = self._texts.get(name, "")
            if text == known:
                continue
            grows = text.startswith(known)
            new.append((name, plain(text[len(known) :] if grows else text), not grows))
            self._texts[name] = text
        return new

    def _message(self, after: int, parts: dict[str, Any], texts: list[tuple[str, str, bool]]) -> dict[str, Any]:
        return {"after": after, "number": self._number, "parts": parts, "texts": texts}
