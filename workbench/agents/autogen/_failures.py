"""The original of an error that AutoGen passes on as text only.

An exception in an agent reaches the caller of a team as a RuntimeError whose text holds a traceback. So the client
notes each error of the family where it is raised, and the session takes it from there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from workbench.errors import WorkbenchError

_noted: ContextVar[list[WorkbenchError] | None] = ContextVar("workbench_noted_errors", default=None)

# Where AutoGen logs every exception in an agent, with its traceback, before it raises it again as text.
_log = logging.getLogger("autogen_core")


@contextmanager
def noting() -> Iterator[None]:
    """Keep an error of the family that is raised in here, for the session that is taking a turn, if any."""
    try:
        yield
    except WorkbenchError as error:
        noted = _noted.get()
        if noted is not None:
            noted.append(error)
        raise


@contextmanager
def originals() -> Iterator[None]:
    """Raise the noted error instead of AutoGen's RuntimeError about it, and keep tracebacks out of AutoGen's log."""
    noted: list[WorkbenchError] = []

    def is_of_others(record: logging.LogRecord) -> bool:
        return not record.exc_info or _noted.get() is not noted

    token = _noted.set(noted)
    _log.addFilter(is_of_others)
    failure: Exception | None = None
    try:
        yield
    except RuntimeError as error:
        failure = _original(error, noted)
    finally:
        _log.removeFilter(is_of_others)
        _noted.reset(token)
    if failure is not None:
        raise failure from None


def _original(error: RuntimeError, noted: list[WorkbenchError]) -> Exception:
    """The noted error that AutoGen passed on, or else the error itself, as an agent may have dealt with the noted."""
    for candidate in reversed(noted):
        if str(error).startswith(f"{type(candidate).__name__}: {candidate}\n"):
            return candidate
    return error
