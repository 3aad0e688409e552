"""The Python side of a chat's view: what reaches the page, and what the page can press."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from scripted_model import echo, replied, scripted

import workbench as wb
from workbench.chats import Chat
from workbench.errors import UnreachableError
from workbench.messages import Piece, Request
from workbench.views import ChatView, chat_table, chat_text

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e"
READABLE = "<script>alert(1)</script>␛[31m[U+202E]"


async def slow(request: Request) -> AsyncGenerator[Piece, None]:
    for word in ("eins ", "zwei ", "drei"):
        yield Piece(word)
        await asyncio.sleep(0.15)
    yield replied("eins zwei drei")


async def refusing(request: Request) -> AsyncGenerator[Piece, None]:
    raise UnreachableError("no server answers", where=HOSTILE, advice="start it")
    yield Piece()


class Page:
    """A page that holds what it was sent, as the script does."""

    def __init__(self, view: ChatView) -> None:
        self.parts: dict[str, Any] = {}
        self.texts: dict[str, str] = {}
        self.problems: list[str] = []
        self.messages: list[dict[str, Any]] = []
        self._have, self._asked, self._view = 0, True, view
        view.send = self._receive  # type: ignore[method-assign]
        self.press(have=0, page="a")

    def press(self, **content: Any) -> None:
        self._view._on_message(None, {"page": "a", **content}, [])

    def _receive(self, told: dict[str, Any], _buffers: object = None) -> None:
        if "problem" in told:
            self.problems.append(told["problem"])
        elif told["after"] == (-1 if self._asked else self._have):
            self._have, self._asked = told["number"], False
            self.messages.append(told)
            self.parts |= told["parts"]
            for name, text, is_whole in told["texts"]:
                self.texts[name] = text if is_whole else self.texts.get(name, "") + text

    def turns(self) -> list[dict[str, Any]]:
        return [self.parts[f"turn {key}"] for key in self.parts["turns"]]

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not true():  # noqa: ASYNC110 - what a page shows tells nobody
                await asyncio.sleep(0.01)

    async def at_rest(self, turns: int) -> None:
        await self.until(lambda: len(self.parts.get("turns", [])) == turns and not self.parts["state"]["busy"])


def viewed(chat: Chat) -> Page:
    return Page(ChatView(chat, asyncio.get_running_loop()))


async def test_a_page_gets_an_answer_bit_by_bit_and_whole() -> None:
    page = viewed(wb.chat(scripted("own/slow", slow)))
    page.press(do="say", text="Zähle!")
    await page.at_rest(1)
    assert page.texts["1.0.1"] == "eins zwei drei"
    added = [text for told in page.messages for name, text, is_whole in told["texts"] if name == "1.0.1"]
    assert len(added) > 1
    assert "".join(added) == "eins zwei drei"


async def test_a_page_that_comes_late_gets_all_of_it() -> None:
    chat = wb.chat(scripted("own/slow", slow))
    view = ChatView(chat, asyncio.get_running_loop())
    saying = asyncio.create_task(chat.say("Zähle!"))
    await asyncio.sleep(0.2)
    page = Page(view)
    await saying
    await page.at_rest(1)
    assert page.texts["1.0.1"] == "eins zwei drei"


async def test_turns_are_edited_gone_through_and_asked_again_from_the_page() -> None:
    page = viewed(wb.chat({"echo": scripted("own/a", echo), "gone": scripted("own/b", refusing)}))
    page.press(do="say", text="Wo?")
    await page.at_rest(1)
    assert page.parts["state"]["again"]
    page.press(do="again")
    await page.until(lambda: page.turns()[0]["answers"][1]["tries"])
    assert page.turns()[0]["answers"][1]["tries"] == "asked 2 times"
    page.press(do="edit", turn=1, text="Wer?")
    await page.until(lambda: page.parts["turns"] == [2])
    await page.at_rest(1)
    assert page.turns()[0]["ways"] == [1, 2]
    page.press(do="go", turn=1)
    await page.until(lambda: page.parts["turns"] == [1])
    assert page.turns()[0]["way"] == 1
    assert page.parts["state"]["line"] == "1 turn · branch 1 of 2"
    page.press(do="edit", turn=2, text="Wann?")
    await page.until(lambda: page.problems)
    assert "not in the current branch" in page.problems[0]


async def test_what_a_model_a_person_or_an_error_says_is_readable_text() -> None:
    chat = wb.chat({"echo": scripted("own/a", echo), HOSTILE: scripted("own/b", refusing)})
    page = viewed(chat)
    page.press(do="say", text=HOSTILE)
    await page.at_rest(1)
    turn = page.turns()[0]
    assert page.texts["1.0.1"] == READABLE
    assert turn["text"] == READABLE
    assert turn["answers"][1]["model"] == READABLE
    assert READABLE in turn["answers"][1]["note"]
    html = chat_table(chat)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;␛[31m[U+202E]" in html


@pytest.mark.parametrize(
    "content", [{"do": "say", "text": 7}, {"do": "go", "turn": 99}, {"do": "edit", "turn": "x"}, {"do": "x"}, {}]
)
async def test_what_a_page_must_not_say_changes_nothing(content: dict[str, Any]) -> None:
    chat = wb.chat(scripted("own/a", echo))
    await chat.say("Wo?")
    page = viewed(chat)
    page.press(**content)
    await asyncio.sleep(0.05)
    assert [turn.text for turn in chat.turns] == ["Wo?"]


async def test_the_kept_table_speaks_german_and_holds_the_current_branch() -> None:
    chat = wb.chat({"Echo": scripted("own/a", echo)})
    await chat.say("Wo?")
    await chat.edit(1, "Wer?")
    table = chat_table(chat, "de")
    assert "Chat mit Echo · 1 Beitrag · Zweig 2 von 2" in table
    assert "vollständig" in table
    assert ("Wer?" in table, "Wo?" in table) == (True, False)
    assert chat_text(chat, "de").splitlines()[0] == "Chat mit Echo · 1 Beitrag · Zweig 2 von 2"


async def test_a_closed_view_hears_no_more() -> None:
    chat = wb.chat(scripted("own/a", echo))
    view = ChatView(chat, asyncio.get_running_loop())
    page = Page(view)
    await page.until(lambda: page.messages)
    view.close()
    heard = len(page.messages)
    await chat.say("Wo?")
    await asyncio.sleep(0.15)
    assert len(page.messages) == heard
