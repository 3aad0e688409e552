"""Managing models on the real Ollama, and fetching them from a real registry."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from conftest import Server
from engine_requests import SECRET, request
from faulty import Faulty
from registry import Registry, drained, pushed, unlike_model

from workbench import errors
from workbench.engines import OllamaEngine, OllamaModels, Place
from workbench.engines.embedded._engine import packaged_model
from workbench.engines.ollama._modelfile import read_modelfile
from workbench.model_info import LoadedModel

MakePlace = Callable[..., Place]

MB = 1_000_000
# 98 MB take five seconds.
SLOW_KB_S = 20_000
THINKING = """{{- range .Messages }}<|im_start|>{{ .Role }}
{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
{{ if and .IsThinkSet .Think }}<think>{{ end }}"""


@pytest.fixture
async def models(each_ollama: Server) -> AsyncIterator[OllamaModels]:
    """The models of the real Ollama; those whose names hold "test-" are removed afterwards."""
    managed = OllamaModels(Place("ollama", each_ollama.url))
    yield managed
    for info in await OllamaEngine(Place("ollama", each_ollama.url)).models():
        if "test-managed" in info.name:
            await managed.delete(info.name)


async def test_a_pull_tells_how_far_it_is(models: OllamaModels, registry: Registry, tmp_path: Path) -> None:
    name, digest = await pushed(models, registry, tmp_path, "whole")
    registry.files.toxic("bandwidth", rate=4 * SLOW_KB_S)
    try:
        steps = await drained(models.pull(name, insecure=True))
    finally:
        registry.files.heal()
    counts = [step.completed_bytes for step in steps if step.digest == digest]
    assert counts == sorted(counts)
    assert len(set(counts)) > 5
    assert counts[-1] == registry.blob(digest).stat().st_size
    assert steps[-1].status == "success"
    assert (await models.show(name)).weights == "134.52M"


async def test_a_cancelled_pull_goes_on_where_it_was(models: OllamaModels, registry: Registry, tmp_path: Path) -> None:
    name, digest = await pushed(models, registry, tmp_path, "resumed")
    size = registry.blob(digest).stat().st_size
    registry.files.toxic("bandwidth", rate=SLOW_KB_S)
    try:
        steps = models.pull(name, insecure=True)
        async for step in steps:
            if step.digest == digest and step.completed_bytes > 30 * MB:
                break
        await steps.aclose()
        reached = step.completed_bytes
        assert reached < size
        with pytest.raises(errors.ModelUnknownError):
            await models.show(name)
        await asyncio.sleep(1.5)  # were it still fetched, 30 MB more would come
    finally:
        registry.files.heal()
    again = await drained(models.pull(name, insecure=True))
    first = next(step for step in again if step.digest == digest)
    assert reached - MB <= first.completed_bytes
    assert again[-1].status == "success"
    # The registry was asked for the rest alone, and that begins where the cancelled pull had ended.
    begun, resumed = registry.first_bytes(digest)
    assert begun == 0
    assert reached - MB <= resumed < reached + 10 * MB


async def test_a_damaged_blob_is_noticed(models: OllamaModels, registry: Registry, tmp_path: Path) -> None:
    name, digest = await pushed(models, registry, tmp_path, "damaged")
    blob = registry.blob(digest)
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)
    with pytest.raises(errors.ServerError, match=r"arrived damaged: digest mismatch.*: pull again"):
        await drained(models.pull(name, insecure=True))
    with pytest.raises(errors.ModelUnknownError):
        await models.show(name)


async def test_what_a_registry_lacks_is_told(models: OllamaModels, registry: Registry) -> None:
    name = f"127.0.0.1:{registry.port}/library/test-managed-none"
    with pytest.raises(errors.ModelUnknownError, match="has no such model"):
        await drained(models.pull(name, insecure=True))
    with pytest.raises(errors.RequestRefusedError, match="give insecure=True"):
        await drained(models.pull(name))
    with pytest.raises(errors.UnreachableError, match=r"Ollama does not reach 127\.0\.0\.1:9"):
        await drained(models.pull("127.0.0.1:9/library/test-managed", insecure=True))


class Closed:
    """A gate that lets nothing pass but loopback, as the policy of an administrator might."""

    def admit(self, address: str) -> None:
        if "127.0.0.1" not in address:
            raise errors.PolicyError("not allowed", where=address)

    def note(self, exchange: object) -> None:
        """Nothing."""


async def test_no_server_is_sent_to_a_registry_that_the_policy_forbids(ollama: Server) -> None:
    models = OllamaModels(Place("ollama", ollama.url, gate=Closed()))
    for name in ("smollm2", "hf.co/space/model"):
        for work in (models.pull, models.push):
            with pytest.raises(errors.PolicyError, match=r"registry\.ollama\.ai|hf\.co"):
                work(name)


async def test_a_model_is_made_from_another(models: OllamaModels) -> None:
    steps = models.create("test-managed", base="smollm2", system="Du bist ein Amt.", parameters={"num_ctx": 512})
    assert (await drained(steps))[-1].status == "success"
    made = await models.show("test-managed")
    assert made.system == "Du bist ein Amt."
    base = await models.show("smollm2")
    assert made.parameters == {**base.parameters, "num_ctx": 512}
    assert made.parameters["stop"] == ["<|im_start|>", "<|im_end|>"]
    assert made.families == ("llama",)
    assert made.quantization == "Q4_1"
    assert len(made.digest) == 64
    assert made.capabilities.context == 8192
    assert not made.capabilities.thinking


async def test_a_model_is_made_from_a_file_that_is_sent_once(models: OllamaModels, tmp_path: Path) -> None:
    file = unlike_model(tmp_path)
    steps = await drained(models.create("test-managed", file=file))
    sent = [step.completed_bytes for step in steps if step.status == "uploading"]
    assert sent == sorted(sent)
    assert sent[-1] == file.stat().st_size
    again = await drained(models.create("test-managed-2", file=file))
    assert not [step for step in again if step.status == "uploading"]


async def test_a_model_is_made_from_a_modelfile(models: OllamaModels) -> None:
    text = f'''# a clerk
FROM {packaged_model()}
PARAMETER temperature 0.5
PARAMETER stop "<|im_end|>"
PARAMETER stop ENDE
SYSTEM """Du bist ein Amt.
Antworte "kurz"."""
LICENSE Apache-2.0
MESSAGE user "Wo ist das Rathaus?"
MESSAGE assistant """In der
Mitte."""
'''
    await drained(models.create("test-managed", modelfile=text))
    made = await models.show("test-managed")
    assert made.system == 'Du bist ein Amt.\nAntworte "kurz".'
    assert made.parameters == {"temperature": 0.5, "stop": ["<|im_end|>", "ENDE"]}
    assert made.license == "Apache-2.0"
    assert read_modelfile(text).messages == (("user", "Wo ist das Rathaus?"), ("assistant", "In der\nMitte."))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("PARAMETER seed 1", "no line FROM"),
        ("FROM smollm2\nPARAMETER num_ctxx 5", r"did you mean 'num_ctx'\?"),
        ("FROM smollm2\nPARAMETER num_ctx many", "'many' is not a value"),
        ('FROM smollm2\nSYSTEM """Du', r"not closed \(Modelfile, line 2\)"),
        ("FROM smollm2\nMESSAGE boss Hallo", "'boss' is not a role"),
        ("FORM smollm2", "must begin with a command"),
        ("FROM smollm2\nPARSER harmony", "PARSER cannot be sent"),
        ("FROM ./none.gguf", "no such model file"),
    ],
)
async def test_a_modelfile_that_cannot_be_used_is_told(models: OllamaModels, text: str, told: str) -> None:
    with pytest.raises(errors.UsageError, match=told):
        await drained(models.create("test-managed", modelfile=text))


