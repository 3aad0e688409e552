"""Every word of the report, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReportWords:
    """The words of one language.

    Attributes:
        headings: Of the sections, by their name in the program.
        scored: The headings of those that tell what one scorer says.
        columns: Of the tables, by the name of the column.
        marks: What a cell may be marked with, by the mark.
        decisions: What a verdict on a pair may be, by its name in the program.
        tests: The names of tests that are words.
        span: An interval, from its lower to its upper end.
        lower: Said where the lower of two scores is the better.
        size: Counts prompts, models, repeats and answers.
        recorded: Counts answers that were played from a cassette, and tells when the first and the last were given.
        no_verdict: Said where there is none, with the reason.
        no_pair: The reason where nothing was scored.
        one_model: The reason where there is only one model.
        no_answer: The reason where nothing could be scored.
        no_scores: Said where nothing was scored.
        unscorable: Said where nothing could be scored.
        hopeless: Said where no number of further prompts would decide a pair.
        unmet: Said of a pair that has no prompt with a score of both.
        no_marks: Said where every cell was answered whole.
        no_answers: Said where no prompt was asked.
        only_first: Said where the table of answers shows the first prompts only.
        marks_told: Caption of the table of marks.
        errors_told: Caption of the table of errors.
        defaults: Said of a model without options.
        function: Said of a candidate that is a function.
        opens: Says what the fields of the overview do.
        show: Names the choice of rows.
        filters: The choices, by their names in the program.
        beside: Says how much of an answer is as that of another model.
        differences: Says what is marked where two answers are beside each other.
    """

    headings: Mapping[str, str]
    scored: Mapping[str, str]
    columns: Mapping[str, str]
    marks: Mapping[str, str]
    decisions: Mapping[str, str]
    tests: Mapping[str, str]
    span: str
    lower: str
    size: str
    recorded: str
    no_verdict: str
    no_pair: str
    one_model: str
    no_answer: str
    no_scores: str
    unscorable: str
    hopeless: str
    unmet: str
    no_marks: str
    no_answers: str
    only_first: str
    marks_told: str
    errors_told: str
    defaults: str
    function: str
    opens: str
    show: str
    filters: Mapping[str, str]
    beside: str
    differences: str

    def heading(self, name: str, scorer: str = "") -> str:
        """The heading of a section, with the scorer in those that tell what one says.

        >>> WORDS["en"].heading("means", "exact"), WORDS["en"].heading("means"), WORDS["en"].heading("marks", "exact")
        ('Mean scores by exact', 'Mean scores', 'What was kept out, and why')
        """
        return self.scored[name].format(scorer=scorer) if scorer and name in self.scored else self.headings[name]


WORDS: Mapping[str, ReportWords] = {
    "en": ReportWords(
        headings={
            "verdict": "Verdict", "asked": "What was asked", "means": "Mean scores", "pairs": "Pair by pair",
            "scores": "Scores", "latency": "How long answers took", "speed": "Quality against speed",
            "heat": "Prompt by prompt", "marks": "What was kept out, and why", "answers": "Answers",
        },
        scored={
            "verdict": "Verdict by {scorer}", "means": "Mean scores by {scorer}", "scores": "Scores by {scorer}",
            "speed": "Quality by {scorer} against speed", "heat": "Prompt by prompt, scored by {scorer}",
        },
        columns={
            "model": "Model", "other": "Compared with", "prompts": "Prompts", "mean": "Mean",
            "interval": "95% interval", "counts": "Wins / losses / ties", "difference": "Difference (95% interval)",
            "p_holm": "p\u00a0(Holm)", "test": "Test", "decision": "Decision", "further_prompts": "Further prompts",
            "options": "Options", "answered": "Answered", "of": "Cells", "error": "Error", "count": "Count",
            "prompt": "Prompt", "repeat": "Repeat",
        },
        marks={
            "failed": "failed", "not asked": "not asked", "stopped": "stopped", "truncated": "prompt cut by the server",
            "repeats": "repeats itself", "limit": "cut by the limit", "refused": "refused", "empty": "empty",
            "retried": "asked again",
        },
        decisions={},
        tests={},
        span="{low}\u00a0to\u00a0{high}",
        lower="Lower values are better.",
        size="Prompts: {prompts} · models: {models} · repeats: {repeats} · answered: {answered} of {cells} cells",
        recorded="{count} of the answers and their times were recorded earlier, from {first} to {last} (UTC)",
        no_verdict="There is no verdict: {why}.",
        no_pair="no pair of models was scored",
        one_model="it takes two models",
        no_answer="no cell has an answer that can be scored",
        no_scores="Nothing was scored.",
        unscorable="No cell has an answer that can be scored.",
        hopeless="none in sight",
        unmet="no prompt has a score of both",
        no_marks="Nothing: every cell was answered whole, at the first try.",
        no_answers="No prompt was asked.",
        only_first="The first {shown} of {all} prompts are shown; the run's own files hold all.",
        marks_told="Marked cells by model; a cell may have several marks",
        errors_told="Errors, the most frequent first",
        defaults="the server's own",
        function="a function",
        opens="Each field leads to its answer.",
        show="Show",
        filters={
            "all": "All", "failed": "Failed or not asked", "cut": "Cut", "differing": "Differ from {model}",
            "identical": "Same as {model}", "one-wrong": "Only one wrong", "all-wrong": "All wrong",
        },
        beside="Beside {model}: {share}\u00a0% alike",
        differences="Below answers that differ: struck through is what only {model} says, underlined what it does not.",
    ),
    "de": ReportWords(
        headings={
            "verdict": "Ergebnis", "asked": "Was gefragt wurde", "means": "Mittlere Bewertungen", "pairs": "Paarweise",
            "scores": "Bewertungen", "latency": "Wie lange Antworten dauerten", "speed": "Qualität gegen Tempo",
            "heat": "Frage für Frage", "marks": "Was nicht zählt, und warum", "answers": "Antworten",
        },
        scored={
            "verdict": "Ergebnis nach {scorer}", "means": "Mittlere Bewertungen nach {scorer}",
            "scores": "Bewertungen nach {scorer}", "speed": "Qualität nach {scorer} gegen Tempo",
            "heat": "Frage für Frage, bewertet nach {scorer}",
        },
        columns={
            "model": "Modell", "other": "Verglichen mit", "prompts": "Fragen", "mean": "Mittel",
            "interval": "95-%-Intervall", "counts": "Siege / Niederlagen / gleich",
            "difference": "Unterschied (95-%-Intervall)", "p_holm": "p\u00a0(Holm)", "test": "Test",
            "decision": "Urteil", "further_prompts": "Weitere Fragen",
            "options": "Optionen", "answered": "Beantwortet", "of": "Zellen", "error": "Fehler", "count": "Anzahl",
            "prompt": "Frage", "repeat": "Wiederholung",
        },
        marks={
            "failed": "fehlgeschlagen", "not asked": "nicht gefragt", "stopped": "angehalten",
            "truncated": "Frage vom Server gekürzt", "repeats": "wiederholt sich", "limit": "am Limit abgeschnitten",
            "refused": "verweigert", "empty": "leer", "retried": "noch einmal gefragt",
        },
        decisions={"better": "besser", "worse": "schlechter", "same": "gleich", "undecided": "offen"},
        tests={"none": "keiner"},
        span="{low}\u00a0bis\u00a0{high}",
        lower="Niedrigere Werte sind besser.",
        size="Fragen: {prompts} · Modelle: {models} · Wiederholungen: {repeats} · "
        "beantwortet: {answered} von {cells} Zellen",
        recorded="{count} der Antworten und ihre Zeiten wurden früher aufgezeichnet, von {first} bis {last} (UTC)",
        no_verdict="Es gibt kein Urteil: {why}.",
        no_pair="kein Paar von Modellen wurde bewertet",
        one_model="es braucht zwei Modelle",
        no_answer="keine Zelle hat eine Antwort, die bewertet werden kann",
        no_scores="Nichts wurde bewertet.",
        unscorable="Keine Zelle hat eine Antwort, die bewertet werden kann.",
        hopeless="keine absehbare Zahl",
        unmet="keine Frage mit Bewertung von beiden",
        no_marks="Nichts: jede Zelle wurde beim ersten Mal ganz beantwortet.",
        no_answers="Es wurde nichts gefragt.",
        only_first="Gezeigt sind die ersten {shown} von {all} Fragen; die Dateien des Laufs enthalten alle.",
        marks_told="Markierte Zellen je Modell; eine Zelle kann mehrere Marken haben",
        errors_told="Fehler, die häufigsten zuerst",
        defaults="die des Servers",
        function="eine Funktion",
        opens="Jedes Feld führt zu seiner Antwort.",
        show="Zeigen",
        filters={
            "all": "Alle", "failed": "Fehlgeschlagen oder nicht gefragt", "cut": "Abgeschnitten",
            "differing": "Anders als {model}", "identical": "Gleich wie {model}", "one-wrong": "Nur eine falsch",
            "all-wrong": "Alle falsch",
        },
        beside="Neben {model}: {share}\u00a0% gleich",
        differences="Unter anderen Antworten: durchgestrichen, was nur {model} sagt, unterstrichen, was sonst.",
    ),
}  # fmt: skip
