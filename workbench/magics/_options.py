"""What stands behind the name of a magic: options by the names that the functions give them, and nothing expanded."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Callable
from keyword import iskeyword
from typing import Any

from IPython.core.error import UsageError as IPythonError
from IPython.core.magic_arguments import argument

from workbench.errors import UsageError

_OPTIONS = ("system", "temperature", "top_p", "seed", "max_tokens", "stop", "context", "repeats", "name")

Magic = Callable[..., Any]


def shared_options(magic: Magic) -> Magic:
    """Give a magic the options that all magics have which ask models."""
    arguments = (
        argument("-s", "--system", help="System message; in quotes where it has spaces."),
        argument("-t", "--temperature", type=float, help="0 takes the likeliest token each time."),
        argument("--max-tokens", "--max_tokens", type=int, help="Limit of an answer in tokens; none if not given."),
        argument("--top-p", "--top_p", type=float, help="Share of the likeliest tokens that are drawn from."),
        argument("--seed", type=int, help="Start of the random numbers."),
        argument("--stop", action="append", help="Text that ends an answer; give one or more."),
        argument("--context", type=int, help="Context in tokens."),
        argument("--vars", action="store_true", help="Fill {name} from variables; {{name}} stays {name}."),
        argument("-o", "--output", metavar="NAME", help="Variable that holds the result."),
    )
    for one in reversed(arguments):
        magic = one(magic)
    return magic


def parsed(name: str, magic: Any, line: str) -> Namespace:
    """Read what stands behind the name of a magic, such as "%%ask". Raises UsageError."""
    try:
        found: Namespace = magic.parser.parse_args(shlex.split(line))
    except (IPythonError, ValueError) as error:  # shlex's for a quotation that does not end
        raise UsageError(" ".join(str(error).split()), advice=f"{name}? tells all options") from None
    target = getattr(found, "output", None)
    if target is not None and (not target.isidentifier() or iskeyword(target)):
        raise UsageError(f"-o {target!r} is not the name of a variable", advice="give one such as reply")
    return found


def given(options: Namespace) -> dict[str, Any]:
    """The options that were given, by the names of the functions' arguments."""
    there = vars(options)
    return {name: there[name] for name in _OPTIONS if there.get(name) is not None}
