"""One measured request: when it was due, when its tokens came, how it ended."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter

from workbench.connections import Model, Prompt
from workbench.errors import WorkbenchError


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured of one request.

    Attributes:
        load: The load that it was part of: requests in flight, or requests per second.
        due_s: When it was to be sent, in seconds from the beginning of its load.
        sent_s: When it was sent.
        first_token_s: Seconds from when it was due until its first piece; None where none came.
        end_s: When it ended, in seconds from the beginning of its load.
        input_tokens: Tokens of the prompt, as the server counts them; None where it does not tell.
        output_tokens: Tokens of the answer, as the server counts them, or else its pieces.
        error: Why there is no whole answer, in one line; None where there is one.

    >>> request = Measured(load=1, due_s=0.5, sent_s=0.5, first_token_s=0.5, end_s=2.0, output_tokens=11)
    >>> request.end_to_end_s, request.inter_token_s
    (1.5, 0.1)
    """

    load: float
    due_s: float
    sent_s: float
    end_s: float
    first_token_s: float | None = None
    input_tokens: int | None = None
    output_tokens: int = 0
    error: str | None = None

    @property
    def end_to_end_s(self) -> float:
        """Seconds from when it was due until its end: with open-loop arrivals, the wait to be sent is part of it."""
        return self.end_s - self.due_s

    @property
    def inter_token_s(self) -> float | None:
        """Mean seconds between two tokens after the first; None below two tokens."""
        if self.first_token_s is None or self.output_tokens < 2:
            return None
        return (self.end_to_end_s - self.first_token_s) / (self.output_tokens - 1)


async def measured(model: Model, prompt: Prompt, load: float, begun_s: float, due_s: float) -> Measured:
    """Ask a model and measure that. Nothing but cancelling is raised, as a failure is a finding too."""
    sent_s, first_s, pieces = perf_counter(), None, 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    error: str | None = None
    try:
        async with aclosing(model.stream(prompt)) as answer:
            async for piece in answer:
                if piece.reply is not None:
                    input_tokens = piece.reply.usage.prompt_tokens
                    output_tokens = piece.reply.usage.completion_tokens
                    continue
                first_s = first_s or perf_counter()
                pieces += 1
    except asyncio.CancelledError:
        raise
    except WorkbenchError as failed:
        error = " ".join(f"{type(failed).__name__}: {failed}".split())
    return Measured(
        load=load,
        due_s=due_s,
        sent_s=sent_s - begun_s,
        end_s=perf_counter() - begun_s,
        first_token_s=None if first_s is None else first_s - begun_s - due_s,
        input_tokens=input_tokens,
        output_tokens=pieces if output_tokens is None else output_tokens,
        error=error,
    )
