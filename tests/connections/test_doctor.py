"""The doctor is right in every cell: what it says is checked against what the server really does."""

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faulty import whole
from hostile import Asked, hostile_server
from servers.run import Server
from silent_model import silent_model

from workbench import errors
from workbench.connections import Model, connect, connection, model, overview, wait
from workbench.connections.asking import _records
from workbench.connections.doctor import Diagnosis, _steps, doctor
from workbench.connections.doctor._probes import LIMIT_S, PROBES, Subject, thinking, thinking_off
from workbench.connections.kinds import KINDS
from workbench.engines import OpenAIEngine, Place
from workbench.engines.openai._server import gauges
from workbench.engines.sending import _product
from workbench.messages import Reply, Tool, Usage
from workbench.model_info import Capabilities

Answering = Callable[[], Awaitable[Reply]]


async def slowly() -> Reply:
    await asyncio.sleep(0.2)
    return Reply(text="1", finish="length", usage=Usage(9, 1))


async def at_once() -> Reply:
    return Reply(text="1, 2, 3", finish="length", usage=Usage(9, 16))


async def never() -> Reply:
    await asyncio.Event().wait()
    raise AssertionError


TOOL = Tool("now", "The time.", {"type": "object", "properties": {}})


@pytest.fixture(scope="module")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests here, as asking takes its time."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache_and_time(_kept: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: _kept / name)
    # What a server that all tests share has too little time for is told as open, which says nothing of the probes.
    monkeypatch.setattr("workbench.connections.doctor._examine.LIMIT_S", 5 * LIMIT_S)
    monkeypatch.setattr(_steps, "_SPEED_S", 5 * _steps._SPEED_S)
    yield
    _records.forget()


def ticks(found: Diagnosis) -> dict[str, bool | None]:
    return {finding.name: finding.works for finding in found.findings}


EVERYWHERE: dict[str, bool | None] = {
    "streaming": True,
    "stream_usage": True,
    "tools_seen": False,  # its template drops them
    "tools": False,  # and it writes no call by itself
    "parallel_tools": False,
    "schema": True,
    "thinking": False,
    "thinking_off": None,
    "logprobs": True,
    "seed": True,
    "stop": True,
    "vision": False,
    "context": True,
}


def test_the_embedded_engine() -> None:
    found = doctor("embedded")
    own = {"forced_tools": False, "choice": True, "embedding": False, "tokenize": True}
    assert ticks(found) == EVERYWHERE | own
    assert found.capabilities.context == 4096
    assert [step.name for step in found.steps] == ["models", "token"]


def test_ollama(on_each_ollama: Model) -> None:
    found = doctor(on_each_ollama.name)
    # A current one makes embeddings with models alone that were made for them.
    own = {
        "forced_tools": False,
        "choice": False,
        "embedding": "0.17" in found.server,
        "tokenize": False,
    }
    assert ticks(found) == EVERYWHERE | own
    assert found.server.startswith("Ollama 0.")
    assert len(found.digest) == 64
    ways = ["policy", "name", "port", "path", "key", "cloud", "models", "token", "speed"]
    assert [step.name for step in found.steps] == ways
    assert "tokens/s" in found.steps[-1].said
    assert next(one for one in found.findings if one.name == "tools").said.endswith("does not support tools")


def test_vllm_with_flags_and_key(on_vllm: Model) -> None:
    found = doctor(on_vllm.name)
    own = {"forced_tools": True, "choice": True, "embedding": False, "tokenize": True}
    assert ticks(found) == EVERYWHERE | own
    assert found.capabilities.context == 2048
    seen = next(one for one in found.findings if one.name == "tools_seen")
    assert re.fullmatch(r"the model's template drops them: (\d+) tokens of prompt with and without a tool", seen.said)
    assert seen.advice.startswith("Workbench's agents impose calls")
    assert found.capabilities.tools_seen is False
    assert not found.model_info["function_calling"]
    assert found.model_info["structured_output"]
    ways = ["policy", "name", "port", "path", "key", "health", "models", "token"]
    assert [step.name for step in found.steps] == ways
    assert next(step for step in found.steps if step.name == "key").said == "accepted, from env:TEST_VLLM_KEY"
    assert os.environ["TEST_VLLM_KEY"] not in found.json + repr(found) + found.frame.to_string()


def test_vllm_without_flags_and_without_a_key(plain_vllm: Server) -> None:
    connect("plain", plain_vllm.url)
    found = doctor("plain")
    own = {"forced_tools": False, "choice": True, "embedding": False, "tokenize": True}
    assert ticks(found) == EVERYWHERE | own
    flags = "start vLLM with `--enable-auto-tool-choice --tool-call-parser hermes`"
    assert next(one for one in found.findings if one.name == "tools").advice.startswith(flags)
    assert any(line.startswith(flags) for line in found.advice)
    assert next(step for step in found.steps if step.name == "key").said == "the server asks for none"


