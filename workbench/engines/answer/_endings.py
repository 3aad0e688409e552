"""Why an answer ended: the words that servers have for it, and which of them mean that it is not whole."""

from __future__ import annotations

import re

from workbench.messages import Finish

_PREFIX = re.compile(r"^(?:finish|stop|done)_reason_(?=.)")
# What servers are known to say, without capitals, and with a line for all that is not a letter.
_KNOWN: tuple[tuple[Finish, re.Pattern[str]], ...] = (
    (
        "stop",
        re.compile(
            r"stop(ped|_sequence|_token|_string|_str|_word)?|eos(_token|_found)?|eot|end(_turn|_of_turn|_of_text)?"
            r"|turn_end|completed?|completion|finish(ed)?|done|normal|success|natural"
        ),
    ),
    (
        "length",
        re.compile(
            r"(max|model|context)_length|length|max_((new|output|completion)_)?tokens?|tokens?_limit|limit|truncated"
            r"|(model_)?context_window_exceeded|error_limit"
        ),
    ),
    ("tool_calls", re.compile(r"tool_(calls?|use)|function_calls?|tools?")),
    (
        "content_filter",
        re.compile(
            r"content_filter(ed)?|filter(ed)?|refus(al|ed)|(image_)?safety|recitation|blocklist|blocked|spii|sensitive"
            r"|prohibited_content|language|guardrail_intervened|error_toxic|moderation"
        ),
    ),
)
# Words that nobody has listed; the first that fits. What is not whole comes first, as "stop_error" is not a stop.
_NOT_WHOLE = re.compile(
    r"abort|cancel|error|fail|time_?out|timed_out|interrupt|load|shut_?down|kill|incomplete|disconnect|closed|crash"
    r"|preempt|evict|unavailable|insufficient|malformed|pause|partial|broke|reset|lost|other|unspecified|invalid"
    r"|exception|reject|drop|expired|user_stop|stopped_by_user|revoked"
)
_ALIKE: tuple[tuple[Finish, re.Pattern[str]], ...] = (
    ("content_filter", re.compile(r"filter|safety|block|refus|toxic|policy|moderat|prohibit|sensitive|guardrail")),
    ("length", re.compile(r"length|limit|max_|truncat|budget|exceed|context")),
    ("tool_calls", re.compile(r"tool|function")),
    ("stop", re.compile(r"stop|end|eos|complete|finish|done")),
)


def ending(word: str) -> Finish | None:
    """What a server's word for the end of an answer means; None where the answer is not whole.

    Args:
        word: The word, in any spelling; one that nobody knows is "unknown".

    >>> [ending(word) for word in ("stop", "MAX_TOKENS", "eos_token", "function_call", "abort", "xyz")]
    ['stop', 'length', 'stop', 'tool_calls', None, 'unknown']
    """
    plain = re.sub(r"[^a-z]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).lower()).strip("_")
    plain = _PREFIX.sub("", plain)
    known = next((finish for finish, words in _KNOWN if words.fullmatch(plain)), None)
    if known is not None:
        return known
    if _NOT_WHOLE.search(plain):
        return None
    return next((finish for finish, words in _ALIKE if words.search(plain)), "unknown")
