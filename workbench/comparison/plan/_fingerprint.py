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

# This package is one too, wherever it is installed: of its models the options count, not how they are written.
_LIBRARIES = (
    Path(__file__).resolve().parents[2],
    *{Path(sysconfig.get_path(kind)).resolve() for kind in ("stdlib", "platstdlib", "purelib", "platlib")},
)
_PLAIN = (str, bytes, int, float, complex, bool, type(None), type(Ellipsis))
_MEMBERS = (FunctionType, list, tuple, dict, set, frozenset, type, *_PLAIN)
_DIGEST_BYTES = 16
_SECRETS = ("key", "token", "secret", "password")


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


def function_name(function: Any) -> str:
    """What a function is called; of any other object that can be called, its class.

    >>> function_name(functools.partial(print, "Hallo"))
    'print'
    """
    function = _unwrapped(function)
    name = getattr(function, "__name__", type(function).__name__)
    return "lambda" if name == "<lambda>" else str(name)


def _unwrapped(function: Any) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    return function


def _source(function: Any) -> str:
    function = _unwrapped(function)
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
        elif (held := _pickled(value)) is not None:
            yield held
        else:
            yield from self._of_settings(value)

    def _of_settings(self, value: Any) -> Iterator[bytes]:
        """What an object of a library was made with: of a client the address, of a model the options.

        Locks, connections and what it has remembered are others each time, though it does the same.
        """
        for name in _parameters(type(value)):
            for attribute in (name, f"_{name}"):
                try:
                    member = getattr(value, attribute)
                except Exception:  # noqa: BLE001 - a property may raise what it likes
                    continue
                yield name.encode()
                yield from self.of(member)
                break


def _parameters(kind: type) -> list[str]:
    """What an object of this class is made with; no keys, as another key gives the same answers."""
    try:
        named = inspect.signature(kind).parameters
    except (TypeError, ValueError):
        return []
    return [name for name in named if not name.endswith(_SECRETS)]


def _pickled(value: Any) -> bytes | None:
    try:
        return pickle.dumps(value)
    except Exception:  # noqa: BLE001 - what an object raises when it is pickled is up to it
        return None


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
