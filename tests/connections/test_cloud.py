"""Models that run elsewhere: nothing that is meant for them leaves this machine unless an administrator allows it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from standin import CLOUD, StandIn, standing_in

import workbench as wb
from workbench.comparison import Comparison, make_plan
from workbench.connections import connect, models, overview, wait
from workbench.connections.doctor import doctor
from workbench.connections.permissions import _policy
from workbench.engines.sending._upstream import is_cloud_name
from workbench.errors import EngineError, PolicyError, WorkbenchError
from workbench.messages import Message
from workbench.views.panel._rows import rows

SPELLINGS = [
    "small:cloud",
    "small:CLOUD",
    "small:120b-cloud",
    "small:120B-Cloud",
    "small:120b:cloud",
    " small:cloud ",
    "small: cloud",
    "small:\tcloud\n",
    "small:cloud.",
    "small:cloud..",
    "small:cloud/",
    "small:cloud\x00",
    "small:cloud\u200b",
    "small:\ufeffcloud",
    "small:clo\u00adud",
    "small:\uff23\uff2c\uff2f\uff35\uff24",
    "small\uff1acloud",
    "small:120b\u2011cloud",
    "small:120b\u2013cloud",
    "small:\u0441loud",
    "small:cl\u043eud",
    "small:clo\u0301ud",
    "small%3Acloud",
    "small:%63loud",
    "small%253Acloud",
    "small:cloud@sha256:0123",
    "small:cloud:local",
    "library/small:cloud",
    "registry.example.org:5000/library/small:cloud",
    "ollama/small:120b-cloud",
]
OTHERS = [
    "small",
    "small:latest",
    "small:local",
    "small-cloud",
    "my-cloud:4b",
    "cloud",
    "cloud:4b",
    "small:clod",
    "small:cloudy",
    "small:mycloud",
    "small:cloud-4b",
    "registry.example.org:5000/library/small-cloud",
    "small:最新版模型",
]


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_of_a_cloud_name_is_one(name: str) -> None:
    assert is_cloud_name(name)


@pytest.mark.parametrize("name", OTHERS)
def test_other_names_are_none(name: str) -> None:
    assert not is_cloud_name(name)


def test_a_long_name_is_judged_by_its_end() -> None:
    assert is_cloud_name("a" * 100_000 + ":cloud")
    assert not is_cloud_name("a:" * 100_000)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    with standing_in() as running:
        connect("native", running.address, kind="ollama")
        connect("compatible", f"{running.address}/v1")
        yield running


@pytest.fixture
def administrator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Writes the administrator's file, who is here the user that runs the tests."""
    file = tmp_path / "policy.toml"
    monkeypatch.setattr(_policy, "FILE", file)
    monkeypatch.setattr(_policy, "_ADMINISTRATOR", os.getuid())

    def write(text: str) -> None:
        file.write_text(text)
        file.chmod(0o644)
        _policy.forget()

    return write


async def _stream(name: str) -> None:
    async with aclosing(wb.model(name).stream("Personalakte")) as answering:
        async for _ in answering:
            pass


async def _agent(name: str) -> None:
    from autogen_core.models import UserMessage

    await wb.agents.client(name).create([UserMessage(content="Personalakte", source="user")])


async def _compared(name: str) -> None:
    run = await Comparison(make_plan(["Personalakte 1", "Personalakte 2"], name)).run()
    _raise(run.frame["error"])


async def _judged(name: str) -> None:
    run = await Comparison(make_plan(["Was?"], {"fixed": _fixed})).run()
    await run.score(wb.scorers.judge(name, "Is it right?"))
    _raise(run.scores["note"])


def _raise(told: pd.Series[str]) -> None:
    """The error of the first cell, as there is none for a whole run."""
    raise PolicyError(told.iloc[0])


async def _fixed(_messages: object) -> str:
    return "Personalakte"


