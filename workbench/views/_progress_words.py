"""The words of a view of progress, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.errors import UsageError
from workbench.views._plain import plain, shorten

_STATUS_LIMIT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressWords:
    """The words of one language.

    Attributes:
        title: Name of the whole view, with the model in it.
        cancel: On the button that ends the work.
        cancelling: On the same button, once it was pressed.
        done: The work has succeeded.
        cancelled: Someone has ended it.
        failed: It has failed.
        of: Joins "40" and "98 MB".
        left: Follows the seconds that are left.
        statuses: How a server's words begin, and ours for them.
        decimal: Sign before decimals.
        question: Asks for the name of a model that is to be deleted.

    >>> progress_words("de").status("verifying sha256 digest")
    'prüft'
    """

    title: str
    cancel: str
    cancelling: str
    done: str
    cancelled: str
    failed: str
    of: str
    left: str
    statuses: Mapping[str, str]
    decimal: str
    question: str

    def status(self, said: str) -> str:
        """What the server is doing, in this language where its words are known."""
        known = (ours for theirs, ours in self.statuses.items() if said.startswith(theirs))
        return next(known, shorten(plain(said), _STATUS_LIMIT))

    def size(self, size: int, unit: int = 0) -> str:
        """A size in the largest unit that fits, or in that of another size.

        >>> progress_words("en").size(98_362_432), progress_words("de").size(1_234_000_000)
        ('98.4 MB', '1,2 GB')
        """
        scale, name = next(
            ((scale, name) for scale, name in _UNITS if max(size, unit) >= scale),
            _UNITS[-1],
        )
        return f"{size / scale:.{0 if scale == 1 else 1}f} {name}".replace(".", self.decimal)


_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"), (1, "B"))
_WORDS: Mapping[str, ProgressWords] = {
    "en": ProgressWords(
        title="Progress of {model}",
        cancel="Cancel",
        cancelling="Cancelling…",
        done="done",
        cancelled="cancelled; the same call goes on from here",
        failed="failed",
        of="of",
        left="s left",
        statuses={
            "pulling manifest": "asks the registry",
            "pulling": "fetches",
            "verifying": "checks",
            "retrieving": "looks up",
            "pushing": "sends",
            "uploading": "sends",
            "parsing": "reads",
            "using existing layer": "uses what is there",
            "creating new layer": "writes",
            "writing manifest": "writes",
            "success": "done",
        },
        decimal=".",
        question="Delete {model}? Type its name to confirm: ",
    ),
    "de": ProgressWords(
        title="Fortschritt von {model}",
        cancel="Abbrechen",
        cancelling="Bricht ab …",
        done="fertig",
        cancelled="abgebrochen; derselbe Aufruf geht von hier aus weiter",
        failed="fehlgeschlagen",
        of="von",
        left="s verbleiben",
        statuses={
            "pulling manifest": "fragt die Registry",
            "pulling": "holt",
            "verifying": "prüft",
            "retrieving": "schlägt nach",
            "pushing": "sendet",
            "uploading": "sendet",
            "parsing": "liest",
            "using existing layer": "nutzt Vorhandenes",
            "creating new layer": "schreibt",
            "writing manifest": "schreibt",
            "success": "fertig",
        },
        decimal=",",
        question="{model} löschen? Zur Bestätigung den Namen eingeben: ",
    ),
}


def progress_words(language: str) -> ProgressWords:
    """The words of a language, "en" or "de". Raises UsageError for another.

    >>> progress_words("en").cancel
    'Cancel'
    """
    try:
        return _WORDS[language]
    except KeyError:
        known = ", ".join(_WORDS)
        raise UsageError(f"no view speaks the language {language!r}", advice=f"choose one of {known}") from None
