"""Every word of the report, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.views._words import Language


@dataclass(frozen=True, slots=True)
class ReportWords:
    """The words of one language.

    Attributes:
        headings: Of the sections, by their name in the program.
        columns: Of the tables, by the name of the column.
        marks: What a cell may be marked with, by the mark.
        decisions: What a verdict on a pair may be, by its name in the program.
        size: Counts prompts, models, repeats and answers.
        no_verdict: Said where there is none.
        no_scores: Said where nothing was scored.
        no_marks: Said where every cell was answered whole.
        no_answers: Said where no prompt was asked.
        only_first: Said where the table of answers shows the first prompts only.
        marks_told: Caption of the table of marks.
        errors_told: Caption of the table of errors.
        defaults: Said of a model without options.
    """

    headings: Mapping[str, str]
    columns: Mapping[str, str]
    marks: Mapping[str, str]
    decisions: Mapping[str, str]
    size: str
    no_verdict: str
    no_scores: str
    no_marks: str
    no_answers: str
    only_first: str
    marks_told: str
    errors_told: str
    defaults: str


WORDS: Mapping[Language, ReportWords] = {
    "en": ReportWords(
        headings={
            "verdict": "Verdict", "asked": "What was asked", "means": "Mean scores", "pairs": "Pair by pair",
            "scores": "Scores", "latency": "How long answers took", "speed": "Quality against speed",
            "heat": "Prompt by prompt", "marks": "What was kept out, and why", "answers": "Answers",
        },
        columns={
            "model": "Model", "other": "Compared with", "prompts": "Prompts", "mean": "Mean", "low": "From",
            "high": "To", "wins": "Wins", "losses": "Losses", "ties": "Ties", "difference": "Difference", "p": "p",
            "p_holm": "p (Holm)", "test": "Test", "decision": "Decision", "further_prompts": "Further prompts",
            "options": "Options", "answered": "Answered", "of": "Cells", "error": "Error", "count": "Count",
            "prompt": "Prompt", "repeat": "Repeat",
        },
        marks={
            "failed": "failed", "not asked": "not asked", "stopped": "stopped", "truncated": "prompt cut by the server",
            "limit": "cut by the limit", "refused": "refused", "empty": "empty", "retried": "asked again",
        },
        decisions={},
        size="Prompts: {prompts} · models: {models} · repeats: {repeats} · answered: {answered} of {cells} cells",
        no_verdict="There is no verdict: no pair of models was scored.",
        no_scores="Nothing was scored.",
        no_marks="Nothing: every cell was answered whole, at the first try.",
        no_answers="No prompt was asked.",
        only_first="The first {shown} of {all} prompts are shown; the run's own files hold all.",
        marks_told="Marked cells by model; a cell may have several marks",
        errors_told="Errors, the most frequent first",
        defaults="the server's own",
    ),
    "de": ReportWords(
        headings={
            "verdict": "Ergebnis", "asked": "Was gefragt wurde", "means": "Mittlere Bewertungen", "pairs": "Paarweise",
            "scores": "Bewertungen", "latency": "Wie lange Antworten dauerten", "speed": "Qualität gegen Tempo",
            "heat": "Frage für Frage", "marks": "Was nicht zählt, und warum", "answers": "Antworten",
        },
        columns={
            "model": "Modell", "other": "Verglichen mit", "prompts": "Fragen", "mean": "Mittel", "low": "Von",
            "high": "Bis", "wins": "Siege", "losses": "Niederlagen", "ties": "Gleich", "difference": "Unterschied",
            "p": "p", "p_holm": "p (Holm)", "test": "Test", "decision": "Urteil", "further_prompts": "Weitere Fragen",
            "options": "Optionen", "answered": "Beantwortet", "of": "Zellen", "error": "Fehler", "count": "Anzahl",
            "prompt": "Frage", "repeat": "Wiederholung",
        },
        marks={
            "failed": "fehlgeschlagen", "not asked": "nicht gefragt", "stopped": "angehalten",
            "truncated": "Frage vom Server gekürzt", "limit": "am Limit abgeschnitten", "refused": "verweigert",
            "empty": "leer", "retried": "noch einmal gefragt",
        },
        decisions={"better": "besser", "worse": "schlechter", "same": "gleich", "undecided": "unentschieden"},
        size="Fragen: {prompts} · Modelle: {models} · Wiederholungen: {repeats} · "
        "beantwortet: {answered} von {cells} Zellen",
        no_verdict="Es gibt kein Urteil: kein Paar von Modellen wurde bewertet.",
        no_scores="Nichts wurde bewertet.",
        no_marks="Nichts: jede Zelle wurde beim ersten Mal ganz beantwortet.",
        no_answers="Es wurde nichts gefragt.",
        only_first="Gezeigt sind die ersten {shown} von {all} Fragen; die Dateien des Laufs enthalten alle.",
        marks_told="Markierte Zellen je Modell; eine Zelle kann mehrere Marken haben",
        errors_told="Fehler, die häufigsten zuerst",
        defaults="die des Servers",
    ),
}  # fmt: skip
