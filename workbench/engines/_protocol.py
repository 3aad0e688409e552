"""The one protocol that every engine follows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from workbench.errors import UnsupportedError
from workbench.messages import Options, Piece, Reply, Request
from workbench.model_info import Capabilities, LoadedModel, ModelInfo


class Engine(Protocol):
    """A kind of server, at one address, under the name of its connection.

    An engine belongs to no event loop: it may be used from several, one after the other or at once.

    Attributes:
        connection: The name of the connection, as in "connection/model".
        address: Where the server is, without any key.
        slots: How many requests the server is known to work on at once; None where it does not say.
    """

    @property
    def connection(self) -> str:
        """The name of the connection."""
        ...

    @property
    def slots(self) -> int | None:
        """How many requests the server is known to work on at once."""
        ...

    @property
    def address(self) -> str:
        """Where the server is."""
        ...

    async def models(self) -> list[ModelInfo]:
        """List the models that the server offers now."""
        ...

    async def capabilities(self, model: str) -> Capabilities:
        """Say what one model can do, as far as the server says."""
        ...

    def unsupported(self, options: Options) -> dict[str, UnsupportedError]:
        """List what of the options this kind of server cannot do: by the option's name the error that says so.

        An engine that is asked all the same leaves them out or sends what the server may refuse.
        """
        ...

    def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Stream the answer as it arrives; the last piece carries the reply. Closing it makes the server stop."""
        ...

    async def ask(self, request: Request) -> Reply:
        """Ask for the whole answer, without a stream. Cancelling makes the server stop."""
        ...

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Embed each text as a vector. Raises UnsupportedError where the engine or the model makes none."""
        ...

    async def tokenize(self, model: str, text: str) -> list[int]:
        """Split a text into tokens. Raises UnsupportedError where the server does not tell them."""
        ...

    async def detokenize(self, model: str, tokens: Sequence[int]) -> str:
        """Put tokens together to a text. Raises as `tokenize`."""
        ...

    async def loaded(self) -> list[LoadedModel]:
        """List the models that are in memory now. Raises UnsupportedError where the server does not tell them."""
        ...
