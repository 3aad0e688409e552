"""The words of a view of progress, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from workbench.arguments import in_language
from workbench.language import Language, localized
from workbench.texts import plain, shorten

_STATUS_LIMIT = 80
_MINUTE_S = 60
_HOUR_MIN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressWords:
    """The words of one language.

    Attributes:
        cancel: On the button that ends the work.
        cancelling: On the same button, once it was pressed.
        done: The work has succeeded.
        cancelled: Someone has ended it.
        failed: It has failed.
        unfinished: It was under way when it was last seen.
        scores: Name of a scoring.
        load: Names a load of a bench.
        of: Joins "40" and "98 MB".
        left: Follows the seconds that are left.
        statuses: How a server's words begin, and ours for them.
        language: The language.
        question: Asks for the name of a model that is to be deleted.
        tokens: Follows the tokens that come in a second.
        cells_left: How many cells of a comparison are left.
        about: About how long they take.
        kept: Where a comparison without a name is kept.
        unkept: Why it is not kept.

    >>> progress_words("de").status("verifying sha256 digest")
    'prüft'
    """

    cancel: str
    cancelling: str
    done: str
    cancelled: str
    failed: str
    unfinished: str
    scores: str
    load: str
    of: str
    left: str
    statuses: Mapping[str, str]
    language: Language
    question: str
    tokens: str
    cells_left: str
    about: str
    kept: str
    unkept: str

    def headway(self, tokens_per_s: float | None, left: int, seconds: float | None) -> str:
        """Say in a phrase how a comparison gets on; what is not known is left out.

        >>> progress_words("en").headway(34.2, 47, 200), progress_words("de").headway(None, 3, 7300)
        ('34 tokens/s, 47 left, about 4 min', 'noch 3, etwa 2 h 2 min')
        """
        parts = [] if tokens_per_s is None else [f"{self.figure(tokens_per_s)} {self.tokens}"]
        parts.append(self.cells_left.format(left))
        parts += [] if seconds is None else [self.about.format(duration(seconds))]
        return ", ".join(parts)

    def figure(self, value: float) -> str:
        """Write a rough number: whole, or of one place where it is small.

        >>> progress_words("de").figure(3.14159), progress_words("en").figure(1234.5)
        ('3,1', '1234')
        """
        rounded = round(value, 1)
        return localized(f"{rounded:.{0 if rounded >= 10 else 1}f}", self.language)

    def status(self, said: str) -> str:
        """Say what the server is doing, in this language where its words are known."""
        known = (ours for theirs, ours in self.statuses.items() if said.startswith(theirs))
        return next(known, shorten(plain(said), _STATUS_LIMIT))

    def size(self, size: int, unit: int = 0) -> str:
        """Write a size in the largest unit that fits, or in that of another size.

        >>> progress_words("en").size(98_362_432), progress_words("de").size(1_234_000_000)
        ('98.4 MB', '1,2 GB')
        """
        scale, name = next(
            ((scale, name) for scale, name in _UNITS if max(size, unit) >= scale),
            _UNITS[-1],
        )
        return localized(f"{size / scale:.{0 if scale == 1 else 1}f}", self.language) + f" {name}"


def duration(seconds: float) -> str:
    """Say about how long something takes, in the largest units that say enough.

    >>> duration(0.2), duration(59.9), duration(90), duration(119 * 60)
    ('1 s', '60 s', '2 min', '1 h 59 min')
    """
    whole = max(ceil(round(seconds, 1)), 1)
    if whole <= _MINUTE_S:
        return f"{whole} s"
    minutes = ceil(whole / _MINUTE_S)
    return f"{minutes} min" if minutes < _HOUR_MIN else f"{minutes // _HOUR_MIN} h {minutes % _HOUR_MIN} min"


_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"), (1, "B"))
_WORDS: Mapping[str, ProgressWords] = {
    "en": ProgressWords(
        cancel="Cancel",
        cancelling="Cancelling…",
        done="done",
        cancelled="cancelled; the same call goes on from here",
        failed="failed",
        unfinished="not over when this was saved",
        scores="Scores",
        load="load {}",
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
        language="en",
        question="Delete {model}? Type its name to confirm: ",
        tokens="tokens/s",
        cells_left="{} left",
        about="about {}",
        kept="kept in {}: wb.runs() lists it, WORKBENCH_JOURNAL=off keeps none",
        unkept="not kept: {}",
    ),
    "de": ProgressWords(
        cancel="Abbrechen",
        cancelling="Bricht ab …",
        done="fertig",
        cancelled="abgebrochen; derselbe Aufruf geht von hier aus weiter",
        failed="fehlgeschlagen",
        unfinished="beim Speichern nicht zu Ende",
        scores="Bewertungen",
        load="Laststufe {}",
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
        language="de",
        question="{model} löschen? Zur Bestätigung den Namen eingeben: ",
        tokens="Token/s",
        cells_left="noch {}",
        about="etwa {}",
        kept="aufbewahrt in {}: wb.runs() zeigt es, WORKBENCH_JOURNAL=off schaltet es ab",
        unkept="nicht aufbewahrt: {}",
    ),
}


def progress_words(language: str) -> ProgressWords:
    """Return the words of a language, "en" or "de". Raises UsageError for another.

    >>> progress_words("en").cancel
    'Cancel'
    """
    return in_language(_WORDS, language)
