"""The live view of a chat: what is said, what every model answers, and its branches."""

from workbench.views.chat._static import chat_table, chat_text
from workbench.views.chat._widget import ChatView

__all__ = ["ChatView", "chat_table", "chat_text"]
