"""What a function does, so that what it once gave is used again only while it stays the same."""

from __future__ import annotations

import dis
import functools
import hashlib
import inspect
import pickle
import sysconfig
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

_LIBRARIES = tuple(
    {Path(sysconfig.get_path(kind)).resolve() for kind in ("stdlib", "platstdlib", "purelib", "platlib")}
)
_PLAIN = (str, bytes, int, float, complex, bool, type(None), type(Ellipsis))
_MEMBERS = (FunctionType, list, tuple, dict, set, frozenset, type, *_PLAIN)
_DIGEST_BYTES = 16


def fingerprint(function: Any) -> str:
    """What a function does, as a text: its source for readers, and a hash for what that does not tell.

    The source alone tells neither two lambdas of one line apart nor a file that was changed after it was imported.

    >>> fingerprint(lambda row: 1) == fingerprint(lambda row: 2)
    False
    """
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in _Parts().of(function):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return f"{_source(function)}# {digest.hexdigest()}"


def _source(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    shown = function if isinstance(function, FunctionType | MethodType) else type(function)
    try:
        return textwrap.dedent(inspect.getsource(shown))
    except (OSError, TypeError):
        return ""


class _Parts:
    """What a function is made of, as bytes, each of its parts once."""

    def __init__(self) -> None:
        self._seen: dict[int, Any] = {}  # the objects too, as an id is given anew once its object is gone

    def of(self, value: Any) -> Iterator[bytes]:
        """The parts of any value that a function may hold or name."""
        yield f"{type(value).__module__}.{type(value).__qualname__}".encode()
        if isinstance(value, _PLAIN):
            yield repr(value).encode(errors="surrogatepass")
        elif id(value) not in self._seen:
            self._seen[id(value)] = value
            yield from self._of_object(value)

    def _of_object(self, value: Any) -> Iterator[bytes]:
        if isinstance(value, CodeType):
            yield from self._of_code(value)
        elif isinstance(value, list | tuple):
            for one in value:
                yield from self.of(one)
        elif isinstance(value, set | frozenset):
            yield from sorted(b"\0".join(_Parts().of(one)) for one in value)  # their order changes with each process
        elif isinstance(value, dict):
            for pair in value.items():
                yield from self.of(pair)
        elif isinstance(value, functools.partial):
            yield from self.of((value.func, value.args, value.keywords))
        elif isinstance(value, MethodType):
            yield from self.of((value.__func__, value.__self__))
        elif isinstance(value, FunctionType | type | ModuleType):
            yield from self._of_definition(value)
        else:
            yield from self._of_instance(value)

    def _of_definition(self, value: Any) -> Iterator[bytes]:
        """A function, class or module: its name, and what it holds if it is the caller's own."""
        yield f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', value.__name__)}".encode()
        if _is_of_library(value):
            return
        if isinstance(value, FunctionType):
            yield from self._of_function(value)
        elif isinstance(value, type):
            yield from self._of_class(value)
        else:
            yield _file(value).read_bytes()

    def _of_function(self, function: FunctionType) -> Iterator[bytes]:
        yield from self.of((function.__code__, function.__defaults__, function.__kwdefaults__))
        for cell in function.__closure__ or ():
            try:
                yield from self.of(cell.cell_contents)
            except ValueError:
                yield b"a name that has no value yet"
        for name in sorted(_globals(function.__code__)):
            if name in function.__globals__:
                yield name.encode()
                yield from self.of(function.__globals__[name])

    def _of_code(self, code: CodeType) -> Iterator[bytes]:
        """The instructions and what they name; neither the place in a file nor the names of variables change them."""
        yield code.co_code
        yield from self.of((code.co_names, code.co_consts, code.co_argcount, code.co_kwonlyargcount, code.co_flags))

    def _of_class(self, kind: type) -> Iterator[bytes]:
        yield from self.of(kind.__bases__)
        for name, member in vars(kind).items():
            yield name.encode()
            if isinstance(member, _MEMBERS):
                yield from self.of(member)
            elif isinstance(member, staticmethod | classmethod):
                yield from self.of(member.__func__)
            elif isinstance(member, property):
                yield from self.of((member.fget, member.fset, member.fdel))

    def _of_instance(self, value: Any) -> Iterator[bytes]:
        yield from self._of_definition(type(value))
        if isinstance(value, Mapping):
            yield from self.of(dict(value))
        elif isinstance(inner := getattr(value, "__wrapped__", None), FunctionType):
            yield from self.of(inner)
        elif isinstance(state := getattr(value, "__dict__", None), dict) and not _is_of_library(type(value)):
            yield from self.of(state)
        else:
            try:
                yield pickle.dumps(value)
            except (TypeError, AttributeError, ValueError, pickle.PicklingError, RecursionError):
                yield repr(value).encode(
                    errors="surrogatepass"
                )  # with its address, so that it is never taken for known


def _globals(code: CodeType) -> set[str]:
    """The global names that code looks up, those of the functions inside it included; no names of attributes."""
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    own = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return own.union(*map(_globals, inner))


def _is_of_library(value: Any) -> bool:
    """Whether this belongs to Python or an installed package, and not to the caller."""
    if isinstance(value, type) and value.__module__ == "__main__":
        return False  # a class of the notebook; the file of `__main__` is that of whatever started Python
    try:
        file = _file(value)
    except (OSError, TypeError):
        return not isinstance(value, FunctionType)
    return any(file.is_relative_to(library) for library in _LIBRARIES)


def _file(value: Any) -> Path:
    return Path(inspect.getfile(value)).resolve()
