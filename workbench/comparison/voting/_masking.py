"""Names of models in answers, which would tell a voter whose answer it is, covered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

# Families and makers whose names mean nothing else: covered wherever they stand.
_ALWAYS = (
    "smollm", "qwen", "qwq", "mistral", "mixtral", "ministral", "magistral", "codestral", "devstral", "pixtral",
    "gemma", "chatgpt", "deepseek", "tinyllama", "codellama", "llava", "vicuna", "starcoder", "stablelm",
    "internlm", "chatglm", "baichuan", "nemotron", "olmo", "eurollm", "teuken", "leolm", "sauerkrautlm", "wizardlm",
    "openhermes", "exaone", "openai", "anthropic", "deepmind", "hugging ?face", "huggingface", "mistral ai",
    "alibaba cloud", "aleph alpha", "moonshot ai", "zhipu(?: ai)?", "command[ -]r",
)  # fmt: skip
# The same where they are written like this.
_AS_WRITTEN = ("Llamas?", "LLaMA", "LLAMA", r"GPT(?=[-\s\d.]|\b)", "OpenAI")
# Names that are words and names of other things too: covered where somebody introduces himself.
_INTRODUCED = (
    "llama", "claude", "gemini", "bard", "phi", "falcon", "granite", "grok", "kimi", "glm", "yi", "aya", "nova",
    "jamba", "bloom", "alpaca", "zephyr", "hermes", "orca", "dolphin", "solar", "apertus", "luminous", "copilot",
    "ernie", "palm", "google", "meta(?: ai)?", "microsoft", "alibaba", "ibm", "nvidia", "cohere", "xai", "apple",
    "amazon", "tencent", "baidu", "bytedance", "meituan",
)  # fmt: skip
_SOMEBODY = (
    r"(?:\bI['’]?m|\bI am|\bmy name is|\bcall me|\bknown as|\bnamed|\bcalled|\bthis is|\bich bin|\bich heiße|"
    r"\bmein Name (?:ist|lautet)|\bnamens|\bbekannt als|"
    r"\b(?:created|developed|trained|built|made|designed|released) by|\b(?:entwickelt|trainiert|erstellt|gebaut) von|"
    r"\bvon(?=\s+[\w ]{1,30}\b(?:entwickelt|trainiert|erstellt|gebaut)))"
)
_BETWEEN = r"[\s,:*_\"'„“”‚‘’]{1,4}(?:(?:an?|the|your|ein|eine|einem|einer|der|die|das|dem|simply|just)\s+)?"
_VERSION = r"(?:[\s_-]?v?\d[\w.:-]*\w|[\s_-]?v?\d)?(?:-(?:instruct|chat|it|base)\b)?"
# Parts of models' names that say what they are made for, and not whose they are.
_GENERAL = frozenset((
    "instruct", "chat", "base", "latest", "mini", "small", "medium", "large", "tiny", "big", "pro", "plus", "turbo",
    "flash", "preview", "model", "text", "code", "coder", "vision", "embed", "embedded", "function", "quant",
    "gguf", "thinking", "reasoning", "fast", "default", "test", "good", "bad", "first", "second",
))  # fmt: skip
_LEAST = 3

Masking = Callable[[str], str]


def masking(names: Iterable[str], cover: str) -> Masking:
    """Make what covers the names of models in an answer.

    Names of families are covered wherever they stand, with the version behind them; those that are words too, such as
    "Claude" or a word of a candidate's own name, where somebody introduces himself.

    Args:
        names: Names of the candidates: "connection/model" and labels.
        cover: What stands in their place.

    >>> cover = masking(["ollama/qwen3:4b", "gpu/amt-helfer"], "▒")
    >>> cover("Ich bin Qwen3, ein Modell von Alibaba Cloud. Das Amt hilft.")
    'Ich bin ▒, ein Modell von ▒. Das Amt hilft.'
    >>> cover("I am Claude. Claude Monet painted; amt-helfer did not.")
    'I am ▒. Claude Monet painted; ▒ did not.'
    """
    whole, words = _parts_of(names)
    always = _any_of([*map(re.escape, whole), *(f"{one}{_VERSION}" for one in _ALWAYS)])
    introduced = _any_of([*map(re.escape, words), *_INTRODUCED])
    patterns = (
        re.compile(rf"(?<![\w-])(?:{always})(?![\w])", re.IGNORECASE),
        re.compile(rf"(?<![\w-])(?:{_any_of(_AS_WRITTEN)}){_VERSION}(?!\w)"),
    )
    somebody = re.compile(
        rf"({_SOMEBODY}{_BETWEEN}(?:\w{{1,30}}\s{{1,3}}){{0,2}}?)(?:{introduced}){_VERSION}(?!\w)", re.IGNORECASE
    )

    def masked(text: str) -> str:
        for pattern in patterns:
            text = pattern.sub(lambda _: cover, text)
        return somebody.sub(lambda found: f"{found[1]}{cover}", text)

    return masked


def _any_of(names: Iterable[str]) -> str:
    """A pattern for any of some names, the longest first, so that none is covered in part."""
    return "|".join(sorted(names, key=len, reverse=True))


def _parts_of(names: Iterable[str]) -> tuple[set[str], set[str]]:
    """The names that mean nothing else, and the words that may."""
    whole: set[str] = set()
    words: set[str] = set()
    for name in names:
        short = name.rpartition("/")[2]
        candidates = {name, short, short.partition(":")[0]} - {""}
        whole |= {one for one in candidates if len(one) > _LEAST and re.search(r"[\W\d_]", one.strip())}
        words |= {word.lower() for word in re.findall(r"[^\W\d_]{3,}", short)} - _GENERAL
    return whole, words
