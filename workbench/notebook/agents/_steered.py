"""A session of AutoGen's agents as its controls see it, and what they do with it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from workbench.agents import Call, Session
from workbench.agents._reasons import in_language
from workbench.agents._visible import canonical, values_of, visible
from workbench.agents.session import Turn, watch
from workbench.errors import UsageError
from workbench.json_text import read_json
from workbench.language import Language
from workbench.notebook.agents._forks import changeable, forked
from workbench.notebook.agents._pictures import conversation
from workbench.notebook.agents._turns import questions_of, turn_of
from workbench.texts import sha256
from workbench.views import agents as views
from workbench.views.controls import Changeable, Pending, Situation, Waiting

_LIMITS = ("turns", "calls", "tokens", "seconds")


class Steered:
    """A session under its controls, which may go over to another of its branches.

    Args:
        session: Any of its branches.
        language: What reasons are told in: "en" or "de".

    Attributes:
        session: The branch that is looked at.
    """

    def __init__(self, session: Session, language: Language = "en") -> None:
        self.session = session
        self._language = language
        self._actions: Mapping[str, Callable[[Mapping[str, Any]], Awaitable[object] | object]] = {
            "step": lambda given: self.session.step(deliver=given.get("hold") is not True),
            "run": lambda given: self.session.run(),
            "pause": lambda given: self.session.pause(),
            "stop": lambda given: self.session.stop(),
            "deliver": lambda given: self.session.queue.deliver(),
            "edit": lambda given: self.session.queue.edit(_text(given), _name(given, "member")),
            "drop": lambda given: self.session.queue.drop(_name(given, "member")),
            "redirect": lambda given: self.session.queue.redirect(str(given.get("to")), _name(given, "member")),
            "send": lambda given: self.session.send(_text(given), _name(given, "to")),
            "answer": lambda given: self.session.answer(_text(given), self._person or None),
            "let": lambda given: self.session.let(str(given.get("to"))),
            "approve": self._approve,
            "reject": lambda given: self.session.reject(_text(given), self._call(given)),
            "revoke": self._revoke,
            "limit": self._limit,
            "rewind": lambda given: self.session.rewind(_number(given)),
            "fork": self._fork,
            "branch": self._go_to,
        }

    @property
    def busy(self) -> bool:
        """Whether a turn is being taken."""
        return self.session._play.busy

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` whenever something has happened; give what ends it."""
        return watch(self.session, changed)

    def turn(self, number: int) -> tuple[views.Turn, list[views.Question]]:
        """A turn, and what it asked."""
        turn = self.session.turn(number)
        return self._beside_its_original(turn_of(turn)), questions_of(turn)

    def changeable(self, number: int) -> Changeable:
        """What a branch from a turn may change."""
        return changeable(self.session, self.session.turn(number))

    async def do(self, what: str, given: Mapping[str, Any]) -> None:
        """Carry out what was pressed. Raises UsageError for what nobody can press, and what the session raises."""
        action = self._actions.get(what)
        if action is None:
            raise UsageError(f"there is no {what!r} among the controls", advice="load the page anew")
        outcome = action(given)
        if isinstance(outcome, Awaitable):
            await outcome

    def situation(self) -> Situation:
        """How the session stands."""
        session = self.session
        play, spent = session._play, session._play.spent
        now = conversation(session, self._language)
        now = replace(now, turns=tuple(map(self._beside_its_original, now.turns)))
        if play.busy:
            now = _at_work(session, now)
        elif play.halted and play.halted.why in ("call", "person") and not (session.waiting or self._person):
            now = replace(now, state="goes on", reason="")  # the word was given
        used = {"turns": session.turns, "calls": spent.calls, "tokens": spent.tokens, "seconds": spent.seconds}
        queue = session.queue.frame
        return Situation(
            conversation=now,
            branch=session.name,
            members=tuple(session.team._participant_names),
            next_agent=session.next_agent or "",
            busy=play.busy,
            pausing=play.busy and play.pausing,
            held=tuple(
                Waiting(who=who, text=text, to=to)
                for who, text, to in queue[["agent", "content", "to"]].itertuples(index=False)
            ),
            calls=tuple(_pending(call, self._language) for call in session.waiting) if not play.busy else (),
            person=self._person,
            standing=tuple(session.standing.itertuples(index=False, name=None)),
            limits={name: getattr(session.limits, name) for name in _LIMITS},
            spent=used,
        )

    @property
    def _person(self) -> str:
        """The member that stands for a person, whose word is waited for."""
        session, halt = self.session, self.session.halt
        if self.busy or halt is None or halt.why != "person":
            return ""
        name = session.next_agent or ""
        return "" if name in session._play.said else name

    def _call(self, given: Mapping[str, Any]) -> Call:
        """The waiting call that was looked at when something was pressed."""
        for call in self.session.waiting:
            if _key(call) == given.get("key"):
                return call
        raise UsageError("this call does not wait any more", advice="look at those that do")

    def _approve(self, given: Mapping[str, Any]) -> None:
        arguments = given.get("arguments")
        self.session.approve(
            self._call(given),
            arguments=None if arguments is None else _arguments(str(arguments)),
            always=given.get("always") is True,
        )

    def _revoke(self, given: Mapping[str, Any]) -> None:
        """Take back an approval; it is named as it is shown, with nothing hidden."""
        standing = self.session._play.approvals._standing
        named = (one.tool for one in standing if visible(one.tool, latin=True) == given.get("tool"))
        self.session.revoke(next(named, str(given.get("tool"))))

    def _limit(self, given: Mapping[str, Any]) -> None:
        wished = given.get("limits")
        values = wished if isinstance(wished, Mapping) else {}
        changed = {
            name: values[name]
            for name in _LIMITS
            if name in values and values[name] != getattr(self.session.limits, name)
        }
        if changed:
            self.session.limit(who="controls", why=str(given.get("why", "")), **changed)

    def _beside_its_original(self, turn: views.Turn) -> views.Turn:
        """A turn with that of the original, where something else was said in it."""
        branch = self.session._branch
        there = None if turn.undone or turn.waits else branch.otherwise.get(turn.number)
        if there is None or branch.parent is None:
            return turn
        return replace(turn, there=turn_of(there), where=branch.parent.name)

    def _fork(self, given: Mapping[str, Any]) -> None:
        self.session = forked(self.session, self.session.turn(_number(given)), given)

    def _go_to(self, given: Mapping[str, Any]) -> None:
        self.session = self.session.branch(str(given.get("name")))


