"""JSON schemas of others: checked before they are sent, and answers checked by them, with no address asked for any.

A schema may come from a tool of a stranger. By itself `jsonschema` would fetch what a reference names, wherever that
is, and match patterns and nested alternatives without an end. Here a reference reaches what the schema itself holds,
and every check has a limit of time.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from workbench import patterns
from workbench.arguments import shown
from workbench.errors import UsageError
from workbench.patterns import PatternError

_LIMIT_S = 2.0  # of computing, for a whole answer
_DEEPEST = 160  # keywords within each other: three for each list in an object that refers to itself, 50 times over

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_NAMED = ("$defs", "definitions", "dependencies", "dependentSchemas", "properties")  # hold schemas by names of users
_DATA = ("const", "default", "enum", "examples")  # hold what only looks like a schema

Keyword = Callable[..., Iterator[Any] | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """In which way a value does not meet a schema, or why that cannot be told.

    Attributes:
        path: Where in the value, as a JSON path; "" where it cannot be told.
        keyword: The keyword of the schema that it does not meet; "" likewise.
        message: What is wrong, in words.
    """

    path: str
    keyword: str
    message: str


def check_schema(schema: Mapping[str, Any], what: str) -> None:
    """Raise UsageError unless this is a valid JSON schema.

    >>> check_schema({"type": "object"}, "schema=")
    """
    import jsonschema  # takes seconds where its formats are installed too, and few need a schema

    try:
        _kind(schema).check_schema(schema)
    except jsonschema.SchemaError as error:
        raise UsageError(f"{what} is not a valid JSON schema: {error.message}", advice="mend the schema") from None
    except (OverflowError, RecursionError):
        raise UsageError(
            f"{what} is not a JSON schema that can be read", advice="nest it less deeply, with smaller numbers"
        ) from None


def check_references(schema: Mapping[str, Any], what: str) -> None:
    """Raise UsageError where a schema refers to what it does not hold itself: nothing is fetched for it.

    >>> check_references({"$ref": "#/$defs/office", "$defs": {"office": {"type": "string"}}}, "schema=")
    >>> check_references({"$ref": "https://example.org/office.json"}, "schema=")
    Traceback (most recent call last):
    workbench.errors.UsageError: schema= refers to 'https://example.org/office.json', which it does not hold: ...
    """
    import referencing
    import referencing.jsonschema

    dialect = referencing.jsonschema.specification_with(_kind(schema).META_SCHEMA["$schema"])
    root = dialect.create_resource(schema)
    try:
        _follow(root, referencing.Registry().resolver_with_root(root), dialect, what)
    except (AttributeError, TypeError):
        raise UsageError(f"{what} is not a JSON schema that can be read", advice="mend the schema") from None


def check_ends(schema: Mapping[str, Any], what: str) -> None:
    """Raise UsageError where a schema can check no answer, as its references lead from one to the next for ever.

    >>> check_ends({"$ref": "#"}, "schema=")
    Traceback (most recent call last):
    workbench.errors.UsageError: schema= cannot be used, as its references lead too deep: mend the schema
    """
    # A reference that leads back to itself does so whatever the answer is.
    some: tuple[Any, ...] = (None, {}, [])
    for value in some:
        fault = first_fault(schema, value)
        if fault is not None and not fault.keyword:
            raise UsageError(f"{what} cannot be used, as {fault.message}", advice="mend the schema")


def first_fault(schema: Mapping[str, Any], value: Any) -> Fault | None:
    """Find the fault of a value that tells most; None where it meets the schema or could not be checked.

    >>> first_fault({"properties": {"floor": {"maximum": 9}}}, {"floor": 12}).path
    '$.floor'
    """
    import jsonschema
    import referencing
    import referencing.exceptions

    begun = _checking.set(_Check(time.thread_time() + _LIMIT_S))
    try:
        grounded = _Grounded(value)
        kind = _timed_kind(_kind(schema))
        validator = kind(grounded.schema(schema), registry=referencing.Registry())
        error = jsonschema.exceptions.best_match(validator.iter_errors(value))
        if error is None:
            return None
        return Fault(error.json_path, str(error.validator or "false"), grounded.as_written(error.message))
    except TimeoutError:
        return Fault("", "", "the check takes too long")
    except RecursionError:
        return Fault("", "", "its references lead too deep")
    except OverflowError:
        return Fault("", "", "a number is too large")
    except (PatternError, referencing.exceptions.Unresolvable) as problem:
        return Fault("", "", str(problem))
    finally:
        _checking.reset(begun)


@dataclass(slots=True)
class _Check:
    """A check under way: when it has to end, in this thread's time of computing, and how many keywords deep it is."""

    ends: float
    depth: int = 0

    def left_s(self) -> float:
        """Seconds that are left. Raises TimeoutError where none are."""
        left_s = self.ends - time.thread_time()
        if left_s <= 0:
            raise TimeoutError
        return left_s


_checking: ContextVar[_Check] = ContextVar("workbench_check")


