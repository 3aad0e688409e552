"""Why a conversation ended, waits or asks, what a branch changed, and where a team goes round: in English and German.

A reason is data, and is English wherever it is kept and handed on; what is shown of it is `in_language`. So each is
made here, by `because`, of one of the sentences that have a German form; AutoGen's own have one too. What is said by a
model, a tool or somebody's own condition stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NewType

from workbench.language import Language, Sentences

Reason = NewType("Reason", str)
"""A reason in English: made by `because`, or read from a file."""

OR = " or "
"""Between places to stop at, any of which is enough."""
AND = "; "
"""Between things that a branch changed."""

_OWN: Mapping[str, str] = {
    # why a run returned
    "paused": "pausiert",
    "stopped; the turn was taken back": "gestoppt; der Zug wurde zurückgenommen",
    "the limit of turns ({}) is reached": "die Grenze der Züge ({}) ist erreicht",
    "the limit of calls ({}) is reached": "die Grenze der Fragen an Modelle ({}) ist erreicht",
    "the limit of tokens ({}) is reached": "die Grenze der Token ({}) ist erreicht",
    "the limit of seconds ({}) is reached": "die Grenze der Sekunden ({}) ist erreicht",
    "the limit of seconds is reached in this turn, which was taken back": (
        "die Grenze der Sekunden ist in diesem Zug erreicht, der zurückgenommen wurde"
    ),
    "{} calls in a row were rejected": "{} Aufrufe nacheinander wurden abgelehnt",
    "{} is asked, and has not said anything yet: answer with session.answer(…)": (
        "{} wird gefragt und hat noch nichts gesagt: mit session.answer(…) antworten"
    ),
    "{} wants to call {}: approve or reject it": "{} will {} aufrufen: zustimmen oder ablehnen",
    "what was under way when the file ended is lost: the next step takes it again": (
        "was geschah, als die Datei endete, ist verloren: der nächste Schritt nimmt es noch einmal"
    ),
    "before {} speaks": "bevor {} spricht",
    "after a {}": "nach einem {}",
    "after a call of {}": "nach einem Aufruf von {}",
    "after a message with {}": "nach einer Nachricht mit {}",
    "at {} messages": "bei {} Nachrichten",
    # why a person is asked about a call, or is not
    "read-only": "nur lesend",
    "it is not marked as read-only": "es ist nicht als nur lesend markiert",
    "the policy asks": "die Richtlinie fragt",
    "the tool has changed since it was approved": "das Werkzeug hat sich geändert, seit ihm zugestimmt wurde",
    "it was begun before and broken off, and may have been done": (
        "es wurde schon begonnen und abgebrochen und ist vielleicht geschehen"
    ),
    "it may be more than the policy's patterns see": "es ist vielleicht mehr, als die Muster der Richtlinie sehen",
    "what this branch left may have done it": "was dieser Zweig verlassen hat, hat es vielleicht schon getan",
    # where a team goes round in circles
    "step repetition: {} said {} {} times (turns {})": "Schritt wiederholt: {} sagte {} {}-mal (Züge {})",
    "step repetition: {} called {} {} times (turns {})": "Schritt wiederholt: {} rief {} {}-mal auf (Züge {})",
    "unaware of termination conditions: the last turns only repeat others, and nothing ends this team": (
        "kein Ende erkannt: die letzten Züge wiederholen nur andere, und nichts beendet dieses Team"
    ),
    # branches
    "turn {} edited": "Zug {} geändert",
    "another task": "andere Aufgabe",
    "{}: another system message": "{}: andere Systemnachricht",
    "{}: another result": "{}: anderes Ergebnis",
    "left when it was rewound": "beim Zurückgehen verlassen",
    "goes on": "geht weiter",
    "asked {} anew though nothing was changed: what differs is noise": (
        "{} neu gefragt, obwohl nichts geändert wurde: was anders ist, ist Zufall"
    ),
}
_AUTOGEN: Mapping[str, str] = {
    "Stop message received": "eine Nachricht, die beendet, kam",
    "Maximum number of messages {} reached, current message count: {}": (
        "die Höchstzahl der Nachrichten ({}) ist erreicht, gezählt: {}"
    ),
    "Text '{}' mentioned": "der Text '{}' kam vor",
    "Functional termination condition met": "die Bedingung einer Funktion ist erfüllt",
    "Token usage limit reached, total token count: {}, prompt token count: {}, completion token count: {}.": (
        "die Grenze der Token ist erreicht: {} insgesamt, {} in Fragen, {} in Antworten"
    ),
    "Handoff to {} from {} detected.": "Übergabe an {} durch {}",
    "Timeout of {} seconds reached": "die Höchstdauer ({} s) ist um",
    "External termination requested": "von außen beendet",
    "'{}' answered": "'{}' hat geantwortet",
    "Text message received from '{}'": "eine Nachricht von '{}' kam",
    "Function '{}' was executed.": "die Funktion '{}' wurde ausgeführt",
    "Maximum number of turns {} reached.": "die Höchstzahl der Züge ({}) ist erreicht",
    "The group chat has already terminated.": "das Gespräch war schon beendet",
    "Digraph execution is complete": "der Graph ist zu Ende",
    "Max rounds reached.": "die Höchstzahl der Runden ist erreicht",
}
_GERMAN = Sentences({**_OWN, **_AUTOGEN})


def because(sentence: str, *values: object) -> Reason:
    """A reason in English, of one of the sentences that have a German form.

    >>> because("the limit of turns ({}) is reached", 3)
    'the limit of turns (3) is reached'
    """
    if sentence not in _OWN:
        raise KeyError(f"no German form: {sentence}")
    return Reason(sentence.format(*values))


def in_language(told: str, language: Language) -> str:
    """A reason as it is shown; what is not one of these sentences stays as it is.

    >>> in_language(because("before {} speaks", "clerk"), "de")
    'bevor clerk spricht'
    >>> in_language("after a call of find or before clerk speaks", "de")
    'nach einem Aufruf von find oder bevor clerk spricht'
    >>> in_language("APPROVED", "de")
    'APPROVED'
    """
    if language == "en":
        return told
    places = [_GERMAN.found(one) for one in told.split(OR)]
    if None not in places:
        return " oder ".join(filter(None, places))
    return _GERMAN.found(told) or told


def changes_in_language(told: str, language: Language) -> str:
    """What a branch changed, as it is shown.

    >>> changes_in_language("turn 2 edited; clerk: embedded; clerk: another system message", "de")
    'Zug 2 geändert; clerk: embedded; clerk: andere Systemnachricht'
    """
    return AND.join(in_language(one, language) for one in told.split(AND))
