"""One answer of a server, from the request to the reply: what all servers share that answer by themselves."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from itertools import count
from typing import Any, Protocol, TypeVar

from workbench.conversation import told_body
from workbench.engines.answer._answer import Answer
from workbench.engines.sending._post import Response, post
from workbench.engines.sending._retries import told_inside
from workbench.engines.wire._place import Place
from workbench.engines.wire.failures._network_errors import ended_early
from workbench.errors import EngineError, ModelUnknownError
from workbench.messages import Piece, Reply, Request


class Taking(Protocol):
    """What reads the answer of one kind of server."""

    @property
    def status(self) -> int:
        """The HTTP status that an error inside the answer stands for; 0 where there was none."""
        ...


_Taking = TypeVar("_Taking", bound=Taking)


async def answered(
    place: Place,
    path: str,
    request: Request,
    body: Mapping[str, Any],
    *,
    taking: Callable[[Place, Answer, str], _Taking],
    pieces: Callable[[Response, Answer, _Taking], AsyncIterator[Piece]],
    offering: Callable[[ModelUnknownError, str], Awaitable[EngineError]],
) -> AsyncGenerator[Piece, None]:
    """Yield the answer, asked for again as long as it is an error by which the server only says that it is busy.

    Args:
        place: The server.
        path: Where it takes requests for answers.
        request: The request.
        body: What is sent of it.
        taking: Makes what reads an answer, of the place, the answer and the name of the model.
        pieces: Yields what arrives. It is apart, as no error may pass through a frame that holds raw events.
        offering: Adds the names of models that there are to the error for one that there is not.

    Raises:
        EngineError: If no whole answer came.
    """
    for number in count(1):
        answer = Answer(place.connection, request, told_body(body, request.messages), place.secrets())
        taken = taking(place, answer, request.model)
        try:
            async with post(place, path, body, answer) as response:
                async for piece in pieces(response, answer, taken):
                    yield piece
                if answer.broken_by:
                    raise ended_early(place, answer.broken_by)
            break
        except ModelUnknownError as error:
            raise await offering(error, request.model) from None
        except EngineError as error:
            if answer.begun or not await told_inside(place, error, taken.status, number):
                raise
    if rest := answer.rest():
        yield rest
    yield Piece(reply=answer.reply())


async def reply_of(answer: AsyncGenerator[Piece, None]) -> Reply:
    """The reply in which an answer ends. Raises what the answer raises."""
    async with aclosing(answer) as pieces:
        async for piece in pieces:
            if piece.reply is not None:
                return piece.reply
    raise AssertionError("an answer ends with its reply")
