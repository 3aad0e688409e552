"""Who says that a tool may run: a policy, a function or a person, for one call at a time."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from workbench.agents._desk import Call, Verdict, Waiting
from workbench.agents._reasons import Reason, because
from workbench.agents._visible import canonical, spoken, values_of, visible
from workbench.agents.session.approval._policy import Rule, Word, is_doubtful, rules_of, word_of
from workbench.arguments import as_python, shown
from workbench.errors import UsageError

Answer = bool | Verdict | None
Ask = Callable[[Call], Answer | Awaitable[Answer]]
Approve = Word | Mapping[str, Word] | Ask

_REJECTIONS = 3
_COLUMNS = ["time", "turn", "agent", "tool", "arguments", "decision", "by", "reason"]


@dataclass
class Approvals:
    """What a session lets its agents' tools do.

    A turn that waits for a person's word is taken back and repeated, with the same calls. So what is decided of a call
    is kept until the call is made, which uses it up; what is left of it ends with the turn.

    What cannot be caught is what an agent does by itself: a function that it calls without asking a model, a client of
    a kind of its own, and agents in places where the team's parts are not found, such as inside a Python function.

    Attributes:
        rules: The policy, the first rule that fits counts.
        otherwise: What becomes of a call that no rule fits, if it may change something.
        ask: Who is asked, instead of a person who is waited for.
        repeats: Whether a branch may do again what its original did.
        dry: Whether nothing is run but what is marked as read-only.
        waiting: Calls that wait for a person's word.
        turn: The number of the turn under way.
        rejected: How many calls in a row were rejected.
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
    _decided: dict[Call, Verdict] = field(default_factory=dict)
    _begun: set[tuple[str, str, str]] = field(default_factory=set)
    _standing: list[Call] = field(default_factory=list)
    _log: list[tuple[Any, ...]] = field(default_factory=list)

    def begin_turn(self, number: int) -> None:
        """Begin a turn, perhaps not for the first time: what it waits for, it will ask for."""
        self.turn, self.waiting = number, []

    def end_turn(self) -> None:
        """End the turn, which is complete: what was said of its calls holds for no other turn's."""
        self.waiting = []
        for kept in (self._given, self._decided, self._begun):
            kept.clear()

    async def judge(self, call: Call) -> Verdict:
        """What becomes of a call, kept until it is used. Raises `Waiting` where a person is to say it."""
        if call not in self._decided:
            self._decided[call] = await self._judged(call)
        return self._decided[call]

    async def use(self, call: Call) -> Verdict:
        """What becomes of a call that is made now; what was decided of it is used up. Raises as `judge` does."""
        verdict = await self.judge(call)
        del self._decided[call]
        if verdict.runs:
            self._begun.add(_made(call))
        return verdict

    def done(self, call: Call) -> None:
        """Note that a call is over."""
        self._begun.discard(_made(call))

    def approve(self, call: Call | None, arguments: Mapping[str, Any] | None, *, always: bool, reason: str) -> None:
        """Approve a waiting call, once; with always, all calls of this tool by this agent too, until revoked."""
        call = self._one(call)
        given = None if arguments is None else _edited(arguments)
        if given is not None and self._word(replace(call, arguments=given))[0] == "deny":
            raise UsageError("the policy forbids these arguments", advice="give others, or reject the call")
        given = None if given == call.arguments else given
        self._say(call, Verdict(runs=True, arguments=given), reason or ("approved for this run" if always else ""))
        if always and not any(_is_standing(one, call) for one in self._standing):
            self._standing.append(call)

    def reject(self, call: Call | None, message: str) -> None:
        """Reject a waiting call; the model is told the message."""
        self._say(self._one(call), _not_run(message or "it was rejected"), message)

    def revoke(self, tool: str) -> None:
        """Take back what was approved for this run, and has not run. Raises UsageError if nothing was."""
        taken = [one for one in self._standing if one.tool == tool]
        if not taken:
            raise UsageError(f"nothing is approved for {tool}", advice="session.standing lists what is")
        self._standing = [one for one in self._standing if one.tool != tool]
        self._given = {call: said for call, said in self._given.items() if call.tool != tool}
        self._decided = {call: verdict for call, verdict in self._decided.items() if call.tool != tool}
        for one in taken:
            self._row(one, "", "revoked", "person", "")

    @property
    def standing(self) -> pd.DataFrame:
        """What is approved for this run: agent, tool."""
        rows = [(visible(one.agent), visible(one.tool, latin=True)) for one in self._standing]
        return pd.DataFrame(rows, columns=["agent", "tool"]).astype("str")

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each decision: time (UTC), turn, agent, tool, arguments, decision, by whom, reason."""
        frame = pd.DataFrame(self._log, columns=_COLUMNS)
        texts = dict.fromkeys(("agent", "tool", "arguments", "decision", "by", "reason"), "str")
        return frame.astype({"time": "datetime64[us, UTC]", "turn": "int64", **texts})

    @property
    def gave_up(self) -> Reason | None:
        """Why a run ends for its rejections, if it does."""
        return because("{} calls in a row were rejected", _REJECTIONS) if self.rejected >= _REJECTIONS else None

    def branch(self, tools: str) -> Approvals:
        """The same policy for a branch, which may not do again without being asked what its original did."""
        return Approvals(self.rules, self.otherwise, self.ask, repeats=tools == "live", dry=tools == "dry")

    def rewound(self, tools: str) -> Approvals:
        """The same for a line that was rewound: what was decided in it stays recorded."""
        return replace(self.branch(tools), turn=self.turn, _log=list(self._log))

    async def _judged(self, call: Call) -> Verdict:
        if not call.known:
            return self._noted(call, Verdict(runs=False, message=f"There is no tool {call.tool}."), "policy", "unknown")
        if values_of(call.arguments) is None:
            return self._noted(call, _not_run("its arguments are not a JSON object"), "policy", "not a JSON object")
        word, why = self._word(call)
        if word == "deny":
            return self._noted(call, _not_run("the policy forbids it"), "policy", why)
        if word == "allow":
            return self._noted(call, Verdict(runs=True), "policy", why)
        if self.dry:
            return self._noted(call, _not_run("this branch runs dry"), "policy", "dry run", counts=False)
        if call in self._given:
            verdict, reason = self._given.pop(call)
            return self._noted(call, verdict, "person", reason)
        if _made(call) not in self._begun and any(_is_standing(one, call) for one in self._standing):
            return self._noted(call, Verdict(runs=True), "person", "approved for this run")
        call = replace(call, why=why)
        if self.ask is not None:
            verdict, said = await self._asked(self.ask, call)
            return self._noted(call, verdict, "function", said)
        if call not in self.waiting:
            self.waiting.append(call)
        told = spoken(call.tool, call.arguments)
        raise Waiting("call", because("{} wants to call {}: approve or reject it", visible(call.agent), told))

    def _word(self, call: Call) -> tuple[Word, Reason]:
        """What becomes of a call if no person has said anything, and why."""
        rule = next((one for one in self.rules if one.fits(call)), None)
        if rule is None and call.read_only:
            return "allow", because("read-only")
        word = self.otherwise if rule is None else rule.word
        if word == "deny":
            return word, Reason("")
        if _made(call) in self._begun and not call.read_only:
            return "ask", because("it was begun before and broken off, and may have been done")
        if word == "ask":
            stood = any((one.agent, one.tool) == (call.agent, call.tool) for one in self._standing)
            asks = because("it is not marked as read-only") if rule is None else because("the policy asks")
            return word, because("the tool has changed since it was approved") if stood else asks
        if rule is not None and is_doubtful(self.rules, call):
            return "ask", because("it may be more than the policy's patterns see")
        if not (self.repeats or call.read_only):
            return "ask", because("what this branch left may have done it")
        return word, because("read-only") if call.read_only else Reason("")

    def _one(self, call: Call | None) -> Call:
        if call is None and len(self.waiting) == 1:
            return self.waiting[0]
        if call is None or call not in self.waiting:
            told = ", ".join(spoken(one.tool, one.arguments) for one in self.waiting) or "none"
            raise UsageError(f"no such call waits for a word (waiting: {told})", advice="give one of session.waiting")
        return call

    def _say(self, call: Call, verdict: Verdict, reason: str) -> None:
        self._given[call] = (verdict, reason)
        self.waiting = [one for one in self.waiting if one != call]

    async def _asked(self, ask: Ask, call: Call) -> tuple[Verdict, str]:
        """What a function says, and why: anything but a clear yes means no."""
        try:
            answer = ask(call)
            if inspect.isawaitable(answer):
                answer = await answer
        except Exception as error:  # noqa: BLE001 - whatever failed: nobody has approved it
            why = f"asking for approval failed: {type(error).__name__}"
            return _not_run(why), why
        if not isinstance(answer, Verdict):
            return (Verdict(runs=True), "") if as_python(answer) is True else (_not_run("it was rejected"), "")
        message = str(answer.message)
        if answer.runs is not True:
            return _not_run(message or "it was rejected"), message
        if answer.arguments is None:
            return Verdict(runs=True), message
        given = values_of(answer.arguments) if isinstance(answer.arguments, str) else None
        if given is None:
            why = "the arguments that it was approved with are not a JSON object"
            return _not_run(why), why
        return Verdict(runs=True, arguments=canonical(given)), message

    def _noted(self, call: Call, verdict: Verdict, by: str, reason: str, *, counts: bool = True) -> Verdict:
        decision = "rejected" if not verdict.runs else "edited" if verdict.arguments else "approved"
        if counts:
            self.rejected = 0 if verdict.runs else self.rejected + 1
        self._row(call, verdict.arguments or call.arguments, decision, by, reason)
        return verdict

    def _row(self, call: Call, arguments: str, decision: str, by: str, reason: str) -> None:
        agent, tool = visible(call.agent), visible(call.tool, latin=True)
        row = (datetime.now(UTC), self.turn, agent, tool, visible(arguments), decision, by, visible(reason))
        self._log.append(row)


def approvals(approve: Approve) -> Approvals:
    """What a session's `approve` says.

    Raises:
        UsageError: If it is anything else.

    >>> approvals({"find_*": "allow", "delete(path=/tmp/*)": "ask", "*": "deny"}).rules[1].arguments
    {'path': '/tmp/*'}
    """
    if isinstance(approve, str):
        return Approvals([], word_of(approve))
    if isinstance(approve, Mapping):
        return Approvals(rules_of(approve), "ask")
    if callable(approve):
        return Approvals([], "ask", approve)
    what = f'approve= must be "ask", "allow", "deny", a dictionary of patterns, or a function, not {shown(approve)}'
    raise UsageError(what)


def _edited(arguments: Mapping[str, Any]) -> str:
    """Other arguments as JSON. Raises UsageError if they cannot be."""
    if isinstance(arguments, Mapping) and all(isinstance(name, str) for name in arguments):
        try:
            return canonical({name: as_python(value) for name, value in arguments.items()})
        except (TypeError, ValueError, RecursionError):
            pass
    raise UsageError("these arguments are not a JSON object", advice='give a dictionary such as {"path": "/tmp/x"}')


def _made(call: Call) -> tuple[str, str, str]:
    """What a call does, whatever its identity is."""
    return call.agent, call.tool, call.arguments


def _is_standing(approved: Call, call: Call) -> bool:
    """Whether an approval for a run covers a call: of a tool that says the same and runs the same code, if known."""
    then = (approved.agent, approved.tool, approved.description, approved.code)
    return then == (call.agent, call.tool, call.description, call.code)


def _not_run(why: str) -> Verdict:
    return Verdict(runs=False, message=f"This call was not run: {why}.")
