"""Every word that a picture shows, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.arguments import in_language

if TYPE_CHECKING:
    from workbench.comparison import LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartWords:
    """The words of one language.

    Attributes:
        model: Names the axis of models.
        prompt: Names the axis of prompts.
        score: Names a mean score with its interval.
        mean: Names a mean score alone.
        strength: Names how strong a model is by votes, with its interval.
        seconds: Names the axis of delays.
        first_token: The delay until the first token.
        whole_answer: The delay until the whole answer.
        speed: Names the axis of tokens per second.
        states: What a cell without a score says, by its state.
        reasons: Why a cell was left out, by the reason's name in the program.
        unscored: Said of a model without a score.
        scores_told: Describes the picture of scores for those who do not see it; `{}` is its values.
        strengths_told: The same of strengths.
        latency_told: The same of the delays.
        speed_told: The same of quality against speed.
        heat_told: The same of prompts by models.
        slow_answer: The delay that nine of ten answers keep within.
        throughput: Names the axis of tokens per second of a whole server.
        in_flight: Names the axis of requests in flight.
        arrivals: Names the axis of requests per second that come by themselves.
        knee: Marks the load from which more brings little.
        knee_at: Begins the sentence that says where that is.
        load_told: Describes the picture of a server bench.
        first_prompts: Said where the picture shows the first prompts only.

    >>> chart_words("de").score
    'Mittlere Bewertung mit 95-%-Intervall'
    """

    model: str
    prompt: str
    score: str
    mean: str
    strength: str
    seconds: str
    first_token: str
    whole_answer: str
    speed: str
    states: Mapping[str, str]
    reasons: Mapping[LeftOut, str]
    unscored: str
    scores_told: str
    strengths_told: str
    latency_told: str
    speed_told: str
    heat_told: str
    slow_answer: str
    throughput: str
    in_flight: str
    arrivals: str
    knee: str
    knee_at: str
    load_told: str
    first_prompts: str


_WORDS = {
    "en": ChartWords(
        model="Model",
        prompt="Prompt",
        score="Mean score with 95% interval",
        mean="Mean score",
        strength="Strength by votes with 95% interval",
        seconds="Seconds",
        first_token="First token",
        whole_answer="Whole answer",
        speed="Tokens per second (median)",
        states={
            "answered": "yes",
            "failed": "failed",
            "stopped": "stopped",
            "not asked": "–",
            "unscored": "none",
            "left out": "left out",
        },
        reasons={"prompt cut": "prompt cut by the server"},
        unscored="no score",
        scores_told="Mean score of each model, with its interval: {}",
        strengths_told="Strength of each model by votes, with its interval: {}",
        latency_told="Seconds until the first token and the whole answer, median and middle half: {}",
        speed_told="Mean score against tokens per second: {}",
        heat_told="Scores, or states where there is no score, by prompt and model: {}",
        slow_answer="Whole answer, nine of ten",
        throughput="Tokens per second",
        in_flight="Requests in flight",
        arrivals="Requests per second",
        knee="knee",
        knee_at="Knee at",
        load_told="Tokens per second and median seconds of an answer by load: {}",
        first_prompts="first {shown} of {all} prompts",
    ),
    "de": ChartWords(
        model="Modell",
        prompt="Frage",
        score="Mittlere Bewertung mit 95-%-Intervall",
        mean="Mittlere Bewertung",
        strength="Stärke nach Stimmen mit 95-%-Intervall",
        seconds="Sekunden",
        first_token="Erstes Token",
        whole_answer="Ganze Antwort",
        speed="Tokens pro Sekunde (Median)",
        states={
            "answered": "ja",
            "failed": "Fehler",
            "stopped": "angehalten",
            "not asked": "–",
            "unscored": "keine",
            "left out": "ausgenommen",
        },
        reasons={
            "prompt cut": "Frage vom Server gekürzt",
            "repeats itself": "wiederholt sich",
            "cut by the limit": "am Limit abgeschnitten",
            "refused by the model": "vom Modell verweigert",
            "refused by the server's filter": "vom Filter des Servers verweigert",
            "perhaps not whole": "vielleicht nicht ganz",
            "empty": "leer",
            "retried": "noch einmal gefragt",
            "failed": "fehlgeschlagen",
            "stopped": "angehalten",
            "not asked": "nicht gefragt",
        },
        unscored="keine Bewertung",
        scores_told="Mittlere Bewertung jedes Modells mit ihrem Intervall: {}",
        strengths_told="Stärke jedes Modells nach Stimmen mit ihrem Intervall: {}",
        latency_told="Sekunden bis zum ersten Token und zur ganzen Antwort, Median und mittlere Hälfte: {}",
        speed_told="Mittlere Bewertung gegen Tokens pro Sekunde: {}",
        heat_told="Bewertungen, oder Zustände, wo es keine gibt, nach Frage und Modell: {}",
        slow_answer="Ganze Antwort, neun von zehn",
        throughput="Tokens pro Sekunde",
        in_flight="Gleichzeitige Anfragen",
        arrivals="Anfragen pro Sekunde",
        knee="Knick",
        knee_at="Knick bei",
        load_told="Tokens pro Sekunde und Sekunden einer Antwort (Median) nach Last: {}",
        first_prompts="die ersten {shown} von {all} Fragen",
    ),
}


def chart_words(language: str) -> ChartWords:
    """Return the words of a language, "en" or "de". Raises UsageError for any other.

    >>> chart_words("en").prompt
    'Prompt'
    """
    return in_language(_WORDS, language)
