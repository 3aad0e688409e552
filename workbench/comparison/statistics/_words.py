"""A verdict in sentences, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictWords:
    """The words of one language.

    Attributes:
        by: Names the scorer.
        pair: What two models' scores say; `{end}` is one of the following.
        decisions: What a decision is called.
        further: Said where more prompts would decide it: one, and several.
        hopeless: Said where they would not.
        nothing: Said where there is no prompt on which both have a score.
        left_out: Counts what is not judged by: of one, and of several.
        recorded: Counts what was played from a cassette: of one, and of several.
        asked_again: Counts what came in the place of an earlier answer: of one, and of several.
        thousands: What parts the thousands of a number.
    """

    by: str
    pair: str
    decisions: Mapping[str, str]
    further: tuple[str, str]
    hopeless: str
    nothing: str
    left_out: tuple[str, str]
    recorded: tuple[str, str]
    asked_again: tuple[str, str]
    thousands: str

    def end(self, decision: str, further_prompts: int | None) -> str:
        """How the sentence on a pair ends.

        >>> WORDS["en"].end("undecided", 1200)
        'undecided, about 1,200 further prompts would decide it'
        """
        if decision != "undecided":
            return self.decisions[decision]
        if further_prompts is None:
            return self.hopeless
        one, several = self.further
        return one if further_prompts == 1 else several.format(f"{further_prompts:,}".replace(",", self.thousands))


WORDS: Mapping[Language, VerdictWords] = {
    "en": VerdictWords(
        by="By {}:",
        pair="{model} wins {wins}, loses {losses}, {ties} ties against {other}: {end}",
        decisions={"better": "better", "worse": "worse", "same": "the same within the margin"},
        further=(
            "undecided, one further prompt would probably decide it",
            "undecided, about {} further prompts would decide it",
        ),
        hopeless="undecided, and no number of further prompts in sight would decide it",
        nothing="undecided, as no prompt has a score of both",
        left_out=(
            "1 cell does not count: it was left out (column left_out) or has no score",
            "{} cells do not count: they were left out (column left_out) or have no score",
        ),
        recorded=(
            "1 answer was recorded earlier (column recorded_at)",
            "{} answers were recorded earlier (column recorded_at)",
        ),
        asked_again=(
            "1 answer came in the place of an earlier one, as it was asked again (run.earlier)",
            "{} answers came in the place of earlier ones, as they were asked again (run.earlier)",
        ),
        thousands=",",
    ),
    "de": VerdictWords(
        by="Nach {}:",
        pair="{model} gewinnt {wins}, verliert {losses}, {ties} gleich gegen {other}: {end}",
        decisions={"better": "besser", "worse": "schlechter", "same": "gleich innerhalb der Spanne"},
        further=(
            "offen, eine weitere Frage würde es wohl entscheiden",
            "offen, etwa {} weitere Fragen würden es entscheiden",
        ),
        hopeless="offen, und keine absehbare Zahl weiterer Fragen würde es entscheiden",
        nothing="offen, da keine Frage von beiden eine Bewertung hat",
        left_out=(
            "1 Zelle zählt nicht: sie wurde ausgenommen (Spalte left_out) oder hat keine Bewertung",
            "{} Zellen zählen nicht: sie wurden ausgenommen (Spalte left_out) oder haben keine Bewertung",
        ),
        recorded=(
            "1 Antwort wurde früher aufgezeichnet (Spalte recorded_at)",
            "{} Antworten wurden früher aufgezeichnet (Spalte recorded_at)",
        ),
        asked_again=(
            "1 Antwort kam an die Stelle einer früheren, da noch einmal gefragt wurde (run.earlier)",
            "{} Antworten kamen an die Stelle von früheren, da noch einmal gefragt wurde (run.earlier)",
        ),
        thousands=".",
    ),
}
