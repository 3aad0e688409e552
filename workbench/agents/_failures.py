"""The original of an error that AutoGen passes on as text only.

An exception in an agent reaches the caller of a team as a RuntimeError whose text holds a traceback. So the client
notes each error of the family where it is raised, and the session takes it from there.
"""

from __future__ import annotations

import logging
from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from workbench.errors import WorkbenchError

_noted: ContextVar[list[WorkbenchError] | None] = ContextVar("workbench_noted_errors", default=None)

# Where AutoGen logs, with a traceback, every exception in an agent, before it raises it again as text.
_log = logging.getLogger("autogen_core")


@contextmanager
def noting() -> Iterator[None]:
    """Note an error of the family that is raised in here, for the session that is taking a turn, if any."""
    try:
        yield
    except WorkbenchError as error:
        noted = _noted.get()
        if noted is not None:
            noted.append(error)
        raise


@contextmanager
def originals() -> Iterator[None]:
    """Raise the noted error instead of AutoGen's RuntimeError about it.

    It, and cancelling, are also kept out of AutoGen's log, as they are raised.
    """
    noted: list[WorkbenchError] = []

    def is_news(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        raised = isinstance(error, CancelledError) or any(error is other for other in noted)
        return not (raised and _noted.get() is noted)

    token = _noted.set(noted)
    _log.addFilter(is_news)
    failure: Exception | None = None
    try:
        yield
    except RuntimeError as error:
        failure = _original(error, noted)
    finally:
        _log.removeFilter(is_news)
        _noted.reset(token)
    if failure is not None:
        raise failure from None


def _original(error: RuntimeError, noted: list[WorkbenchError]) -> Exception:
    """The noted error whose text AutoGen passed on, or else the error itself."""
    for candidate in reversed(noted):
        if str(error).startswith(f"{type(candidate).__name__}: {candidate}\n"):
            return candidate
    return error
