"""Managing models by the names that `wb.model` takes: from a script, from a terminal, from a notebook."""

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import Server
from registry import Registry, pushed, unlike_model

import workbench as wb
from workbench import cli, errors
from workbench.connections import Model, connect
from workbench.engines import OllamaEngine, OllamaModels, Place
from workbench.model_info import Progress
from workbench.notebook import _bar as bar
from workbench.notebook import _servers as door
from workbench.views import WorkView

SLOW_KB_S = 20_000
WORKBENCH = [sys.executable, "-c", "from workbench.cli import main; main()"]


@pytest.fixture
async def models(each_ollama: Server) -> AsyncIterator[OllamaModels]:
    """The models of the real Ollama, which is the connection "ollama"; those made here are removed afterwards."""
    connect("ollama", each_ollama.url, kind="ollama")
    place = Place("ollama", each_ollama.url)
    yield OllamaModels(place)
    for info in await OllamaEngine(place).models():
        if "test-managed" in info.name:
            await OllamaModels(place).delete(info.name)


async def test_a_model_is_made_loaded_shown_and_deleted(models: OllamaModels, tmp_path: Path) -> None:
    steps: list[Progress] = []
    # With weights of its own, as Ollama loads a file once: who asks another model of the same would unload this one.
    await wb.create("ollama/test-managed-base", file=unlike_model(tmp_path), show=steps.append)
    await wb.create("ollama/test-managed", base="ollama/test-managed-base", system="Du bist ein Amt.")
    assert steps[-1].status == "success"
    assert wb.show("ollama/test-managed").system == "Du bist ein Amt."
    await wb.load("ollama/test-managed", keep_alive="5m", context=512)
    frame = wb.loaded()
    row = frame[frame["model"] == "ollama/test-managed:latest"].iloc[0]
    assert row["context"] == 512
    assert row["memory_bytes"] > row["gpu_bytes"] >= 0
    assert 200 < row["expires_s"] <= 300
    await wb.unload("ollama/test-managed")
    assert "ollama/test-managed:latest" not in list(wb.loaded()["model"])
    await wb.copy("ollama/test-managed", "ollama/test-managed-2")
    await wb.copy("ollama/test-managed", "test-managed-2")
    with pytest.raises(errors.UsageError, match="another model 'test-managed-2'"):
        await wb.copy("ollama/smollm2", "ollama/test-managed-2")
    await wb.delete("ollama/test-managed-2", sure=True)
    assert "ollama/test-managed-2:latest" not in list(wb.models("ollama")["model"])


async def test_a_text_or_several_become_vectors(on_oldest_ollama: Model) -> None:
    vectors = await wb.embed(on_oldest_ollama.name, ["Amt", "Rathaus"])
    assert [len(vector) for vector in vectors] == [576, 576]
    assert len(await wb.embed(on_oldest_ollama.name, "Amt")) == 1


