"""What a server bench found in sentences, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.language import Language, localized


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchWords:
    """The words of one language.

    Attributes:
        in_flight: Names a load of a closed loop.
        one_in_flight: Names the load of one request at a time.
        arriving: Names a load of an open loop.
        one_arriving: Names the load of one request each second.
        knee: Said of the load at which the most is brought for the time that it takes.
        most: Said of the load with the most tokens, if it is another one.
        failed: Counts the requests that failed.
        over: Said if not all loads were measured.
        nothing: Said if no answer is whole.
        recorded: Counts what was played from a cassette: of one, and of several.
        language: The language.

    >>> WORDS["de"].number(2.25, 1)
    '2,2'
    """

    in_flight: str
    one_in_flight: str
    arriving: str
    one_arriving: str
    knee: str
    most: str
    failed: str
    over: str
    nothing: str
    recorded: tuple[str, str]
    language: Language

    def number(self, value: float, digits: int) -> str:
        """A number as this language writes it."""
        return localized(f"{value:.{digits}f}", self.language)


WORDS: Mapping[Language, BenchWords] = {
    "en": BenchWords(
        in_flight="{} in flight",
        one_in_flight="1 in flight",
        arriving="{} requests/s",
        one_arriving="1 request/s",
        knee="Knee at {load}: {tokens} tokens/s, first token after {first} s, an answer in {whole} s (medians).",
        most="The most was {tokens} tokens/s at {load}, where an answer took {times} times as long.",
        failed="{failed} of {requests} requests failed.",
        over="The time was over before all loads were measured.",
        nothing="No answer is whole.",
        recorded=(
            "1 answer was recorded earlier (column recorded_at)",
            "{} answers were recorded earlier (column recorded_at)",
        ),
        language="en",
    ),
    "de": BenchWords(
        in_flight="{} gleichzeitigen Anfragen",
        one_in_flight="einer einzelnen Anfrage",
        arriving="{} Anfragen/s",
        one_arriving="1 Anfrage/s",
        knee="Knick bei {load}: {tokens} Token/s, erstes Token nach {first} s, eine Antwort in {whole} s (Mediane).",
        most="Die meisten Token kamen bei {load}: {tokens} Token/s; eine Antwort dauerte dort {times}-mal so lange.",
        failed="Fehlgeschlagene Anfragen: {failed} von {requests}.",
        over="Die Zeit war um, bevor alle Laststufen gemessen waren.",
        nothing="Keine Antwort ist vollständig.",
        recorded=(
            "1 Antwort wurde früher aufgezeichnet (Spalte recorded_at)",
            "{} Antworten wurden früher aufgezeichnet (Spalte recorded_at)",
        ),
        language="de",
    ),
}
