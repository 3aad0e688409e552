"""Conversations with one model or several: the turns of a person, the answers of each, and their branches."""

from workbench.chats._chat import Chat
from workbench.chats._members import members
from workbench.chats._turns import Answer, Turn

__all__ = ["Answer", "Chat", "Turn", "members"]
