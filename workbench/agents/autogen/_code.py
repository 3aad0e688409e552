"""What can be told of the function behind a tool: its own code, and that of the functions it holds.

Python tells no more of a function than that. What it calls elsewhere, by names of its module, may be another at any
time, and so may what a server does that a tool only asks; nobody sees that from here.
"""

from __future__ import annotations

import dis
import functools
import json
from types import CodeType, FunctionType, MethodType
from typing import Any

from autogen_core.tools import FunctionTool

from workbench.texts import sha256

_PLAIN = (type(None), bool, int, float, complex, str, bytes)


def code_of(tool: Any) -> str:
    """A fingerprint of what is run when a tool is called; "" where nothing can be told of it.

    It is the same for a function that was defined once more in the same words, wherever it stands.

    >>> def writing(path: str) -> FunctionTool:
    ...     def write(text: str) -> str:
    ...         return f"{text} > {path}"
    ...     return FunctionTool(write, "Writes a note.")
    >>> code_of(writing("/a")) == code_of(writing("/a")), code_of(writing("/a")) == code_of(writing("/b"))
    (True, False)
    """
    function = tool._func if type(tool) is FunctionTool else getattr(type(tool), "run", None)
    return "" if function is None else sha256(json.dumps(_told(function, ())))


def _told(thing: Any, inside: tuple[int, ...]) -> Any:
    """A function, or something that one holds, as data; of what may change by itself its kind alone."""
    if id(thing) in inside:
        return "itself"
    inside = (*inside, id(thing))
    if isinstance(thing, _PLAIN):
        return repr(thing)
    if isinstance(thing, tuple):
        return [_told(one, inside) for one in thing]
    if isinstance(thing, frozenset):
        return sorted(map(repr, thing))
    if isinstance(thing, functools.partial):
        return ["partial", *(_told(one, inside) for one in (thing.func, thing.args, tuple(thing.keywords.items())))]
    if isinstance(thing, MethodType):
        return _told(thing.__func__, inside)
    if isinstance(thing, FunctionType):
        return _function(thing, inside)
    if isinstance(thing, CodeType):
        consts = [_told(one, inside) for one in thing.co_consts]
        return ["code", thing.co_code.hex(), list(thing.co_names), list(thing.co_freevars), consts]
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


def _function(function: FunctionType, inside: tuple[int, ...]) -> list[Any]:
    given = (function.__defaults__ or (), tuple((function.__kwdefaults__ or {}).items()))
    code = function.__code__
    counts = {one.argval for one in dis.get_instructions(code) if one.opname == "STORE_DEREF"}  # what it sets itself
    held = [
        _told(cell.cell_contents, inside)
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True)
        if name not in counts
    ]
    return ["function", _told(code, inside), _told(given, inside), held]
