"""What a compatible server is asked: the request's body, in OpenAI's words and in those of vLLM and llama.cpp."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from workbench.conversation import data_url
from workbench.messages import Message, Options, Request, Tool

Constrain = Callable[[Options], dict[str, Any]]


def request_body(request: Request, constrain: Constrain) -> dict[str, Any]:
    """The body of a request, without whether it is to be streamed.

    Args:
        request: What is asked.
        constrain: How this kind of server is told of `choice` and `regex`.

    >>> request_body(Request("small", (Message("user", "Hallo"),), Options(seed=1)), by_vllm)
    {'model': 'small', 'messages': [{'role': 'user', 'content': 'Hallo'}], 'seed': 1}
    """
    options = request.options
    body: dict[str, Any] = {"model": request.model, "messages": [_message(m) for m in request.messages]}
    for name in ("temperature", "top_p", "seed", "max_tokens"):
        if (value := getattr(options, name)) is not None:
            body[name] = value
    if options.stop:
        body["stop"] = list(options.stop)
    if options.schema is not None:
        schema = {"name": "answer", "schema": dict(options.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if options.logprobs is not None:
        body |= {"logprobs": True, "top_logprobs": options.logprobs}
    return body | _tools(options) | _thinking(options) | constrain(options)


def by_vllm(options: Options) -> dict[str, Any]:
    """`choice` and `regex` in vLLM's words; a server that does not know them passes over them, and is checked after.

    >>> by_vllm(Options(choice=("ja", "nein")))
    {'structured_outputs': {'choice': ['ja', 'nein']}}
    """
    if options.choice:
        return {"structured_outputs": {"choice": list(options.choice)}}
    if options.regex is not None:
        return {"structured_outputs": {"regex": options.regex}}
    return {}


def by_llama_cpp(options: Options) -> dict[str, Any]:
    """`choice` as a grammar of llama.cpp.

    >>> by_llama_cpp(Options(choice=("ja", "nein")))
    {'grammar': 'root ::= "ja" | "nein"'}
    """
    if not options.choice:
        return {}
    return {"grammar": "root ::= " + " | ".join(json.dumps(text, ensure_ascii=False) for text in options.choice)}


def _message(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.images:
        shown = [{"type": "image_url", "image_url": {"url": data_url(one)}} for one in message.images]
        body["content"] = [{"type": "text", "text": message.content}, *shown] if message.content else shown
    if message.tool_calls:
        body["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        body["tool_call_id"] = message.tool_call_id
    if message.name is not None:
        body["name"] = message.name
    return body


def _tools(options: Options) -> dict[str, Any]:
    # "none" leaves the tools out: not every server obeys the word, but none can call what it does not see.
    if not options.tools or options.tool_choice == "none":
        return {}
    forced = options.tool_choice not in (None, "auto")
    body: dict[str, Any] = {"tools": [_tool(tool, strict=forced) for tool in options.tools]}
    if options.tool_choice in ("auto", "required"):
        body["tool_choice"] = options.tool_choice
    elif options.tool_choice is not None:
        body["tool_choice"] = {"type": "function", "function": {"name": options.tool_choice}}
    return body


def _tool(tool: Tool, *, strict: bool) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    # A forced call has the right name either way, but vLLM holds its arguments to their schema only if told so.
    return {"type": "function", "function": function | ({"strict": True} if strict else {})}


def _thinking(options: Options) -> dict[str, Any]:
    if options.thinking is None:
        return {}
    if isinstance(options.thinking, bool):
        return {"chat_template_kwargs": {"enable_thinking": options.thinking}}
    return {"reasoning_effort": options.thinking}