async def test_what_cannot_be_made_is_told(models: OllamaModels, tmp_path: Path) -> None:
    with pytest.raises(errors.UsageError, match="exactly one of"):
        await drained(models.create("test-managed"))
    with pytest.raises(errors.UsageError, match="write system into it"):
        await drained(models.create("test-managed", modelfile="FROM smollm2", system="Hallo"))
    with pytest.raises(errors.ModelUnknownError, match="did you mean 'smollm2"):
        await drained(models.create("test-managed", base="smolm2"))
    with pytest.raises(errors.RequestRefusedError, match="unclosed action"):
        await drained(models.create("test-managed", base="smollm2", template="{{ .Messages"))
    with pytest.raises(errors.UnsupportedError, match="not from a folder"):
        await drained(models.create("test-managed", file=tmp_path))
    with pytest.raises(errors.ModelUnknownError):
        await models.show("test-managed")


async def test_no_file_but_a_model_is_sent(place: MakePlace, faulty: Faulty, tmp_path: Path) -> None:
    (tmp_path / "id_rsa").write_text("PRIVATE KEY")
    with pytest.raises(errors.UsageError, match="not a GGUF file, so it is not sent"):
        await drained(OllamaModels(place()).create("x", modelfile=f"FROM {tmp_path / 'id_rsa'}"))
    assert faulty.heads == []


