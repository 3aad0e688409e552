"""Every word that a view shows, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from workbench.arguments import in_language
from workbench.language import Language
from workbench.reply_warnings import WarningKind, warning_kind

Status = Literal["waiting", "answering", "answered", "failed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one language.

    Attributes:
        status: The state of one answer, by its name in the program.
        live_view: What stands for the live view where nothing but text can be shown.
        title: Name of the whole comparison.
        prompt: One question to the models.
        repeat: One of several answers to the same prompt.
        stop: On the button that ends the run.
        stopping: On the same button, once it was pressed.
        of: Joins "12" and "60" in "12 of 60 answered".
        prompts: One prompt and several, for counting.
        candidates: One model and several, for counting.
        unasked: What a cell that still waited is called when all is over.
        empty: Stands where a model answered with nothing.
        again: Stands in an answer that broke off and is asked for again.
        recorded: Tells when an answer was given that is played from a cassette.
        rest: On what unfolds the rest of a long text, with the count of its characters.
        gone: Stands in place of the progress where the kernel ended in mid-run.
        thoughts_end: Stands where all that was shown of an answer turns out to have been thoughts.
        beginning: Says how many prompts a table shows that does not show all.

    >>> words("de").status["failed"]
    'fehlgeschlagen'
    """

    status: Mapping[Status, str]
    live_view: str
    title: str
    prompt: str
    repeat: str
    stop: str
    stopping: str
    of: str
    prompts: tuple[str, str]
    candidates: tuple[str, str]
    unasked: str
    empty: str
    again: str
    recorded: str
    rest: tuple[str, str]
    gone: str
    thoughts_end: str
    beginning: str

    def progress(self, counts: Mapping[Status, int]) -> str:
        """Say in a phrase how far a comparison is.

        >>> words("en").progress({"answered": 12, "failed": 1, "waiting": 47})
        '12 of 60 answered, 1 failed'
        """
        parts = [f"{counts.get('answered', 0)} {self.of} {sum(counts.values())} {self.status['answered']}"]
        endings: tuple[Status, ...] = ("failed", "stopped")
        parts += [f"{counts[name]} {self.status[name]}" for name in endings if counts.get(name)]
        return ", ".join(parts)

    def recorded_at(self, moment: str) -> str:
        """When an answer was given that is played now, by the minute and in UTC.

        >>> words("de").recorded_at("2026-11-26T11:19:16.144+00:00")
        'aufgezeichnet 2026-11-26 11:19'
        """
        return self.recorded.format(moment[:16].replace("T", " "))

    def more(self, characters: int) -> str:
        """Say how much of a text is folded away.

        >>> words("de").more(345)
        'noch 345 Zeichen'
        """
        return self.rest[characters != 1].format(characters)

    def size(self, prompts: int, candidates: int) -> str:
        """Say in a phrase how large a comparison is.

        >>> words("en").size(3, 1)
        '3 prompts, 1 model'
        """
        return f"{prompts} {self.prompts[prompts != 1]}, {candidates} {self.candidates[candidates != 1]}"


_WORDS: Mapping[str, Words] = {
    "en": Words(
        status={
            "waiting": "waiting",
            "answering": "answering",
            "answered": "answered",
            "failed": "failed",
            "stopped": "stopped",
        },
        live_view="Comparison, live view",
        title="Comparison",
        prompt="Prompt",
        repeat="Repeat",
        stop="Stop",
        stopping="Stopping…",
        of="of",
        prompts=("prompt", "prompts"),
        candidates=("model", "models"),
        unasked="not asked",
        empty="(empty answer)",
        again="— broke off; asked again —",
        recorded="recorded {}",
        rest=("1 more character", "{} more characters"),
        gone="Kernel gone; answers so far",
        thoughts_end="— these were thoughts; the answer —",
        beginning="the first {} are shown; run.frame and run.save(…) have all",
    ),
    "de": Words(
        status={
            "waiting": "wartet",
            "answering": "antwortet",
            "answered": "beantwortet",
            "failed": "fehlgeschlagen",
            "stopped": "angehalten",
        },
        live_view="Vergleich, Live-Ansicht",
        title="Vergleich",
        prompt="Frage",
        repeat="Wiederholung",
        stop="Anhalten",
        stopping="Hält an …",
        of="von",
        prompts=("Frage", "Fragen"),
        candidates=("Modell", "Modelle"),
        unasked="nicht gefragt",
        empty="(leere Antwort)",
        again="— abgebrochen; noch einmal gefragt —",
        recorded="aufgezeichnet {}",
        rest=("noch 1 Zeichen", "noch {} Zeichen"),
        gone="Kernel beendet; Antworten bis dahin",
        thoughts_end="— das waren Gedanken; die Antwort —",
        beginning="die ersten {} sind gezeigt; run.frame und run.save(…) haben alle",
    ),
}


def words(language: str) -> Words:
    """Return the words of a language.

    Args:
        language: "en" or "de".

    Raises:
        UsageError: The catalogue does not hold this language.

    >>> words("en").stop
    'Stop'
    """
    return in_language(_WORDS, language)


_GERMAN_WARNINGS: Mapping[WarningKind, str] = {
    "prompt cut": "Frage wurde vom Server gekürzt",
    "cut by the limit": "Antwort am Token-Limit abgeschnitten",
    "stopped repeating": "Antwort wiederholt sich und wurde angehalten",
    "repeating": "Antwort wiederholt sich",
    "only thoughts": "Antwort ist leer: es kamen nur Gedanken",
    "empty": "Antwort ist leer",
    "refused": "das Modell verweigert die Antwort",
    "filtered": "vom Filter des Servers angehalten",
    "ending unknown": "unbekannter Grund für das Ende der Antwort",
    "several answers": "der Server gab mehrere Antworten; dies ist die erste",
    "part not shown": "die Antwort enthält auch, was nicht gezeigt wird",
}


def warning(line: str, language: Language) -> str:
    """Translate a warning of a reply into the language of a view; those that are not known stay as they are.

    >>> warning("the answer is empty", "de")
    'Antwort ist leer'
    """
    kind = warning_kind(line)
    return line if kind is None or language == "en" else _GERMAN_WARNINGS[kind]
