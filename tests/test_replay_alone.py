"""Recorded answers are played where there are no threads, processes, sockets and native engines, as in a browser."""

import asyncio
import json
import sys
import tomllib
from pathlib import Path

import pytest
from cassettes import tape
from packaging.requirements import Requirement

from workbench.comparison import Comparison, make_plan
from workbench.connections import Model, wait

QUESTIONS = ["What does a town council do?", "What does a public library do?"]

# What a browser lacks fails as it does there.
WITHOUT = """
import asyncio, os, socket, subprocess, sys, threading

LACKING = {"psutil", "xllamacpp", "keyring"}

class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in LACKING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

def lacks(*_, **__):
    raise RuntimeError("can't start new thread")

sys.meta_path.insert(0, Lacking())
loop = asyncio.new_event_loop()  # a browser brings one, which no socket wakes
threading.Thread.start = os.fork = os.posix_spawn = subprocess.Popen.__init__ = lacks
socket.socket.__init__ = socket.socketpair = lacks
"""

PLAYED = """
import json
import aiohttp
from IPython.core.interactiveshell import InteractiveShell

import workbench as wb
from workbench.comparison import Comparison, make_plan
from workbench.notebook._live import carried_out

aiohttp.BaseConnector.__init__ = lacks

async def main():
    model = wb.model("embedded", temperature=0, seed=1, max_tokens=8)
    reply = await model.ask(QUESTIONS[0])
    pieces = [piece.text async for piece in model.stream(QUESTIONS[1])]
    names = wb.models("embedded")["model"].tolist()
    schema = (await model.capabilities()).schema
    vision = wb.agents.client("embedded", temperature=0).model_info["vision"]
    run = await wb.compare(QUESTIONS, model, name="kept")
    InteractiveShell.instance()
    again = await carried_out(Comparison(make_plan(QUESTIONS, model), name="seen"))
    assert again.frame["answer"].equals(run.frame["answer"])
    kept = repr(wb.open("kept"))
    seconds = run.frame["total_s"].tolist()
    print(json.dumps([reply.text, pieces, names, schema, vision, run.frame["answer"].tolist(), seconds, kept]))

wb.cassette("lesson", mode="replay", speed="instant")
loop.run_until_complete(main())
assert not [name for name in sys.modules if name.partition(".")[0] in LACKING]
"""


async def test_a_cassette_is_played_without_threads_processes_sockets_and_native_engines(
    embedded: Model, tmp_path: Path
) -> None:
    model = embedded.using(temperature=0, seed=1, max_tokens=8)
    with tape(tmp_path / "lesson", "record"):
        reply = await model.ask(QUESTIONS[0])
        pieces = [piece.text async for piece in model.stream(QUESTIONS[1])]
        names = [f"embedded/{info.name}" for info in await model.engine.models()]
        capabilities = await model.capabilities()
        run = await Comparison(make_plan(QUESTIONS, model)).run()
        await Comparison(make_plan(QUESTIONS, model)).run()
    (tmp_path / "played.py").write_text(f"{WITHOUT}\nQUESTIONS = {QUESTIONS!r}\n{PLAYED}")
    played = await asyncio.create_subprocess_exec(
        sys.executable, "played.py", cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await played.communicate()
    assert played.returncode == 0, errors.decode()[-4000:]
    assert json.loads(output.decode().splitlines()[-1]) == [
        reply.text,
        pieces,
        names,
        capabilities.schema,
        bool(capabilities.vision),
        run.frame["answer"].tolist(),
        run.frame["total_s"].tolist(),
        "2 of 2 answered",
    ]


async def test_what_is_played_needs_no_thread_inside_a_loop_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow() -> list[int]:
        async with asyncio.timeout(5):
            return await asyncio.gather(*(asyncio.sleep(0.01, number) for number in range(3)))

    async def stuck() -> None:
        await asyncio.get_running_loop().create_future()

    async def fails() -> None:
        raise KeyError("as it was")

    def no_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    task, later = asyncio.current_task(), asyncio.create_task(asyncio.sleep(0, "later"))
    with tape(tmp_path / "empty", "record"):
        pass
    with tape(tmp_path / "empty", "replay"), monkeypatch.context() as patched:
        patched.setattr("threading.Thread.start", no_thread)
        assert wait(slow()) == [0, 1, 2]
        with pytest.raises(KeyError, match="as it was"):
            wait(fails())
        with pytest.raises(RuntimeError, match="cannot come"):
            wait(stuck())
    assert asyncio.current_task() is task
    assert await later == "later"


@pytest.mark.parametrize("platform", ["linux", "emscripten"])
def test_a_browser_is_not_asked_to_install_what_it_cannot_run(platform: str) -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    needed = {
        one.name
        for one in map(Requirement, project["dependencies"])
        if one.marker is None or one.marker.evaluate({"sys_platform": platform})
    }
    native = {"ipykernel", "jupyterlab", "keyring", "psutil", "vl-convert-python", "xllamacpp"}
    assert needed & native == (native if platform == "linux" else set())
    assert {"aiohttp", "msgspec", "pandas"} <= needed