async def the_loaded(models: OllamaModels) -> LoadedModel:
    """The model that is loaded, once Ollama no longer lists the one in whose place it came."""
    for _ in range(100):
        found = [model for model in await models.loaded() if model.name == "test-managed:latest"]
        if len(found) == 1:
            break
        await asyncio.sleep(0.1)
    (one,) = found
    return one


async def test_loading_and_unloading(models: OllamaModels, tmp_path: Path) -> None:
    # With weights of its own, as Ollama loads a file once: who asks another model of the same would unload this one.
    await drained(models.create("test-managed", file=unlike_model(tmp_path), parameters={"num_ctx": 1024}))
    await models.load("test-managed", keep_alive="5m", context=512)
    found = await the_loaded(models)
    assert found.context == 512
    assert found.memory_bytes > 50 * MB
    assert found.gpu_bytes <= found.memory_bytes
    assert found.expires_s is not None
    assert 200 < found.expires_s <= 300
    await models.load("test-managed", keep_alive=-1)
    found = await the_loaded(models)
    assert found.context == 1024
    assert found.expires_s is None
    await models.unload("test-managed")
    assert "test-managed:latest" not in [model.name for model in await models.loaded()]


async def test_copying_and_deleting(models: OllamaModels) -> None:
    await models.copy("smollm2", "test-managed")
    assert (await models.show("test-managed")).digest == (await models.show("smollm2")).digest
    await models.delete("test-managed")
    with pytest.raises(errors.ModelUnknownError):
        await models.delete("test-managed")
    assert (await models.show("smollm2")).digest


async def test_what_is_deleted_is_unloaded(models: OllamaModels, tmp_path: Path) -> None:
    await drained(models.create("test-managed-loaded", file=unlike_model(tmp_path)))
    await models.load("test-managed-loaded", keep_alive="5m")
    await models.delete("test-managed-loaded")
    assert "test-managed-loaded:latest" not in [model.name for model in await models.loaded()]


async def test_embeddings_are_vectors_and_no_text_is_cut(oldest_ollama: Server) -> None:
    engine = OllamaEngine(Place("ollama", oldest_ollama.url))
    town, hall, cow = await engine.embed("smollm2", ["Das Rathaus ist offen.", "Das Rathaus ist auf.", "Eine Kuh."])
    assert len(town) == len(hall) == 576
    assert sum(x * x for x in town) == pytest.approx(1, abs=1e-3)
    near, far = (sum(x * y for x, y in zip(town, other, strict=True)) for other in (hall, cow))
    assert near > far
    with pytest.raises(errors.ContextError):
        await engine.embed("smollm2", ["Amt " * 10_000])
    with pytest.raises(errors.ModelUnknownError, match="did you mean 'smollm2"):
        await engine.embed("smolm2", ["Amt"])


async def test_a_current_ollama_makes_no_embeddings_with_a_model_that_chats(ollama: Server) -> None:
    engine = OllamaEngine(Place("ollama", ollama.url))
    with pytest.raises(errors.RequestRefusedError, match="made for embeddings"):
        await engine.embed(ollama.model, ["Amt"])


async def test_version(models: OllamaModels, each_ollama: Server) -> None:
    assert await models.version() == each_ollama.version


@pytest.mark.parametrize("work", ["show", "load", "unload", "delete"])
async def test_an_unknown_model_offers_what_there_is(models: OllamaModels, work: str) -> None:
    with pytest.raises(errors.ModelUnknownError, match="did you mean 'smollm2"):
        await getattr(models, work)("smolm2")


async def test_the_key_of_the_environment_is_not_sent(
    place: MakePlace, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "key-of-the-cloud")
    keyless = Place("ollama", faulty.address)
    for server in (keyless, place()):
        for call in (OllamaModels(server).show("x"), OllamaModels(server).version(), OllamaEngine(server).models()):
            with pytest.raises(errors.EngineError):
                await call
        with pytest.raises(errors.EngineError):
            await drained(OllamaModels(server).pull("127.0.0.1:9/a/b"))
    text = "".join(faulty.heads).lower()
    assert "key-of-the-cloud" not in text
    assert text.count("authorization") == text.count(f"authorization: bearer {SECRET}") == len(faulty.heads) // 2


