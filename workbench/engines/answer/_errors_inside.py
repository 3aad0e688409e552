"""Finding the error in what a server sends with status 200, in the shapes that are about."""

from __future__ import annotations

import json
import re
from typing import Any

from workbench.engines.wire._place import Place
from workbench.engines.wire.failures._refusals import refusal, said
from workbench.errors import AddressError, EngineError, ServerError

_NAMES = ("error", "errors", "detail", "exception", "error_message", "error_msg", "errorMessage")
_CODES = ("code", "status", "status_code", "statusCode", "http_status", "http_code", "error_code", "http_status_code")
# Words for what a status says, where there is none.
_STATUSES = (
    (re.compile(r"rate.?limit|too.?many.?requests|throttl|overload|resource.?exhausted|queue", re.I), 429),
    (re.compile(r"authenticat|unauthori[sz]ed|invalid.?api.?key|permission", re.I), 401),
    (re.compile(r"not.?found", re.I), 404),
    (re.compile(r"invalid.?request|bad.?request|validation|invalid.?argument|context.?length", re.I), 400),
    (re.compile(r"unavailable", re.I), 503),
    (re.compile(r"time.?out", re.I), 504),
)


def error_in(value: dict[str, Any]) -> object:
    """The error that a JSON object tells of; None where it tells of none.

    What holds an answer is one, whatever else stands beside it, unless it says `error`.

    >>> error_in({"object": "error", "message": "no such model"})
    {'object': 'error', 'message': 'no such model'}
    >>> error_in({"choices": [], "detail": ""}) is None
    True
    """
    if value.get("error"):
        return value if value.get("choices") is None else value["error"]
    if value.get("choices"):
        return None
    is_named = any(value.get(name) for name in _NAMES)
    words = {str(value.get(name)).lower() for name in ("object", "type", "status")}
    is_said = isinstance(value.get("message") or value.get("msg"), str)
    return value if is_named or is_said or not words.isdisjoint(("error", "failed", "failure")) else None


def error_inside(place: Place, error: object, model: str) -> tuple[EngineError, int]:
    """The error of the family for one that came inside an answer, and the HTTP status that it would have had.

    Args:
        place: The server.
        error: What `error_in` found, or any other value that stands for an error.
        model: The model that was asked.
    """
    body = json.dumps(error, ensure_ascii=False) if not isinstance(error, str) else error
    status = _status(error) or 500
    found = refusal(place, status, body, model=model)
    if isinstance(found, AddressError) or type(found) is ServerError:
        what = f"the server broke off: {place.quote(said(body))}"
        found = ServerError(what, where=str(place), advice="see the server's log")
    return found, status


def _status(error: object, depth: int = 0) -> int | None:
    """The HTTP status that an error names, or that its kind has."""
    if isinstance(error, list) and error and depth < 4:
        return _status(error[0], depth + 1)
    if not isinstance(error, dict):
        return None
    for name in _CODES:
        code = error.get(name)
        number = int(code) if isinstance(code, str) and len(code) == 3 and code.isdecimal() else code
        if isinstance(number, int | float) and 400 <= number < 600:
            return int(number)
    for name in _NAMES:
        if depth < 4 and isinstance(error.get(name), dict | list) and (inner := _status(error[name], depth + 1)):
            return inner
    kinds = " ".join(str(error[name]) for name in ("type", "code", "error_type", "status") if error.get(name))
    return next((status for words, status in _STATUSES if words.search(kinds)), None)
