"""The magics themselves: each calls the function of its name, and awaits it as a cell would."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pandas as pd
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from workbench import notebook
from workbench.connections import model, models
from workbench.connections.doctor import Diagnosis
from workbench.errors import WorkbenchError
from workbench.magics._answer import print_answer
from workbench.magics._completion import complete_magics
from workbench.magics._options import given, parsed, shared_options
from workbench.magics._prompt import prompt_of
from workbench.texts import plain

P = ParamSpec("P")
T = TypeVar("T")


def load(shell: InteractiveShell) -> None:
    """Register the magics in a shell, once."""
    if WorkbenchMagics.__name__ in shell.magics_manager.registry:
        return
    magics = WorkbenchMagics(shell)
    shell.register_magics(magics)
    shell.input_transformers_post.append(magics.awaited)
    if shell.Completer is not None:
        shell.Completer.custom_matchers.append(complete_magics(magics.parsers))


def _in_one_line(error: WorkbenchError) -> WorkbenchError:
    """The error as a notebook shows it in one line: where in our code it was raised says nothing to whoever typed."""
    said = [f"{type(error).__name__}: {plain(str(error))}"]
    error._render_traceback_ = lambda: said  # type: ignore[attr-defined]
    error.__context__ = None
    return error


def _told(function: Callable[P, T]) -> Callable[P, T]:
    @wraps(function)
    def telling(*given: P.args, **further: P.kwargs) -> T:
        try:
            return function(*given, **further)
        except WorkbenchError as error:
            failure = _in_one_line(error)
        raise failure

    return telling


async def _told_later(work: Awaitable[None]) -> None:
    try:
        await work
        return
    except WorkbenchError as error:
        failure = _in_one_line(error)
    raise failure


@magics_class
class WorkbenchMagics(Magics):
    """Magics that ask models."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._shell = shell

    @property
    def parsers(self) -> dict[str, Any]:
        """What reads the options of each, by its name."""
        named: dict[str, Any] = {
            "%%ask": self.ask,
            "%%compare": self.compare,
            "%models": self.models,
            "%doctor": self.doctor,
        }
        return {name: magic.parser for name, magic in named.items()}

    def awaited(self, lines: list[str]) -> list[str]:
        """Make a cell await the magic that it consists of: a magic itself cannot, and a cell that waits is deaf."""
        ours = [name for name in ("ask", "compare") if self._shell.find_cell_magic(name) == getattr(self, name)]
        begins = tuple(f"get_ipython().run_cell_magic({name!r}, " for name in ours)
        if len(lines) == 1 and lines[0].startswith(begins) and self._shell.autoawait:
            return [f"await {lines[0]}"]
        return lines

    @no_var_expand
    @cell_magic
    @magic_arguments()
    @argument("-m", "--model", help='"connection/model", or "connection" for its first model.')
    @shared_options
    @_told
    def ask(self, line: str, cell: str) -> Awaitable[None]:
        """Ask one model, and show its answer while it arrives.

        The text of the cell is the prompt, exactly as it stands there.
        """
        options = parsed("%%ask", self.ask, line)
        prompt = self._prompt(options, cell)
        asked = model(options.model).using(**given(options))
        return _told_later(self._keep(print_answer(asked, prompt), options))

    @no_var_expand
    @cell_magic
    @magic_arguments()
    @argument("-m", "--model", action="append", default=[], help="As for %%%%ask; give one or more.")
    @argument("--repeats", type=int, help="How often each model gets the prompt.")
    @argument("--name", help="Keeps the answers under this name; the same cell goes on there.")
    @shared_options
    @_told
    def compare(self, line: str, cell: str) -> Awaitable[None]:
        """Ask several models the same, and show their answers side by side while they arrive.

        The text of the cell is the prompt, exactly as it stands there. With -o the run is in a variable.
        """
        options = parsed("%%compare", self.compare, line)
        prompt = self._prompt(options, cell)
        return _told_later(self._keep(notebook.compare([prompt], options.model, **given(options)), options))

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("connection", nargs="?", help="Only its models.")
    @_told
    def models(self, line: str) -> pd.DataFrame:
        """List every model of every connection, with what each can do."""
        return models(parsed("%models", self.models, line).connection)

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("name", nargs="?", default="embedded", help='"connection", or "connection/model".')
    @argument("--again", action="store_true", help="Ask the model anew, though nothing has changed.")
    @_told
    def doctor(self, line: str) -> Diagnosis:
        """Find out what works on a connection, what does not, and what to do about it."""
        options = parsed("%doctor", self.doctor, line)
        return notebook.doctor(options.name, again=options.again)

    def _prompt(self, options: Namespace, cell: str) -> str:
        return prompt_of(cell, self._shell.user_ns if options.vars else None)

    async def _keep(self, work: Awaitable[Any], options: Namespace) -> None:
        result = await work
        if options.output is not None:
            self._shell.user_ns[options.output] = result
