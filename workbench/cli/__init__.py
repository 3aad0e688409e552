"""The terminal's door: `workbench models | ask | compare | runs | save | doctor | benchmark | pull | cassette | lab`.

Results go to standard output, progress and errors to standard error. The exit status is 0 when all was answered, 1 when
a server or a cell failed, 2 when the call cannot work, and 130 after an interrupt (143 after SIGTERM, 129 after a
terminal was closed); what was answered is always written.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from workbench import __version__
from workbench.cli._ask import ask
from workbench.cli._benchmark import benchmark
from workbench.cli._cassette import cassette
from workbench.cli._compare import compare
from workbench.cli._dashes import WithDashes
from workbench.cli._lab import lab
from workbench.cli._runs import runs, save
from workbench.cli._servers import doctor, models, pull
from workbench.cli._terminal import complain, readable
from workbench.cli._trust import asked_about, can_ask, trust
from workbench.cli.language import in_language
from workbench.errors import UntrustedError, UsageError, WorkbenchError

__all__ = ["main"]

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


def main() -> None:
    """Run the command line, and tell every error of ours in one line."""
    command = in_language(typer.main.get_command(app))
    with readable():
        try:
            try:
                command()
            except UntrustedError as error:
                if not can_ask():
                    raise
                if not asked_about(Path(error.where)):
                    sys.exit(2)
                command()  # nothing had been sent
        except WorkbenchError as error:
            complain(str(error))
            sys.exit(2 if isinstance(error, UsageError) else 1)


@app.callback(invoke_without_command=True)
def _top(version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False) -> None:
    """Connect to local and remote language models and compare them."""
    if version:
        print(f"workbench {__version__}")
        raise typer.Exit


app.command("ask", cls=WithDashes)(ask)
for _command in (models, compare, runs, save, doctor, benchmark, pull, trust):
    app.command(_command.__name__)(_command)
app.add_typer(cassette, name="cassette")
app.command("lab", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(lab)
