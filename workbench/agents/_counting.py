"""How many tokens a conversation is for a model, before it is sent."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from workbench.connections import Model, wait
from workbench.errors import CassetteMissError, EngineError, UnsupportedError
from workbench.messages import Message, Tool

_CHARACTERS_PER_TOKEN = 3.0
_PER_TURN = 5  # tokens that a template adds to each turn, until a prompt was counted
_BEFORE_ANSWER = 3  # those that it adds where the answer begins
_MOST_TEXTS = 4096


class Counter:
    """Counts the tokens of conversations, better after each prompt that the server has counted.

    Where the server has a tokeniser it tells the tokens of each text, once; what the template adds is what it added to
    the last prompt. Elsewhere characters are divided by those that a token had in the prompts before. What an image is
    in tokens no server tells before it is sent, so an image counts as many as one took in the last prompt with images,
    and nothing before the first.

    >>> from workbench.connections import model
    >>> Counter(model("embedded")).count([Message("user", "Bürgeramt")], ())
    13
    """

    def __init__(self, asked: Model) -> None:
        self._model = asked
        self._has_tokeniser = True
        self._tokens: dict[str, int] = {}
        self._known_characters = 0
        self._known_tokens = 0
        self._last: tuple[list[str], int, int] | None = None
        self._shown: tuple[list[str], int, int, int] | None = None

    def note(self, turns: Sequence[Message], tools: Sequence[Tool], prompt_tokens: int) -> None:
        """Take over how many tokens the server has counted for a prompt."""
        texts, images = _texts(turns, tools), _images(turns)
        if images:
            self._shown = texts, len(turns), images, prompt_tokens
            return
        self._known_characters += sum(map(len, texts))
        self._known_tokens += prompt_tokens
        self._last = texts, len(turns), prompt_tokens

    def count(self, turns: Sequence[Message], tools: Sequence[Tool]) -> int:
        """Count the tokens of a conversation with its tools, images as far as is known."""
        images = _images(turns)
        return self._of_texts(_texts(turns, tools), len(turns)) + (self._of_images(images) if images else 0)

    def _of_images(self, images: int) -> int:
        if self._shown is None:
            return 0
        texts, turns, shown, tokens = self._shown
        return math.ceil(images * max(0, tokens - self._of_texts(texts, turns)) / shown)

    def _of_texts(self, texts: list[str], turns: int) -> int:
        try:
            return self._by_tokeniser(texts, turns) if self._has_tokeniser else self._estimate(texts)
        except UnsupportedError:
            self._has_tokeniser = False
        except (EngineError, CassetteMissError):
            pass  # a count is wanted where nothing may be sent, too
        return self._estimate(texts)

    def _estimate(self, texts: list[str]) -> int:
        known = self._known_characters / self._known_tokens if self._known_tokens else _CHARACTERS_PER_TOKEN
        return math.ceil(sum(map(len, texts)) / known)

    def _by_tokeniser(self, texts: list[str], turns: int) -> int:
        per_turn: float = _PER_TURN
        counted = self._counted([*texts, *(self._last[0] if self._last else ())])
        if self._last is not None and self._last[1]:
            known, known_turns, tokens = self._last
            per_turn = (tokens - _BEFORE_ANSWER - sum(counted[text] for text in known)) / known_turns
        return sum(counted[text] for text in texts) + round(per_turn * turns) + _BEFORE_ANSWER

    def _counted(self, texts: list[str]) -> dict[str, int]:
        """The tokens of each text; the server is asked for those alone that it was not asked for before."""
        new = [text for text in dict.fromkeys(texts) if text not in self._tokens]
        if len(self._tokens) + len(new) > _MOST_TEXTS:
            self._tokens.clear()
            new = list(dict.fromkeys(texts))
        if new:
            self._tokens |= wait(self._asked(new))
        return self._tokens

    async def _asked(self, texts: list[str]) -> dict[str, int]:
        return {text: len(await self._model.tokenize(text)) if text else 0 for text in texts}


def _texts(turns: Sequence[Message], tools: Sequence[Tool]) -> list[str]:
    """All that a conversation and its tools make a template write."""
    said = [part for turn in turns for part in (turn.content, *(call.arguments for call in turn.tool_calls))]
    return said + [f"{tool.name} {tool.description} {json.dumps(dict(tool.parameters))}" for tool in tools]


def _images(turns: Sequence[Message]) -> int:
    return sum(len(turn.images) for turn in turns)
