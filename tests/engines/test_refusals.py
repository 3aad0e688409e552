"""Refusals in the words of many servers: the error that fits, advice that helps, asked again only where it can help."""

from __future__ import annotations

import json
from functools import partial

import hostile_client
import pytest
from engine_requests import SECRET, KnownKey, request
from faulty import whole
from hostile import Hostile
from hostile_client import ROOMY, answers, ended

from workbench import errors
from workbench.engines.wire._place import Place
from workbench.engines.wire.failures._refusals import refusal

# A machine that stalls is not what is tried here.
openai = partial(hostile_client.openai, limits=ROOMY)
PLACE = Place("gpu", "http://127.0.0.1:8000/v1", KnownKey())
KINDS: dict[type[errors.EngineError], list[tuple[int, str]]] = {
    errors.ContextError: [
        # vLLM, OpenAI, Azure and OpenRouter
        (400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens."),
        (
            400,
            "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 4096",
        ),
        (400, "You passed 5001 input tokens. However, the model's context length is only 4096 tokens."),
        (400, "The decoder prompt (length 5000) is longer than the maximum model length of 4096."),
        (400, '{"error": {"code": "context_length_exceeded", "message": "too much"}}'),
        (400, "This endpoint's maximum context length is 8192 tokens. However, you requested about 9000 tokens"),
        # llama.cpp and Ollama
        (400, "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it"),
        (
            500,
            "the request exceeds the available context size. try increasing the context size or enable context shift",
        ),
        (500, "input is too large to process. increase the physical batch size"),
        (400, "the input length exceeds the context length"),
        (400, "input length exceeds maximum context length"),
        # LM Studio
        (
            400,
            "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with "
            "context length of only 4096 tokens, which is not enough.",
        ),
        (400, "The number of tokens to keep from the initial prompt is greater than the context length."),
        (
            500,
            "Reached context length of 4096 tokens, but this model does not currently support mid-generation "
            "context overflow",
        ),
        # TGI and TEI
        (
            422,
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens",
        ),
        (413, "Input validation error: `inputs` must have less than 512 tokens. Given: 600"),
        # SGLang
        (400, "The input (5000 tokens) is longer than the model's context length (4096 tokens)."),
        (400, "Requested token count exceeds the model's maximum context length of 4096 tokens."),
        # LiteLLM, Mistral, Anthropic, Gemini, Groq
        (400, "litellm.ContextWindowExceededError: litellm.BadRequestError: too much"),
        (400, "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length"),
        (400, "prompt is too long: 210000 tokens > 200000 maximum"),
        (400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
        (400, "Please reduce the length of the messages or completion."),
    ],
    errors.BudgetError: [
        (402, "whatever"),
        (402, "Insufficient credits"),
        (402, "Insufficient Balance"),
        (
            429,
            '{"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}',
        ),
        (429, "Your account is suspended, please check your plan. exceeded_current_quota_error"),
        (400, "Your credit balance is too low to access the API."),
        (400, "ExceededBudget: User over budget. Budget has been exceeded! Current cost: 2.0, Max budget: 1.0"),
        (429, "Budget has been exceeded! Current cost: 2.0, Max budget: 1.0"),
        (403, "Key limit exceeded (total limit). Manage it on the settings page"),
        (429, "You have exceeded your monthly included credits for Inference Providers."),
        (400, '{"error": {"code": "billing_hard_limit_reached", "message": "Billing hard limit has been reached"}}'),
    ],
    errors.RateLimitError: [
        (429, "slow down"),
        (529, "Overloaded"),
        (503, "server busy, please try again. maximum pending requests exceeded"),
        (503, "The request queue is full."),
        (500, '{"error": {"type": "overloaded_error", "message": "Overloaded"}}'),
        (429, "You exceeded your current quota. Quota: requests per minute per model. Please retry in 34s."),
        (
            429,
            "Requests have exceeded call rate limit of your current pricing tier. Please retry after 2 seconds. Please "
            "go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.",
        ),
        (429, "Rate limit reached: tokens in context of this organisation exceed the maximum per minute"),
    ],
    errors.ModelLoadingError: [
        (503, '{"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}'),
        (503, "Model x is currently loading"),
        (500, "model is loading"),
        (503, "Server is starting"),
    ],
    errors.ModelUnknownError: [
        (404, "The model `small` does not exist."),
        (404, 'model "small" not found, try pulling it first'),
        (400, "small is not a valid model ID"),
        (400, "Invalid model name passed in model=small. Call `/v1/models` to view available models for your key."),
        (
            404,
            '{"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}}',
        ),
        (404, "No models loaded. Please load a model in the developer page or use the `lms load` command."),
        (400, '{"error": {"code": "model_not_found", "message": "nothing"}}'),
        (400, "Model Not Exist"),
        (400, "Invalid model: small"),
        (404, "No endpoints found for small."),
    ],
    errors.RequestRefusedError: [
        (400, "Conversation roles must alternate user/assistant/user/assistant/..."),
        (500, 'Error rendering prompt with jinja template: "Conversation roles must alternate user/assistant"'),
        (500, "Error rendering prompt with jinja template: Unknown test"),
        (400, "After the optional system message, conversation roles must alternate user/assistant/user/assistant/..."),
        (500, "System role not supported"),
        (400, "Expected last role User or Tool for serving but got assistant"),
        (400, 'messages: roles must alternate between "user" and "assistant"'),
        (400, "Unexpected role 'system' after role 'user'"),
        (404, "No endpoints found that support tool use."),
        (400, "registry.ollama.ai/library/small does not support tools"),
        (500, "tools param requires --jinja flag"),
        (400, '{"error": {"code": "content_filter", "message": "The response was filtered"}}'),
        (403, "small requires moderation on X. Your input was flagged for violence"),
        (413, "Request Entity Too Large"),
        (400, "unrecognized field"),
        (422, "field required"),
    ],
    errors.KeyRefusedError: [(401, "Invalid API key"), (403, "This key can only access other models"), (401, "")],
    errors.ServerError: [
        (500, "out of memory"),
        (500, "error loading model vocabulary"),
        (500, "Failed to load model"),
        (503, "down"),
        (502, "<html>Bad Gateway</html>"),
    ],
    errors.AddressError: [(404, "404 page not found"), (404, '{"detail": "Not Found"}'), (302, "")],
}


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [(kind, *one) for kind, refusals in KINDS.items() for one in refusals],
    ids=lambda value: ascii(value)[:40] if isinstance(value, str) else None,
)
@pytest.mark.parametrize("shape", ["plain", "object", "text", "detail"])
def test_words_of_a_refusal(kind: type[errors.EngineError], status: int, words: str, shape: str) -> None:
    if shape != "plain":
        if words.startswith("{"):
            return
        words = json.dumps(
            {"object": {"error": {"message": words}}, "text": {"error": words}, "detail": {"detail": words}}[shape]
        )
    assert type(refusal(PLACE, status, words, model="small")) is kind


@pytest.mark.parametrize(
    ("status", "words", "advice"),
    [
        (400, "Conversation roles must alternate user/assistant", "join messages of one role"),
        (400, "System role not supported", "first user message"),
        (400, "the request exceeds the available context size", "shorten the prompt"),
        (402, "Insufficient credits", "ask whoever runs the gateway"),
        (429, "slow down", "wait"),
        (500, "tools param requires --jinja flag", "--jinja"),
        (400, "small does not support tools", "native tool calls"),
        (400, "content_filter", "filter"),
        (413, "Request Entity Too Large", "shorten the prompt"),
        (401, "Incorrect API key", "env:TEST_KEY"),
        (404, "The model `small` does not exist", "wb.models()"),
    ],
)
def test_advice_that_helps_and_the_words_of_the_server(status: int, words: str, advice: str) -> None:
    error = refusal(PLACE, status, json.dumps({"error": {"message": words}}), model="small")
    assert advice in error.advice
    if not isinstance(error, errors.ModelUnknownError):
        assert words in error.what


def test_a_key_in_the_words_of_a_refused_key_is_masked() -> None:
    error = refusal(PLACE, 401, json.dumps({"error": {"message": f"Incorrect API key provided: {SECRET}"}}))
    assert "Incorrect API key provided: [key]" in str(error)


@pytest.mark.parametrize(
    ("status", "words", "tries"),
    [
        ("429 Too Many Requests", "slow down", 2),
        ("529 Overloaded", "Overloaded", 2),
        ("500 Internal Server Error", "overloaded_error", 2),
        ("503 Service Unavailable", "Loading model", 2),
        ("503 Service Unavailable", "down", 2),
        ("522 Connection timed out", "", 2),
        ("408 Request Timeout", "", 2),
        ("429 Too Many Requests", "insufficient_quota", 1),
        ("402 Payment Required", "", 1),
        ("503 Service Unavailable", "the request exceeds the available context size", 1),
        ("503 Service Unavailable", "invalid model name", 1),
        ("500 Internal Server Error", "Conversation roles must alternate", 1),
        ("500 Internal Server Error", "out of memory", 1),
        ("400 Bad Request", "no", 1),
    ],
)
async def test_it_is_asked_again_only_where_that_can_help(
    hostile: Hostile, status: str, words: str, tries: int
) -> None:
    hostile.answers["refusing"] = answers(whole(status, json.dumps({"error": {"message": words}})))
    await ended(openai(hostile, "refusing").ask(request("small")))
    assert sum(head.startswith("POST") for head in hostile.heads) == tries
