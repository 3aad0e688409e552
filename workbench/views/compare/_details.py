"""All that is known of one answer, as the page shows it at the full width of the view."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.language import Language, localized
from workbench.texts import plain, shorten
from workbench.views.compare._differences import Part, differences, share_alike
from workbench.views.compare._words import compare_words

_LONGEST = 200_000  # characters of a text that the page gets; more would make it slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """All that is known of one answer.

    Attributes:
        prompt: The whole prompt.
        text: The whole answer; None where there is none yet.
        reasoning: What the model wrote while thinking.
        problem: Why there is no answer, in one line.
        warnings: What the reader should know, each in a sentence.
        facts: How it came about: names and values.
        options: What was asked besides the prompt: names and values.
        system: The system message.
        sent: The body of the request, as it went over the wire; empty where that is not known.
        earlier: The answers that there were before it was asked again, the oldest first.
    """

    prompt: str
    text: str | None = None
    reasoning: str = ""
    problem: str = ""
    warnings: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    system: str = ""
    sent: Mapping[str, Any] = field(default_factory=dict)
    earlier: tuple[str, ...] = ()

    def page(self, baseline: Details | None, language: Language) -> dict[str, Any]:
        """As plain data for the page, with what differs from the answer of a baseline, if there are both.

        >>> told = Details(prompt="Wo?", text="In Bonn.").page(Details(prompt="Wo?", text="In Köln."), "en")
        >>> told["differences"]["line"]
        '33 % of the words are the same.'
        """
        told = {
            "prompt": _bounded(self.prompt),
            "text": None if self.text is None else _bounded(self.text),
            "reasoning": _bounded(self.reasoning),
            "problem": _bounded(self.problem),
            "warnings": [plain(warning) for warning in self.warnings],
            "facts": [(plain(name), plain(value)) for name, value in self.facts],
            "options": [(plain(name), _bounded(value)) for name, value in self.options],
            "system": _bounded(self.system),
            "sent": _bounded(json.dumps(self.sent, ensure_ascii=False, default=str)) if self.sent else "",
            "earlier": [_bounded(text) for text in self.earlier],
        }
        if baseline is not None and baseline.text and self.text:
            parts = differences(plain(baseline.text), plain(self.text))
            return told | {"differences": parts and {"parts": parts, "line": _line(parts, language)}}
        return told


def _bounded(text: str) -> str:
    return shorten(plain(text), _LONGEST)


def _line(parts: list[Part], language: Language) -> str:
    words = compare_words(language)
    against = sum(part.kind == "against" for part in parts)
    told = words["alike_share"].format(localized(f"{100 * share_alike(parts):.0f}", language))
    return f"{told} {words['contradictions'].format(against)}" if against else told
