"""Whether a model sees its tools is told by its tokens, found out once, and never taken from other processes."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
from scripted_model import ScriptedEngine

from workbench import errors
from workbench.connections import Model, cassette, tools_seen
from workbench.connections.asking import _records
from workbench.engines.cassette import TapedEngine
from workbench.messages import Options, Piece, Reply, Request, Usage
from workbench.model_info import Capabilities


async def script(request: Request) -> AsyncGenerator[Piece, None]:
    raise AssertionError(request)
    yield Piece()


class CountingEngine(ScriptedEngine):
    """An engine that counts so many tokens without a tool and with one, and keeps how often it was asked."""

    def __init__(self, without: int | None, offered: int | errors.WorkbenchError | None) -> None:
        super().__init__("x", script, 1)
        self.counts = without, offered
        self.asked: list[Options] = []

    async def ask(self, request: Request) -> Reply:
        self.asked.append(request.options)
        found = self.counts[bool(request.options.tools)]
        if isinstance(found, errors.WorkbenchError):
            raise found
        return Reply(text="A", finish="length", usage=Usage(found, 1))

    def unsupported(self, options: Options) -> dict[str, errors.UnsupportedError]:
        lacks = options.tools and isinstance(self.counts[1], errors.UnsupportedError)
        return {"tools": errors.UnsupportedError("no tools")} if lacks else {}


@pytest.mark.parametrize(
    ("without", "offered", "seen"),
    [
        (31, 31, False),
        (31, 90, True),
        (None, 90, None),
        (31, None, None),
        (31, errors.RequestRefusedError("no tools here"), False),
        (31, errors.UnsupportedError("no tools"), False),
    ],
)
async def test_the_tokens_of_a_prompt_tell_and_are_asked_for_once(
    without: int | None, offered: int | errors.WorkbenchError | None, seen: bool | None
) -> None:
    engine = CountingEngine(without, offered)
    model = Model("x/1", "x/1", engine, 1)
    assert await tools_seen(model) is seen
    asked = len(engine.asked)
    assert asked == (1 if isinstance(offered, errors.UnsupportedError) else 2)
    assert all(options.max_tokens == 1 for options in engine.asked)
    assert await tools_seen(replace(model, label="another")) is seen
    assert len(engine.asked) == asked


async def test_a_server_that_fails_leaves_it_open() -> None:
    engine = CountingEngine(31, errors.ServerError("down"))
    model = Model("x/1", "x/1", engine, 1)
    with pytest.raises(errors.ServerError):
        await tools_seen(model)
    engine.counts = 31, 31
    assert await tools_seen(model) is False


async def test_what_the_doctor_found_is_not_asked_again() -> None:
    engine = CountingEngine(31, 90)
    _records.remember(engine, "1", Capabilities(tools_seen=False))
    assert await tools_seen(Model("x/1", "x/1", engine, 1)) is False
    assert engine.asked == []


async def test_a_recording_holds_it_whatever_was_found_before(tmp_path: Path) -> None:
    engine = CountingEngine(31, 90)
    model = Model("x/1", "x/1", TapedEngine(engine), 1)
    assert await tools_seen(model) is True
    with cassette(str(tmp_path / "lesson"), mode="record"):
        assert await tools_seen(model) is True
    assert len(engine.asked) == 4
    _records.forget()
    with cassette(str(tmp_path / "lesson"), mode="replay"):
        assert await tools_seen(model) is True
    assert len(engine.asked) == 4
    assert _records.tools_seen_before(engine, "1") is None
