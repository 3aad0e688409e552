"""The same questions on every real engine: what is asked means the same, and comes back the same."""

import asyncio
import time

import aiohttp
import pytest
from conftest import Server
from embedded_slots import is_idle

from workbench import errors
from workbench.connections import Model, connect, model, models
from workbench.messages import Tool

LONG = "Tell a very long story about a town hall."
TOOL = Tool(
    "find_office",
    "Find the office of a city.",
    {"type": "object", "properties": {"city": {"enum": ["Bonn", "Ulm"]}}, "required": ["city"]},
)


async def test_a_whole_reply(each: Model) -> None:
    reply = await each.ask("Say hello.", temperature=0, seed=1, max_tokens=6)
    assert reply.text
    assert reply.finish == "length"
    assert reply.warnings == ("the answer was cut by the limit of tokens",)
    assert reply.usage.completion_tokens == 6
    assert reply.usage.prompt_tokens is not None
    assert reply.usage.prompt_tokens > 3
    assert reply.timing.total_s > 0
    assert reply.timing.tokens_per_s == pytest.approx(6 / reply.timing.total_s)
    assert reply.served_by


async def test_a_stream_says_the_same(each: Model) -> None:
    *parts, last = [piece async for piece in each.stream("Say hello.", temperature=0, seed=1, max_tokens=6)]
    whole = await each.ask("Say hello.", temperature=0, seed=1, max_tokens=6)
    assert last.reply is not None
    assert "".join(part.text for part in parts) == last.reply.text == whole.text
    assert last.reply.usage.completion_tokens == 6
    assert last.reply.timing.first_token_s is not None
    assert 0 < last.reply.timing.first_token_s <= last.reply.timing.total_s


async def test_a_seed_repeats_what_it_drew(each: Model) -> None:
    first, again = [await each.ask("Name a town.", temperature=1.5, seed=7, max_tokens=12) for _ in range(2)]
    other = [await each.ask("Name a town.", temperature=1.5, seed=seed, max_tokens=12) for seed in (8, 9, 10)]
    assert first.text == again.text
    assert any(reply.text != first.text for reply in other)


async def test_a_stop_text_ends_the_answer(each: Model) -> None:
    free = await each.ask("Count: one, two, three", temperature=0, max_tokens=20)
    stop = free.text[3:6]
    reply = await each.ask("Count: one, two, three", temperature=0, max_tokens=20, stop=stop)
    assert stop not in reply.text
    assert reply.finish == "stop"


async def test_a_schema_is_obeyed(each: Model) -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"enum": ["Bonn", "Ulm"]}, "floor": {"type": "integer"}},
        "required": ["city", "floor"],
        "additionalProperties": False,
    }
    reply = await each.ask("Where is the office?", schema=schema, temperature=0, max_tokens=80)
    assert reply.parsed["city"] in ("Bonn", "Ulm")
    assert isinstance(reply.parsed["floor"], int)


async def test_a_prompt_over_the_context_is_refused_and_not_cut(each: Model) -> None:
    with pytest.raises(errors.ContextError) as caught:
        await each.ask("Wort " * 9000)
    assert "\n" not in str(caught.value)


async def test_an_unknown_model_offers_the_nearest(each: Model) -> None:
    wrong = model(f"{each.name[:-1]}X")
    for call in (wrong.ask("Hallo"), anext(wrong.stream("Hallo"))):
        with pytest.raises(errors.ModelUnknownError, match=each.name.partition("/")[2].partition(":")[0]):
            await call


async def test_the_list_of_models_holds_the_model(each: Model) -> None:
    frame = await asyncio.to_thread(models, each.connection)
    row = frame[frame["model"].str.startswith(each.name)].iloc[0]
    assert row["context"] > 1000
    assert (await each.capabilities()).context == row["context"]


async def test_a_model_on_ollama_says_what_it_can(each_ollama: Server) -> None:
    connect("ollama", each_ollama.url, kind="ollama")
    assert (await model("ollama/smollm2-tools").capabilities()).tools is True
    assert (await model("ollama/smollm2").capabilities()).tools is False


async def test_an_adapter_on_vllm_is_a_model_of_its_own(plain_vllm: Server) -> None:
    connect("plain", plain_vllm.url)
    listed = await model(f"plain/{plain_vllm.model}").engine.models()
    assert [(info.name, info.adapter_of) for info in listed] == [
        (plain_vllm.model, ""),
        (plain_vllm.adapter, plain_vllm.model),
    ]
    assert f"plain/{plain_vllm.adapter}" in models("plain")["model"].tolist()
    own, adapted = [
        await model(f"plain/{name}").ask("Was ist ein Amt?", temperature=0, max_tokens=16)
        for name in (plain_vllm.model, plain_vllm.adapter)
    ]
    assert adapted.served_by == plain_vllm.adapter
    assert adapted.text != own.text


