"""Taking what Ollama sends of an answer over into it, line by line or all at once."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from workbench.engines.answer import _loosely
from workbench.engines.answer._answer import Answer
from workbench.engines.answer._errors_inside import error_in, error_inside
from workbench.engines.wire._place import Place
from workbench.engines.wire.failures._network_errors import unreadable
from workbench.errors import EngineError
from workbench.messages import Usage
from workbench.reply_warnings import warning_text

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _Function(msgspec.Struct):
    name: str = ""
    arguments: msgspec.Raw = msgspec.Raw(b"{}")


class _Call(msgspec.Struct):
    function: _Function
    id: str | None = None


class _Words(msgspec.Struct):
    content: str = ""
    thinking: str | None = None
    tool_calls: list[_Call] | None = None
    images: None = None
    others: tuple[str, ...] = ()


class _Alternative(msgspec.Struct):
    token: str
    logprob: float


class _Token(msgspec.Struct):
    token: str
    logprob: float
    top_logprobs: list[_Alternative] | None = None


class _Body(msgspec.Struct):
    """A line of a stream, or a whole answer; durations are nanoseconds."""

    message: _Words | None = None
    model: str = ""
    done: bool = False
    done_reason: str | None = None
    load_duration: _Count = 0
    prompt_eval_count: _Count | None = None
    eval_count: _Count | None = None
    logprobs: list[_Token] | None = None
    error: Any = None


class _Text(msgspec.Struct, gc=False):
    content: str
    thinking: None = None
    tool_calls: None = None
    images: None = None


class _TextLine(msgspec.Struct, gc=False):
    """A line that carries text and nothing else, as nearly all of a stream do."""

    message: _Text
    done: bool
    logprobs: None = None
    error: None = None


_decode_text = msgspec.json.Decoder(_TextLine).decode
_decode = msgspec.json.Decoder(_Body).decode


class Taking:
    """What has been taken over of one answer.

    Args:
        place: The server.
        answer: The answer.
        model: The model that was asked.

    Attributes:
        status: The HTTP status that an error inside the answer stands for; 0 where there was none.
    """

    def __init__(self, place: Place, answer: Answer, model: str) -> None:
        self.status = 0
        self._place = place
        self._answer = answer
        self._model = model
        self._is_text = False  # whether the last line was text alone, as then the next one will be so too

    def take(self, lines: list[bytes]) -> None:
        """Add the lines that arrived together to the answer. Raises an EngineError where one tells of an error."""
        add_text = self._answer.add_text
        for line in lines:
            if self._is_text:
                try:
                    found = _decode_text(line)
                except (msgspec.DecodeError, RecursionError):
                    self._is_text = False
                else:
                    if not found.done:
                        if text := found.message.content:
                            add_text(text)
                        continue
            read = self._read(line)
            if read.message is not None and read.message.tool_calls:
                self._answer.arrived()
            self._take(read)

    def whole(self, raw: bytes) -> None:
        """Add a whole answer. Raises an EngineError where it tells of an error, or holds no answer."""
        found = self._read(raw)
        self._take(found)
        if found.message is None:
            raise self._failed("an answer without a message")

    def _take(self, found: _Body) -> None:
        answer, words = self._answer, found.message
        if words is not None:
            self._take_words(words)
        for one in found.logprobs or []:
            answer.add_token(one.token, one.logprob, [(a.token, a.logprob) for a in one.top_logprobs or []])
        if found.model and not answer.served_by:
            answer.served_by = found.model
        if found.done:
            answer.finished(found.done_reason or "stop")
            answer.usage = Usage(found.prompt_eval_count, found.eval_count)
            answer.loaded(found.load_duration / 1e9)
        if found.error:
            raise self._failed(found.error)
        self._is_text = bool(words and words.content and not (words.thinking or words.tool_calls or found.logprobs))

    def _take_words(self, words: _Words) -> None:
        answer = self._answer
        if words.thinking:
            answer.add_reasoning(words.thinking)
        if words.content:
            answer.add_text(words.content)
        for call in words.tool_calls or []:
            # Ollama sends every tool call whole, some versions without an id.
            answer.add_whole_call(call.id, call.function.name, _arguments(call.function.arguments))
        for other in words.others:
            answer.remark(warning_text("part not shown", f": {self._place.quote(other)}"))

    def _failed(self, error: object) -> EngineError:
        failed, self.status = error_inside(self._place, error, self._model)
        return failed

    def _read(self, raw: bytes) -> _Body:
        try:
            return _read(raw)
        except (ValueError, RecursionError):
            raise unreadable(self._place, raw) from None


def _read(raw: bytes) -> _Body:
    try:
        found = _decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return _body(_loosely.as_object(_loosely.loads(raw)))
    return found if found.message is not None and not found.error else _body(_loosely.as_object(_loosely.loads(raw)))


def _body(value: dict[str, Any]) -> _Body:
    """A line or an answer where it does not come as Ollama itself sends it."""
    message = value.get("message")
    is_answer = isinstance(message, dict)
    return _Body(
        message=_words(message) if isinstance(message, dict) else None,
        model=_loosely.word(value.get("model")),
        done=value.get("done") in (True, "true", 1),
        done_reason=_loosely.word(value.get("done_reason")),
        load_duration=_loosely.count(value.get("load_duration")) or 0,
        prompt_eval_count=_loosely.count(value.get("prompt_eval_count")),
        eval_count=_loosely.count(value.get("eval_count")),
        logprobs=[
            _Token(one.text, one.logprob, [_Alternative(*other) for other in one.alternatives])
            for one in _loosely.tokens(value.get("logprobs"))
        ],
        error=value.get("error") if is_answer else error_in(value),
    )


def _words(value: dict[str, Any]) -> _Words:
    found = _loosely.content(value.get("content"))
    thoughts = (_loosely.thoughts(value.get("thinking")), found.reasoning)
    calls = value["tool_calls"] if isinstance(value.get("tool_calls"), list) else []
    return _Words(
        content=found.text,
        thinking="".join(dict.fromkeys(thoughts)),
        tool_calls=[_call(one) for one in calls if isinstance(one, dict)],
        others=(*found.others, *(["images"] if value.get("images") else [])),
    )


def _call(value: dict[str, Any]) -> _Call:
    function = value["function"] if isinstance(value.get("function"), dict) else value
    given = _loosely.arguments(function.get("arguments")) or "{}"
    return _Call(
        _Function(_loosely.word(function.get("name")), msgspec.Raw(given.encode())), _loosely.word(value.get("id"))
    )


def _arguments(raw: msgspec.Raw) -> str:
    """The arguments, be they an object or, as OpenAI has them, the text of one."""
    text = bytes(raw).decode()
    return str(msgspec.json.decode(text)) if text.startswith('"') else text
