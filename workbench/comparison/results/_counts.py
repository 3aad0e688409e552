"""How far a comparison is, in one line, in English and German."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.language import Language

_OF: dict[Language, str] = {"en": "{} of {} answered", "de": "{} von {} beantwortet"}
_NAMES: dict[Language, dict[str, str]] = {
    "en": {"failed": "failed", "stopped": "stopped", "not asked": "not asked"},
    "de": {"failed": "fehlgeschlagen", "stopped": "angehalten", "not asked": "nicht gefragt"},
}


def counted(counts: Mapping[str, int], language: Language) -> str:
    """How many cells were answered, and how many were not and why.

    Args:
        counts: What `Run.counts` gives.
        language: "en" or "de".

    >>> counted({"answered": 58, "failed": 2, "stopped": 0, "not asked": 0}, "de")
    '58 von 60 beantwortet, 2 fehlgeschlagen'
    """
    others = [f", {counts[name]} {word}" for name, word in _NAMES[language].items() if counts[name]]
    return _OF[language].format(counts["answered"], sum(counts.values())) + "".join(others)
