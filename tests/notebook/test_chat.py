"""A chat where there is no notebook: as text, with no widget."""

import pytest
from scripted_model import echo, scripted

import workbench as wb
from workbench.notebook import _chat


async def test_a_terminal_shows_a_chat_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    chat = wb.chat(scripted("own/echo", echo, label="echo"))
    await chat.say("Wo ist das Bürgeramt?")
    shown = _chat._Shown(chat)
    shown.display()
    assert "Chat with echo · 1 turn" in capsys.readouterr().out
    assert shown._view is None
