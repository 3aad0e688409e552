"""What a page holds of a view, in parts, each of which is sent anew only when it has changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Parts:
    """Values by their names, each with the number of the change in which it came.

    A page that holds everything up to change N says so, and `since(N)` is all that it lacks.

    >>> parts = Parts()
    >>> parts.put({"state": "goes on", "turn 1": "Bonn"})
    True
    >>> parts.put({"state": "ended", "turn 1": "Bonn"}), parts.since(1), parts.number
    (True, {'state': 'ended'}, 2)
    """

    def __init__(self) -> None:
        self.number = 0
        self._values: dict[str, tuple[int, Any]] = {}

    def put(self, values: Mapping[str, Any]) -> bool:
        """Take these values in the place of all that were; give whether any has changed."""
        known = self._values
        is_new = {name for name, value in values.items() if name not in known or known[name][1] != value}
        if not is_new and len(values) == len(known):
            return False
        self.number += 1
        self._values = {name: (self.number, value) if name in is_new else known[name] for name, value in values.items()}
        return True

    def since(self, number: int) -> dict[str, Any]:
        """All values that came after this change."""
        return {name: value for name, (changed, value) in self._values.items() if changed > number}
