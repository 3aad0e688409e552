"""What the doctor finds out about pictures: asked of servers that say or may say that a model takes them."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from standin import standing_in

from workbench.connections import connect, connection
from workbench.connections.doctor._probes import Subject, picture, vision
from workbench.conversation import as_image
from workbench.engines import Engine
from workbench.errors import RequestRefusedError
from workbench.messages import Image, Reply, Request, Usage
from workbench.model_info import Capabilities


def seen(image: Image) -> str:
    """The colour of a picture, as its bytes have it."""
    png = base64.b64decode(image.data)
    start = png.index(b"IDAT")
    (length,) = struct.unpack(">I", png[start - 4 : start])
    rows = zlib.decompress(png[start + 4 : start + 4 + length])
    return {b"\xff\0\0": "red", b"\0\0\xff": "blue"}[rows[1:4]]


@dataclass
class Looking:
    """A model that takes pictures, or says so.

    Attributes:
        answer: From the colours of the pictures that it is shown to what it says.
        tokens: How many tokens a picture is.
        says: Whether the server says that it takes pictures.
        asked: How often it was asked.
    """

    answer: Callable[[list[str]], str]
    tokens: int = 64
    says: bool | None = True
    asked: list[Request] = field(default_factory=list)

    async def capabilities(self, model: str) -> Capabilities:
        return Capabilities(vision=self.says)

    async def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        images = request.messages[-1].images
        usage = Usage(20 + self.tokens * len(images), 2)
        return Reply(text=self.answer([seen(one) for one in images]), finish="stop", usage=usage)


def looked(engine: Any) -> Subject:
    return Subject(cast("Engine", engine), "small")


@pytest.mark.parametrize("says", [True, None])
async def test_a_model_that_names_both_colours_sees(says: bool | None) -> None:
    engine = Looking(lambda colours: f"It is {colours[0].upper()}.", says=says)
    assert await vision(looked(engine)) == (True, "red and blue were told apart", "")
    assert len(engine.asked) == 2


@pytest.mark.parametrize("answer", ["red", "blue", "red or blue", "", "I cannot see any picture."])
async def test_a_model_that_guesses_is_left_open(answer: str) -> None:
    works, said, advice = await vision(looked(Looking(lambda colours: answer)))
    assert (works, advice) == (None, "show it one of your own")
    assert said == "the server took the pictures, but the model did not tell red from blue"


async def test_pictures_that_are_dropped_without_a_word_are_noticed() -> None:
    works, said, _ = await vision(looked(Looking(lambda colours: "red", tokens=0)))
    assert works is False
    assert said == "the picture did not reach the model: 20 tokens of prompt with and without it"


async def test_nothing_is_asked_where_the_server_says_that_there_is_nothing_to_see() -> None:
    with standing_in() as server:
        connect("blind", server.address, kind="ollama")
        works, said, advice = await vision(Subject(connection("blind").engine(), "small"))
        assert [one.path for one in server.seen if one.path == "/api/chat"] == []
    assert (works, said) == (False, "the server says that this model takes no images")
    assert advice == "for pictures take a model that was trained for them"


async def test_a_server_gets_the_pictures_in_its_own_form_and_may_refuse_them() -> None:
    with standing_in(sees=("small",)) as server:
        connect("seeing", server.address, kind="ollama")
        works, _, _ = await vision(Subject(connection("seeing").engine(), "small"))
        asked = [one.body["messages"][-1].get("images") for one in server.seen if one.path == "/api/chat"]
    assert works is False  # "Bonn", with as many tokens as without
    assert asked == [[picture((255, 0, 0)).data], [picture((0, 0, 255)).data], None]
    with standing_in(status=400) as server:
        connect("refusing", f"{server.address}/v1", kind="openai")
        with pytest.raises(RequestRefusedError):
            await vision(Subject(connection("refusing").engine(), "small"))


def test_the_picture_is_one_that_prompts_take() -> None:
    made = picture((0, 0, 255))
    assert as_image(base64.b64decode(made.data)) == made
    assert seen(made) == "blue"
