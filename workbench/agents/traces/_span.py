"""A span as plain data, named as OpenTelemetry's conventions for generative AI name what is asked of models."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

# The conventions have a repository of their own (open-telemetry/semantic-conventions-genai), v0.1.0 of which is meant;
# its schemas stand under schemas/gen-ai/ and the number of the release. A whole team is an agent to them. They are in
# development: a later version may name things otherwise, so this and the names below change together.
SCHEMA_URL = "https://opentelemetry.io/schemas/gen-ai/0.1.0"

Value = str | int | float | bool | Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that took time in a session.

    Attributes:
        id: 16 hexadecimal digits.
        parent: The id of what it is a part of; "" for the whole session.
        kind: What it is: the whole, a branch, a step, an agent at work, a call of a model, of a tool.
        name: Its name.
        began: When it began, in seconds since 1970.
        ended: When it was over.
        agent: Who did it; "" for the whole, branches and steps.
        error: The class of the error, or why it was not done; "" if all was well.
        attributes: All else that is told of it.
        links: Ids of other spans that it goes on from.
    """

    id: str
    parent: str
    kind: str
    name: str
    began: float
    ended: float
    agent: str = ""
    error: str = ""
    attributes: Mapping[str, Value] = field(default_factory=dict)
    links: tuple[str, ...] = ()

    def around(self, parts: Sequence[Span]) -> Span:
        """The same span, long enough for its parts: clocks are set, and what waits is noted where it began."""
        began = min([self.began, *(one.began for one in parts)])
        return replace(self, began=began, ended=max([self.ended, *(one.ended for one in parts)]))


def span_id(trace: str, *key: object) -> str:
    """The id of a span, from the trace's own id, which is random, and what tells it from the trace's others.

    >>> span_id("0af7651916cd43dd8448eb211c80319c", "step", 1)
    '7c1da94f9c611485'
    """
    return hashlib.sha256("\0".join(map(str, (trace, *key))).encode("utf-8", "replace")).hexdigest()[:16]
