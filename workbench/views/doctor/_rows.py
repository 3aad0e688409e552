"""What the doctor found as rows to be shown, in a language and in an order, and summed up in a line."""

from __future__ import annotations

from typing import NamedTuple

from workbench.connections.doctor import Diagnosis, Finding, Step
from workbench.language import Language
from workbench.views.doctor._german import german
from workbench.views.doctor._words import DoctorWords

SHAPES = {True: "✓", False: "✗", None: "?"}
_PROBLEMS_FIRST = {False: 0, None: 1, True: 2}


class Row(NamedTuple):
    """One step or finding in a language: whether it works, its name, what was seen, and what to do."""

    works: bool | None
    name: str
    said: str
    advice: str


class Section(NamedTuple):
    """Rows below their heading."""

    head: str
    rows: list[Row]


def row_of(one: Step | Finding, words: DoctorWords) -> Row:
    """A step or a finding in a language; what a server says stays as it is."""
    works = one.passed if isinstance(one, Step) else one.works
    said, advice = (in_language(text, words.language) for text in (one.said, one.advice))
    return Row(works, words.name(one.name), said, advice)


def in_language(text: str, language: Language) -> str:
    """A text of the doctor in a language."""
    return german(text) if language == "de" else text


def sections(found: Diagnosis, words: DoctorWords, *, as_found: bool) -> list[Section]:
    """All that was found: as it was found, or else with problems and what the model does first."""
    way = Section(words.way, [row_of(step, words) for step in found.steps])
    findings = Section(words.findings, [row_of(finding, words) for finding in found.findings])
    both = [way, findings] if as_found else [_ordered(findings), _ordered(way)]
    return [section for section in both if section.rows]


def _ordered(section: Section) -> Section:
    return section._replace(rows=sorted(section.rows, key=lambda row: _PROBLEMS_FIRST[row.works]))


def title(found: Diagnosis, words: DoctorWords) -> str:
    """What was examined, and where."""
    parts = (found.model or found.connection, found.server, in_language(found.address, words.language))
    return " · ".join(part for part in parts if part)


def summary(found: Diagnosis, words: DoctorWords) -> str:
    """How much works, or at which step it ended; "" where nothing was found.

    >>> from workbench.views.doctor._words import doctor_words
    >>> steps, found = (Step(name="token", passed=True, said=""),), (Finding(name="seed", works=False, said=""),)
    >>> summary(Diagnosis(connection="gpu", address="", model="m", steps=steps, findings=found), doctor_words("en"))
    '1 does not'
    """
    failed = next((step for step in found.steps if not step.passed), None)
    if failed is not None:
        return words.unreached.format(words.name(failed.name))
    works = [finding.works for finding in found.findings]
    return words.counted(works.count(True), works.count(False), works.count(None))


def lacking(found: Diagnosis, words: DoctorWords) -> str:
    """The names of all that a model does not do, behind their mark; "" where it does all."""
    names = [words.name(finding.name) for finding in found.findings if finding.works is False]
    return f"{SHAPES[False]} {', '.join(names)}" if names else ""
