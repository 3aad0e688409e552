"""The options of an answer as users give them: taken as Python's own values, or refused before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, get_args

from workbench.arguments import as_flag, as_json, as_number, as_python, as_text, as_texts, as_whole
from workbench.connections.asking._json_schema import check_references
from workbench.errors import UsageError
from workbench.messages import Options, ThoughtsPlace, Tool
from workbench.patterns import PatternError, pattern

_LARGEST_SEED = 2**63 - 1

Read = Callable[[str, Any], Any]


def with_options(options: Options, changes: Mapping[str, Any]) -> Options:
    """Change some options; None leaves one as it is.

    Numbers and texts of NumPy and pandas count as Python's own, and a whole number may be written as 10.0.

    Raises:
        UsageError: For an unknown name, offering the nearest, and for a value that no server takes: NaN, no tokens, an
            empty text that ends an answer.

    >>> with_options(Options(), {"stop": "END"}).stop
    ('END',)
    """
    for name in changes:
        if name not in _READ:
            near = get_close_matches(name, _READ, n=1)
            advice = f"did you mean {near[0]}=?" if near else f"there are {', '.join(_READ)}"
            raise UsageError(f"no option {name!r}", advice=advice)
    read = {name: _READ[name](f"{name}=", value) for name, value in changes.items() if value is not None}
    return replace(options, **read)


def _not_negative(name: str, value: Any) -> float:
    return as_number(name, value, 0)


def _share(name: str, value: Any) -> float:
    return as_number(name, value, 0, 1)


def _seed(name: str, value: Any) -> int:
    return as_whole(name, value, -_LARGEST_SEED, _LARGEST_SEED)


def _from_one(name: str, value: Any) -> int:
    return as_whole(name, value, 1)


def _from_zero(name: str, value: Any) -> int:
    return as_whole(name, value, 0)


def _word(name: str, value: Any) -> str:
    if not (word := as_text(name, value)).strip():
        raise UsageError(f"{name} is an empty text", advice="leave it out")
    return word


def _thinking(name: str, value: Any) -> bool | str:
    return _word(name, value) if isinstance(as_python(value), str) else as_flag(name, value)


def _thoughts(name: str, value: Any) -> str:
    places = get_args(ThoughtsPlace)
    if (wanted := as_text(name, value)) not in places:
        raise UsageError(f"{name} must be {' or '.join(map(repr, places))}, not {wanted!r}")
    return wanted


def _pattern(name: str, value: Any) -> str:
    written = as_text(name, value)
    try:
        pattern(written)
    except PatternError as error:
        raise UsageError(f"{name} is not a regular expression: {error}", advice="mend it") from None
    return written


def _tools(name: str, value: Any) -> tuple[Tool, ...]:
    listed = tuple(value) if isinstance(value, Iterable) else (value,)
    if not all(isinstance(one, Tool) for one in listed):
        raise UsageError(f"{name} must be a list of {Tool.__module__}.{Tool.__name__}")
    return tuple(map(_tool, listed))


def _tool(given: Tool) -> Tool:
    what = f"the schema of tool {given.name!r}"
    parameters = as_json(what, given.parameters)
    if not isinstance(parameters, Mapping):
        raise UsageError(f"{what} is not a dict", advice='give {"type": "object", "properties": …}')
    check_references(parameters, what)
    return Tool(as_text("a tool's name", given.name), as_text("a tool's description", given.description), parameters)


_READ: Mapping[str, Read] = {
    "temperature": _not_negative,
    "top_p": _share,
    "seed": _seed,
    "max_tokens": _from_one,
    "stop": as_texts,
    "tools": _tools,
    "tool_choice": _word,
    "thinking": _thinking,
    "context": _from_one,
    "choice": as_texts,
    "regex": _pattern,
    "logprobs": _from_zero,
    "stop_repeats": as_flag,
    "thoughts": _thoughts,
}
