"""What the clients of the `ollama` and `openai` packages share: policy, certificates, and no key but its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.engines._fetch import ANSWER_S
from workbench.engines._place import Place


def _with_own_headers(place: Place) -> Callable[[Any], Any]:
    """What puts the place's own headers on a request, and takes off what a package has taken from the environment.

    Both packages look there for keys and organisations, which must not reach a server that nobody meant them for.
    """

    def change(request: Any) -> Any:
        for name in ("Authorization", "OpenAI-Organization", "OpenAI-Project"):
            request.headers.pop(name, None)
        request.headers.update(place.all_headers())
        return request

    return change


def client_arguments(place: Place, timeout_s: float | None = ANSWER_S) -> dict[str, Any]:
    """Arguments for a client of httpx that talks to this place. Raises PolicyError.

    >>> sorted(client_arguments(Place("gpu", "http://127.0.0.1:8000/v1")))
    ['auth', 'follow_redirects', 'timeout', 'trust_env']
    """
    place.gate.admit(place.address)
    return {"auth": _with_own_headers(place), "timeout": timeout_s, **place.transport.for_client()}
