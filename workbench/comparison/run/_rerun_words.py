"""What changed from one run to another in words, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.language import Language, localized

UNKNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunWords:
    """The words of one language.

    Attributes:
        changed: Says of a value what it was and is.
        nothing: Said where no value differs.
        model: Says of a candidate which model it was and is.
        none_twice: Said where no cell was answered both times.
        identical: Counts the identical answers.
        score: Says what a score was and is; `{difference}`, `{interval}` and `{prompts}` tell by how much it differs.
        interval: Tells the interval of a difference.
        prompts: Counts the prompts: one, and several.
        unknown: Said of a value that is not known.
        names: What the columns, the kinds of changes and what they are about are called, by their names in frames.
        percent: A share.
        language: The language.

    >>> WORDS["de"].share(0.5), WORDS["de"].number(-1.25)
    ('50 %', '−1,25')
    """

    changed: str
    nothing: str
    model: str
    none_twice: str
    identical: str
    score: str
    interval: str
    prompts: tuple[str, str]
    unknown: str
    names: Mapping[str, str]
    percent: str
    language: Language

    def number(self, value: float, form: str = ".3g") -> str:
        """A number as this language writes it."""
        return localized(format(value, form), self.language)

    def share(self, value: float) -> str:
        """A share in hundredths."""
        return self.percent.format(round(100 * value))

    def counted(self, prompts: int) -> str:
        """A number of prompts."""
        one, several = self.prompts
        return one if prompts == 1 else several.format(prompts)

    def name(self, of_frame: str) -> str:
        """What a column, a kind of change, or what one is about is called; a label as it is."""
        return self.names.get(of_frame, of_frame)

    def value(self, told: str) -> str:
        """A value, or that it is not known."""
        return self.unknown if told == UNKNOWN else told


WORDS: Mapping[Language, RerunWords] = {
    "en": RerunWords(
        changed="{about}: {field} was {before}, is {after}",
        nothing="environment: nothing that is known differs",
        model="{label}: model was {before}, is {after}",
        none_twice="{label}: no cell was answered both times",
        identical="{label}: {identical} of {cells} answers identical ({share})",
        score="{label}: {scorer} was {before}, is {after} (difference {difference}{interval}, {prompts})",
        interval=", 95 % interval {low} to {high}",
        prompts=("1 prompt", "{} prompts"),
        unknown=UNKNOWN,
        names={},
        percent="{}%",
        language="en",
    ),
    "de": RerunWords(
        changed="{about}: {field} war {before}, ist {after}",
        nothing="Umgebung: nichts Bekanntes ist anders",
        model="{label}: Modell war {before}, ist {after}",
        none_twice="{label}: keine Zelle wurde beide Male beantwortet",
        identical="{label}: {identical} von {cells} Antworten gleich ({share})",
        score="{label}: {scorer} war {before}, ist {after} (Unterschied {difference}{interval}, {prompts})",
        interval=", 95-%-Intervall {low} bis {high}",
        prompts=("1 Frage", "{} Fragen"),
        unknown="nicht bekannt",
        names={
            "machine": "Rechner",
            "folder": "Ordner",
            "environment": "Umgebung",
            "model": "Modell",
            "answers": "Antworten",
            "score": "Bewertung",
            "what": "was",
            "candidate": "Kandidat",
            "field": "Feld",
            "before": "vorher",
            "after": "jetzt",
            "share": "Anteil gleicher",
            "difference": "Unterschied",
            "low": "von",
            "high": "bis",
            "count": "Anzahl",
        },
        percent="{} %",
        language="de",
    ),
}
