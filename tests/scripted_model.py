"""A model that answers as a test says: for speeds, orders and faults that no real server shows on demand."""

from collections.abc import AsyncGenerator, Callable

from workbench.connections import Model
from workbench.errors import UnsupportedError
from workbench.messages import Options, Piece, Reply, Request, Timing, Usage
from workbench.model_info import Capabilities, ModelInfo

Script = Callable[[Request], AsyncGenerator[Piece, None]]


class ScriptedEngine:
    """An engine that streams what a script yields."""

    address = "in a test"

    def __init__(self, connection: str, script: Script, slots: int | None) -> None:
        self.connection = connection
        self.slots = slots
        self.stream = script

    async def models(self) -> list[ModelInfo]:
        return []

    async def capabilities(self, model: str) -> Capabilities:
        return Capabilities(tools_seen=True)  # so that nobody asks it whether it sees them

    async def ask(self, request: Request) -> Reply:
        raise AssertionError("a comparison streams")

    def unsupported(self, options: Options) -> dict[str, UnsupportedError]:
        return {}


def scripted(name: str, script: Script, *, label: str = "", slots: int | None = 1) -> Model:
    """A model "connection/model" that answers by a script."""
    return Model(name, label or name, ScriptedEngine(name.partition("/")[0], script, slots), slots or 16)


def replied(text: str) -> Piece:
    """The last piece of an answer of this text, with a tenth of a second for each of its words."""
    words = len(text.split())
    timing = Timing(0.5, 0.1, words / 10, 10.0)
    return Piece(reply=Reply(text=text, finish="stop", usage=Usage(7, words), timing=timing))


async def echo(request: Request) -> AsyncGenerator[Piece, None]:
    """Answer with the prompt."""
    text = request.messages[-1].content
    yield Piece(text)
    yield replied(text)
