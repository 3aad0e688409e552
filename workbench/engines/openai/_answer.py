"""Taking what a compatible server sends of an answer over into it, event by event or all at once."""

from __future__ import annotations

import msgspec

from workbench.engines.answer._answer import Answer
from workbench.engines.answer._errors_inside import error_inside
from workbench.engines.openai._chunks import Body, Choice, PlainDelta, Words, decode_plain
from workbench.engines.openai._dialects import read
from workbench.engines.wire._place import Place
from workbench.engines.wire.failures._network_errors import unreadable
from workbench.errors import EngineError
from workbench.messages import Usage
from workbench.reply_warnings import warning_text

_ENDS = (b"[DONE]", b"DONE")
_LONGEST_END = 16


class Taking:
    """What has been taken over of one answer.

    Args:
        place: The server.
        answer: The answer.
        model: The model that was asked.

    Attributes:
        complete: Whether the server has said that all was sent.
        status: The HTTP status that an error inside the answer stands for; 0 where there was none.
    """

    def __init__(self, place: Place, answer: Answer, model: str) -> None:
        self.complete = False
        self.status = 0
        self._place = place
        self._answer = answer
        self._model = model
        self._index: int | None = None
        self._is_plain = False  # whether the last event was words alone, as then the next one will be so too
        self._message = ""

    def take(self, events: list[bytes]) -> None:
        """Add the events that arrived together to the answer. Raises an EngineError where one tells of an error."""
        add_text = self._answer.add_text
        for event in events:
            if self._is_plain:
                try:
                    delta = decode_plain(event).choices[0].delta
                except (msgspec.DecodeError, RecursionError):
                    self._is_plain = False
                else:
                    if delta.reasoning or delta.reasoning_content:
                        self._answer.add_reasoning(_thought(delta))
                    if delta.content:
                        add_text(delta.content)
                    continue
            if len(event) > _LONGEST_END:
                self._take(self._read(event))
            elif event == b"[DONE]" or event.strip(b" \t\r\n\"'").upper() in _ENDS:
                self.complete = True
            elif not event.isspace():
                self._take(self._read(event))

    def whole(self, raw: bytes) -> None:
        """Add a whole answer. Raises an EngineError where it tells of an error, or holds no answer."""
        found = self._read(raw)
        choice = next((one for one in found.choices or [] if one.message is not None), None)
        if choice is not None and choice.message is not None:
            for call in choice.message.tool_calls or []:
                self._answer.add_whole_call(call.id, call.function.name, call.function.arguments)
            choice.message.tool_calls = None
            self._take_choice(choice, choice.message)
            self._note(found, several=len(found.choices or []) > 1)
        error = found.error or next((one.error for one in found.choices or [] if one.error), None)
        if error or choice is None:
            raise self._failed(error or "an answer without a choice")

    def _take(self, found: Body) -> None:
        choices, error, several = found.choices or (), found.error, False
        for choice in choices:
            if self._index is None:
                self._index = choice.index
            if choice.index == self._index:
                words = choice.delta
                self._take_choice(choice, self._rest_of(choice.message) if words is None else words)
            else:
                several = True
            error = error or choice.error
        if several or found.usage is not None or not self._answer.served_by:
            self._note(found, several=several)
        if error:
            raise self._failed(error)
        self._is_plain = len(choices) == 1 and bool(self._answer.served_by) and _is_plain(found, choices[0])

    def _rest_of(self, message: Words | None) -> Words | None:
        """What is new in a message that stands in a stream, where it has all that was said until then."""
        if message is None or (self._answer.begun and not self._message):
            return None  # it repeats what came bit by bit
        text = message.content or ""
        if text.startswith(self._message):
            message.content, self._message = text[len(self._message) :], text
        else:
            self._message += text
        return message

    def _take_choice(self, choice: Choice, words: Words | None) -> None:
        answer = self._answer
        if words is not None:
            self._take_words(words, at_end=bool(choice.finish_reason) or answer.finish is not None)
        if choice.finish_reason:
            answer.finished(choice.finish_reason)
        if choice.logprobs is not None:
            for one in choice.logprobs.content or []:
                answer.add_token(one.token, one.logprob, [(a.token, a.logprob) for a in one.top_logprobs or []])

    def _take_words(self, words: Words, *, at_end: bool) -> None:
        answer = self._answer
        if words.reasoning or words.reasoning_content:
            answer.add_reasoning(_thought(words))
        if words.content:
            answer.add_text(words.content)
        if words.refusal:
            answer.refused = True
            answer.add_text(words.refusal)
        if calls := words.tool_calls:
            answer.arrived()
            for position, call in enumerate(calls):
                index = position if call.index is None and len(calls) > 1 else call.index
                answer.add_call(index, call.id, call.function.name, call.function.arguments, at_end=at_end)
        for other in words.others:
            answer.remark(warning_text("part not shown", f": {self._place.quote(other)}"))

    def _note(self, found: Body, *, several: bool) -> None:
        """Take over everything but the answer itself."""
        answer = self._answer
        if several:
            answer.remark(warning_text("several answers"))
        if (used := found.usage) is not None:
            cached = used.prompt_tokens_details.cached_tokens if used.prompt_tokens_details else None
            before = answer.usage
            answer.usage = Usage(
                used.prompt_tokens or before.prompt_tokens or used.prompt_tokens,
                used.completion_tokens or before.completion_tokens or used.completion_tokens,
                before.cached_tokens if cached is None else cached,
            )
        if not answer.served_by and found.model:
            answer.served_by = found.model

    def _failed(self, error: object) -> EngineError:
        failed, self.status = error_inside(self._place, error, self._model)
        return failed

    def _read(self, raw: bytes) -> Body:
        try:
            return read(raw)
        except (ValueError, RecursionError):
            raise unreadable(self._place, raw) from None


def _thought(words: Words | PlainDelta) -> str:
    """What is thought, which some servers send under both names."""
    thought, other = words.reasoning or "", words.reasoning_content or ""
    return thought if thought == other else thought + other


def _is_plain(found: Body, choice: Choice) -> bool:
    """Whether this event carries words and nothing else."""
    words = choice.delta
    if words is None or choice.index or found.usage is not None:
        return False
    return not (words.tool_calls or words.refusal or words.others or choice.finish_reason or choice.logprobs)
