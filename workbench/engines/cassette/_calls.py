"""What is asked of a server, in a form in which the same question is the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

Kind = Literal[
    "stream",
    "ask",
    "models",
    "capabilities",
    "embed",
    "tokenize",
    "detokenize",
    "loaded",
    "fetch",
    "exchange",
    "look",
    "tool",
]

Key = tuple[str, str, str, str, bytes]

# What a model says, and what an agent's tool does, may differ each time; all else is as it was.
_OF_MODELS: frozenset[Kind] = frozenset(("stream", "ask", "tool"))

_occasion: ContextVar[str] = ContextVar("occasion", default="")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be written down")


_encode = msgspec.json.Encoder(enc_hook=_plain, order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Call:
    """A question to a server.

    Attributes:
        kind: What is asked: an answer as it grows ("stream") or whole ("ask"), the list of models, an HTTP request that
            says nothing of these ("fetch", "exchange"), something seen or measured besides ("look"), what a tool of an
            agent's gives ("tool"; the model is the agent), and so on.
        connection: Name of the connection.
        model: Name of the model on its server; "" where it is about none.
        request: The rest of the question, as JSON.
        occasion: What tells the same question apart that is asked several times at once, such as a repeat; or "".
        server_kind: Kind of the connection, where that is known: no part of the question.

    >>> call("ask", "gpu", "qwen3", {"b": 1, "a": 2}).request
    b'{"a":2,"b":1}'
    """

    kind: Kind
    connection: str
    model: str
    request: bytes
    occasion: str = ""
    server_kind: str = ""

    @property
    def key(self) -> Key:
        """What two calls have in common if they ask the same.

        >>> call("ask", "gpu", "qwen3", "Ja?").key == call("ask", "gpu", "qwen3", "Nein?").key
        False
        """
        return self.kind, self.connection, self.model, self.occasion, self.request

    @property
    def is_about_server(self) -> bool:
        """Whether the last answer holds on where it is asked more often than when it was recorded."""
        return self.kind not in _OF_MODELS


def call(kind: Kind, connection: str, model: str = "", request: Any = None, server_kind: str = "") -> Call:
    """A question to a server, on the occasion of the moment.

    Args:
        kind: What is asked.
        connection: Name of the connection.
        model: Name of the model on its server.
        request: The rest of it: plain data, messages, options.
        server_kind: Kind of the connection.
    """
    return Call(kind, connection, model, _encode(request), _occasion.get(), server_kind)


@contextmanager
def asked_for(occasion: str) -> Iterator[None]:
    """Tell apart what is asked meanwhile from the same questions on other occasions.

    Args:
        occasion: For example "repeat 2".

    >>> with asked_for("repeat 2"):
    ...     call("ask", "gpu", "qwen3", "Ja?").occasion
    'repeat 2'
    """
    before = _occasion.set(occasion)
    try:
        yield
    finally:
        _occasion.reset(before)
