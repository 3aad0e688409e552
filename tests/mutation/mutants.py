"""Small changes of a module, each of which should make a test fail.

A mutant is told by the function it is in and by what stands there instead of what, so that it keeps its name when lines
above it move.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Change = Callable[[], None]

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Add,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_OPPOSITES = {"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one module.

    Attributes:
        file: The module, relative to the repository.
        where: The function or class that it is in, such as "Policy.allows".
        before: What stands there.
        after: What stands there instead.
        number: Which of several equal changes in that function, from 1.
        code: The changed module's source.
    """

    file: str
    where: str
    before: str
    after: str
    number: int
    code: str

    @property
    def name(self) -> str:
        """What it is called in the report and in the list of explanations."""
        nth = f" ({self.number})" if self.number > 1 else ""
        return f"{Path(self.file).stem}.{self.where}: `{self.before}` -> `{self.after}`{nth}"


def mutants(file: str, source: str) -> Iterator[Mutant]:
    """All mutants of a module.

    >>> [mutant.name for mutant in mutants("lines.py", "def f(a, b):\\n    return a < b")]
    ['lines.f: `a < b` -> `a <= b`', 'lines.f: `a < b` -> `a >= b`', 'lines.f: `return a < b` -> `return None`']
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    places = list(_places(ast.parse(source), ""))
    for index in range(len(places)):
        count = len(list(_changes(places[index][0])))
        for which in range(count):
            tree = ast.parse(source)
            node, where = list(_places(tree, ""))[index]
            change = list(_changes(node))[which]
            before = _shown(node)
            change()
            after = _shown(node)
            if before == after:
                continue
            seen[where, before, after] += 1
            code = ast.unparse(ast.fix_missing_locations(tree))
            yield Mutant(file, where, before, after, seen[where, before, after], code)


def _shown(node: ast.AST) -> str:
    """The first line of a node, as code."""
    head, _, more = ast.unparse(node).partition("\n")
    return f"{head} …" if more and not isinstance(node, ast.If | ast.While) else head


def _places(node: ast.AST, where: str) -> Iterator[tuple[ast.AST, str]]:
    """The nodes that may be changed, with the function they are in; the innermost first."""
    for child in _children(node):
        name = (
            getattr(child, "name", "")
            if isinstance(child, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
            else ""
        )
        yield from _places(child, f"{where}.{name}".strip(".") if name else where)
    if where:
        yield node, where


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What a node holds, without annotations, decorators, docstrings and the texts of errors."""
    if isinstance(node, ast.Raise | ast.JoinedStr):
        return
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_text(child):
                yield child


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _changes(node: ast.AST) -> Iterator[Change]:
    """What can be changed at this node itself."""
    for kinds, found in _KINDS:
        if isinstance(node, kinds):
            yield from found(node)


def _comparisons(node: Any) -> Iterator[Change]:
    for position, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            yield _put(node.ops, position, other())


def _operators(node: Any) -> Iterator[Change]:
    if other := _OPERATORS.get(type(node.op)):
        yield _set(node, "op", other())


def _conditions(node: Any) -> Iterator[Change]:
    yield _set(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for position in range(len(node.values)):
        kept = [value for other, value in enumerate(node.values) if other != position]
        yield _set(node, "values", kept if len(kept) > 1 else kept * 2)


def _branches(node: Any) -> Iterator[Change]:
    yield _set(node, "test", ast.UnaryOp(ast.Not(), node.test))


def _constants(node: Any) -> Iterator[Change]:
    if isinstance(node.value, bool):
        yield _set(node, "value", not node.value)
    elif isinstance(node.value, int | float):
        yield _set(node, "value", node.value + 1)


def _results(node: Any) -> Iterator[Change]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield _set(node, "value", ast.Constant(None))


def _calls(node: Any) -> Iterator[Change]:
    field = {ast.Name: "id", ast.Attribute: "attr"}.get(type(node.func), "")
    if field and (other := _OPPOSITES.get(getattr(node.func, field))):
        yield _set(node.func, field, other)


def _statements(node: Any) -> Iterator[Change]:
    if isinstance(node.value, ast.Call | ast.Await):
        yield _set(node, "value", ast.Constant(...))


_KINDS: tuple[tuple[tuple[type[ast.AST], ...], Callable[[Any], Iterator[Change]]], ...] = (
    ((ast.Compare,), _comparisons),
    ((ast.BinOp, ast.AugAssign), _operators),
    ((ast.BoolOp,), _conditions),
    ((ast.If, ast.While, ast.IfExp), _branches),
    ((ast.Constant,), _constants),
    ((ast.Return,), _results),
    ((ast.Call,), _calls),
    ((ast.Expr,), _statements),
)


def _set(node: ast.AST, field: str, value: object) -> Change:
    return lambda: setattr(node, field, value)


def _put(values: list[ast.cmpop], position: int, value: ast.cmpop) -> Change:
    def change() -> None:
        values[position] = value

    return change
