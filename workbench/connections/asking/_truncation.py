"""The alarm for prompts that a server has cut without a word."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.messages import Reply, Request
from workbench.reply_warnings import warning_text


def truncation(reply: Reply, request: Request) -> Iterator[str]:
    """A warning where the server counted fewer prompt tokens than there must be.

    Two signs are sure enough: fewer tokens than words, as no tokeniser in use joins words across a space; and a prompt
    that fills the whole context that was asked for, as then nothing was left for an answer, and the server made room.
    A cut that leaves more tokens than words is not seen. Ollama by its own API is told to refuse such a prompt instead.

    Args:
        reply: What came.
        request: What was asked.

    >>> from workbench.messages import Message, Usage
    >>> asked = Request("small", (Message("user", "Amt " * 100),))
    >>> list(truncation(Reply(text="Ja", finish="stop", usage=Usage(64, 1)), asked))
    ['the prompt was cut: the server read 64 tokens of at least 100']
    """
    read = reply.usage.prompt_tokens
    if not read:
        return
    read += reply.usage.cached_tokens or 0  # in case the server does not count these among those of the prompt
    words = sum(len(message.content.split()) for message in request.messages)
    if read < words:
        yield warning_text("prompt cut", f": the server read {read} tokens of at least {words}")
    elif request.options.context is not None and read >= request.options.context:
        yield warning_text("prompt cut", f", or nearly so: it fills the context of {request.options.context} tokens")
