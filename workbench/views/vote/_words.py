"""The words of a blind vote, in English and German."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.arguments import in_language

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Blind vote",
        "cover": "[name hidden]",
        "pair": "Pair {number} of {of}",
        "voted": "{done} of {total} pairs voted on",
        "prompt": "Prompt",
        "answer": "Answer {number}",
        "first": "Answer 1 is better",
        "second": "Answer 2 is better",
        "tie": "Equally good",
        "skip": "Skip",
        "back": "Back",
        "chosen": "chosen before",
        "choices": "Your vote",
        "empty": "(empty answer)",
        "all_done": "All pairs are voted on.",
        "reveal": "Reveal…",
        "ends": "This ends the vote: no vote can be given after it.",
        "reveal_now": "Reveal and end",
        "go_on": "Go on voting",
        "same": "Pairs left out, as both answers are the same: {}",
        "unkept": "These votes are in memory only; file= keeps them.",
        "gone": "Kernel gone; votes are kept, and the cell run again goes on.",
        "gone_unkept": "Kernel gone, and the votes with it.",
        "waits": "Blind vote: run this cell to vote, or to go on.",
        "result": "Blind vote: result",
        "model": "Model",
        "strength": "Strength",
        "interval": "95% interval",
        "wins": "Wins",
        "losses": "Losses",
        "ties": "Ties",
        "kept_in": "Votes are kept in {}",
        "people": "votes of {} people",
    },
    "de": {
        "title": "Blinde Abstimmung",
        "cover": "[Name verdeckt]",
        "pair": "Paar {number} von {of}",
        "voted": "über {done} von {total} Paaren abgestimmt",
        "prompt": "Frage",
        "answer": "Antwort {number}",
        "first": "Antwort 1 ist besser",
        "second": "Antwort 2 ist besser",
        "tie": "Gleich gut",
        "skip": "Überspringen",
        "back": "Zurück",
        "chosen": "vorher gewählt",
        "choices": "Ihre Stimme",
        "empty": "(leere Antwort)",
        "all_done": "Über alle Paare ist abgestimmt.",
        "reveal": "Auflösen …",
        "ends": "Das beendet die Abstimmung: danach kann keine Stimme mehr abgegeben werden.",
        "reveal_now": "Auflösen und beenden",
        "go_on": "Weiter abstimmen",
        "same": "Ausgenommene Paare, da beide Antworten gleich sind: {}",
        "unkept": "Diese Stimmen sind nur im Speicher; file= bewahrt sie auf.",
        "gone": "Kernel beendet; die Stimmen sind aufbewahrt, und die Zelle macht weiter, wenn sie wieder läuft.",
        "gone_unkept": "Kernel beendet, und die Stimmen mit ihm.",
        "waits": "Blinde Abstimmung: zum Abstimmen oder Weitermachen diese Zelle ausführen.",
        "result": "Blinde Abstimmung: Ergebnis",
        "model": "Modell",
        "strength": "Stärke",
        "interval": "95-%-Intervall",
        "wins": "Gewonnen",
        "losses": "Verloren",
        "ties": "Gleich",
        "kept_in": "Die Stimmen sind aufbewahrt in {}",
        "people": "Stimmen von {} Personen",
    },
}


def vote_words(language: str) -> Mapping[str, str]:
    """Return the words of a language.

    Raises:
        UsageError: No view speaks the language.

    >>> vote_words("de")["tie"]
    'Gleich gut'
    """
    return in_language(_WORDS, language)
