"""A comparison whose prompts show images keeps them, and tells them in a few words where prompts are read."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from inspect_ai.log import read_eval_log_async
from standin import standing_in

import workbench as wb
from workbench.conversation import as_image, data_url

GIF, OTHER = b"GIF89a" * 2000, b"GIF89b" * 2000
TOLD = "user: Was steht da?\n[image, 12 kB, gif]"


def prompt(image: bytes = GIF) -> list[dict[str, object]]:
    return [{"role": "user", "content": "Was steht da?", "images": [image]}]


async def test_images_are_asked_kept_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with standing_in(sees=("small",)) as server:
        wb.connect("gpu", server.address, kind="ollama")
        run = await wb.compare([prompt()], ["gpu/small"], name="seen")
        asked = len(server.named(as_image(GIF).data))
        assert asked == 1
        assert run.frame["answer"].tolist() == ["Bonn"]
        assert run.frame["prompt"].tolist() == [TOLD]
        again = await wb.compare([prompt()], ["gpu/small"], name="seen")  # asks nobody
        assert again.frame["answer"].tolist() == ["Bonn"]
        await wb.compare([prompt(OTHER)], ["gpu/small"], name="other")
        assert len(server.named(as_image(GIF).data)) == asked
        assert len(server.named(as_image(OTHER).data)) == 1
    opened = wb.open("seen")
    assert opened.frame["prompt"].tolist() == [TOLD]
    assert opened.result(0, 0, 0).reply.sent["messages"][0]["content"] == TOLD.removeprefix("user: ")
    (sample,) = (await read_eval_log_async(str(opened.inspect_log("logs")[0]))).samples or ()
    assert data_url(as_image(GIF)) in sample.model_dump_json()
    opened.save("seen.zip")
    assert wb.open("seen.zip").frame["prompt"].tolist() == [TOLD]
    lines = [line for name in ZipFile("seen.zip").namelist() if name.endswith(".jsonl") for line in text(name)]
    assert as_image(GIF).data in json.dumps(lines)


def text(name: str) -> list[str]:
    return ZipFile("seen.zip").read(name).decode().splitlines()


async def test_a_model_that_takes_none_fails_its_cells_only() -> None:
    with standing_in(sees=("small",), models=("small", "blind")) as server:
        wb.connect("gpu", server.address, kind="ollama")
        run = await wb.compare([prompt()], ["gpu/small", "gpu/blind"])
    assert run.frame["answer"].tolist()[0] == "Bonn"
    assert "this model takes no images" in run.frame["error"].tolist()[1]
