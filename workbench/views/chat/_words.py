"""The words of a chat, in English and German."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.arguments import in_language

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Chat",
        "with": "Chat with {models}",
        "turns": "{n} turns",
        "turn": "1 turn",
        "branch": "branch {name} of {n}",
        "you": "You",
        "conversation": "Conversation",
        "message": "Message",
        "hint": "Enter sends, Shift+Enter begins a new line",
        "send": "Send",
        "stop": "Stop",
        "stopping": "Stopping…",
        "again": "Ask again",
        "edit": "Edit",
        "edit_turn": "Edit what was said in turn {n}",
        "edited": "Say instead",
        "cancel": "Cancel",
        "copy": "Copy",
        "copied": "Copied",
        "copy_answer": "Copy the answer of {model} to turn {n}",
        "earlier": "Earlier wording of turn {n}",
        "later": "Later wording of turn {n}",
        "wordings": "Wordings of turn {n}",
        "thoughts": "Thoughts",
        "empty": "Nothing said yet. What you write below is sent to {models}.",
        "no_answer": "(empty answer)",
        "attempt": "asked {n} times",
        "tokens": "{n} tokens",
        "token": "1 token",
        "first": "first token after {s}",
        "gone": "Kernel gone; the chat as it was",
        "finish_stop": "complete",
        "finish_length": "cut by the limit",
        "finish_repetition": "stopped, as it repeats itself",
        "finish_tool_calls": "wishes a tool",
        "finish_content_filter": "stopped by the server's filter",
        "finish_cancelled": "stopped",
        "finish_unknown": "end unknown",
    },
    "de": {
        "title": "Chat",
        "with": "Chat mit {models}",
        "turns": "{n} Beiträge",
        "turn": "1 Beitrag",
        "branch": "Zweig {name} von {n}",
        "you": "Sie",
        "conversation": "Gespräch",
        "message": "Nachricht",
        "hint": "Eingabe sendet, Umschalt+Eingabe beginnt eine neue Zeile",
        "send": "Senden",
        "stop": "Anhalten",
        "stopping": "Hält an …",
        "again": "Noch einmal fragen",
        "edit": "Ändern",
        "edit_turn": "Beitrag {n} ändern",
        "edited": "Stattdessen sagen",
        "cancel": "Abbrechen",
        "copy": "Kopieren",
        "copied": "Kopiert",
        "copy_answer": "Antwort von {model} auf Beitrag {n} kopieren",
        "earlier": "Frühere Fassung von Beitrag {n}",
        "later": "Spätere Fassung von Beitrag {n}",
        "wordings": "Fassungen von Beitrag {n}",
        "thoughts": "Gedanken",
        "empty": "Noch nichts gesagt. Was Sie unten schreiben, geht an {models}.",
        "no_answer": "(leere Antwort)",
        "attempt": "{n}-mal gefragt",
        "tokens": "{n} Token",
        "token": "1 Token",
        "first": "erstes Token nach {s}",
        "gone": "Kernel beendet; der Chat, wie er war",
        "finish_stop": "vollständig",
        "finish_length": "am Limit abgeschnitten",
        "finish_repetition": "angehalten, da sie sich wiederholt",
        "finish_tool_calls": "wünscht ein Werkzeug",
        "finish_content_filter": "vom Filter des Servers angehalten",
        "finish_cancelled": "angehalten",
        "finish_unknown": "Ende unbekannt",
    },
}


def chat_words(language: str) -> Mapping[str, str]:
    """The words of a language, by their place in the chat.

    Raises:
        UsageError: No view speaks the language.

    >>> chat_words("de")["send"]
    'Senden'
    """
    return in_language(_WORDS, language)
