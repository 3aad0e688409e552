"""Asking one model for one answer, of which nothing that came is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing

from workbench.chats._turns import Answer
from workbench.connections import Model
from workbench.errors import EngineError, WorkbenchError
from workbench.messages import Message, Piece
from workbench.texts import line


async def ask(model: Model, messages: Sequence[Message], answer: Answer, changed: Callable[[], object]) -> None:
    """Ask for an answer, which grows until it is whole, fails, or the task is cancelled; how it ended is on it.

    Args:
        model: The model.
        messages: The conversation, without the model's own system message.
        answer: What is to grow.
        changed: Called after each change.
    """
    answer.status = "answering"
    changed()
    try:
        async with aclosing(model.stream(messages)) as pieces:
            async for piece in pieces:
                _add(answer, piece)
                changed()
    except asyncio.CancelledError:
        answer.status = "stopped"
    except EngineError as error:
        came = "" if error.reply is None else error.reply.text
        answer.text = max(answer.text, came, key=len)
        _fail(answer, str(error))
    except WorkbenchError as error:
        _fail(answer, str(error))
    except Exception as error:  # noqa: BLE001 - one answer that fails in whatever way leaves the others alone
        _fail(answer, f"{type(error).__name__}: {error}")
    else:
        answer.status = "answered"
    changed()


def _add(answer: Answer, piece: Piece) -> None:
    if piece.reply is not None:
        answer.reply = piece.reply
        answer.text, answer.reasoning = piece.reply.text, piece.reply.reasoning
        return
    if piece.was_reasoning:
        answer.text = ""
    answer.text += piece.text
    answer.reasoning += piece.reasoning


def _fail(answer: Answer, problem: str) -> None:
    answer.status, answer.problem = "failed", line(problem)
