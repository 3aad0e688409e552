"""A listener in the place of ollama.com sees nothing of what is meant for its models, by whatever function."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from servers.run import Server
from standin import StandIn, standing_in

import workbench as wb
from workbench.connections import connect, models, overview, wait
from workbench.connections.doctor import doctor
from workbench.errors import PolicyError

PrivateOllama = Callable[..., Server]
# What a server that was just started asks on its own, before anybody asks it for anything.
OWN = ("GET /api/tags", "GET /api/experimental/model-recommendations")
NAMES = ("smollm2:cloud", "smollm2:135m-Cloud", "smollm2:135m:CLOUD", " smollm2:cloud ", "smollm2: cloud")


def _post(url: str, body: dict[str, object]) -> int:
    """Send as somebody would who does not use this package."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def _passed_on(listener: StandIn) -> list[str]:
    told = [one.request.partition("?")[0] for one in listener.seen]
    return [one for one in told if one not in OWN]


async def _everything(kind: str, name: str) -> None:
    """All that public functions do with a model; each is refused."""
    asked = wb.model(f"{kind}/{name}")
    works = [
        asked.ask("Personalakte"),
        anext(asked.stream("Personalakte")),
        asked.embed(["Personalakte"]),
        wb.embed(f"{kind}/{name}", "Personalakte"),
    ]
    if kind == "native":
        whole = f"{kind}/{name}"
        works += [
            wb.load(whole),
            wb.unload(whole),
            wb.pull(whole),
            wb.create(whole, base="native/smollm2"),
            wb.create("native/other", base=whole),
            wb.copy(whole, "native/other"),
            wb.copy("native/smollm2", whole),
            asyncio.to_thread(wb.show, whole),
            asked.capabilities(),
        ]
    for work in works:
        with pytest.raises(PolicyError, match=r"ollama\.com|registry\.ollama\.ai"):
            await work


@pytest.mark.parametrize("offline", [False, True])
async def test_a_listener_sees_nothing_of_what_is_meant_for_cloud_models(
    private_ollama: PrivateOllama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offline: bool
) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    if offline:
        monkeypatch.setenv("WORKBENCH_OFFLINE", "1")
    with standing_in(models=()) as listener:
        server = private_ollama(OLLAMA_NO_CLOUD="", OLLAMA_CLOUD_BASE_URL=listener.address)
        connect("native", server.url, kind="ollama")
        connect("compatible", f"{server.url}/v1")
        far = {"model": "far", "from": "smollm2", "remote_host": "https://ollama.com:443", "stream": False}
        assert _post(f"{server.url}/api/create", far) == 200
        for name in (*NAMES, "far"):
            for kind in ("native", "compatible"):
                if name == "far":
                    with pytest.raises(PolicyError, match=r"ollama\.com"):
                        await wb.model(f"{kind}/far").ask("Personalakte")
                else:
                    await _everything(kind, name)
        for kind in ("native", "compatible"):
            run = await wb.compare(["Personalakte"], f"{kind}/smollm2:cloud")
            assert "ollama.com" in run.frame["error"][0]
            assert not doctor(f"{kind}/smollm2:cloud").reached
        listed = models("native").set_index("model")["problem"]
        assert listed["native/far:latest"] == "runs at ollama.com"
        assert wait(overview()).servers
        assert _passed_on(listener) == []
        # It would have: the same names, sent by somebody else, are passed on.
        for path in ("/api/chat", "/api/show", "/api/embed", "/v1/chat/completions", "/v1/embeddings"):
            body = {
                "model": NAMES[3],
                "input": "Personalakte",
                "messages": [{"role": "user", "content": "Personalakte"}],
            }
            _post(f"{server.url}{path}", body)
            assert f"POST {path}" in _passed_on(listener)


@pytest.mark.parametrize("kind", ["native", "compatible"])
async def test_no_request_holds_the_name_of_a_cloud_model(
    each_ollama: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    log = tmp_path / "audit.jsonl"
    monkeypatch.setenv("WORKBENCH_AUDIT", str(log))
    connect(
        kind, each_ollama.url + ("/v1" if kind == "compatible" else ""), kind="ollama" if kind == "native" else None
    )
    for name in NAMES:
        await _everything(kind, name)
    frame = wb.audit() if log.exists() else None
    assert frame is None or not frame["model"].str.contains("cloud", case=False).any()


@pytest.mark.parametrize(("off", "said"), [("1", "switched off"), ("", "switched on")])
def test_the_doctor_tells_whether_a_real_server_has_its_cloud_switched_off(
    private_ollama: PrivateOllama, off: str, said: str
) -> None:
    with standing_in(models=()) as listener:
        server = private_ollama(OLLAMA_NO_CLOUD=off, OLLAMA_CLOUD_BASE_URL=listener.address)
        connect("private", server.url, kind="ollama")
        step = next(step for step in doctor("private/none").steps if step.name == "cloud")
        assert _passed_on(listener) == []
    assert step.said.startswith(said)
    assert ("OLLAMA_NO_CLOUD=1" in step.advice) == (off == "")
