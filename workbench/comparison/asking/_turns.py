"""The turns of a dialogue asked one after the other, and several replies taken as one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from workbench.comparison.plan._dialogue import Dialogue, conversation
from workbench.connections import Prompt
from workbench.errors import EngineError, StreamCutError
from workbench.messages import Piece, Reply, Timing, Usage


class Answerer(Protocol):
    """Who answers a prompt piece by piece."""

    @property
    def name(self) -> str:
        """What it is."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The answer as it arrives; the last piece has the reply."""
        ...


async def carried_out(candidate: Answerer, asked: Dialogue) -> AsyncGenerator[Piece, None]:
    """The answers to all turns as they arrive; each ends with a piece that has its reply.

    Raises what the candidate raises, and EngineError where a turn is answered by a tool call, which nobody carries out.
    """
    replies: list[Reply] = []
    for number in range(1, len(asked.turns) + 1):
        async with aclosing(candidate.stream(list(conversation(asked, replies)))) as pieces:
            async for piece in pieces:
                if piece.reply is not None:
                    replies.append(piece.reply)
                yield piece
        if len(replies) < number:
            raise without_end(candidate.name)
        if replies[-1].tool_calls and number < len(asked.turns):
            raise EngineError(
                f"turn {number} was answered by a tool call",
                where=candidate.name,
                advice="compare dialogues without tools",
            )


def without_end(name: str) -> StreamCutError:
    """The error for a stream that ended without a reply."""
    return StreamCutError("the answer ended without its end", where=name, advice="see the server's log")


def together(replies: Sequence[Reply]) -> Reply:
    """The last reply with the tokens, seconds and warnings of all; the first token is that of the first.

    >>> one = Reply(text="Ja?", finish="stop", usage=Usage(5, 2), timing=Timing(0.0, 0.1, 1.0, 2.0))
    >>> two = Reply(text="Hier.", finish="stop", usage=Usage(9, 4), timing=Timing(0.0, 0.1, 2.0, 2.0))
    >>> both = together([one, two])
    >>> both.text, both.usage.completion_tokens, both.timing.total_s
    ('Hier.', 6, 3.0)
    """
    if len(replies) == 1:
        return replies[0]
    usages, times = [reply.usage for reply in replies], [reply.timing for reply in replies]
    tokens, total_s = _sum([usage.completion_tokens for usage in usages]), sum(time.total_s for time in times)
    return replace(
        replies[-1],
        usage=Usage(_sum([usage.prompt_tokens for usage in usages]), tokens, _sum([u.cached_tokens for u in usages])),
        timing=Timing(
            load_s=sum(time.load_s for time in times),
            first_token_s=times[0].first_token_s,
            total_s=total_s,
            tokens_per_s=tokens / total_s if tokens and total_s else None,
        ),
        warnings=tuple(dict.fromkeys(warning for reply in replies for warning in reply.warnings)),
    )


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
