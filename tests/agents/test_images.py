"""Images in the messages of AutoGen's agents: passed on to the server, kept, and told in a few words."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.messages import MultiModalMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import Image
from autogen_core.models import UserMessage
from PIL import Image as Picture
from standin import StandIn, standing_in

from workbench import agents
from workbench.agents.traces import spans_of
from workbench.connections import connect
from workbench.conversation import as_image
from workbench.errors import UnsupportedError
from workbench.notebook.agents._turns import questions_of

PICTURE = Picture.new("RGB", (40, 40), "red")
TOLD = "[image, 1 kB, png]"


def png() -> str:
    file = BytesIO()
    PICTURE.save(file, format="PNG")
    return as_image(file.getvalue()).data


def form() -> MultiModalMessage:
    return MultiModalMessage(content=["Was steht da?", Image(PICTURE)], source="user")


def team() -> RoundRobinGroupChat:
    return RoundRobinGroupChat([AssistantAgent("clerk", agents.client("gpu/small"))], max_turns=1)


def chats(server: StandIn) -> list[dict[str, Any]]:
    return [one.body for one in server.seen if one.path in ("/api/chat", "/v1/chat/completions")]


async def test_a_team_shows_an_image_to_a_model_that_takes_it(tmp_path: Path) -> None:
    with standing_in(sees=("small",)) as server:
        connect("gpu", server.address, kind="ollama")
        assert agents.client("gpu/small").model_info["vision"] is True
        session = agents.session(team(), form(), file=tmp_path / "seen.session")
        await session.run()
    [asked] = chats(server)
    assert asked["messages"][-1] == {"role": "user", "content": "Was steht da?", "images": [png()]}
    loaded = agents.load(tmp_path / "seen.session", team())
    for one in (session, loaded):
        assert one.turn(1).as_prompt()[-1].images[0].data == png()
        assert [handed.text for handed in questions_of(one.turn(1))[0].handed][-1] == f"Was steht da?\n{TOLD}"
        told = repr(spans_of(one._tree, content=True))
        assert TOLD in told
        assert png()[:40] not in told


async def test_a_compatible_server_that_does_not_say_what_it_takes_gets_the_image() -> None:
    with standing_in() as server:
        connect("gpu", f"{server.address}/v1", kind="openai")
        client = agents.client("gpu/small")
        assert client.model_info["vision"] is True
        await client.create([UserMessage(content=[Image(PICTURE)], source="user")])
    [asked] = chats(server)
    [image] = asked["messages"][0]["content"]
    assert image["image_url"]["url"] == f"data:image/png;base64,{png()}"


async def test_an_image_is_not_sent_to_a_model_that_takes_none() -> None:
    with standing_in() as server:
        connect("gpu", server.address, kind="ollama")
        client = agents.client("gpu/small")
        assert client.model_info["vision"] is False
        with pytest.raises(UnsupportedError, match=r"this model takes no images \(gpu/small\): ask one that does"):
            await client.create([UserMessage(content=["Was?", Image(PICTURE)], source="user")])
    assert chats(server) == []


async def test_a_team_as_a_candidate_is_shown_the_prompts_image() -> None:
    prompt = [{"role": "user", "content": "Was steht da?", "images": [png()]}]
    with standing_in(sees=("small",)) as server:
        connect("gpu", server.address, kind="ollama")
        reply = await agents.variants(team, {"small": "gpu/small"})["small"](prompt)
    assert reply.text == "Bonn"
    [asked] = chats(server)
    assert asked["messages"][-1]["images"] == [png()]
