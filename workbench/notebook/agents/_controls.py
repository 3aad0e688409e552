"""A session of agents with the buttons that steer it, and its picture for when nothing is live."""

from __future__ import annotations

import asyncio

from IPython.display import display

from workbench.agents import Session
from workbench.errors import UsageError
from workbench.language import usual_language
from workbench.notebook._place import Output, shown
from workbench.notebook.agents._pictures import as_session, session_html
from workbench.notebook.agents._steered import Steered
from workbench.views.controls import ControlsView

_KEPT_AFTER_S = 0.5  # of rest, after which the picture beside the controls is drawn anew
# The picture is seen only where no controls are: in a saved notebook, and when their kernel is gone. And where the page
# cannot show the controls, what it says instead is not seen.
_SHEET = """
.jp-OutputArea-child:has(.wb-controls:not(.wb-gone)) + .jp-OutputArea-child:has(.wb-beside) { display: none; }
.jp-OutputArea-child:not(:has(.wb-controls)):has(+ .jp-OutputArea-child .wb-beside):has(
  > [data-mime-type="application/vnd.jupyter.widget-view+json"]) { display: none; }
"""


def controls(session: Session) -> None:
    """Show a session of agents as its turns come, with all that steers it.

    There are buttons to take a step, run, pause and stop; what was said can be changed, dropped or sent to one agent
    before the others hear it; calls of tools are approved, changed or rejected; persons' turns are answered, messages
    sent, limits and rights changed; each turn can be looked into, gone back to and forked. All of it goes by keyboard:
    `?` shows the keys. It works while a cell runs and between cells. A saved notebook keeps the session's picture.

    Args:
        session: The session, made with `wb.agents.session`; any of its branches.

    Raises:
        UsageError: If no event loop runs, as nothing would carry out what is pressed; a notebook has one.

    >>> from autogen_agentchat.agents import AssistantAgent
    >>> from autogen_agentchat.teams import RoundRobinGroupChat
    >>> from workbench import agents
    >>> clerk = AssistantAgent("clerk", agents.client("embedded"))
    >>> controls(agents.session(RoundRobinGroupChat([clerk], max_turns=2), "Wo beantrage ich einen Ausweis?"))
    Traceback (most recent call last):
        ...
    UsageError: nothing here would carry out what is pressed: show the controls in a cell of a notebook
    """
    session = as_session(session)
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise UsageError(
            "nothing here would carry out what is pressed", advice="show the controls in a cell of a notebook"
        ) from None
    language = usual_language()
    steered = Steered(session, language)
    picture = _Picture(steered)
    display(ControlsView(steered, loop, language=language, shown=picture.soon))  # type: ignore[no-untyped-call]
    picture.display()


class _Picture:
    """The session's picture beside its controls, drawn anew once nothing happens for a moment."""

    def __init__(self, steered: Steered) -> None:
        self._steered = steered
        self._output: Output | None = None
        self._due: asyncio.TimerHandle | None = None
        self._drawn = ""

    def display(self) -> None:
        """Put it below the controls, where it is seen once they are not."""
        self._output = shown(*self._bundle())

    def soon(self) -> None:
        """Draw it anew if the session is at rest, and stays so."""
        if self._due is not None:
            self._due.cancel()
        self._due = asyncio.get_running_loop().call_later(_KEPT_AFTER_S, self._draw)

    def _draw(self) -> None:
        self._due, before = None, self._drawn
        if self._output is None or self._steered.busy:
            return
        bundle = self._bundle()
        if self._drawn != before:
            self._output.replace(*bundle)

    def _bundle(self) -> tuple[str, str]:
        self._drawn = session_html(self._steered.session)
        html = f'<div class="wb-beside"><style>{_SHEET}</style>{self._drawn}</div>'
        return html, repr(self._steered.session)
