"""What the doctor found as plain text: whole, and line by line as it comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from workbench.connections.doctor import Diagnosis, Finding, Step
from workbench.language import Language
from workbench.texts import plain
from workbench.views.doctor._rows import SHAPES, Row, in_language, lacking, row_of, sections, summary, title
from workbench.views.doctor._words import FINDINGS, STEPS, DoctorWords, doctor_words


def diagnosis_text(found: Diagnosis, language: Language = "en") -> str:
    """Write a diagnosis as text, with a summary on top and problems first.

    Args:
        found: What the doctor found.
        language: "en" or "de".

    Raises:
        UsageError: No view speaks the language.

    >>> from workbench.connections.doctor import Diagnosis, Step
    >>> step = Step(name="port", passed=False, said="connection refused", advice="start the server")
    >>> print(diagnosis_text(Diagnosis(connection="gpu", address="", model="", steps=(step,))))
    gpu
    not reached: Port
    <BLANKLINE>
    Way to the server
      ✗ no    Port  connection refused
                    → start the server
    """
    words = doctor_words(language)
    written = [title(found, words), *filter(None, [summary(found, words)])]
    for head, rows in sections(found, words, as_found=False):
        width = max(len(row.name) for row in rows)
        written += ["", head, *(line for row in rows for line in _lines(row, width, words))]
    return plain("\n".join([*written, *_notes(found, words)]))


class DiagnosisLines:
    r"""The lines of a diagnosis that grows, each as soon as it is there.

    Args:
        language: "en" or "de".

    Raises:
        UsageError: No view speaks the language.

    >>> from workbench.connections.doctor import Diagnosis, Step
    >>> step = Step(name="port", passed=False, said="connection refused", advice="start the server")
    >>> found, lines = Diagnosis(connection="gpu", address="", model="", steps=(step,)), DiagnosisLines()
    >>> print("\n".join(lines.new(found)))
    Way to the server
      ✗ no    Port       connection refused
                         → start the server
    >>> list(lines.new(found)), lines.end(found)
    ([], '\ngpu\nnot reached: Port')
    """

    def __init__(self, language: Language = "en") -> None:
        self._words = doctor_words(language)
        self._said: set[str] = set()

    def new(self, found: Diagnosis) -> Iterator[str]:
        """The lines that have come since the last call."""
        yield from self._of(found.steps, STEPS, self._words.way)
        yield from self._of(found.findings, FINDINGS, self._words.findings)

    def _of(self, several: Sequence[Step | Finding], names: Iterable[str], head: str) -> Iterator[str]:
        width = max(len(self._words.name(name)) for name in names)
        for one in several:
            if one.name in self._said:
                continue
            if one is several[0]:
                yield head
            self._said.add(one.name)
            yield from map(plain, _lines(row_of(one, self._words), width, self._words))

    def end(self, found: Diagnosis) -> str:
        """The last lines: what was examined, how much works, what does not, and what else is worth knowing."""
        words = self._words
        lines = [title(found, words), *filter(None, [summary(found, words), lacking(found, words)])]
        return plain("\n".join(["", *lines, *_notes(found, words)]))


def _lines(row: Row, width: int, words: DoctorWords) -> Iterator[str]:
    mark = f"{SHAPES[row.works]} {words.said[row.works]:<{max(map(len, words.said.values()))}}"
    yield f"  {mark}  {row.name:<{width}}  {row.said}"
    if row.advice:
        yield f"  {'':<{len(mark)}}  {'':<{width}}  → {row.advice}"


def _notes(found: Diagnosis, words: DoctorWords) -> list[str]:
    return [f"\n{in_language(note, words.language)}" for note in found.notes]