class _Grounded:
    """A schema made ready for one value: what would let go of our keywords, or match without an end, is taken out.

    Some keywords look into `patternProperties` by themselves. So each of its patterns is matched here, with a limit,
    with every name that the value holds, and becomes a pattern that matches those names and no others.
    """

    def __init__(self, value: Any) -> None:
        self._value = value
        self._names: set[str] | None = None
        self._written: dict[str, str] = {}

    def schema(self, schema: Any) -> Any:
        """The schema, or a part of it."""
        if isinstance(schema, list):
            return [self.schema(one) for one in schema]
        if not isinstance(schema, Mapping):
            return schema
        return dict(self._keyword(name, held) for name, held in schema.items() if not _names_dialect(name, held))

    def as_written(self, message: str) -> str:
        """A message with the patterns as they were written."""
        for grounded, written in self._written.items():
            message = message.replace(repr(grounded), repr(written))
        return message

    def _keyword(self, name: str, held: Any) -> tuple[str, Any]:
        if name in _DATA:
            return name, held
        if name == "patternProperties" and isinstance(held, Mapping):
            return name, {self._pattern(written): self.schema(one) for written, one in held.items()}
        if name in _NAMED and isinstance(held, Mapping):
            return name, {inner: self.schema(one) for inner, one in held.items()}
        return name, self.schema(held)

    def _pattern(self, written: str) -> str:
        if self._names is None:
            self._names = set(_names(self._value))
        matched = sorted(one for one in self._names if _matches(written, one))
        # The number keeps apart two patterns that match the same names.
        grounded = f"^(?:{'|'.join(map(re.escape, matched)) or '(?!)'})(?#{len(self._written)})\\Z"
        self._written[grounded] = written
        return grounded


def _names_dialect(name: str, held: Any) -> bool:
    """Whether this is what makes `jsonschema` take keywords of its own for a part of the schema."""
    return name == "$schema" and isinstance(held, str)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from _names(one)


def _matches(pattern: str, text: str) -> bool:
    return patterns.is_inside(pattern, text, min(_checking.get().left_s(), patterns.LIMIT_S))


def _kind(schema: Mapping[str, Any]) -> Any:
    """The class that knows the dialect of a schema; the newest where it names none, or one that nobody knows."""
    import jsonschema

    newest = jsonschema.Draft202012Validator
    named = schema.get("$schema")
    try:
        return jsonschema.validators.validator_for({"$schema": named}, newest) if isinstance(named, str) else newest
    except ValueError:  # no address at all
        return newest


def _follow(root: Any, resolver: Any, dialect: Any, what: str) -> None:
    """Look up every reference in a schema, and in what it refers to. Raises UsageError for one to what is not there."""
    seen: set[int] = set()
    found = [(root, resolver)]
    while found:
        part, resolver = found.pop()
        if id(part.contents) in seen or not isinstance(part.contents, Mapping):
            continue
        seen.add(id(part.contents))
        for named in map(part.contents.get, _REFERENCES):
            if isinstance(named, str):
                target = _looked_up(named, resolver, what)
                found.append((dialect.create_resource(target.contents), target.resolver))
        found += [(inner, resolver.in_subresource(inner)) for inner in part.subresources()]


def _looked_up(named: str, resolver: Any, what: str) -> Any:
    import referencing.exceptions

    try:
        return resolver.lookup(named)
    except (referencing.exceptions.Unresolvable, ValueError):
        raise UsageError(
            f"{what} refers to {shown(named)}, which it does not hold",
            advice="put it under $defs and refer to it by #/$defs/…; nothing is fetched for a schema",
        ) from None


@lru_cache(maxsize=16)
def _timed_kind(kind: Any) -> Any:
    """A dialect whose keywords look at the clock, and at how deep they are."""
    import jsonschema

    keywords = {**kind.VALIDATORS, "pattern": _pattern, "uniqueItems": _unique_items}
    timed = {name: _timed(keyword) for name, keyword in keywords.items()}
    return jsonschema.validators.extend(kind, timed)  # type: ignore[no-untyped-call]


def _timed(keyword: Keyword) -> Keyword:
    def check(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[Any]:
        state = _checking.get()
        state.left_s()
        # Python's own limit does not do: met inside a library that is not Python, it takes the process's output along.
        if state.depth >= _DEEPEST:
            raise RecursionError
        state.depth += 1
        try:
            yield from keyword(validator, wanted, value, schema) or ()
        finally:
            state.depth -= 1

    return check


def _pattern(validator: Any, wanted: str, value: Any, schema: Any) -> Iterator[Any]:
    import jsonschema

    if validator.is_type(value, "string") and not _matches(wanted, value):
        yield jsonschema.ValidationError(f"{value!r} does not match {wanted!r}")


def _unique_items(validator: Any, wanted: bool, value: Any, schema: Any) -> Iterator[Any]:
    """As `jsonschema` has it, without comparing each item with each other: 1 is 1.0, but neither is true."""
    import jsonschema

    if not wanted or not validator.is_type(value, "array"):
        return
    if len({json.dumps(_alike(one), sort_keys=True) for one in value}) < len(value):
        yield jsonschema.ValidationError(f"{value!r} has non-unique elements")


def _alike(value: Any) -> Any:
    """A value in which equal numbers are written alike."""
    if isinstance(value, dict):
        return {name: _alike(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_alike(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