WORKS: dict[str, Callable[[str], Awaitable[Any]]] = {
    "ask": lambda name: wb.model(name).ask("Personalakte"),
    "ask a dialogue": lambda name: wb.model(name).ask([Message("user", "Personalakte")]),
    "stream": _stream,
    "embed": lambda name: wb.embed(name, ["Personalakte"]),
    "model.embed": lambda name: wb.model(name).embed(["Personalakte"]),
    "agent": _agent,
    "compare": _compared,
    "benchmark": lambda name: wb.benchmark(name, concurrency=[1], requests=1, progress=lambda *_: None),
    "judge": _judged,
}
OF_OLLAMA: dict[str, Callable[[str], Awaitable[Any]]] = {
    "load": wb.load,
    "unload": wb.unload,
    "pull": wb.pull,
    "create it": lambda name: wb.create(name, base="native/small"),
    "create from it": lambda name: wb.create("native/other", base=name),
    "create from a Modelfile": lambda name: wb.create(
        "native/other", modelfile=f"FROM {name.partition('/')[2].strip()}\n"
    ),
    "copy it": lambda name: wb.copy(name, "native/other"),
    "copy to it": lambda name: wb.copy("native/small", name),
    "show": lambda name: asyncio.to_thread(wb.show, name),
    "capabilities": lambda name: wb.model(name).capabilities(),
}


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize("kind", ["native", "compatible"])
@pytest.mark.parametrize("work", WORKS)
async def test_nothing_is_sent_to_a_cloud_model(
    server: StandIn, kind: str, work: str, offline: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if offline:
        monkeypatch.setenv("WORKBENCH_OFFLINE", "1")
    for name in ("small:cloud", "small:120b-CLOUD", " small:cloud"):
        with pytest.raises(PolicyError, match=r"ollama\.com") as caught:
            await WORKS[work](f"{kind}/{name}")
        assert f"for the model {name.strip()!r}" in str(caught.value)
        assert server.named(name) == []
    assert server.named("Personalakte") == []


@pytest.mark.parametrize("work", OF_OLLAMA)
async def test_no_cloud_model_is_managed(server: StandIn, work: str) -> None:
    for name in ("small:cloud", "small:120b-Cloud"):
        with pytest.raises(PolicyError, match=r"ollama\.com"):
            await OF_OLLAMA[work](f"native/{name}")
        assert server.named(name) == []


async def test_what_stands_for_a_cloud_model_can_be_deleted(server: StandIn) -> None:
    await wb.delete("native/small:cloud", sure=True)
    assert server.named("small:cloud") == ["DELETE /api/delete"]


async def test_the_others_of_a_comparison_are_answered(server: StandIn) -> None:
    run = await Comparison(make_plan(["Amt 1", "Amt 2"], ["native/small:cloud", "native/small"])).run()
    told = run.frame.groupby("model")["answer"].agg(list)
    assert told["native/small"] == ["Bonn", "Bonn"]
    assert pd.isna(told["native/small:cloud"]).all()
    assert server.named("cloud") == []


@pytest.mark.parametrize("kind", ["native", "compatible"])
def test_where_a_model_runs_is_listed_without_asking_there(server: StandIn, kind: str) -> None:
    listed = models(kind).set_index("model")["problem"]
    assert {name: listed[f"{kind}/{name}"] for name in CLOUD} == dict.fromkeys(CLOUD, "runs at ollama.com")
    assert listed.isna()[f"{kind}/small"]
    state = next(one for one in wait(overview()).servers if one.name == kind)
    assert {model.name: model.runs_at for model in state.models if model.runs_at} == dict.fromkeys(CLOUD, "ollama.com")
    assert server.named("cloud") == []


@pytest.mark.parametrize(("spoken", "words"), [("en", "runs at ollama.com"), ("de", "läuft bei ollama.com")])
def test_the_panel_says_where_a_model_runs(server: StandIn, spoken: str, words: str) -> None:
    shown = next(one for one in rows(wait(overview()), spoken)["servers"] if one["name"] == "native")
    assert [one["can"] for one in shown["models"] if "cloud" in one["name"]] == [words, words]


@pytest.mark.parametrize("kind", ["native", "compatible"])
def test_the_doctor_takes_a_model_of_the_server_itself_and_asks_for_the_switch(server: StandIn, kind: str) -> None:
    server.models = (*CLOUD, "small")
    found = doctor(kind, again=True)
    assert found.model == f"{kind}/small"
    cloud = next(step for step in found.steps if step.name == "cloud")
    assert cloud.said.startswith("switched on")
    assert any("OLLAMA_NO_CLOUD=1" in line for line in found.advice)
    assert not doctor(f"{kind}/small:cloud", again=True).reached
    assert server.named("cloud") == []


@pytest.mark.parametrize(
    ("told", "said", "advised"),
    [
        ({"cloud": {"disabled": True, "source": "env"}}, "switched off", False),
        ({"cloud": {"disabled": False}}, "switched on", True),
        ({"cloud": {"disabled": "no"}}, "switched on", True),
        ({"cloud": "off"}, "does not say", False),
        ([], "does not say", False),
    ],
)
def test_the_doctor_says_whether_the_cloud_is_switched_off(
    server: StandIn, told: object, said: str, advised: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import standin

    answer = StandIn.answer
    status = standin._json(told)
    monkeypatch.setattr(
        StandIn, "answer", lambda self, asked: status if asked.path == "/api/status" else answer(self, asked)
    )
    step = next(step for step in doctor("native").steps if step.name == "cloud")
    assert step.passed
    assert said in step.said
    assert ("OLLAMA_NO_CLOUD=1" in step.advice) == advised


@pytest.mark.parametrize("kind", ["native", "compatible"])
@pytest.mark.parametrize("work", ["ask", "stream", "embed", "agent"])
async def test_a_model_that_says_where_it_runs_is_asked_only_where_that_is_allowed(
    server: StandIn, kind: str, work: str, administrator: Callable[[str], None]
) -> None:
    server.models, server.far = ("far",), {"far": "https://models.example.org:443"}
    with pytest.raises(PolicyError, match=r"pass the prompt on to 'models\.example\.org'"):
        await WORKS[work](f"{kind}/far")
    assert server.named("Personalakte") == []
    administrator('allow = ["models.example.org:443"]')
    await WORKS[work](f"{kind}/far")
    assert server.named("Personalakte")


async def test_a_model_that_says_where_it_runs_is_not_loaded_but_listed(server: StandIn) -> None:
    server.models, server.far = ("far",), {"far": "https://models.example.org:443"}
    with pytest.raises(PolicyError, match=r"models\.example\.org"):
        await wb.load("native/far")
    assert [one for one in server.requests if one != "POST /api/show"] == []
    assert list(models("native")["problem"]) == ["runs at models.example.org"]


@pytest.mark.parametrize("kind", ["native", "compatible"])
async def test_an_administrator_may_allow_the_cloud(
    server: StandIn, kind: str, administrator: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for refused in (
        'allow = ["gpu.example.org"]',
        'allow = ["ollama.com:80"]',
        'allow = ["ollama.com"]\noffline = true',
    ):
        administrator(refused)
        with pytest.raises(PolicyError, match=r"ollama\.com"):
            await wb.model(f"{kind}/small:cloud").ask("Personalakte")
    assert server.named("cloud") == []
    administrator('allow = ["ollama.com:443"]')
    assert (await wb.model(f"{kind}/small:cloud").ask("Personalakte")).text == "Bonn"
    monkeypatch.setenv("WORKBENCH_OFFLINE", "1")
    with pytest.raises(PolicyError, match="WORKBENCH_OFFLINE"):
        await wb.model(f"{kind}/small:cloud").ask("Personalakte")


@pytest.mark.parametrize(
    ("speaks", "is_asked"),
    [
        (("/v1/", "/version"), True),  # a vLLM, for which such a name means nothing
        (("/v1/",), False),  # nobody knows
        (("/v1/", "/api/version"), False),  # an Ollama of which a gateway shows little
    ],
)
async def test_other_servers_may_have_such_names_if_they_are_known(
    server: StandIn, speaks: tuple[str, ...], is_asked: bool
) -> None:
    server.speaks = speaks
    if is_asked:
        assert (await wb.model("compatible/small:cloud").ask("Personalakte")).text == "Bonn"
    else:
        with pytest.raises(PolicyError, match=r"ollama\.com"):
            await wb.model("compatible/small:cloud").ask("Personalakte")
        assert server.named("cloud") == []


async def test_a_server_behind_a_path_is_judged_by_what_is_there(server: StandIn) -> None:
    with standing_in(prefix="/ollama") as behind:
        connect("behind", f"{behind.address}/ollama/v1")
        behind.far, behind.models = {"far": "https://models.example.org"}, ("far",)
        with pytest.raises(PolicyError):
            await wb.model("behind/far").ask("Personalakte")
        assert behind.named("Personalakte") == []


async def test_a_server_that_is_away_is_no_excuse_for_a_cloud_name() -> None:
    connect("away", "http://127.0.0.1:9/v1")
    with pytest.raises(PolicyError):
        await wb.model("away/small:cloud").ask("Personalakte")
    with pytest.raises(EngineError):
        await wb.model("away/small").ask("Personalakte")


async def test_many_at_once_ask_once_where_a_model_runs(server: StandIn) -> None:
    asked = wb.model("compatible/small")
    await asyncio.gather(*(asked.ask("Amt?") for _ in range(20)))
    assert server.requests.count("POST /api/show") == 1
    assert server.requests.count("GET /api/version") == 1


async def test_a_model_that_comes_to_run_elsewhere_is_noticed_when_it_was_not_there_before(server: StandIn) -> None:
    with pytest.raises(WorkbenchError):
        await wb.load("native/late")
    server.models, server.far = ("late",), {"late": "https://models.example.org"}
    with pytest.raises(PolicyError):
        await wb.load("native/late")
