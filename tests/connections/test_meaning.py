"""Options mean the same on every engine, and what one lacks is refused before sending or left out with a warning."""

import math
import re
from collections.abc import Iterator
from contextlib import closing

import ollama as ollama_package
import pytest
from servers.run import Server

from workbench import errors
from workbench.connections import Model, connect, model
from workbench.connections.asking import _records
from workbench.messages import Tool
from workbench.model_info import Capabilities

TOOL = Tool("find_office", "Finds an office.", {"type": "object", "properties": {"city": {"type": "string"}}})


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    _records.forget()


@pytest.fixture
def small_context(each_ollama: Server) -> Iterator[str]:
    """A model on the real Ollama whose context is small whoever asks it."""
    with closing(ollama_package.Client(each_ollama.url)) as client:
        client.create("smollm2-small-context", from_=each_ollama.model, parameters={"num_ctx": 256})
        yield "smollm2-small-context"
        client.delete("smollm2-small-context")


async def test_logprobs_are_those_of_the_tokens_of_the_answer(each: Model) -> None:
    asked = each.using(logprobs=2, temperature=0, max_tokens=6)
    reply = await asked.ask("Nenne eine Stadt.")
    streamed = [piece async for piece in asked.stream("Nenne eine Stadt.")][-1].reply
    assert streamed is not None
    for found in (reply, streamed):
        assert "".join(token.text for token in found.logprobs) == found.text
        for token in found.logprobs:
            assert token.logprob <= 0
            assert len(token.alternatives) == 2
            assert token.alternatives[0][0] == token.text  # temperature 0 takes the likeliest
            assert math.isclose(token.alternatives[0][1], token.logprob, abs_tol=1e-3)
    assert not (await each.ask("Nenne eine Stadt.", max_tokens=2)).logprobs


async def test_stop_ends_the_answer_before_the_text(each: Model) -> None:
    whole = await each.ask("Count: one, two, three.", temperature=0, max_tokens=20)
    word = next(word for word in reversed(whole.text.split()) if len(word) > 3)
    cut = await each.ask("Count: one, two, three.", temperature=0, max_tokens=20, stop=word)
    assert cut.finish == "stop"
    assert word not in cut.text
    assert cut.text == whole.text.partition(word)[0]


async def test_a_seed_repeats_an_answer(each: Model) -> None:
    asked = each.using(temperature=1.0, max_tokens=12)
    first, again, other = [await asked.ask("Erzähle etwas.", seed=seed) for seed in (7, 7, 8)]
    assert first.text == again.text
    assert first.text != other.text


@pytest.mark.parametrize("each", ["embedded", "on_vllm"], indirect=True)
async def test_a_choice_is_the_whole_answer(each: Model) -> None:
    for _ in range(3):
        reply = await each.ask("Ist das ein Amt?", choice=["ja, gewiss", "nein"], temperature=1.0, max_tokens=20)
        assert reply.text in ("ja, gewiss", "nein")


async def test_a_regex_is_the_whole_answer(on_vllm: Model) -> None:
    reply = await on_vllm.ask("Aktenzeichen?", regex=r"[A-Z]{2}-\d{3}/2026", max_tokens=30)
    assert re.fullmatch(r"[A-Z]{2}-\d{3}/2026", reply.text)


@pytest.mark.parametrize(
    ("each", "options"),
    [
        ("embedded", {"context": 8192}),
        ("embedded", {"regex": "a+"}),
        ("on_ollama", {"regex": "a+"}),
        ("on_ollama", {"choice": ["ja", "nein"]}),
        ("on_ollama", {"tools": [TOOL], "tool_choice": "required"}),
        ("on_vllm", {"context": 8192}),
    ],
    indirect=["each"],
)
async def test_what_an_engine_lacks_is_refused_or_left_out(each: Model, options: dict[str, object]) -> None:
    name = list(options)[-1]
    with pytest.raises(errors.UnsupportedError, match=f"{name}.*{each.connection}"):
        await each.ask("Hallo", max_tokens=3, **options)
    with pytest.raises(errors.UnsupportedError, match=name):
        await anext(each.stream("Hallo", max_tokens=3, **options))
    if name == "tool_choice":
        return  # the packaged model's template knows no tools on Ollama either
    reply = await each.ask("Hallo", max_tokens=3, strict=False, **options)
    assert [warning for warning in reply.warnings if warning.startswith(f"{name}= was left out: ")]
    assert name not in str(reply.sent)


async def test_what_the_doctor_found_lacking_is_refused_before_sending(embedded: Model) -> None:
    found = Capabilities(tools=False, thinking=False)
    _records.remember(embedded.engine, embedded.name.partition("/")[2], found)
    for options in ({"tools": [TOOL]}, {"thinking": True}, {"thinking": "high"}):
        with pytest.raises(errors.UnsupportedError, match="this model lacks"):
            await embedded.ask("Hallo", max_tokens=3, **options)  # type: ignore[arg-type]
    reply = await embedded.ask("Hallo", max_tokens=3, tools=[TOOL], strict=False)
    assert "tools" not in reply.sent
    assert (await embedded.ask("Hallo", temperature=0, max_tokens=3, thinking=False)).usage.completion_tokens


async def test_an_answer_that_is_none_of_the_choices_is_an_error(ollama: Server) -> None:
    # A compatible server that does not know choice= passes over it without a word.
    connect("compatible", f"{ollama.url}/v1")
    with pytest.raises(errors.SchemaError, match="not one of choice=") as caught:
        await model(f"compatible/{ollama.model}").ask("Hallo", choice=["xyzzy"], max_tokens=5)
    assert caught.value.reply is not None


async def test_a_prompt_that_was_cut_without_a_word_is_told(each_ollama: Server, small_context: str) -> None:
    connect("compatible", f"{each_ollama.url}/v1")
    asked = model(f"compatible/{small_context}", max_tokens=4)
    reply = await asked.ask("Das Amt prüft den Antrag. " * 200)
    assert any(warning.startswith("the prompt was cut: the server read ") for warning in reply.warnings)
    assert not [w for w in (await asked.ask("Das Amt prüft.")).warnings if "prompt" in w]
    repeated = await asked.ask("Das Amt prüft.")  # now from the cache, whose tokens some servers do not count
    assert not [w for w in repeated.warnings if "prompt" in w]


async def test_by_its_own_api_ollama_refuses_what_it_would_cut(each_ollama: Server, small_context: str) -> None:
    connect("ollama", each_ollama.url, kind="ollama")
    with pytest.raises(errors.ContextError):
        await model(f"ollama/{small_context}").ask("Das Amt prüft den Antrag. " * 200, max_tokens=4)
    with pytest.raises(errors.ContextError):
        await model(f"ollama/{each_ollama.model}").ask("Das Amt prüft den Antrag. " * 200, max_tokens=4, context=256)
