"""Collecting an answer from its parts, with the times at which they came."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, get_args

from workbench.engines._mask import StreamMask, masked
from workbench.engines._place import Exchange
from workbench.engines._repetition import STEP, Watch
from workbench.messages import Finish, Piece, Reply, Request, Timing, Token, ToolCall, Usage

REPEATS = "the answer repeats itself"

_FINISHES = frozenset(get_args(Finish))


class Answer:
    """An answer that is being received; its clock starts when it is made, and anew when the request is sent.

    Args:
        connection: Name of the connection.
        request: What is asked.
        sent: The body that goes over the wire.
        secrets: Every form of what the server was sent and must not repeat; it is replaced wherever it comes.

    >>> answer = Answer("gpu", Request("small", ()), {})
    >>> answer.add_text("Bo")
    >>> answer.add_text("nn")
    >>> answer.piece()
    Piece(text='Bonn', reasoning='', reply=None)
    >>> answer.reply(finish="stop").model
    'gpu/small'
    """

    def __init__(
        self, connection: str, request: Request, sent: Mapping[str, Any], secrets: tuple[str, ...] = ()
    ) -> None:
        self.model = f"{connection}/{request.model}"
        self.finish: Finish | None = None
        self.is_stopped = False  # nothing more of it is wanted, as it repeats itself
        self.usage = Usage()
        self.served_by = ""
        self._load_s = 0.0
        self._connection = connection
        self._sent = sent
        self._secrets = secrets
        self._is_watched = request.options.stop_repeats
        self._text = _Growing(secrets, self._is_watched)
        self._reasoning = _Growing(secrets, self._is_watched)
        self._calls: dict[int, _Call] = {}
        self._tokens: list[Token] = []
        self._first: float | None = None
        self._start = perf_counter()

    @property
    def begun(self) -> bool:
        """Whether anything of the answer has come."""
        return self._text.begun or self._reasoning.begun or bool(self._calls)

    @property
    def calls(self) -> int:
        """How many tool calls have come."""
        return len(self._calls)

    def leaves(self) -> None:
        """Note that the request is sent now."""
        self._start = perf_counter()

    def arrived(self) -> None:
        """Note that a first token is there, of whatever kind."""
        if self._first is None:
            self._first = perf_counter()

    def loaded(self, seconds: float) -> None:
        """Note the part of the time since sending in which, as the server says, the model was being loaded."""
        self._load_s = seconds

    def add_text(self, text: str) -> None:
        """Add what a model answers, as it arrives."""
        self._text.add(text)

    def add_reasoning(self, reasoning: str) -> None:
        """Add what a model thinks, as it arrives."""
        self._reasoning.add(reasoning)

    def piece(self) -> Piece | None:
        """What was added since the last piece, as one piece."""
        text, reasoning = self._text.taken(), self._reasoning.taken()
        if not text and not reasoning:
            return None
        self.arrived()
        if self._text.repeats or self._reasoning.repeats:
            self._note_repeats()
        return Piece(text, reasoning)

    def rest(self) -> Piece | None:
        """What was held back as it might have been the beginning of a secret, when nothing more comes."""
        text, reasoning = self._text.ended(), self._reasoning.ended()
        return Piece(text, reasoning) if text or reasoning else None

    def whole(self, text: str, reasoning: str) -> None:
        """Take an answer that came in one go, so that no first token can be told."""
        for growing, came in ((self._text, text), (self._reasoning, reasoning)):
            growing.add(came)
            growing.taken()

    def add_call(self, index: int, call_id: str | None, name: str | None, arguments: str | None) -> None:
        """Add a fragment of the tool call number `index`; names come whole, arguments bit by bit."""
        call = self._calls.setdefault(index, _Call())
        if arguments and self._is_watched:
            call.watch.take(arguments)
            if call.watch.found:
                self._note_repeats()
        call.id = call_id or call.id
        call.name = name or call.name
        if arguments:
            call.arguments.append(arguments)

    def add_token(self, text: str, logprob: float, alternatives: list[tuple[str, float]]) -> None:
        """Add what is told of a token of the answer."""
        self._tokens.append(Token(text, logprob, tuple(sorted(alternatives, key=lambda one: -one[1]))))

    def finished(self, reason: str | None) -> None:
        """Note why the answer ended, in the server's word."""
        if reason:
            self.finish = reason if reason in _FINISHES else "unknown"  # type: ignore[assignment]

    def _note_repeats(self) -> None:
        """Note that the answer repeats itself: it is to end here, if it has not ended by itself."""
        if self.finish is None:
            self.finish = "repetition"
            self.is_stopped = True

    def reply(self, *, finish: Finish | None = None) -> Reply:
        """What has been answered until now, as a reply. `finish` overrides what the server said."""
        now = perf_counter()
        total = max(now - self._start - self._load_s, 0.0)
        first = None if self._first is None else max(self._first - self._start - self._load_s, 0.0)
        tokens = self.usage.completion_tokens
        calls = tuple(call.whole(self._secrets) for _, call in sorted(self._calls.items()))
        ended = finish or self.finish or "unknown"
        if calls and ended == "stop":
            ended = "tool_calls"
        return Reply(
            text=self._text.all(),
            reasoning=self._reasoning.all(),
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
            served_by=masked(self.served_by, self._secrets),
            logprobs=tuple(self._logprobs()),
            warnings=tuple(self._warnings(ended)),
            sent=self._sent,
        )

    def exchange(self, address: str, request: str, outcome: str = "") -> Exchange:
        """What is noted of this request; `outcome` names the error it ended in, else the finish reason is taken."""
        return Exchange(
            connection=self._connection,
            address=address,
            request=request,
            model=str(self._sent.get("model", "")),
            messages=self._sent.get("messages"),
            answer=self._text.all(),
            prompt_tokens=self.usage.prompt_tokens,
            completion_tokens=self.usage.completion_tokens,
            total_s=perf_counter() - self._start,
            outcome=outcome or self.finish or "unknown",
        )

    def _logprobs(self) -> list[Token]:
        """The tokens of the text: some servers tell of the one that ends it too, and a token may hold a secret."""
        text = self._text.all()
        whole = "".join(token.text for token in self._tokens)
        if self._tokens and whole != text and whole == text + self._tokens[-1].text:
            return self._tokens[:-1]
        return [] if self._secrets and masked(whole, self._secrets) != whole else self._tokens

    def _repeats(self) -> bool:
        return self._text.repeats or self._reasoning.repeats or any(one.watch.found for one in self._calls.values())

    def _warnings(self, ended: Finish) -> Iterator[str]:
        """What a reader might overlook, and take for the model's fault."""
        if ended == "length":
            yield "the answer was cut by the limit of tokens"
        if ended == "repetition":
            yield f"{REPEATS}, and was stopped"
        elif self._repeats():
            yield REPEATS
        elif ended == "stop" and not self.begun:
            yield "the answer is empty"


