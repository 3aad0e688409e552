"""A diagnosis that grows, and is told to whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from workbench.connections.doctor._diagnosis import Diagnosis, Finding, Step

Progress = Callable[[Diagnosis, str], object]
"""Called with all that was found until now, and the name of what is tried next; "" at the end."""


def unwatched(_found: Diagnosis, _trying: str) -> None:
    """Tell nobody."""


class Growing:
    """What was found until now.

    Args:
        found: What is known before anything was tried.
        progress: Called before each try, and at the end.

    Attributes:
        found: The diagnosis as far as it has come.

    >>> growing = Growing(Diagnosis(connection="gpu", address="", model=""), lambda found, trying: print(found, trying))
    >>> growing.tries("port")
    gpu: not examined port
    >>> growing.keep(Step(name="port", passed=False, said="port 80 is closed"))
    False
    >>> growing.end()
    gpu: port: port 80 is closed
    gpu: port: port 80 is closed
    """

    def __init__(self, found: Diagnosis, progress: Progress) -> None:
        self.found = found
        self._progress = progress

    def tries(self, name: str) -> None:
        """Report what is tried next."""
        self._progress(self.found, name)

    def keep(self, step: Step) -> bool:
        """Add a step, and say whether it went well."""
        self.know(steps=(*self.found.steps, step))
        return step.passed

    def find(self, finding: Finding) -> None:
        """Add a finding."""
        self.know(findings=(*self.found.findings, finding))

    def know(self, **fields: Any) -> None:
        """Fill in what else is known now."""
        self.found = replace(self.found, **fields)

    def end(self) -> Diagnosis:
        """Report that nothing more is tried, and give the whole."""
        self._progress(self.found, "")
        return self.found


def interrupted(found: Diagnosis) -> Diagnosis:
    """What was found before somebody ended it, which says so.

    >>> interrupted(Diagnosis(connection="gpu", address="", model="")).notes
    ('interrupted; not all was tried',)
    """
    return replace(found, notes=(*found.notes, "interrupted; not all was tried"))
