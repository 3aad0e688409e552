"""Who answers: a model, or any coroutine function from a prompt to an answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from workbench.arguments import as_python
from workbench.comparison.plan._fingerprint import fingerprint
from workbench.connections import Model, Prompt
from workbench.engines import part_thoughts
from workbench.errors import EngineError, UsageError
from workbench.messages import Options, Piece, Reply, Timing

Answering = Callable[[Prompt], Awaitable[str | Reply]]
_FLIGHT = 8  # a function may itself ask a server; nobody knows which


@dataclass(frozen=True, slots=True)
class Function:
    """A coroutine function as a candidate: it gets the prompt, and gives a text or a whole reply.

    Attributes:
        label: The name that tables show.
        function: The function.
        slots: How many calls are kept in flight.

    >>> async def shout(prompt):
    ...     return prompt.upper()
    >>> Function("shout", shout).name
    'function/shout'
    """

    label: str
    function: Answering = field(repr=False)
    slots: int = _FLIGHT
    system: None = None
    schema: None = None
    options: Options = field(default_factory=Options)
    _identity: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The label after "function/"."""
        return f"function/{self.label}"

    @property
    def connection(self) -> str:
        """Its name too, as every function is a server of its own."""
        return self.name

    @property
    def identity(self) -> dict[str, str]:
        """What its answers depend on: what the function does, as it was when this was first asked for.

        What it counts or collects while it is called makes it no other function in the same comparison.
        """
        if not self._identity:
            self._identity["function"] = fingerprint(self.function)
        return self._identity

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The answer, in one piece. Raises what the function raises, and EngineError where it gives no answer."""
        start = perf_counter()
        given = as_python(await self.function(prompt))
        if isinstance(given, str):
            timing = Timing(0.0, None, perf_counter() - start, None)
            answer, thoughts = part_thoughts(given)
            given = Reply(text=answer, reasoning=thoughts, finish="stop", model=self.name, timing=timing)
        if not isinstance(given, Reply) or not isinstance(given.text, str):
            kind = f"Reply of {type(given.text).__name__}" if isinstance(given, Reply) else type(given).__name__
            raise EngineError(f"the function gave a {kind}", where=self.label, advice="return a text or a Reply")
        try:
            given.text.encode()
        except UnicodeEncodeError:  # neither a table nor a file takes half of a surrogate pair
            raise EngineError(
                "the function gave text that is not valid Unicode", where=self.label, advice="read its source as UTF-8"
            ) from None
        yield Piece(given.text)
        yield Piece(reply=given)


@dataclass(frozen=True, slots=True)
class SavedCandidate:
    """A candidate of a comparison that was opened from its journal; it can be read, but not asked.

    Attributes:
        label: The name that tables show.
        name: What it was: "connection/model", or "function/label".
        identity: All that its answers depended on, as plain data.
    """

    label: str
    name: str
    identity: Mapping[str, Any] = field(repr=False)
    slots: int = 1
    schema: None = None
    options: Options = field(default_factory=Options)

    @property
    def connection(self) -> str:
        """Name of the connection."""
        return self.name.partition("/")[0]

    @property
    def system(self) -> str | None:
        """System message."""
        return self.identity.get("system")

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """Raises UsageError."""
        raise UsageError("a comparison that was opened asks nobody", advice="call wb.compare with its name again")
        yield  # what makes it a stream


Candidate = Model | Function | SavedCandidate
