"""Dialogues: what a user says turn by turn, each time answered with all in view that was said before."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from workbench.connections import Prompt, as_messages
from workbench.errors import EngineError, PromptError, StreamCutError
from workbench.messages import Message, Piece, Reply, Timing, Usage


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What a user says turn by turn, whatever the answers are; made by `dialogue`.

    Attributes:
        turns: The user's turns.
    """

    turns: tuple[str, ...]


Question = Prompt | Dialogue


class Answerer(Protocol):
    """Who answers a prompt piece by piece."""

    @property
    def name(self) -> str:
        """What it is."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The answer as it arrives; the last piece has the reply."""
        ...


def dialogue(*turns: str) -> Dialogue:
    """A prompt of several turns: a candidate answers each, and sees its own earlier answers.

    Args:
        turns: What the user says, in order.

    Returns:
        The prompt. Tables show the last answer as `answer`, and all of it as `dialogue`.

    Raises:
        PromptError: If there is no turn, or one is no text or empty.

    >>> dialogue("Ich ziehe um.", "Und was kostet das?").turns[1]
    'Und was kostet das?'
    """
    if not turns:
        raise PromptError("the dialogue has no turn", advice="give at least one text")
    for number, turn in enumerate(turns, 1):
        if not isinstance(turn, str) or not turn.strip():
            raise PromptError(f"turn {number} is empty or no text", advice="write what the user says")
    return Dialogue(turns)


def question_text(question: Question) -> str:
    r"""A prompt as one text: of a conversation or a dialogue, the turns with their roles.

    >>> question_text(dialogue("Guten Tag.", "Wo?"))
    'user: Guten Tag.\nuser: Wo?'
    """
    if isinstance(question, str):
        return question
    if isinstance(question, Dialogue):
        return "\n".join(f"user: {turn}" for turn in question.turns)
    return "\n".join(f"{message.role}: {message.content}" for message in as_messages(question))


def turns(question: Question) -> tuple[str, ...]:
    """The turns of a dialogue; none of any other prompt."""
    return question.turns if isinstance(question, Dialogue) else ()


def conversation(question: Question, earlier: Sequence[Reply] = ()) -> tuple[Message, ...]:
    """The messages that the last answer answers.

    Args:
        question: What was asked.
        earlier: Of a dialogue the answers before the last.

    >>> [message.role for message in conversation(dialogue("Guten Tag.", "Wo?"), [Reply(text="Ja?", finish="stop")])]
    ['user', 'assistant', 'user']
    """
    if not isinstance(question, Dialogue):
        return as_messages(question)
    messages: list[Message] = []
    for turn, reply in zip(question.turns, earlier, strict=False):
        messages += [Message("user", turn), Message("assistant", reply.text)]
    return (*messages, *(Message("user", turn) for turn in question.turns[len(earlier) :][:1]))


def told(question: Question, replies: Sequence[Reply]) -> str:
    """What was answered as one text: of a dialogue all answers, with the user's turns between them.

    >>> replies = [Reply(text="Ja?", finish="stop"), Reply(text="Hier.", finish="stop")]
    >>> print(told(dialogue("Guten Tag.", "Wo?"), replies))
    Ja?
    <BLANKLINE>
    ▸ Wo?
    <BLANKLINE>
    Hier.
    """
    texts = [reply.text for reply in replies]
    later = zip(turns(question)[1:], texts[1:], strict=False)
    return "".join([*texts[:1], *(next_turn(turn) + text for turn, text in later)])


def next_turn(turn: str) -> str:
    """What stands between two answers of a dialogue."""
    return f"\n\n▸ {turn}\n\n"


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
