"""Servers and their models in a notebook: shown, and managed with buttons and bars."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from IPython.core.getipython import get_ipython

from workbench import connections
from workbench.arguments import as_flag, as_name
from workbench.connections import Overview, Steps
from workbench.errors import UsageError
from workbench.language import usual_language
from workbench.model_info import Progress
from workbench.notebook._bar import Bar
from workbench.notebook._place import show_in_place
from workbench.views import Course, PanelView, panel_table, panel_text, progress_words

Show = Callable[[Progress], object]


def panel() -> None:
    """Show all connections and their models: what is loaded, how much memory is left, and how busy a vLLM is.

    Models of Ollama can be fetched, loaded, unloaded and deleted there, by the keyboard alone too. The panel looks at
    the servers every two seconds, and only while a page shows it. A saved notebook keeps a table of what there was.

    Raises:
        ConfigurationError: If a configuration file cannot be used.

    >>> panel()
    """
    language = usual_language()
    found = connections.wait(connections.overview())
    if get_ipython() is None:
        return
    view = PanelView(_Manager(), language=language)
    view.show(found)
    show_in_place(view, panel_table(found, language), panel_text(found, language))


class _Manager:
    """What the panel does when something is pressed."""

    async def overview(self) -> Overview:
        return await connections.overview()

    def pull(self, name: str) -> Steps:
        return connections.pull(name)

    async def load(self, name: str, keep_alive: str, context: int | None) -> None:
        await connections.load(name, keep_alive=keep_alive, context=context)

    async def unload(self, name: str) -> None:
        await connections.unload(name)

    async def delete(self, name: str) -> None:
        await connections.delete(name)


async def pull(name: str, *, insecure: bool = False, show: Show | None = None) -> None:
    """Fetch a model from a registry onto its server, with a bar that shows how far it is.

    In a notebook the bar has a Cancel button; what was fetched until then stays, and the same call goes on from there.

    Args:
        name: "connection/model", such as "ollama/qwen3:4b"; another registry's host comes before the model:
            "ollama/registry.example.org/space/model".
        insecure: Whether the registry may be reached without TLS.
        show: Called with every step, instead of showing a bar.

    Raises:
        UnsupportedError: If the connection is not one to Ollama.
        PolicyError: If the policy does not allow the registry's host.
        EngineError: If server or registry fail.
    """
    await _worked(name, connections.pull(name, insecure=insecure), show)


async def create(name: str, *, show: Show | None = None, **how: Any) -> None:
    """Make a model from a GGUF file, from another model, or from a Modelfile, with a bar that shows how far it is.

    Args:
        name: "connection/model" of the new model; one that has this name is replaced.
        show: Called with every step, instead of showing a bar.
        how: Exactly one of `file` (a GGUF file on this machine), `base` (a model of the same server) and `modelfile`
            (a Modelfile's text, which says all the rest); and `adapter` (a GGUF file), `template`, `system`,
            `parameters` (options by Ollama's names) and `quantize`.

    Raises:
        UsageError: If what is given cannot be used; nothing was made.
        EngineError: If the server fails, or has no model `base`.
    """
    await _worked(name, connections.create(name, **how), show)


async def delete(name: str, *, sure: bool | None = None) -> None:
    """Delete a model, once its name was typed again.

    Args:
        name: "connection/model".
        sure: True asks nobody.

    Raises:
        UsageError: If the name was not typed again, or nobody can be asked; nothing was deleted.
        EngineError: If the server fails, or has no such model.
    """
    name = as_name("name", name)
    if sure is None or not as_flag("sure=", sure):
        _ask_whether(name)
    await connections.delete(name)


def _ask_whether(name: str) -> None:
    try:
        typed = input(progress_words(usual_language()).question.format(model=name))
    except (EOFError, NotImplementedError):  # ipykernel's error where nobody sits is a NotImplementedError
        raise UsageError("nobody can be asked here", where=name, advice="give sure=True to delete it") from None
    if typed.strip() != name:
        raise UsageError("nothing was deleted: the name was not typed again", where=name, advice=f"type {name!r}")


async def _worked(name: str, steps: Steps, show: Show | None) -> None:
    """Carry out a work to its end, with a bar where there is a notebook and nothing else shows it."""
    if show is not None or get_ipython() is None:
        await _drained(steps, show or (lambda _: None))
        return
    language, loop = usual_language(), asyncio.get_running_loop()
    known = progress_words(language)
    working: asyncio.Task[None] | None = None
    course = Course()

    def take(step: Progress) -> None:
        course.take(step)
        bar.show(course.line(language), course.share)

    def cancel() -> None:
        loop.call_soon_threadsafe(_cancel, working)

    bar = Bar(name, language, press=cancel, button=known.cancel, pressed=known.cancelling)
    working, outcome = asyncio.create_task(_drained(steps, take)), known.failed
    try:
        await working
        outcome = known.done
    except asyncio.CancelledError:
        outcome = known.cancelled
        this = asyncio.current_task()
        if this is not None and this.cancelling():  # not by the button
            raise
    finally:
        bar.end(course.last_line(language, outcome))


async def _drained(steps: Steps, show: Show) -> None:
    async with aclosing(steps):
        async for step in steps:
            show(step)


def _cancel(working: asyncio.Task[None] | None) -> None:
    if working is not None:
        working.cancel()
