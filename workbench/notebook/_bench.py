"""The server bench in a notebook: measured with a bar, which says how far it is, and can stop it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

from IPython.core.getipython import get_ipython

from workbench.connections import Model
from workbench.language import localized, usual_language
from workbench.notebook._bar import CountedBar
from workbench.serverbench import Bench
from workbench.serverbench import benchmark as _benchmark
from workbench.views import progress_words

Given = ParamSpec("Given")


def _with_a_bar(measure: Callable[Given, Coroutine[Any, Any, Bench]]) -> Callable[Given, Coroutine[Any, Any, Bench]]:
    """The same with a bar, in a notebook whose caller watches nothing himself."""

    @wraps(measure)
    async def seen(*args: Given.args, **kwargs: Given.kwargs) -> Bench:
        if get_ipython() is None or kwargs.get("progress") or kwargs.get("stop"):
            return await measure(*args, **kwargs)
        loop, stop, language = asyncio.get_running_loop(), asyncio.Event(), usual_language()
        bar = CountedBar(_title(*args, **kwargs), lambda: loop.call_soon_threadsafe(stop.set))
        word = progress_words(language).load

        def progress(load: float, done: int, count: int) -> None:
            bar.part_done(word.format(localized(f"{load:g}", language)), done, count)

        kwargs.update(progress=progress, stop=stop)
        bar.appear()
        try:
            return await measure(*args, **kwargs)
        finally:
            bar.ended()

    return seen


def _title(*args: object, **kwargs: object) -> str:
    asked = args[0] if args else kwargs.get("asked")
    return asked.name if isinstance(asked, Model) else str(asked)


benchmark = _with_a_bar(_benchmark)
