"""Errors as they are kept in files, and back."""

from __future__ import annotations

import msgspec

from workbench import errors
from workbench.errors import Answered, EngineError, WorkbenchError
from workbench.texts import as_unicode


class SavedError(msgspec.Struct):
    """An error as a file keeps it.

    Attributes:
        kind: Name of its class.
        what: What happened.
        where: The place.
        advice: What to do about it.
    """

    kind: str
    what: str
    where: str = ""
    advice: str = ""


def saved_error(error: Exception) -> SavedError:
    """An error as it is kept; one of another library tells its class and words.

    >>> saved_error(ValueError("half")).what
    'ValueError: half'
    """
    told = (f"{type(error).__name__}: {error}", "", "")
    if isinstance(error, WorkbenchError):
        told = (error.what, error.where, error.advice)
    return SavedError(type(error).__name__, *map(as_unicode, told))


def read_error(saved: SavedError, reply: Answered | None = None) -> WorkbenchError:
    """The error that was kept; one of another library comes back as an EngineError of the same words.

    Args:
        saved: How it was kept.
        reply: What had been answered until then.

    >>> read_error(SavedError("RateLimitError", "too many requests", "gpu", "wait"))
    RateLimitError('too many requests (gpu): wait')
    """
    named = getattr(errors, saved.kind, EngineError)
    kind = named if isinstance(named, type) and issubclass(named, WorkbenchError) else EngineError
    error: WorkbenchError = kind(saved.what, where=saved.where, advice=saved.advice)
    if isinstance(error, EngineError):
        error.reply = reply
    return error