async def test_a_redirect_is_not_followed(place: MakePlace, faulty: Faulty) -> None:
    for call in (OllamaModels(place()).show("redirect"), drained(OllamaModels(place()).pull("redirect"))):
        before = len(faulty.heads)
        with pytest.raises(errors.AddressError, match="nothing was sent there"):
            await call
        assert len(faulty.heads) == before + 1


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("line-cut", errors.StreamCutError),
        ("line-ended", errors.StreamCutError),
        ("line-garbled", errors.EngineError),
        ("silent", errors.EngineError),
        ("html", errors.AddressError),
        ("failing", errors.ServerError),
    ],
)
async def test_a_pull_that_breaks_off_is_told(place: MakePlace, model: str, kind: type[errors.EngineError]) -> None:
    with pytest.raises(kind) as caught:
        await drained(OllamaModels(place()).pull(model))
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.advice


async def test_thinking_is_what_the_template_says(models: OllamaModels, each_ollama: Server) -> None:
    await drained(models.create("test-managed", base="smollm2", template=THINKING))
    assert (await models.show("test-managed")).capabilities.thinking
    engine = OllamaEngine(Place("ollama", each_ollama.url))
    plain = {"temperature": 0, "max_tokens": 8}
    thinking = await engine.ask(request("test-managed", thinking=True, **plain))
    assert thinking.sent["think"] is True
    assert thinking.reasoning
    assert not thinking.text
    silent = await engine.ask(request("test-managed", thinking=False, **plain))
    assert silent.sent["think"] is False
    assert silent.text
    assert not silent.reasoning


async def test_thinking_that_a_model_lacks_is_told(each_ollama: Server) -> None:
    engine = OllamaEngine(Place("ollama", each_ollama.url))
    with pytest.raises(errors.RequestRefusedError, match="does not support thinking"):
        await engine.ask(request("smollm2", thinking=True))
    assert (await engine.ask(request("smollm2", thinking=False, temperature=0, max_tokens=2))).text


async def test_a_level_of_thinking_that_a_server_lacks_is_told(
    models: OllamaModels, each_ollama: Server, ollama: Server
) -> None:
    await drained(models.create("test-managed", base="smollm2", template=THINKING))
    engine = OllamaEngine(Place("ollama", each_ollama.url))
    with pytest.raises(errors.RequestRefusedError, match='invalid think value: "boundless"'):
        await engine.ask(request("test-managed", thinking="boundless"))
    for level in ("high", "max"):
        asked = request("test-managed", thinking=level, temperature=0, max_tokens=8)
        if each_ollama == ollama:
            assert (await engine.ask(asked)).reasoning
        else:  # it has no "max", and other levels for few models
            with pytest.raises(errors.RequestRefusedError, match=f'"{level}"'):
                await engine.ask(asked)


async def test_the_level_of_thinking_reaches_the_template(models: OllamaModels, each_ollama: Server) -> None:
    engine = OllamaEngine(Place("ollama", each_ollama.url))
    # An old one takes levels for models of the parser "harmony" alone, which the `ollama` package cannot set.
    body = {
        "model": "test-managed-levels",
        "from": "smollm2",
        "parser": "harmony",
        "template": '{{ if eq .ThinkLevel "high" }}one two three {{ end }}{{ range .Messages }}{{ .Content }}{{ end }}',
        "stream": False,
    }
    async with aiohttp.ClientSession() as session, session.post(f"{each_ollama.url}/api/create", json=body) as response:
        assert response.status == 200
    low, high = [
        await engine.ask(request("test-managed-levels", thinking=level, max_tokens=2)) for level in ("low", "high")
    ]
    assert low.usage.prompt_tokens is not None
    assert high.usage.prompt_tokens is not None
    assert high.usage.prompt_tokens > low.usage.prompt_tokens


async def test_the_context_of_a_request_is_what_the_model_gets(
    models: OllamaModels, each_ollama: Server, tmp_path: Path
) -> None:
    engine = OllamaEngine(Place("ollama", each_ollama.url))
    await drained(models.create("test-managed", file=unlike_model(tmp_path)))
    for context in (512, 1024):
        await engine.ask(request("test-managed", context=context, max_tokens=1))
        found = await the_loaded(models)
        assert found.context == context
    long = "Amt " * 300
    counted = (await engine.ask(request("test-managed", long, context=1024, max_tokens=1))).usage.prompt_tokens
    assert counted is not None
    assert 512 < counted < 1024
    with pytest.raises(errors.ContextError):
        await engine.ask(request("test-managed", long, context=512, max_tokens=1))
