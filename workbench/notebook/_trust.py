"""Trusting a folder's file from a notebook: what it asks for, and a button that a person presses."""

from __future__ import annotations

from pathlib import Path

from workbench import connections
from workbench.errors import UsageError
from workbench.files._whole import at_home
from workbench.language import usual_language
from workbench.notebook._place import show_in_place, somebody_is_there
from workbench.views import WorkView, one_line, trust_outcome, trust_table, trust_text, trust_words


def trust(path: Path | str | None = None) -> None:
    """Show what a folder's `workbench.toml` asks for, with a button that trusts it.

    Such a file names nothing but this machine until somebody who has seen what it asks for presses the button; code
    cannot. It is asked about anew as soon as its content changes. `workbench trust` does the same on a terminal.

    This is a guard against files, not against code: what a notebook runs has all rights of its user.

    Args:
        path: The file or its folder; without it the nearest one of this folder and those above it.

    Raises:
        ConfigurationError: If there is no such file, or if it is ignored anyway.
        UsageError: If nobody can be asked here.

    >>> trust("nowhere")
    Traceback (most recent call last):
    ...
    workbench.errors.ConfigurationError: there is no workbench.toml that could be trusted (...): name its path
    """
    file = connections.folders_file(None if path is None else at_home(path))
    claims, language = connections.claims(file), usual_language()
    words, shown = trust_words(language), one_line(str(file.path))
    if not claims or connections.is_trusted(file):
        print((words.before if claims else words.needless).format(file=shown))
        return
    if not somebody_is_there():
        raise UsageError(
            "nobody can be asked here",
            where=shown,
            advice="run `workbench trust` there on a terminal, or name the file in WORKBENCH_CONFIG",
        )
    table, text = trust_table(file.path, claims, language), trust_text(file.path, claims, language)

    def pressed() -> None:
        connections.trust(file)
        outcome = f"{words.trusted.format(file=shown)} {words.again}"
        output.replace(table + trust_outcome(outcome, language), f"{text}\n{outcome}")

    view = WorkView(shown, press=pressed, button=words.trust, pressed=words.trust, language=language)
    unanswered = f"{words.refused.format(file=shown)} {words.again}"
    output = show_in_place(view, trust_outcome(unanswered, language), text, before=table)
