"""Runs Python that a model wrote, in a process that is confined by then, and says in the last line where it failed."""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import IO, Any

_FILE = "<code>"


def begin(given: dict[str, Any], data: IO[bytes]) -> str:
    """Take the code; nothing is looked for in its folder yet, where former code may have put modules of any name."""
    return data.read().decode()


def work(code: str) -> None:
    """Run it, and show the value of its last line if that is an expression; its failure ends the process with 1."""
    linecache.cache[_FILE] = (len(code), None, code.splitlines(keepends=True), _FILE)
    module = ModuleType("__main__")
    module.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = module
    sys.argv = [_FILE]
    sys.path.append(str(Path.cwd()))
    try:
        tree = ast.parse(code, _FILE)
        last = tree.body[-1] if tree.body else None
        last = last if isinstance(last, ast.Expr) else None
        tree.body = tree.body[:-1] if last else tree.body
        exec(compile(tree, _FILE, "exec"), module.__dict__)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), _FILE, "eval"), module.__dict__)
            if value is not None:
                print(value if isinstance(value, str) else repr(value))
        sys.stdout.flush()
    except Exception as error:  # noqa: BLE001 - it is of any kind, and is passed on as text
        sys.stdout.flush()
        print(f"\n{_failure(error)}", file=sys.stderr)
        sys.exit(1)


def _failure(error: Exception) -> str:
    """A failure on one line: where in the code, and what."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]
    number = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    what = traceback.format_exception_only(error)[-1]
    return " ".join(f"{f'line {number}: ' if number else ''}{what}".split())
