"""Who says that a tool may run: a policy, a function or a person, for one call at a time."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Literal

import pandas as pd

from workbench.agents._desk import Call, Verdict, Waiting
from workbench.errors import UsageError
from workbench.texts import plain

Word = Literal["allow", "ask", "deny"]
Answer = bool | Verdict | None
Ask = Callable[[Call], Answer | Awaitable[Answer]]
Approve = Word | Mapping[str, Word] | Ask

_WORDS = ("allow", "ask", "deny")
_RULE = re.compile(r"\s*([^()\s]+)\s*(?:\((.*)\))?\s*", re.DOTALL)
_REJECTIONS = 3
_COLUMNS = ["time", "turn", "agent", "tool", "arguments", "decision", "by", "reason"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a policy says of calls of some tools, with some arguments.

    Attributes:
        tool: Pattern of the tool's name, with `*` and `?`.
        arguments: Patterns of arguments by their names; all of them have to fit.
        word: What becomes of such a call.
    """

    tool: str
    arguments: Mapping[str, str]
    word: Word

    def fits(self, call: Call) -> bool:
        if not fnmatchcase(call.tool, self.tool):
            return False
        given = _values(call.arguments)
        return all(name in given and fnmatchcase(_text(given[name]), one) for name, one in self.arguments.items())