def _at_work(session: Session, now: views.Conversation) -> views.Conversation:
    """A conversation with what has happened in the turn under way."""
    play, entries = session._play, list(session._play.under_way)
    if not entries or play.rest is None:
        return now
    rest, who = play.rest, play.next_agent or entries[0].event.source
    begun = turn_of(Turn(entries[0].turn, who, entries, [], 0.0, rest, rest, rest, len(entries)))
    return replace(now, turns=(*now.turns, replace(begun, seconds=None, at_work=True)))


def _pending(call: Call, language: Language) -> Pending:
    """A call that waits for a person's word, with nothing hidden."""
    values = values_of(call.arguments) or {}
    written = json.dumps(values, indent=2, ensure_ascii=False)
    return Pending(
        key=_key(call),
        who=visible(call.agent),
        tool=visible(call.tool, latin=True),
        arguments=[(visible(name, latin=True), canonical(value)) for name, value in values.items()],
        editable="\n".join(map(visible, written.split("\n"))),
        why=visible(in_language(call.why, language)),
        about="\n".join(map(visible, call.description.split("\n"))),
    )


def _key(call: Call) -> str:
    """What stands for a call: who looked at another one has not approved this."""
    told = (call.id, call.agent, call.tool, call.arguments, call.description, call.code)
    return sha256(json.dumps(told))


def _arguments(text: str) -> Mapping[str, Any]:
    """Arguments as a person has written them. Raises UsageError if they are not JSON."""
    try:
        values = read_json(text)
    except ValueError as error:
        raise UsageError(f"these arguments are {error}", advice='write them like {"path": "/tmp/x"}') from None
    if not isinstance(values, dict):
        raise UsageError("these arguments are not a JSON object", advice='write them like {"path": "/tmp/x"}')
    return values


def _text(given: Mapping[str, Any]) -> str:
    return str(given.get("text", ""))


def _name(given: Mapping[str, Any], key: str) -> str | None:
    name = given.get(key)
    return str(name) if name else None


def _number(given: Mapping[str, Any]) -> int:
    number = given.get("turn")
    if not isinstance(number, int):
        raise UsageError("no turn was chosen", advice="choose one of the timeline")
    return number