async def test_nothing_is_deleted_until_its_name_is_typed(
    models: OllamaModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    await models.copy("smollm2", "test-managed")
    asked = []

    def typing(answer: str) -> Callable[[str], str]:
        return lambda question: asked.append(question) or answer  # type: ignore[func-returns-value]

    for answer in ("", "yes", "test-managed"):
        monkeypatch.setattr("builtins.input", typing(answer))
        with pytest.raises(errors.UsageError, match="nothing was deleted"):
            await wb.delete("ollama/test-managed")
    monkeypatch.setattr("builtins.input", nobody)
    for sure in (None, False):
        with pytest.raises(errors.UsageError, match="give sure=True"):
            await wb.delete("ollama/test-managed", sure=sure)
    assert wb.show("ollama/test-managed").digest
    monkeypatch.setenv("WORKBENCH_LANGUAGE", "de")
    monkeypatch.setattr("builtins.input", typing("ollama/test-managed"))
    await wb.delete("ollama/test-managed")
    with pytest.raises(errors.ModelUnknownError):
        wb.show("ollama/test-managed")
    assert asked[0] == "Delete ollama/test-managed? Type its name to confirm: "
    assert asked[-1].startswith("ollama/test-managed löschen?")


def nobody(_question: str) -> str:
    raise EOFError


async def test_other_engines_are_named() -> None:
    connect("gpu", "http://127.0.0.1:9/v1")
    for name, told in (("gpu/x", "vllm serve"), ("embedded/x", "another GGUF file")):
        for work in (wb.pull, wb.load, wb.unload, wb.create):
            with pytest.raises(errors.UnsupportedError, match=told):
                await work(name)
        with pytest.raises(errors.UnsupportedError, match=f"engine '{'openai' if name == 'gpu/x' else 'embedded'}'"):
            wb.show(name)
        with pytest.raises(errors.UnsupportedError, match=told):
            await wb.delete(name, sure=True)


async def test_embeddings_are_for_all_engines_that_make_some() -> None:
    with pytest.raises(errors.UnsupportedError, match="makes no embeddings"):
        await wb.embed("embedded", "Amt")
    connect("gpu", "http://127.0.0.1:9/v1")
    with pytest.raises(errors.UnreachableError):
        await wb.embed("gpu/x", ["Amt"])


async def test_names_that_fit_no_model_are_told() -> None:
    connect("ollama", "http://127.0.0.1:9", kind="ollama")
    with pytest.raises(errors.UsageError, match="no model is named"):
        await wb.load("ollama")
    with pytest.raises(errors.ConnectionUnknownError, match="did you mean 'ollama'"):
        await wb.load("olama/smollm2")
    with pytest.raises(errors.UsageError, match="on another connection"):
        await wb.copy("ollama/smollm2", "embedded/smollm2")
    frame = wb.loaded()
    assert frame.loc[0, "model"] == "ollama"
    assert "no server answers" in frame.loc[0, "problem"]


async def test_a_registry_must_be_allowed(models: OllamaModels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_OFFLINE", "1")
    with pytest.raises(errors.PolicyError, match=r"registry\.ollama\.ai"):
        await wb.pull("ollama/smollm2")
    with pytest.raises(errors.UnreachableError):
        await wb.pull("ollama/127.0.0.1:9/library/x", insecure=True)


async def test_a_notebook_keeps_one_line_of_a_pull(
    models: OllamaModels, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _ = await pushed(models, registry, tmp_path, "noted")
    views: list[WorkView] = []
    lines: list[tuple[str, str]] = []
    monkeypatch.setattr(door, "get_ipython", object)
    place = SimpleNamespace(replace=lambda html, text: lines.append((html, text)))

    def show_in_place(view: WorkView, html: str, text: str) -> SimpleNamespace:
        views.append(view)
        lines.append((html, text))
        return place

    monkeypatch.setattr(bar, "show_in_place", show_in_place)
    registry.files.toxic("bandwidth", rate=SLOW_KB_S)
    pulling = asyncio.create_task(wb.pull(f"ollama/{name}", insecure=True))
    try:
        await asyncio.to_thread(wait_for, lambda: bool(views) and (views[0].share or 0) > 0.2)
        views[0]._on_message(views[0], {"pressed": True}, [])
        await asyncio.wait_for(pulling, 5)
    finally:
        registry.files.heal()
    (_, begun), (_, last) = lines
    assert "not over when this was saved" in begun
    assert last.startswith(f"ollama/{name}: cancelled; the same call goes on from here · ")
    assert last.endswith(" of 98.4 MB")
    monkeypatch.setenv("WORKBENCH_LANGUAGE", "de")
    await wb.pull(f"ollama/{name}", insecure=True)
    html, text = lines[-1]
    assert text == f"ollama/{name}: fertig · 98,4 MB"
    assert html.startswith('<p lang="de"')


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def command(ollama: Server, folder: Path, name: str) -> subprocess.Popen[str]:
    (folder / "workbench.toml").write_text(f'[connections.own]\nkind = "ollama"\nurl = "{ollama.url}"\n')
    return subprocess.Popen(
        [*WORKBENCH, "pull", name, "--insecure"],
        cwd=folder,
        env={"WORKBENCH_CONFIG": str(folder / "workbench.toml"), "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_a_terminal_can_cancel_and_go_on(
    models: OllamaModels, each_ollama: Server, registry: Registry, tmp_path: Path
) -> None:
    name, digest = await pushed(models, registry, tmp_path, "typed")
    registry.files.toxic("bandwidth", rate=SLOW_KB_S)
    try:
        begun = command(each_ollama, tmp_path, f"own/{name}")
        assert begun.stderr is not None
        while not re.match(r"fetches · [3-9]\d\.", await asyncio.to_thread(begun.stderr.readline)):  # 30 MB and more
            assert begun.poll() is None
        begun.send_signal(signal.SIGINT)
        start = time.monotonic()
        out, err = await asyncio.to_thread(begun.communicate)
        assert time.monotonic() - start < 5
    finally:
        registry.files.heal()
    assert begun.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "workbench: cancelled; the same call goes on from here"
    again = command(each_ollama, tmp_path, f"own/{name}")
    out, err = await asyncio.to_thread(again.communicate)
    assert again.returncode == 0, err
    assert out == f"own/{name} is there\n"
    assert "fetches · 98.4 of 98.4 MB" in err
    assert registry.first_bytes(digest)[1] > 20_000_000


def test_the_terminal_says_what_is_wrong(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["workbench", "pull", "embedded/x"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "cannot be managed from here" in capsys.readouterr().err
