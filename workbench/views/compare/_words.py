"""The words of the comparison's view, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.arguments import in_language

_WORDS: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "open": "Open at full width (Enter)",
        "back": "← Back",
        "look": "How the answer is shown",
        "formatted": "Formatted",
        "raw": "As it came",
        "differences": "Differences",
        "copy": "Copy",
        "copied": "Copied",
        "ask_again": "Ask again",
        "ask_answered": "Ask again: {} with an answer",
        "earlier": "Earlier answers ({})",
        "stop_cell": "Stop this answer",
        "your_rating": "What you think",
        "good": "Good",
        "bad": "Bad",
        "comment": "Comment",
        "rating_kept": "Kept",
        "ask_open": "Ask {} without an answer",
        "hint": "j, k: other prompts · ←, →: other models · +, −: good, bad · c: comment · Esc: back",
        "whole_answer": "The whole answer, and how it came about",
        "nothing": "(no answer)",
        "problem": "Problem",
        "warnings": "Warnings",
        "thoughts": "Thoughts",
        "answer": "Answer",
        "facts": "How it went",
        "in_short": "In short",
        "options": "Asked with",
        "system": "System message",
        "sent": "The request as it was sent",
        "against_baseline": "Beside {}:",
        "alike_share": "{} % of the words are the same.",
        "contradictions": "Numbers or dates that differ: {}.",
        "missing": "missing here",
        "added": "only here",
        "contradicting": "other number or date",
        "tools": "What is shown",
        "show": "Which prompts are shown",
        "filters": {
            "all": "All prompts",
            "failed": "Failed or stopped",
            "cut": "Cut by a limit",
            "differing": "Differ from the baseline",
            "identical": "Same as the baseline",
            "rated": "Rated or commented",
        },
        "search": "Search in prompts and answers",
        "search_hint": "Search…",
        "shown_rows": "{} of {all} prompts",
        "no_rows": "No prompt is like that.",
        "alike": "{} × the same",
        "same": "= baseline",
        "baseline": "Baseline",
        "column": "Column {}",
        "make_baseline": "Make it the baseline",
        "move_left": "Move to the left",
        "move_right": "Move to the right",
        "wider": "Wider",
        "narrower": "Narrower",
        "hide": "Hide",
        "show_hidden": "Show hidden columns ({})",
    },
    "de": {
        "open": "In voller Breite öffnen (Eingabetaste)",
        "back": "← Zurück",
        "look": "Wie die Antwort gezeigt wird",
        "formatted": "Formatiert",
        "raw": "Wie sie kam",
        "differences": "Unterschiede",
        "copy": "Kopieren",
        "copied": "Kopiert",
        "ask_again": "Noch einmal fragen",
        "ask_answered": "Noch einmal fragen: {} mit Antwort",
        "earlier": "Frühere Antworten ({})",
        "stop_cell": "Diese Antwort anhalten",
        "your_rating": "Ihr Urteil",
        "good": "Gut",
        "bad": "Schlecht",
        "comment": "Anmerkung",
        "rating_kept": "Behalten",
        "ask_open": "{} ohne Antwort fragen",
        "hint": "j, k: andere Fragen · ←, →: andere Modelle · +, −: gut, schlecht · c: Anmerkung · Esc: zurück",
        "whole_answer": "Die ganze Antwort, und wie sie zustande kam",
        "nothing": "(keine Antwort)",
        "problem": "Problem",
        "warnings": "Hinweise",
        "thoughts": "Gedanken",
        "answer": "Antwort",
        "facts": "Wie es lief",
        "in_short": "Kurz",
        "options": "Gefragt mit",
        "system": "Systemnachricht",
        "sent": "Die Anfrage, wie sie gesendet wurde",
        "against_baseline": "Neben {}:",
        "alike_share": "{} % der Wörter sind gleich.",
        "contradictions": "Abweichende Zahlen oder Daten: {}.",
        "missing": "fehlt hier",
        "added": "nur hier",
        "contradicting": "andere Zahl oder anderes Datum",
        "tools": "Was gezeigt wird",
        "show": "Welche Fragen gezeigt werden",
        "filters": {
            "all": "Alle Fragen",
            "failed": "Fehlgeschlagen oder angehalten",
            "cut": "Am Limit abgeschnitten",
            "differing": "Anders als die Basis",
            "identical": "Gleich wie die Basis",
            "rated": "Beurteilt oder angemerkt",
        },
        "search": "In Fragen und Antworten suchen",
        "search_hint": "Suchen …",
        "shown_rows": "{} von {all} Fragen",
        "no_rows": "Keine Frage ist so.",
        "alike": "{} × dasselbe",
        "same": "= Basis",
        "baseline": "Basis",
        "column": "Spalte {}",
        "make_baseline": "Zur Basis machen",
        "move_left": "Nach links",
        "move_right": "Nach rechts",
        "wider": "Breiter",
        "narrower": "Schmaler",
        "hide": "Ausblenden",
        "show_hidden": "Ausgeblendete Spalten zeigen ({})",
    },
}


def compare_words(language: str) -> Mapping[str, Any]:
    """Return the words of a language; those that all views of runs share are `words`.

    Args:
        language: "en" or "de".

    Raises:
        UsageError: No view speaks the language.

    >>> compare_words("de")["copy"]
    'Kopieren'
    """
    return in_language(_WORDS, language)
