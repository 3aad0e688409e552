"""Texts that begin with a dash, such as a bullet of a list, which are prompts and no options."""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperCommand

# No option has a blank in its name; behind an equals sign it is the option's value.
_TEXT = re.compile(r"-(?!-[a-z][a-z-]*=)[^\s=]*\s", re.DOTALL)
_MARK = "\0"
# Some versions of typer bring a click of their own, so its errors are known by one that typer shows.
_UsageError: Any = typer.BadParameter.__base__


class WithDashes(TyperCommand):
    """A command that takes texts beginning with a dash for texts, and names `--` for those that it cannot tell."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments; those that are a text are hidden from who looks for options."""
        try:
            left = super().parse_args(ctx, [f"{_MARK}{one}" if _TEXT.match(one) else one for one in args])
        except _UsageError as error:
            if hasattr(error, "possibilities"):  # no such option
                error.message = f"{error.message} (a prompt that begins with a dash comes last, behind -- )"
            raise
        ctx.params = {name: _as_given(value) for name, value in ctx.params.items()}
        return left


def _as_given(value: Any) -> Any:
    return value.removeprefix(_MARK) if isinstance(value, str) else value