@dataclass
class Approvals:
    """What a session lets its agents' tools do.

    Attributes:
        rules: The policy, the first rule that fits counts.
        otherwise: What becomes of a call that no rule fits, if it may change something.
        ask: Who is asked, instead of a person who is waited for.
        repeats: Whether a branch may do again what its original did.
        waiting: Calls that wait for a person's word.
        turn: The number of the turn under way.
    """

    rules: list[Rule]
    otherwise: Word
    ask: Ask | None = None
    repeats: bool = True
    dry: bool = False
    waiting: list[Call] = field(default_factory=list)
    turn: int = 0
    rejected: int = 0
    _given: dict[Call, tuple[Verdict, str]] = field(default_factory=dict)
    _standing: list[Call] = field(default_factory=list)
    _log: list[tuple[Any, ...]] = field(default_factory=list)

    async def judge(self, call: Call) -> Verdict:
        """What becomes of a call. Raises `Waiting` where a person is to say it."""
        if not call.known:
            return self._noted(call, Verdict(runs=False, message=f"There is no tool {call.tool}."), "policy", "unknown")
        word = self._word(call)
        if word == "deny":
            return self._noted(call, _not_run("the policy forbids it"), "policy", "")
        if call in self._given:
            verdict, reason = self._given.pop(call)
            self.waiting = [one for one in self.waiting if one != call]
            return self._noted(call, verdict, "person", reason)
        if word == "allow":
            return self._noted(call, Verdict(runs=True), "policy", "read-only" if call.read_only else "")
        if any(_is_standing(one, call) for one in self._standing):
            return self._noted(call, Verdict(runs=True), "person", "approved for this run")
        if self.dry:
            return self._noted(call, _not_run("this branch runs dry"), "policy", "dry run")
        if self.ask is not None:
            return self._noted(call, await self._asked(self.ask, call), "function", "")
        if call not in self.waiting:
            self.waiting.append(call)
        raise Waiting(f"{call.agent} wants to call {spoken(call)}: approve or reject it")

    def approve(self, call: Call | None, arguments: Mapping[str, Any] | None, *, always: bool, reason: str) -> None:
        """Let a waiting call run, once; with always, all calls of this tool by this agent too, until revoked."""
        call = self._one(call)
        given = None if arguments is None else json.dumps(dict(arguments), sort_keys=True)
        self._given[call] = (Verdict(runs=True, arguments=given), reason)
        if always:
            self._standing.append(call)

    def reject(self, call: Call | None, message: str) -> None:
        """Have a waiting call not run; the model is told the message."""
        self._given[self._one(call)] = (_not_run(message or "it was rejected"), message)

    def revoke(self, tool: str) -> None:
        """Take back what was approved for this run. Raises UsageError if nothing was."""
        kept = [one for one in self._standing if one.tool != tool]
        if len(kept) == len(self._standing):
            raise UsageError(f"nothing is approved for {tool}", advice="session.standing lists what is")
        self._standing = kept

    @property
    def standing(self) -> pd.DataFrame:
        """What is approved for this run: agent, tool."""
        rows = [(one.agent, one.tool) for one in self._standing]
        return pd.DataFrame(rows, columns=["agent", "tool"]).astype("str")

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each decision: time (UTC), turn, agent, tool, arguments, decision, by whom, reason."""
        frame = pd.DataFrame(self._log, columns=_COLUMNS)
        texts = dict.fromkeys(("agent", "tool", "arguments", "decision", "by", "reason"), "str")
        return frame.astype({"time": "datetime64[us, UTC]", "turn": "int64", **texts})

    @property
    def gave_up(self) -> str | None:
        """Why a run ends for its rejections, if it does."""
        return f"{_REJECTIONS} calls in a row were rejected" if self.rejected >= _REJECTIONS else None

    def branch(self, tools: str) -> Approvals:
        """The same policy for a branch, which may not do again without being asked what its original did."""
        return Approvals(self.rules, self.otherwise, self.ask, repeats=tools == "live", dry=tools == "dry")

    def _word(self, call: Call) -> Word:
        found = next((rule.word for rule in self.rules if rule.fits(call)), None)
        if call.read_only and found is None:
            return "allow"
        word = found or self.otherwise
        return "ask" if word == "allow" and not (self.repeats or call.read_only) else word

    def _one(self, call: Call | None) -> Call:
        open_ones = [one for one in self.waiting if one not in self._given]
        if call is None and len(open_ones) == 1:
            return open_ones[0]
        if call is None or call not in open_ones:
            told = ", ".join(spoken(one) for one in open_ones) or "none"
            raise UsageError(f"no such call waits for a word (waiting: {told})", advice="give one of session.waiting")
        return call

    async def _asked(self, ask: Ask, call: Call) -> Verdict:
        try:
            answer = ask(call)
            if inspect.isawaitable(answer):
                answer = await answer
        except Exception as error:  # noqa: BLE001 - whatever failed: nobody has approved it
            return _not_run(f"asking for approval failed: {type(error).__name__}")
        if isinstance(answer, Verdict):
            return answer
        return Verdict(runs=True) if answer is True else _not_run("it was rejected")  # no answer means no

    def _noted(self, call: Call, verdict: Verdict, by: str, reason: str) -> Verdict:
        decision = "rejected" if not verdict.runs else "edited" if verdict.arguments else "approved"
        self.rejected = 0 if verdict.runs else self.rejected + 1
        arguments = plain(verdict.arguments or call.arguments)
        row = (datetime.now(UTC), self.turn, call.agent, call.tool, arguments, decision, by, reason)
        self._log.append(row)
        return verdict


def approvals(approve: Approve) -> Approvals:
    """What a session's `approve` says.

    Raises:
        UsageError: If it is none.

    >>> approvals({"find_*": "allow", "delete(path=/tmp/*)": "ask", "*": "deny"}).rules[1].arguments
    {'path': '/tmp/*'}
    """
    if isinstance(approve, str):
        return Approvals([], _word(approve))
    if isinstance(approve, Mapping):
        return Approvals([_rule(pattern, word) for pattern, word in approve.items()], "ask")
    if callable(approve):
        return Approvals([], "ask", approve)
    raise UsageError("approve is none", advice='give "ask", "allow", "deny", a dictionary of patterns, or a function')


def spoken(call: Call) -> str:
    """A call as a person reads it, with hidden characters made visible."""
    given = _values(call.arguments)
    told = ", ".join(f"{name}={value!r}" for name, value in given.items()) if given else call.arguments
    return plain(f"{call.tool}({'' if told == '{}' else told})")


def _rule(pattern: str, word: str) -> Rule:
    found = _RULE.fullmatch(pattern)
    if found is None:
        raise UsageError(f"{pattern!r} is no pattern of calls", advice='write "tool" or "tool(argument=pattern)"')
    arguments: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in (found[2] or "").split(","))):
        name, equals, value = part.partition("=")
        if not equals:
            raise UsageError(f"{pattern!r} is no pattern of calls", advice='write "tool(argument=pattern)"')
        arguments[name.strip()] = value.strip()
    return Rule(found[1], arguments, _word(word))


def _word(word: str) -> Word:
    if word not in _WORDS:
        raise UsageError(f"{word!r} is no word of a policy", advice='write "allow", "ask" or "deny"')
    return word  # type: ignore[return-value]


def _is_standing(approved: Call, call: Call) -> bool:
    """Whether an approval for a run covers a call: of the same tool, that says the same of itself as then."""
    return (approved.agent, approved.tool, approved.description) == (call.agent, call.tool, call.description)


def _values(arguments: str) -> dict[str, Any]:
    try:
        values = json.loads(arguments)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _not_run(why: str) -> Verdict:
    return Verdict(runs=False, message=f"This call was not run: {why}.")