async def test_vllm_constrains_a_required_tool_call(on_vllm: Model) -> None:
    for reply in (
        await on_vllm.ask("Where is the office?", tools=[TOOL], tool_choice="required", max_tokens=80, temperature=0),
        await last_reply(on_vllm, tools=[TOOL], tool_choice="find_office", max_tokens=80, temperature=0),
    ):
        assert reply.tool_calls[0].name == "find_office"
        assert reply.tool_calls[0].parsed["city"] in ("Bonn", "Ulm")
        assert reply.tool_calls[0].id
        assert reply.finish == "tool_calls"


async def last_reply(asked: Model, **options: object) -> object:
    pieces = [piece async for piece in asked.stream("Where is the office?", **options)]
    return pieces[-1].reply


async def test_ollama_refuses_tools_that_the_model_lacks(on_each_ollama: Model) -> None:
    with pytest.raises(errors.RequestRefusedError, match="native tool calls"):
        await on_each_ollama.ask("Hallo", tools=[TOOL])
    with pytest.raises(errors.UnsupportedError, match="tool_choice"):
        await on_each_ollama.ask("Hallo", tools=[TOOL], tool_choice="required")


async def test_ollama_takes_a_context_for_each_request(on_each_ollama: Model) -> None:
    with pytest.raises(errors.ContextError):
        await on_each_ollama.ask("Wort " * 400, context=256)
    assert (await on_each_ollama.ask("Wort " * 400, context=4096, max_tokens=1)).usage.prompt_tokens > 400  # type: ignore[operator]


async def test_a_wrong_path_is_told_with_the_right_one(vllm: Server, each_ollama: Server) -> None:
    for address in (vllm.url.removesuffix("/v1"), each_ollama.url):
        connect("wrong", address, kind="openai")
        for call in (model("wrong/smollm2").ask("Hallo"), model("wrong/smollm2").engine.models()):
            with pytest.raises(errors.AddressError, match=f"{address}/v1"):
                await call


async def test_the_wrong_kind_is_told(vllm: Server) -> None:
    connect("wrong", vllm.url, kind="ollama", key="env:TEST_VLLM_KEY")
    for call in (model("wrong/smollm2").ask("Hallo"), model("wrong/smollm2").engine.models()):
        with pytest.raises(errors.AddressError, match="kind of the connection"):
            await call


async def test_a_missing_or_wrong_key_is_told_and_not_shown(vllm: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    connect("keyless", vllm.url)
    monkeypatch.setenv("WRONG_KEY", "geheim-4711")
    connect("wrong", vllm.url, key="env:WRONG_KEY")
    for name, said in (("keyless", "asks for a key"), ("wrong", "env:WRONG_KEY")):
        for call in (model(f"{name}/smollm2").ask("Hallo"), model(f"{name}/smollm2").engine.models()):
            with pytest.raises(errors.KeyRefusedError, match=said) as caught:
                await call
            assert "geheim" not in repr(caught.value)


async def cancelled(asked: Model, *, streaming: bool) -> None:
    """Ask for a long answer and cancel it in the middle."""
    # What the model itself ends, it ends when it likes; this form it cannot leave before all is said.
    endless = asked.using(schema={"type": "array", "items": {"type": "string"}, "minItems": 400}, max_tokens=1800)

    async def drain() -> None:
        async for _ in endless.stream(LONG):
            pass

    await asked.ask("Hallo", max_tokens=1)
    task = asyncio.ensure_future(drain() if streaming else endless.ask(LONG))
    await asyncio.sleep(1)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("streaming", [True, False])
async def test_cancelling_stops_the_embedded_engine(embedded: Model, streaming: bool) -> None:
    await cancelled(embedded, streaming=streaming)
    assert await is_idle(within_s=5)


@pytest.mark.parametrize("streaming", [True, False])
async def test_cancelling_stops_ollama(on_each_ollama: Model, streaming: bool) -> None:
    await cancelled(on_each_ollama, streaming=streaming)
    start = time.monotonic()
    # It works on one request at a time: a next one is answered soon only if nothing else is being generated, as the
    # long answer takes more than half a minute.
    await on_each_ollama.ask("Hallo", max_tokens=1)
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("streaming", [True, False])
async def test_cancelling_stops_vllm(on_vllm: Model, vllm: Server, streaming: bool) -> None:
    await cancelled(on_vllm, streaming=streaming)
    counts = []
    for _ in range(50):
        counts.append(await running(vllm))
        if not counts[-1]:
            break
        await asyncio.sleep(0.1)
    assert counts[-1] == 0


async def running(vllm: Server) -> float:
    """How many requests vLLM is working on, by its own count."""
    address = vllm.url.removesuffix("/v1") + "/metrics"
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        lines = (await response.text()).splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("vllm:num_requests_running"))
