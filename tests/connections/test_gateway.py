"""A real LiteLLM proxy before the real Ollama and vLLM works like one server, and its errors say what to do."""

import os

import pytest
from servers.run import Server

from workbench import errors
from workbench.connections import Model, connect, model, models


@pytest.fixture(autouse=True)
def _gateway(litellm: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_KEY", litellm.key)
    connect("gateway", litellm.url, key="env:GATEWAY_KEY")


def test_its_models_are_listed() -> None:
    assert "gateway/smollm2-ollama" in list(models("gateway")["model"])


@pytest.mark.parametrize("behind", ["ollama", "vllm"])
async def test_it_answers_and_streams(behind: str) -> None:
    asked = model(f"gateway/smollm2-{behind}", temperature=0, max_tokens=8)
    reply = await asked.ask("Nenne eine Stadt.")
    pieces = [piece async for piece in asked.stream("Nenne eine Stadt.")]
    assert reply.text
    assert reply.finish == "length"
    assert reply.usage.completion_tokens == 8
    assert pieces[-1].reply is not None
    assert "".join(piece.text for piece in pieces) == pieces[-1].reply.text
    assert pieces[-1].reply.usage.completion_tokens == 8


@pytest.mark.parametrize("behind", ["ollama", "vllm"])
async def test_a_schema_is_passed_on(behind: str) -> None:
    schema = {"type": "object", "properties": {"stock": {"enum": [41, 42]}}, "required": ["stock"]}
    form = 'Auf welchem Stockwerk? Antworte als JSON: {"stock": 0}'
    reply = await model(f"gateway/smollm2-{behind}").ask(form, schema=schema, temperature=0, max_tokens=30)
    assert reply.parsed["stock"] in (41, 42)


async def twice(asked: Model) -> None:
    for _ in range(2):
        await asked.ask("Hallo")


async def test_too_many_requests_a_minute_say_when_to_ask_again() -> None:
    asked = model("gateway/smollm2-rationed", max_tokens=2)
    with pytest.raises(errors.RateLimitError, match=r"too many requests.*RPM limit=1.*ask again in \d+ s") as caught:
        await twice(asked)
    assert not isinstance(caught.value, errors.BudgetError)


async def test_a_budget_that_is_used_up_is_told() -> None:
    asked = model("gateway/smollm2-poor", max_tokens=2)
    with pytest.raises(errors.BudgetError, match=r"budget of this key is used up.*whoever runs the gateway") as caught:
        await twice(asked)
    assert os.environ["GATEWAY_KEY"] not in str(caught.value)


async def test_a_wrong_key_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_KEY", "sk-geheim-4711")
    with pytest.raises(errors.KeyRefusedError) as caught:
        await model("gateway/smollm2-vllm").ask("Hallo")
    assert "geheim" not in str(caught.value)
