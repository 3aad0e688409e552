"""Dialogues: what a user says turn by turn, each time answered with all in view that was said before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.connections import Prompt, as_messages
from workbench.conversation import message_text
from workbench.errors import PromptError
from workbench.messages import Message, Reply


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What a user says turn by turn, whatever the answers are; made by `dialogue`.

    Attributes:
        turns: The user's turns.
    """

    turns: tuple[str, ...]


Question = Prompt | Dialogue


def dialogue(*turns: str) -> Dialogue:
    """Make a prompt of several turns: a candidate answers each, and sees its own earlier answers.

    Args:
        turns: What the user says, in order.

    Returns:
        The prompt. Tables show the last answer as `answer`, and all of it as `dialogue`.

    Raises:
        PromptError: If there is no turn, or one is empty or not a text.

    >>> dialogue("Ich ziehe um.", "Und was kostet das?").turns[1]
    'Und was kostet das?'
    """
    if not turns:
        raise PromptError("the dialogue has no turn", advice="give at least one text")
    for number, turn in enumerate(turns, 1):
        if not isinstance(turn, str) or not turn.strip():
            raise PromptError(f"turn {number} is empty or not a text", advice="write what the user says")
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
    return "\n".join(f"{message.role}: {message_text(message)}" for message in as_messages(question))


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


def transcript(question: Question, replies: Sequence[Reply]) -> str:
    """What was answered as one text: of a dialogue all answers, with the user's turns between them.

    >>> replies = [Reply(text="Ja?", finish="stop"), Reply(text="Hier.", finish="stop")]
    >>> print(transcript(dialogue("Guten Tag.", "Wo?"), replies))
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