@pytest.mark.parametrize("named", ["ollama", "vllm"])
def test_litellm_in_front_of_both(litellm: Server, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_KEY", litellm.key)
    asked = ("streaming", "stream_usage", "schema", "stop")
    for module in ("_examine", "_cache"):
        monkeypatch.setattr(f"workbench.connections.doctor.{module}.PROBES", {name: PROBES[name] for name in asked})
    connect("gateway", litellm.url, key="env:GATEWAY_KEY")
    found = doctor(f"gateway/smollm2-{named}")
    assert found.reached, found
    assert found.server.startswith("LiteLLM 1.")
    assert ticks(found) == dict.fromkeys(asked, True)
    assert litellm.key not in found.json


@pytest.mark.parametrize(
    ("wrong", "step", "advice"),
    [
        ("missing /v1", "path", 'write url="{vllm}/v1"'),
        ("wrong kind", "path", 'use kind="ollama" and url="{ollama}"'),
        ("other kind", "path", 'use kind="openai" and url="{vllm}/v1"'),
        ("no key", "key", 'wb.connect("wrong", …, key="env:NAME")'),
        ("wrong key", "key", "check what it holds"),
        ("https", "TLS", "write http://"),
        ("nobody", "port", "start the server"),
        ("no name", "name", "check its spelling"),
        ("no model", "models", "there are smollm2"),
    ],
)
def test_the_step_that_fails_is_named_with_what_to_do(
    vllm: Server, ollama: Server, monkeypatch: pytest.MonkeyPatch, wrong: str, step: str, advice: str
) -> None:
    monkeypatch.setenv("WRONG_KEY", "geheim-4711")
    root = vllm.url.removesuffix("/v1")
    name = "wrong"
    match wrong:
        case "missing /v1":
            connect("wrong", root, kind="openai", key="env:TEST_VLLM_KEY")
        case "wrong kind":
            connect("wrong", ollama.url, kind="openai")
        case "other kind":
            connect("wrong", root, kind="ollama", key="env:TEST_VLLM_KEY")
        case "no key":
            connect("wrong", vllm.url)
        case "wrong key":
            connect("wrong", vllm.url, key="env:WRONG_KEY")
        case "https":
            connect("wrong", vllm.url.replace("http:", "https:"))
        case "nobody":
            connect("wrong", "http://127.0.0.1:9/v1")
        case "no name":
            connect("wrong", "http://gpu.invalid/v1")
        case "no model":
            connect("wrong", vllm.url, key="env:TEST_VLLM_KEY")
            name = "wrong/llama"
    found = doctor(name)
    assert not found.reached
    last = found.steps[-1]
    assert (last.name, last.passed) == (step, False)
    assert advice.format(vllm=root, ollama=ollama.url) in last.advice
    assert all(earlier.passed for earlier in found.steps[:-1])
    assert "geheim" not in found.json
    assert found.capabilities == Capabilities()


def test_a_vllm_that_is_not_well_is_told_by_its_step_and_in_the_panel() -> None:
    async def version(asked: Asked) -> AsyncIterator[bytes]:
        yield whole("200 OK", '{"version": "0.32.0"}') if asked.path == "/version" else whole("404 Not Found", "")

    async def health(asked: Asked) -> AsyncIterator[bytes]:
        yield whole("503 Service Unavailable", "") if asked.path == "/health" else whole("404 Not Found", "")

    async def listed(asked: Asked) -> AsyncIterator[bytes]:
        yield whole("200 OK", '{"data": [{"id": "large"}]}')

    with hostile_server() as server:
        server.answers |= {"version": version, "health": health, "api": version, "v1": listed}
        connect("gpu", f"{server.address}/v1")
        last = doctor("gpu").steps[-1]
        state = next(one for one in wait(overview()).servers if one.name == "gpu")
    assert (last.name, last.passed) == ("health", False)
    assert last.said == "the server says that it is not healthy (status 503)"
    assert "start it again" in last.advice
    assert "not healthy (status 503)" in state.problem


def test_ollama_by_its_compatible_path_is_told_to_be_asked_natively(each_ollama: Server) -> None:
    connect("compatible", f"{each_ollama.url}/v1")
    found = doctor("compatible/none")  # which ends the way behind the step that is looked at, and asks no model
    path = next(step for step in found.steps if step.name == "path")
    assert (path.passed, found.steps[-1].name) == (True, "models")
    assert f'url="{each_ollama.url}"' in path.advice


def test_what_was_found_is_kept_until_something_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def probe(subject: object) -> tuple[bool, str, str]:
        asked.append(subject)
        return True, "seen", ""

    monkeypatch.setattr("workbench.connections.doctor._examine.PROBES", {"seed": probe})
    monkeypatch.setattr("workbench.connections.doctor._cache.PROBES", {"seed": probe})
    first = doctor("embedded")
    assert doctor("embedded").found_at == first.found_at
    assert len(asked) == 1
    assert doctor("embedded", again=True).findings[0].said == "seen"
    assert len(asked) == 2
    newer = replace(KINDS["embedded"], product=_product.Server("llama.cpp", "the next version"))
    monkeypatch.setitem(KINDS, "embedded", newer)
    doctor("embedded")
    assert len(asked) == 3


async def test_what_was_found_is_used_by_all_who_ask(embedded: Model) -> None:
    assert (await embedded.capabilities()).logprobs is None
    doctor("embedded")
    assert (await model("embedded").capabilities()).logprobs is True
    with pytest.raises(errors.UnsupportedError, match="native tool calls"):
        await embedded.ask("Hallo", tools=[TOOL], max_tokens=3)


def test_a_probe_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("workbench.connections.doctor._examine.LIMIT_S", 0.001)
        patched.setattr("workbench.connections.doctor._examine.PROBES", {"seed": PROBES["seed"]})
        (finding,) = doctor("embedded", again=True).findings
    assert finding.works is None
    assert "not found out within" in finding.said
    assert "not found out within" not in doctor("embedded").frame["said"].str.cat()


def test_no_probe_leaves_a_request_running(on_vllm: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.connections.doctor._examine.LIMIT_S", 0.3)
    found = doctor(on_vllm.name, again=True)
    assert sum("not found out within" in one.said for one in found.findings) > 3
    end = time.monotonic() + 5
    while (busy := wait(gauges(connection("vllm").place()))) and busy.running + busy.waiting:
        assert time.monotonic() < end, busy
        time.sleep(0.1)
    assert busy is not None


def test_who_watches_hears_what_is_tried_and_may_end_it() -> None:
    heard: list[tuple[int, str]] = []

    def watch(found: Diagnosis, trying: str) -> None:
        heard.append((len(found.steps), trying))
        if trying == "token":
            raise InterruptedError

    with silent_model() as server:
        connect("silent", server.address)
        begun = time.monotonic()
        with pytest.raises(InterruptedError):
            doctor("silent", progress=watch)
        assert time.monotonic() - begun < 30, "its model never answers, and is given three minutes"
    assert heard == list(enumerate(["policy", "name", "port", "path", "key", "models", "token"]))


def test_a_diagnosis_is_a_table_and_json() -> None:
    found = doctor("embedded")
    assert list(found.frame.columns) == ["part", "name", "works", "said", "advice", "seconds"]
    assert len(found.frame) == len(found.steps) + len(found.findings)
    assert json.loads(found.json)["model"] == "embedded/smollm2-135m-instruct"
    assert connection("embedded").name == found.connection


@pytest.mark.parametrize(
    ("busy", "answer", "said", "is_advised"),
    [
        (95.0, slowly, "tokens/s, while other work takes 95 % of this machine", True),
        (95.0, never, "no answer of a few tokens within 0 s, while other work takes 95 % of this machine", True),
        (3.0, slowly, "tokens/s", False),
        (95.0, at_once, "tokens/s", False),
    ],
)
async def test_a_slow_ollama_on_a_busy_machine_is_told_to_take_fewer_threads(
    monkeypatch: pytest.MonkeyPatch, busy: float, answer: Answering, said: str, is_advised: bool
) -> None:
    monkeypatch.setattr("psutil.cpu_percent", lambda seconds: busy)
    monkeypatch.setattr(_steps, "_SPEED_S", 0.4)
    api = KINDS["ollama"].api
    assert api is not None
    assert api.slow_advice is not None
    step = await _steps.speed_step("ollama", answer, api.slow_advice)
    assert step.passed
    assert step.said.endswith(said)
    assert ("num_thread" in step.advice) == is_advised


async def test_thoughts_that_a_server_leaves_in_the_text_are_seen() -> None:
    def answer(asked: Asked) -> str:
        thought = "" if b'"enable_thinking":false' in asked.body else "17 + 25"
        body = {"choices": [{"message": {"content": f"<think>{thought}</think>42"}, "finish_reason": "stop"}]}
        return json.dumps(body)

    async def behave(asked: Asked) -> AsyncIterator[bytes]:
        yield whole("200 OK", answer(asked))

    with hostile_server() as server:
        server.answers["v1"] = behave
        subject = Subject(OpenAIEngine(Place("gpu", f"{server.address}/v1")), "m")
        works, seen, advice = await thinking(subject)
        assert (works, "told apart by its marks" in seen, "--reasoning-parser" in advice) == (True, True, True)
        assert (await thinking_off(subject))[0] is True
