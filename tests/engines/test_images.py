"""Images on the wire: sent to models that take them, as bytes, and kept with the question."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import pytest
from cassettes import no_network, tape
from standin import standing_in

from workbench.connections import Model, connect, model
from workbench.conversation import as_image, data_url
from workbench.errors import CassetteMissError, PromptError, UnsupportedError

GIF = b"GIF89a" * 2000
IMAGE = as_image(GIF)
TOLD = "Was steht da?\n[image, 12 kB, gif]"


def shown(image: bytes | str = GIF) -> list[dict[str, object]]:
    return [{"role": "user", "content": "Was steht da?", "images": [image]}]


@pytest.mark.parametrize("whole", [True, False])
async def test_ollama_gets_the_bytes_beside_the_text(whole: bool) -> None:
    with standing_in(sees=("small",)) as server:
        connect("gpu", server.address, kind="ollama")
        reply = await answered(model("gpu/small"), whole=whole)
    [asked] = [one.body for one in server.seen if one.path == "/api/chat"]
    assert asked["messages"] == [{"role": "user", "content": "Was steht da?", "images": [IMAGE.data]}]
    assert reply.sent["messages"] == [{"role": "user", "content": TOLD}]


async def test_compatible_servers_get_a_data_url_in_a_part() -> None:
    with standing_in() as server:
        connect("gpu", f"{server.address}/v1", kind="openai")
        reply = await answered(model("gpu/small"), whole=False)
    [asked] = [one.body for one in server.seen if one.path == "/v1/chat/completions"]
    text, image = asked["messages"][0]["content"]
    assert text == {"type": "text", "text": "Was steht da?"}
    assert image == {"type": "image_url", "image_url": {"url": data_url(IMAGE)}}
    assert base64.b64decode(image["image_url"]["url"].partition(",")[2]) == GIF
    assert reply.sent["messages"] == [{"role": "user", "content": TOLD}]


async def answered(asked: Model, *, whole: bool) -> object:
    if whole:
        return await asked.ask(shown())
    return [piece async for piece in asked.stream(shown())][-1].reply


async def test_a_model_that_takes_none_is_not_asked() -> None:
    with standing_in() as server:
        connect("gpu", server.address, kind="ollama")
        for whole in (True, False):
            with pytest.raises(UnsupportedError, match=r"this model takes no images \(gpu/small\): ask one that does"):
                await answered(model("gpu/small"), whole=whole)
    assert not [one for one in server.requests if "/api/chat" in one]


async def test_no_server_is_told_where_an_image_is() -> None:
    with standing_in(sees=("small",)) as server:
        connect("gpu", server.address, kind="ollama")
        with pytest.raises(PromptError, match="image 1 of message 1 cannot be sent: it is the address of an image"):
            await model("gpu/small").ask(shown("https://example.org/a.png"))
    assert not server.named("example.org")


async def test_a_recording_holds_the_image_and_is_found_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with standing_in(sees=("small",)) as server, tape(tmp_path / "a", "record"):
        connect("gpu", server.address, kind="ollama")
        recorded = await model("gpu/small").ask(shown())
        await model("gpu/small").ask("Und?")
    lines = gzip.decompress((tmp_path / "a.cassette").read_bytes()).decode().splitlines()
    assert [line.count(IMAGE.data) for line in lines if '"kind":"ask"' in line] == [1, 0]
    assert [line.count('"images"') for line in lines if '"kind":"ask"' in line] == [1, 0]  # as before there were any
    with tape(tmp_path / "a", "replay"), no_network(monkeypatch):
        assert (await model("gpu/small").ask(shown())).text == recorded.text
        with pytest.raises(CassetteMissError, match="image, 1 kB, gif") as caught:
            await model("gpu/small").ask(shown(b"GIF89a" * 9))
    assert IMAGE.data[:30] not in str(caught.value)
