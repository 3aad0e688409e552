"""Collecting an answer from its parts, with the times at which they came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any

from workbench.engines.answer._endings import ending
from workbench.engines.answer._repetition import STEP, Watch
from workbench.engines.answer._thoughts import Parted, Thoughts
from workbench.engines.answer._tool_calls import ToolCalls
from workbench.engines.wire._gate import Exchange
from workbench.engines.wire._secrets import StreamMask, masked
from workbench.messages import Finish, Piece, Reply, Request, Timing, Token, Usage
from workbench.reply_warnings import warning_text

_LONGEST_WORD = 60


class Answer:
    """An answer that is being received; its clock starts when it is made, and anew when the request is sent.

    Args:
        connection: Name of the connection.
        request: What is asked.
        sent: The body that goes over the wire.
        secrets: Every form of what the server was sent and must not repeat; it is replaced wherever it comes.

    Attributes:
        refused: Whether the model has refused to answer; its text is then what it said instead.
        is_stopped: Whether nothing more of it is wanted, as it repeats itself.
        broken_by: Where the server ended the answer before it was whole: the word by which it says so.

    >>> answer = Answer("gpu", Request("small", ()), {})
    >>> answer.add_text("Bo")
    >>> answer.add_text("nn")
    >>> answer.piece()
    Piece(text='Bonn', reasoning='', reply=None, was_reasoning=False)
    >>> answer.reply(finish="stop").model
    'gpu/small'
    """

    def __init__(
        self, connection: str, request: Request, sent: Mapping[str, Any], secrets: tuple[str, ...] = ()
    ) -> None:
        self.model = f"{connection}/{request.model}"
        self.finish: Finish | None = None
        self.is_stopped = False
        self.usage = Usage()
        self.served_by = ""
        self.refused = False
        self.broken_by = ""
        self._ended_by = ""
        self._remarks: dict[str, None] = {}
        self._load_s = 0.0
        self._connection = connection
        self._sent = sent
        self._secrets = secrets
        self._text = _Growing(secrets, request.options.stop_repeats)
        self._reasoning = _Growing(secrets, request.options.stop_repeats)
        self._calls = ToolCalls(request.options.stop_repeats)
        self._thoughts = Thoughts() if request.options.thoughts != "text" else None
        self._tokens: list[Token] = []
        self._first: float | None = None
        self._start = perf_counter()

    @property
    def begun(self) -> bool:
        """Whether anything of the answer has come."""
        waits = self._thoughts is not None and self._thoughts.held
        return waits or self._text.begun or self._reasoning.begun or bool(self._calls)

    def leaves(self) -> None:
        """Start the clock: the request is sent now."""
        self._start = perf_counter()

    def arrived(self) -> None:
        """Keep the time of the first token, of whatever kind."""
        if self._first is None:
            self._first = perf_counter()

    def loaded(self, seconds: float) -> None:
        """Keep the part of the time since sending in which, as the server says, the model was being loaded."""
        self._load_s = seconds

    def add_text(self, text: str) -> None:
        """Add what a model answers, as it arrives; thoughts that stand in it are told apart."""
        self._text.add(text)

    def add_reasoning(self, reasoning: str) -> None:
        """Add what a model thinks, as it arrives."""
        if self._thoughts is not None:
            self._thoughts.unopened = False
        self._reasoning.add(reasoning)

    def remark(self, warning: str) -> None:
        """Add a warning for the reader of the reply."""
        self._remarks[masked(warning, self._secrets)] = None

    def piece(self) -> Piece | None:
        """What was added since the last piece, as one piece."""
        text, was_reasoning = self._text.fresh(), False
        if text:
            self.arrived()
            if self._thoughts is not None and not self._thoughts.is_answer(text):
                text, was_reasoning = self._sorted(self._thoughts.feed(text))
            text = self._text.shown(text)
        reasoning = self._reasoning.taken()
        if not text and not reasoning and not was_reasoning:
            return None
        if self._first is None:
            self.arrived()
        if self._text.repeats or self._reasoning.repeats:
            self._note_repeats()
        return Piece(text, reasoning, None, was_reasoning)

    def rest(self) -> Piece | None:
        """What was held back as it might have been the beginning of a secret or mark, when nothing more comes."""
        text, was_reasoning = self._settled()
        text, reasoning = text + self._text.ended(), self._reasoning.ended()
        return Piece(text, reasoning, None, was_reasoning) if text or reasoning or was_reasoning else None

    def _settled(self) -> tuple[str, bool]:
        """What is to be shown of all that has come, as nothing more comes; and as `Piece.was_reasoning`."""
        text, was_reasoning = self._text.fresh(), False
        if self._thoughts is not None:
            text, was_reasoning = self._sorted(self._thoughts.close(text))
        return self._text.shown(text) if text else "", was_reasoning

    def _sorted(self, parted: Parted) -> tuple[str, bool]:
        """What belongs to the answer, once the rest is with the thoughts; and as `Piece.was_reasoning`."""
        reasoning, was_reasoning = parted.reasoning, parted.was_reasoning and self._text.is_shown
        if parted.was_reasoning:
            reasoning = (self._text.given_up() + reasoning).strip()
        if reasoning:
            self._reasoning.add(reasoning)
        return parted.text, was_reasoning

    def add_call(
        self, index: int | None, call_id: str | None, name: str | None, arguments: str | None, *, at_end: bool = False
    ) -> None:
        """Add a fragment of a tool call; arguments as for `ToolCalls.add`."""
        self._calls.add(index, call_id, name, arguments, at_end=at_end)
        if self._calls.repeats:
            self._note_repeats()

    def add_whole_call(self, call_id: str | None, name: str | None, arguments: str | None) -> None:
        """Add a tool call that came in one go."""
        self._calls.add_whole(call_id, name, arguments)

    def add_token(self, text: str, logprob: float, alternatives: list[tuple[str, float]]) -> None:
        """Add what is told of a token of the answer."""
        self._tokens.append(Token(text, logprob, tuple(sorted(alternatives, key=lambda one: -one[1]))))

    def finished(self, reason: str) -> None:
        """Keep why the answer ended, in the server's word."""
        finish = ending(reason)
        if finish is None:
            self.broken_by = self._word(reason)
        elif finish == "unknown":
            self._ended_by = self._word(reason)
        self.finish = finish or "unknown"

    def _word(self, reason: str) -> str:
        word = masked(reason, self._secrets)[:_LONGEST_WORD]
        return "".join(sign for sign in word if sign.isprintable()) or "?"

    def _note_repeats(self) -> None:
        """Stop an answer that repeats itself, if it has not ended by itself."""
        if self.finish is None:
            self.finish = "repetition"
            self.is_stopped = True

    def reply(self, *, finish: Finish | None = None) -> Reply:
        """What has been answered until now, as a reply. `finish` overrides what the server said."""
        self._settled()
        now = perf_counter()
        total = max(now - self._start - self._load_s, 0.0)
        first = None if self._first is None else max(self._first - self._start - self._load_s, 0.0)
        tokens = self.usage.completion_tokens
        calls = self._calls.whole(self._secrets)
        ended = finish or ("content_filter" if self.refused else self.finish) or "unknown"
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
        self._settled()
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
        text, told = self._text.all(), self._tokens
        whole = "".join(token.text for token in told)
        if told and whole != text and whole == text + told[-1].text:
            return told[:-1]
        if self._secrets and masked(whole, self._secrets) != whole:
            return []
        return _ending_with(told, text) if whole != text and whole.endswith(text) and self._reasoning.begun else told

    def _repeats(self) -> bool:
        return self._text.repeats or self._reasoning.repeats or self._calls.repeats

    def _warnings(self, ended: Finish) -> Iterator[str]:
        """What a reader might overlook, and take for the model's fault."""
        yield from self._remarks
        if self._ended_by:
            yield warning_text("ending unknown", f": {self._ended_by!r}")
        if self.refused:
            yield warning_text("refused")
        elif ended == "content_filter":
            yield warning_text("filtered")
        elif ended == "length":
            yield warning_text("cut by the limit")
        if ended == "repetition":
            yield warning_text("stopped repeating")
        elif self._repeats():
            yield warning_text("repeating")
        elif ended == "stop" and not self.begun:
            yield warning_text("empty")
        elif ended == "stop" and not self._text.begun:
            yield warning_text("only thoughts")


