"""Collecting an answer from its parts, with the times at which they came."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any, get_args

from workbench.messages import Finish, Piece, Reply, Request, Timing, ToolCall, Usage

_FINISHES = frozenset(get_args(Finish))


class Answer:
    """An answer that is being received; its clock starts when it is made, which is when the request is sent.

    Args:
        connection: Name of the connection.
        request: What is asked.
        sent: The body that goes over the wire.

    >>> answer = Answer("gpu", Request("small", ()), {})
    >>> answer.add_text("Bo")
    >>> answer.add_text("nn")
    >>> answer.piece()
    Piece(text='Bonn', reasoning='', reply=None)
    >>> answer.reply(finish="stop").model
    'gpu/small'
    """

    def __init__(self, connection: str, request: Request, sent: Mapping[str, Any]) -> None:
        self.model = f"{connection}/{request.model}"
        self.finish: Finish | None = None
        self.usage = Usage()
        self.served_by = ""
        self._load_s = 0.0
        self._sent = sent
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls: dict[int, list[str]] = {}
        self._given = (0, 0)
        self._first: float | None = None
        self._start = perf_counter()

    @property
    def begun(self) -> bool:
        """Whether anything of the answer has come."""
        return bool(any(self._text) or any(self._reasoning) or self._calls)

    @property
    def calls(self) -> int:
        """How many tool calls have come."""
        return len(self._calls)

    def arrived(self) -> None:
        """Note that a first token is there, of whatever kind."""
        if self._first is None:
            self._first = perf_counter()

    def loaded(self, seconds: float) -> None:
        """Note the part of the time since sending in which, as the server says, the model was being loaded."""
        self._load_s = seconds

    def add_text(self, text: str) -> None:
        """Add what a model answers, as it arrives."""
        self._text.append(text)

    def add_reasoning(self, reasoning: str) -> None:
        """Add what a model thinks, as it arrives."""
        self._reasoning.append(reasoning)

    def piece(self) -> Piece | None:
        """What was added since the last piece, as one piece."""
        texts, thoughts = len(self._text), len(self._reasoning)
        if (texts, thoughts) == self._given:
            return None
        self.arrived()
        text, reasoning = self._text[self._given[0] :], self._reasoning[self._given[1] :]
        self._given = (texts, thoughts)
        return Piece("".join(text), "".join(reasoning))

    def whole(self, text: str, reasoning: str) -> None:
        """Take an answer that came in one go, so that no first token can be told."""
        self._text, self._reasoning = [text], [reasoning]

    def add_call(self, index: int, call_id: str | None, name: str | None, arguments: str | None) -> None:
        """Add a fragment of the tool call number `index`; names come whole, arguments bit by bit."""
        call = self._calls.setdefault(index, ["", "", ""])
        call[0] = call_id or call[0]
        call[1] = name or call[1]
        call[2] += arguments or ""

    def finished(self, reason: str | None) -> None:
        """Note why the answer ended, in the server's word."""
        if reason:
            self.finish = reason if reason in _FINISHES else "unknown"  # type: ignore[assignment]

    def reply(self, *, finish: Finish | None = None) -> Reply:
        """What has been answered until now, as a reply. `finish` overrides what the server said."""
        now = perf_counter()
        total = max(now - self._start - self._load_s, 0.0)
        first = None if self._first is None else max(self._first - self._start - self._load_s, 0.0)
        tokens = self.usage.completion_tokens
        calls = tuple(
            ToolCall(call_id or f"call_{uuid.uuid4().hex[:12]}", name, arguments or "{}")
            for _, (call_id, name, arguments) in sorted(self._calls.items())
        )
        ended = finish or self.finish or "unknown"
        if calls and ended == "stop":
            ended = "tool_calls"
        return Reply(
            text="".join(self._text),
            reasoning="".join(self._reasoning),
            tool_calls=calls,
            finish=ended,
            usage=self.usage,
            timing=Timing(
                load_s=self._load_s,
                first_token_s=first,
                total_s=total,
                tokens_per_s=tokens / total if tokens and total else None,
            ),
            model=self.model,
            served_by=self.served_by,
            warnings=tuple(self._warnings(ended)),
            sent=self._sent,
        )

    def _warnings(self, ended: Finish) -> Iterator[str]:
        """What a reader might overlook, and take for the model's fault."""
        if ended == "length":
            yield "the answer was cut by the limit of tokens"
        elif ended == "stop" and not self.begun:
            yield "the answer is empty"
