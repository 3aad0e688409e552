"""The text of a cell as a prompt: taken as it is, or with variables of the notebook in it where that is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from workbench.errors import PromptError

_NAME = re.compile(r"\{\{([^\W\d]\w*)\}\}|\{([^\W\d]\w*)\}")


def prompt_of(cell: str, variables: Mapping[str, Any] | None) -> str:
    r"""Read the prompt of a cell, without the line end that every cell has.

    Args:
        cell: Its text below the magic.
        variables: Those that fill `{name}`; None takes the text literally. What they hold is not looked into again, and
            braces around anything but a name stay, as those of JSON do.

    Raises:
        PromptError: If there is no such variable.

    >>> prompt_of('Translate {word}: {"a": 1}, {{word}}', {"word": "{Amt}"})
    'Translate {Amt}: {"a": 1}, {word}'
    >>> prompt_of("Translate {word}\n", None)
    'Translate {word}'
    """
    text = cell.removesuffix("\n")
    if variables is None:
        return text

    def filled(found: re.Match[str]) -> str:
        literal, name = found.groups()
        if literal:
            return f"{{{literal}}}"
        if name not in variables:
            near = get_close_matches(name, variables, n=1)
            advice = f"did you mean {{{near[0]}}}?" if near else f"{{{{{name}}}}} stays as {{{name}}}"
            raise PromptError(f"there is no variable {name!r} to fill {{{name}}}", advice=advice)
        return str(variables[name])

    return _NAME.sub(filled, text)
