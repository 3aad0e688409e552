"""Tools that are marked as changing nothing."""

from __future__ import annotations

import functools
from types import MethodType
from typing import Any, TypeVar

from autogen_core.tools import FunctionTool

from workbench.errors import UsageError

T = TypeVar("T")

_MARK = "__workbench_read_only__"


def read_only(tool: T) -> T:
    """Mark a tool as one that changes nothing, so that it runs without being approved.

    The mark holds for this one object: not for a copy, a subclass, or a function that wraps it, which may do more. Set
    above other decorators. An agent or team as a tool needs none, as its own calls are approved.

    Args:
        tool: A Python function, a partial one, a method in its class, or a tool of AutoGen's.

    Returns:
        The tool itself, so that this can be a decorator.

    Raises:
        UsageError: If it cannot be marked: a class, or a method of an object.

    >>> @read_only
    ... def find_office(city: str) -> str:
    ...     "Find the address of an office."
    ...     return f"{city}, Rathausplatz 1"
    >>> find_office("Bonn")
    'Bonn, Rathausplatz 1'
    """
    if isinstance(tool, MethodType):
        raise UsageError(
            f"the method {tool.__name__} of an object cannot be marked", advice="set @read_only above it in its class"
        )
    if isinstance(tool, type | staticmethod | classmethod):
        raise UsageError(
            f"a {type(tool).__name__} cannot be marked as read-only", advice="mark the function, or the tool itself"
        )
    try:
        setattr(tool, _MARK, tool)
    except (AttributeError, TypeError, ValueError):
        raise UsageError(
            f"a {type(tool).__name__} takes no mark", advice="write a function of your own that calls it"
        ) from None
    return tool


def unmarked(tool: Any) -> None:
    """Take the mark from a tool that is no longer what it was when it was marked."""
    getattr(tool, "__dict__", {}).pop(_MARK, None)


def is_read_only(tool: Any) -> bool:
    """Whether a tool, or the function that AutoGen made it of, is marked itself."""
    if _is_marked(tool):
        return True
    return type(tool) is FunctionTool and _is_marked_function(tool._func)


def _is_marked_function(function: Any) -> bool:
    while isinstance(function, functools.partial) and not _is_marked(function):
        function = function.func
    return _is_marked(function) or _is_marked(getattr(function, "__func__", None))


def _is_marked(thing: Any) -> bool:
    """Whether the mark is this object's own: a function that wraps it inherits all its attributes."""
    return thing is not None and getattr(thing, "__dict__", {}).get(_MARK) is thing
