import pytest

from workbench.engines.answer._endings import ending

WORDS = {
    "stop": [
        "stop",
        "STOP",
        "eos",
        "eos_token",
        "EndTurn",
        "end_turn",
        "stop_sequence",
        "COMPLETE",
        "FINISH_REASON_STOP",
    ],
    "length": [
        *("length", "max_tokens", "MAX_TOKENS", "maxTokens", "model_length", "token_limit", "max_new_tokens"),
        *("max_output_tokens", "context_length", "model_context_window_exceeded", "length_capped", "ERROR_LIMIT"),
    ],
    "tool_calls": ["tool_calls", "tool_use", "function_call", "TOOL_CALL"],
    "content_filter": [
        "content_filter",
        "SAFETY",
        "RECITATION",
        "refusal",
        "PROHIBITED_CONTENT",
        "guardrail_intervened",
    ],
    None: [
        *("abort", "aborted", "error", "ERROR", "cancelled", "canceled", "load", "unload", "timeout", "network_error"),
        *("insufficient_system_resource", "MALFORMED_FUNCTION_CALL", "server_shutdown", "interrupted", "pause_turn"),
        *("stop_error", "failed", "incomplete", "OTHER"),
    ],
    "unknown": ["xyz", "42", ""],
}


@pytest.mark.parametrize(("word", "finish"), [(word, finish) for finish, words in WORDS.items() for word in words])
def test_a_word_for_the_end_of_an_answer(word: str, finish: str | None) -> None:
    assert ending(word) == finish
