"""Python functions as scorers: what they are called, and when their scores may be used again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from workbench.comparison.plan._fingerprint import fingerprint, function_name
from workbench.comparison.scoring._scorer import Row, Scorer
from workbench.errors import UsageError


def as_scorer(
    function: Scorer | Callable[[Row], Any], *, name: str | None = None, better: Literal["higher", "lower"] = "higher"
) -> Scorer:
    """Make a function of a row a scorer; a scorer is taken as it is.

    Its identity is its source code, where Python has it, and a fingerprint of all that runs: bytecode, constants,
    defaults, values taken from around it, and in the same way the functions, classes and values of the caller's own
    code that it names. Of installed libraries only names count, and of their objects what they were made with. So a
    change of any of these scores anew, and so does another version of Python, or a cache or counter that the function
    itself fills. What cannot be told, such as the state of a random generator or a file that it reads, is not in it.

    Args:
        function: Takes a `Row`; returns a bool, a number, a `Score`, None, or a dict of them. May be a coroutine
            function, a lambda, a method, a `functools.partial` or any object that can be called.
        name: What tables call it; None takes the function's own name.
        better: Whether "higher" or "lower" values are better.

    Returns:
        The scorer.

    Raises:
        UsageError: If it cannot be called.

    >>> def is_short(row):
    ...     return len(row.answer) < 80
    >>> as_scorer(is_short).name
    'is_short'
    """
    if isinstance(function, Scorer):
        return function
    if not callable(function):
        raise UsageError(
            f"{type(function).__name__} is not a scorer", advice="give a function of a row, or one of wb.scorers"
        )
    return Scorer(name or function_name(function), function, fingerprint(function), better)
