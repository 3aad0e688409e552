"""Trusting a folder's file from a notebook: what it asks for, and a button that a person presses."""

from __future__ import annotations

from pathlib import Path

import ipywidgets
from IPython.core.getipython import get_ipython
from IPython.display import display

from workbench import connections
from workbench.errors import UsageError
from workbench.language import usual_language
from workbench.views import one_line, trust_table, trust_text, trust_words


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
    file = connections.folders_file(None if path is None else Path(path).expanduser())
    claims, language = connections.claims(file), usual_language()
    words, shown = trust_words(language), one_line(str(file.path))
    if not claims or connections.is_trusted(file):
        print((words.before if claims else words.needless).format(file=shown))
        return
    if not _somebody_is_there():
        raise UsageError(
            "nobody can be asked here",
            where=shown,
            advice="run `workbench trust` there on a terminal, or name the file in WORKBENCH_CONFIG",
        )
    table = {
        "text/html": trust_table(file.path, claims, language),
        "text/plain": trust_text(file.path, claims, language),
    }
    display(table, raw=True)  # type: ignore[no-untyped-call]
    button, line = ipywidgets.Button(description=words.trust, layout={"width": "auto"}), ipywidgets.Label("")

    def pressed(_button: object, content: dict[str, object], _buffers: object) -> None:
        if content.get("event") == "click" and not button.disabled:
            connections.trust(file)
            button.disabled = True
            line.value = f"{words.trusted.format(file=shown)} {words.again}"

    # A message from the page, and not `on_click`, which code could call.
    button.on_msg(pressed)
    display(ipywidgets.HBox([button, line]))  # type: ignore[no-untyped-call]


def _somebody_is_there() -> bool:
    """Whether the code runs in a kernel that a page could be asked through: nbconvert and its like say that none is."""
    kernel = getattr(get_ipython(), "kernel", None)
    return bool(getattr(kernel, "_allow_stdin", False))
