"""Tools that are marked as changing nothing."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")

_MARK = "__workbench_read_only__"


def read_only(tool: T) -> T:
    """Mark a tool as one that changes nothing, so that it runs without being approved.

    Args:
        tool: A Python function, or a tool of AutoGen's.

    Returns:
        The tool itself, so that this can be a decorator.

    >>> @read_only
    ... def find_office(city: str) -> str:
    ...     "Find the address of an office."
    ...     return f"{city}, Rathausplatz 1"
    >>> find_office("Bonn")
    'Bonn, Rathausplatz 1'
    """
    setattr(tool, _MARK, True)
    return tool


def is_read_only(tool: Any) -> bool:
    """Whether a tool, or the function in it, is marked."""
    return bool(getattr(tool, _MARK, False) or getattr(getattr(tool, "_func", None), _MARK, False))