class _Growing:
    """A text that grows, in which no secret is shown, and which may be watched for repeating itself.

    Attributes:
        repeats: Whether it was seen to repeat itself.
    """

    def __init__(self, secrets: tuple[str, ...], is_watched: bool) -> None:
        self.repeats = False
        self._watch = Watch() if is_watched else None
        self._watched = 0  # so many of the shown pieces were looked at,
        self._unwatched = 0  # and so many characters were not
        self._secrets = secrets
        self._mask = StreamMask(secrets) if secrets else None
        self._new: list[str] = []
        self._shown: list[str] = []

    @property
    def begun(self) -> bool:
        return any(self._new) or any(self._shown) or bool(self._mask and self._mask.held)

    def add(self, text: str) -> None:
        self._new.append(text)

    def taken(self) -> str:
        """What was added since the last time, as far as it can be shown."""
        if not self._new:
            return ""
        text = "".join(self._new)
        self._new.clear()
        if self._mask is not None:
            text = self._mask.feed(text)
        self._shown.append(text)
        self._unwatched += len(text)
        if self._unwatched >= STEP:
            self._look()
        return text

    def _look(self) -> None:
        if self._watch is not None:
            self._watch.take("".join(self._shown[self._watched :]))
            self.repeats = self._watch.found
        self._watched, self._unwatched = len(self._shown), 0

    def ended(self) -> str:
        """What was not shown yet."""
        text = self.taken()
        if self._mask is not None and (held := self._mask.close()):
            self._shown.append(held)
            text += held
        self._look()
        return text

    def all(self) -> str:
        """The whole text until now."""
        held = self._mask.held if self._mask is not None else ""
        rest = held + "".join(self._new)
        return "".join(self._shown) + (masked(rest, self._secrets) if self._secrets else rest)


@dataclass(slots=True)
class _Call:
    """A tool call that is being received."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)

    def whole(self, secrets: tuple[str, ...]) -> ToolCall:
        arguments = masked("".join(self.arguments), secrets) or "{}"
        return ToolCall(
            masked(self.id, secrets) or f"call_{uuid.uuid4().hex[:12]}", masked(self.name, secrets), arguments
        )
