"""The names of connections and models, for whoever is typing one: at once, from what is known or soon told."""

from __future__ import annotations

import asyncio
from threading import Lock, Thread
from time import monotonic
from typing import NamedTuple

from workbench.connections._registry import Connection, session_connections
from workbench.engines.cassette import current
from workbench.errors import WorkbenchError
from workbench.texts import plain

_FRESH_S = 30.0
_SERVER_S = 5.0  # what a server may take; who types waits for less, and finds its names at the next try
_PATIENCE_S = 0.5


class _Told(NamedTuple):
    """What a server said when it was asked for its models.

    Attributes:
        names: Their names; None where it did not answer.
        at_s: When it was.
    """

    names: tuple[str, ...] | None
    at_s: float


_told: dict[tuple[str, str], _Told] = {}
_asking: dict[tuple[str, str], Thread] = {}
_lock = Lock()


def model_names(patience_s: float = _PATIENCE_S) -> list[str]:
    """List what can be typed for a model: the names of connections, and "connection/model" as far as servers tell soon.

    What a server says is remembered for half a minute, and so is that it says nothing. While answers are recorded or
    played no server is asked. A name that would not be one word on a command line is left out.

    Args:
        patience_s: Seconds to wait for servers; what they say later is there at the next call.

    >>> "embedded/smollm2-135m-instruct" in model_names(10)
    True
    """
    places = session_connections()
    if current() is None:
        deadline = monotonic() + patience_s
        for thread in [_asked(place) for place in places]:
            if thread is not None:
                thread.join(max(0.0, deadline - monotonic()))
    return [name for place in places for name in _names(place)]


def forget() -> None:
    """Forget what servers said."""
    with _lock:
        _told.clear()
        _asking.clear()


def _key(place: Connection) -> tuple[str, str]:
    return place.name, place.settings.url


def _asked(place: Connection) -> Thread | None:
    """The thread that asks a server, begun if there is none; None where it said what is still fresh."""
    key = _key(place)
    with _lock:
        told = _told.get(key)
        if told is not None and monotonic() - told.at_s < _FRESH_S:
            return None
        if key not in _asking:
            _asking[key] = Thread(target=_ask, args=(place,), name=f"workbench-names {place.name}", daemon=True)
            _asking[key].start()
        return _asking[key]


def _ask(place: Connection) -> None:
    key, names = _key(place), None
    try:
        names = asyncio.run(_listed(place))
    except (WorkbenchError, TimeoutError):
        pass  # whoever types is told by the question itself what is wrong
    finally:
        with _lock:
            if _asking.pop(key, None) is not None:  # else all was forgotten meanwhile
                _told[key] = _Told(names, monotonic())


async def _listed(place: Connection) -> tuple[str, ...]:
    async with asyncio.timeout(_SERVER_S):
        return tuple(info.name for info in await place.engine().models())


def _names(place: Connection) -> list[str]:
    """A connection and its models; nothing of an address that nobody has named and nobody answers at."""
    with _lock:
        told = _told.get(_key(place))
    models = told.names if told is not None and told.names is not None else ()
    if not models and place.settings.source == "default":
        return []
    return [name for name in (place.name, *(f"{place.name}/{model}" for model in models)) if _is_word(name)]


def _is_word(name: str) -> bool:
    return plain(name) == name and not any(sign.isspace() or sign in "\"'\\" for sign in name)
