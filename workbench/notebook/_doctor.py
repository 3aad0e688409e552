"""The doctor in a notebook: its rows appear as they are found, and an interrupt keeps them."""

from __future__ import annotations

from IPython.core.getipython import get_ipython

from workbench.connections.doctor import Diagnosis, interrupted
from workbench.connections.doctor import doctor as _doctor
from workbench.language import usual_language
from workbench.notebook._place import Output, shown
from workbench.views import diagnosis_table, diagnosis_text


def doctor(name: str = "embedded", *, again: bool = False) -> Diagnosis:
    """Find out what works on a connection, what does not, and what to do about it; in a notebook as a table.

    The server is reached step by step, and the first step that fails ends it. Then the model is asked short questions,
    each of which shows one capability; no probe takes more than 30 seconds, and none leaves a request running. What
    was found is used by `ask`, `compare` and agents, and kept on disk until the server's version or the model changes.
    In a notebook each row appears as soon as it is found; an interrupt of the kernel ends it, and what was found until
    then is shown and given.

    Args:
        name: "connection", or "connection/model" for another than its first model.
        again: Ask the model anew, though nothing has changed.

    Returns:
        The diagnosis; its `frame`, `advice`, `capabilities`, `model_info` (for AutoGen) and `json` say what was found.

    Raises:
        ConnectionUnknownError: If there is no such connection.

    >>> doctor("embedded").reached
    True
    """
    if get_ipython() is None:
        return _doctor(name, again=again)
    shown = _Shown()
    try:
        return _doctor(name, again=again, progress=shown.take)
    except KeyboardInterrupt:
        if shown.found is None:
            raise
        found = interrupted(shown.found)
        shown.take(found, "")
        return found


class _Shown:
    """The place in the page where the table grows.

    Attributes:
        found: What was found until now; None before the doctor has begun.
    """

    def __init__(self) -> None:
        self.found: Diagnosis | None = None
        self._output: Output | None = None

    def take(self, found: Diagnosis, trying: str) -> None:
        """Show all that was found until now, and what is tried next."""
        self.found = found
        language = usual_language()
        table = diagnosis_table(found, language, trying=trying)
        text = diagnosis_text(found, language)
        if self._output is None:
            self._output = shown(table, text)
        else:
            self._output.replace(table, text)
