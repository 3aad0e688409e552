"""The comments in the code of a run, in English and German."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.arguments import in_language

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "table": "The prompts came from a table, and how is not known: here they stand as they are.",
        "column": "The prompts came from a table whose column {!r} cannot be written as code: here they stand alone.",
        "prompt": "Prompt {} cannot be written as code: put it in the place of the ... in the list.",
        "function": "{} is a function of yours: it has to be defined before.",
        "unnamed_function": "The candidate {!r} is a function without a name here: put it in the place of the ...",
        "schema": "The schema is that of the class {0}: give schema={0} to have answers as its objects.",
        "option": "This option cannot be written as code: {}.",
        "scorer": "It was scored by {!r} as well, which cannot be written as code: add it to scorers=.",
    },
    "de": {
        "table": "Die Fragen kamen aus einer Tabelle, und wie, ist nicht bekannt: hier stehen sie, wie sie sind.",
        "column": "Die Fragen kamen aus einer Tabelle, deren Spalte {!r} kein Code sein kann: hier stehen sie allein.",
        "prompt": "Frage {} kann kein Code sein: setzen Sie sie an die Stelle der ... in der Liste.",
        "function": "{} ist eine Funktion von Ihnen: sie muss vorher definiert sein.",
        "unnamed_function": "Der Kandidat {!r} ist eine Funktion ohne Namen: setzen Sie sie an die Stelle der ...",
        "schema": "Das Schema ist das der Klasse {0}: mit schema={0} sind Antworten deren Objekte.",
        "option": "Diese Option kann kein Code sein: {}.",
        "scorer": "Auch {!r} hat bewertet, was kein Code sein kann: ergänzen Sie es in scorers=.",
    },
}


def code_words(language: str) -> Mapping[str, str]:
    """Return the words of a language; what they are about stands in the place of `{}`.

    Args:
        language: "en" or "de".

    Raises:
        UsageError: No comments are written in the language.

    >>> code_words("en")["option"].format("'regex'")
    "This option cannot be written as code: 'regex'."
    """
    return in_language(_WORDS, language)
