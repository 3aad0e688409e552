"""The words for how an answer came about and what is to be known of it, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.arguments import in_language

_WORDS: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "model": "model",
        "finish": "Ended",
        "finishes": {
            "stop": "by itself",
            "length": "cut by the limit",
            "repetition": "stopped, as it repeats itself",
            "tool_calls": "with tool calls",
            "content_filter": "stopped by a filter",
            "cancelled": "stopped",
            "unknown": "unknown",
        },
        "first_token": "First token after",
        "total": "Whole answer after",
        "load": "Model loaded in",
        "speed": "Tokens/s",
        "tokens": "Tokens",
        "prompt_tokens": "Tokens of the prompt",
        "served_by": "Answered by",
        "recorded": "Played",
        "tries": "Tries",
        "asked": "asked {} times",
        "stays": "asked again without a new answer, so the one before stays: {}",
        "marks": {
            "prompt cut": "prompt cut",
            "cut by the limit": "cut",
            "cut at": "cut at {}",
            "stopped repeating": "repeats itself",
            "repeating": "repeats itself",
            "only thoughts": "only thoughts",
            "empty": "empty",
            "refused": "refused",
            "filtered": "filtered",
            "ending unknown": "perhaps not whole",
            "several answers": "first of several",
            "part not shown": "not all shown",
            "other": "note",
        },
    },
    "de": {
        "model": "Modell",
        "finish": "Ende",
        "finishes": {
            "stop": "von selbst",
            "length": "am Limit abgeschnitten",
            "repetition": "angehalten, da sie sich wiederholt",
            "tool_calls": "mit Werkzeugaufrufen",
            "content_filter": "von einem Filter angehalten",
            "cancelled": "angehalten",
            "unknown": "unbekannt",
        },
        "first_token": "Erstes Token nach",
        "total": "Ganze Antwort nach",
        "load": "Modell geladen in",
        "speed": "Token/s",
        "tokens": "Token",
        "prompt_tokens": "Token der Frage",
        "served_by": "Geantwortet hat",
        "recorded": "Abgespielt",
        "tries": "Versuche",
        "asked": "{}-mal gefragt",
        "stays": "noch einmal gefragt, ohne neue Antwort, so dass die vorige bleibt: {}",
        "marks": {
            "prompt cut": "Frage gekürzt",
            "cut by the limit": "abgeschnitten",
            "cut at": "abgeschnitten bei {}",
            "stopped repeating": "wiederholt sich",
            "repeating": "wiederholt sich",
            "only thoughts": "nur Gedanken",
            "empty": "leer",
            "refused": "verweigert",
            "filtered": "gefiltert",
            "ending unknown": "vielleicht nicht ganz",
            "several answers": "erste von mehreren",
            "part not shown": "nicht alles gezeigt",
            "other": "Hinweis",
        },
    },
}


def answer_words(language: str) -> Mapping[str, Any]:
    """Return the words of a language.

    Args:
        language: "en" or "de".

    Raises:
        UsageError: No view speaks the language.

    >>> answer_words("en")["marks"]["cut at"].format(120)
    'cut at 120'
    """
    return in_language(_WORDS, language)
