"""What servers tell of their models and of themselves: abilities, progress of a download, what is in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a model on its server can do; None where nobody has said so yet.

    Attributes:
        chat: Answers to messages.
        streaming: Answers piece by piece.
        stream_usage: Counts of tokens at the end of a stream.
        tools: Native tool calls.
        forced_tools: A tool call on demand (`tool_choice="required"` or a name).
        parallel_tools: Several tool calls in one answer.
        tools_seen: Tools reach the model; the chat templates of some drop them without a word.
        schema: Answers held to a JSON schema.
        choice: Answers held to one of several texts.
        thinking: Reasoning apart from the answer.
        thinking_off: Reasoning that can be switched off.
        logprobs: How likely each token was.
        seed: The same answer again for the same seed.
        stop: Texts that end the answer.
        embedding: Embeddings; such a model may be unable to chat.
        tokenize: A prompt's tokens, without asking the model.
        vision: Pictures in the prompt.
        context: Length of the context, in tokens.

    >>> Capabilities(context=8192).tools is None
    True
    """

    chat: bool | None = None
    streaming: bool | None = None
    stream_usage: bool | None = None
    tools: bool | None = None
    forced_tools: bool | None = None
    parallel_tools: bool | None = None
    tools_seen: bool | None = None
    schema: bool | None = None
    choice: bool | None = None
    thinking: bool | None = None
    thinking_off: bool | None = None
    logprobs: bool | None = None
    seed: bool | None = None
    stop: bool | None = None
    embedding: bool | None = None
    tokenize: bool | None = None
    vision: bool | None = None
    context: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """A model as its server lists it.

    Attributes:
        name: Its name on the server.
        digest: Fingerprint of its files, where the server tells.
        size_bytes: Size of its files.
        parameters: Number of weights, as the server words it ("134.52M").
        quantization: Kind of the weights ("Q4_1", "BF16").
        loaded: Whether it is in memory now.
        capabilities: What it can do.
        adapter_of: The model that it changes, where it is a LoRA adapter that a vLLM serves as a model; else "".
        resident: Whether it is in memory beside all other models of its server of which this is true, so that asking
            them by turns exchanges none; False where that is not known.
        runs_at: The host to which the server passes on what this model is asked; "" where it answers itself.

    >>> ModelInfo(name="smollm2").loaded is None
    True
    """

    name: str
    digest: str = ""
    size_bytes: int | None = None
    parameters: str = ""
    quantization: str = ""
    loaded: bool | None = None
    capabilities: Capabilities = Capabilities()
    adapter_of: str = ""
    resident: bool = False
    runs_at: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a server has come with a model that it fetches or makes.

    Attributes:
        status: What it is doing, in the server's words.
        digest: The part that is under way, or "".
        completed_bytes: How much of that part is there.
        total_bytes: Its size; None where it is not known.

    >>> Progress("pulling", "sha256:aa", 50, 200).share
    0.25
    """

    status: str
    digest: str = ""
    completed_bytes: int = 0
    total_bytes: int | None = None

    @property
    def share(self) -> float | None:
        """The part that is done, from 0 to 1; None where the size is not known."""
        return self.completed_bytes / self.total_bytes if self.total_bytes else None


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that a server holds in memory now.

    Attributes:
        name: Its name on the server.
        memory_bytes: Memory that it takes, all together.
        gpu_bytes: Of that, on accelerators.
        context: Length of the context it was loaded with, in tokens; None where the server does not say.
        expires_s: Seconds until the server unloads it; None where it stays.

    >>> LoadedModel("smollm2", 400_000_000).gpu_bytes
    0
    """

    name: str
    memory_bytes: int
    gpu_bytes: int = 0
    context: int | None = None
    expires_s: float | None = None


@dataclass(frozen=True, slots=True)
class Gauges:
    """What a server says of its load.

    Attributes:
        running: Requests that it works on now.
        waiting: Requests that wait in its queue.
        cache_used: Part of the key-value cache that is taken, from 0 to 1; None where the server does not say.
        prefix_hits: Part of the prompt tokens since its start that came from the prefix cache; None likewise.
        generated_tokens: Tokens written since its start; None likewise.

    >>> Gauges(running=3, waiting=0).cache_used is None
    True
    """

    running: int
    waiting: int
    cache_used: float | None = None
    prefix_hits: float | None = None
    generated_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDetails:
    """All that a server tells of one model.

    Attributes:
        name: Its name on the server.
        digest: Fingerprint of its files.
        families: The architectures that it is made of, such as "llama".
        weights: Number of weights, as the server words it ("134.52M").
        quantization: Kind of the weights ("Q4_1", "BF16").
        parameters: Options of every answer that the model brings along, by the server's names.
        template: How messages become a prompt.
        system: System message that the model brings along.
        license: First line of its licence.
        capabilities: What it can do.

    >>> ModelDetails(name="smollm2", parameters={"num_ctx": 4096}).capabilities.context is None
    True
    """

    name: str
    digest: str = ""
    families: tuple[str, ...] = ()
    weights: str = ""
    quantization: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    template: str = ""
    system: str = ""
    license: str = ""
    capabilities: Capabilities = Capabilities()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What the answers of a model depend on beside the question, as far as its server tells.

    Attributes:
        kind: Kind of the connection.
        address: Where the server is, without query, user and password.
        product: What the server says it is.
        version: Its version.
        digest: Fingerprint of the model's files.
        quantization: Kind of the weights ("Q4_1", "BF16").
        template_sha256: Fingerprint of how messages become a prompt.
        defaults: What the server takes where a question says nothing of it, by the server's names.

    >>> ModelFacts(kind="ollama", version="0.33.0").digest
    ''
    """

    kind: str = ""
    address: str = ""
    product: str = ""
    version: str = ""
    digest: str = ""
    quantization: str = ""
    template_sha256: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