def _ending_with(tokens: list[Token], text: str) -> list[Token]:
    """The last tokens, as many as make up the text; those of the thoughts before it are left out."""
    length, start = 0, len(tokens)
    while start and length < len(text):
        start -= 1
        length += len(tokens[start].text)
    return tokens[start:]


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

    @property
    def is_shown(self) -> bool:
        return any(self._shown)

    def add(self, text: str) -> None:
        self._new.append(text)

    def fresh(self) -> str:
        """What was added since the last time, as it came; it is not part of the text before it is `shown`."""
        new = self._new
        if not new:
            return ""
        text = new[0] if len(new) == 1 else "".join(new)
        new.clear()
        return text

    def shown(self, text: str) -> str:
        """Text that now belongs to it, as far as it can be shown."""
        if self._mask is not None:
            text = self._mask.feed(text)
        self._shown.append(text)
        self._unwatched += len(text)
        if self._unwatched >= STEP:
            self._look()
        return text

    def taken(self) -> str:
        """What was added since the last time, as far as it can be shown."""
        return self.shown(self.fresh()) if self._new else ""

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

    def given_up(self) -> str:
        """The whole text until now, which is not part of it any more."""
        text = self.all()
        self._new.clear()
        self._shown.clear()
        self._watched = self._unwatched = 0
        if self._mask is not None:
            self._mask.close()
        return text

    def all(self) -> str:
        """The whole text until now."""
        held = self._mask.held if self._mask is not None else ""
        rest = held + "".join(self._new)
        return "".join(self._shown) + (masked(rest, self._secrets) if self._secrets else rest)
