import asyncio
from pathlib import Path

import pytest
from embedded_slots import is_idle, running

from workbench import errors
from workbench.connections import Model, connect, model, models
from workbench.messages import Message


async def test_ask_answers_with_usage_and_timing(embedded: Model) -> None:
    reply = await embedded.ask("Say hello.", temperature=0, max_tokens=5)
    assert reply.text
    assert reply.finish == "length"
    assert reply.usage.completion_tokens == 5
    assert reply.timing.total_s > 0
    assert reply.model == embedded.name
    assert reply.sent["max_tokens"] == 5


async def test_stream_gives_the_same_text_in_pieces(embedded: Model) -> None:
    pieces = [piece async for piece in embedded.stream("Say hello.", temperature=0, max_tokens=12)]
    *parts, last = pieces
    assert last.reply is not None
    assert len(parts) > 1
    assert "".join(part.text for part in parts) == last.reply.text
    assert last.text == ""
    assert last.reply.timing.first_token_s is not None
    assert 0 < last.reply.timing.first_token_s <= last.reply.timing.total_s


async def test_a_schema_is_obeyed_and_parsed(embedded: Model) -> None:
    schema = {"type": "object", "properties": {"floor": {"type": "integer", "maximum": 9}}, "required": ["floor"]}
    reply = await embedded.ask("On which floor is the office?", schema=schema, max_tokens=50, temperature=0)
    assert isinstance(reply.parsed["floor"], int)


async def test_system_message_and_conversation_are_sent(embedded: Model) -> None:
    rules = embedded.using(label="with rules", system="Answer in one word.", max_tokens=3)
    reply = await rules.ask(
        [{"role": "user", "content": "Bonn?"}, Message("assistant", "Ja."), Message("user", "Ulm?")]
    )
    assert [turn["role"] for turn in reply.sent["messages"]] == ["system", "user", "assistant", "user"]
    assert rules.label == "with rules"


async def test_leaving_a_stream_stops_the_server(embedded: Model) -> None:
    async for piece in embedded.stream("Tell a very long story.", max_tokens=3000):
        if piece.text:
            break
    assert await is_idle(within_s=5)


async def test_the_embedded_engine_wants_its_key(embedded: Model) -> None:
    import aiohttp

    await embedded.ask("Say hello.", max_tokens=1)
    server = running()
    assert server is not None
    assert server.address.startswith("http://127.0.0.1:")
    async with aiohttp.ClientSession() as session, session.get(f"{server.address}/props") as response:
        assert response.status == 401


async def test_a_context_that_is_too_small_is_an_error(embedded: Model) -> None:
    with pytest.raises(errors.ContextError, match="shorten the prompt"):
        await embedded.ask("Wort " * 5000)


async def test_what_the_engine_cannot_do_is_refused_before_asking(embedded: Model) -> None:
    with pytest.raises(errors.UnsupportedError, match="always has 4096 tokens"):
        await embedded.ask("Hallo", context=8192)


async def test_an_unknown_model_offers_what_there_is() -> None:
    with pytest.raises(errors.ModelUnknownError, match="smollm2-135m-instruct"):
        await model("embedded/smollm").ask("Hallo")


def test_an_unknown_option_offers_the_nearest(embedded: Model) -> None:
    with pytest.raises(errors.UsageError, match="did you mean temperature="):
        embedded.using(temprature=0)


@pytest.mark.parametrize("given", [{"stop": 5}, {"stop": ["END", 5]}, {"tools": ["find_office"]}])
def test_an_option_of_another_kind_is_refused(embedded: Model, given: dict[str, object]) -> None:
    with pytest.raises(errors.UsageError, match=r"= must be (a text or )?a list of "):
        embedded.using(**given)


@pytest.mark.parametrize("prompt", ["", "  ", [], 7, [{"role": "boss", "content": "x"}], [{"content": "x"}]])
async def test_what_is_no_prompt_is_refused(embedded: Model, prompt: object) -> None:
    with pytest.raises(errors.PromptError):
        await embedded.ask(prompt)  # type: ignore[arg-type]


def test_the_environment_names_the_usual_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_MODEL", "ollama/qwen3:4b")
    assert model().name == "ollama/qwen3:4b"


def test_a_file_that_is_no_model_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "own.gguf").write_bytes(b"no model")
    connect("own", str(tmp_path / "own.gguf"))
    with pytest.raises(errors.ConfigurationError, match="not a GGUF file"):
        asyncio.run(model("own").ask("Hallo"))
    connect("own", str(tmp_path / "none.gguf"))
    with pytest.raises(errors.ConfigurationError, match="no such model file"):
        model("own")


def test_another_file_can_be_embedded(tmp_path: Path) -> None:
    from workbench.engines.embedded._engine import packaged_model

    other = tmp_path / "other.Q4_1.gguf"
    other.symlink_to(packaged_model())
    connect("own", str(other))
    assert next(iter(models("own")["model"])).startswith("own/")


def test_models_lists_what_answers_and_says_what_does_not() -> None:
    connect("gone", "http://127.0.0.1:9/v1")
    frame = models("gone")
    assert frame.loc[0, "model"] == "gone"
    assert "no server answers" in frame.loc[0, "problem"]
    assert "embedded/smollm2-135m-instruct" in list(models()["model"])
