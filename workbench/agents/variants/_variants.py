"""A team on other models, as candidates of a comparison."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import msgspec
from autogen_agentchat.base import ChatAgent, Team
from autogen_agentchat.messages import BaseChatMessage, MultiModalMessage, TextMessage
from autogen_core import FunctionCall, Image
from autogen_core.models import CreateResult

from workbench.agents._begin import line
from workbench.agents.autogen import Stage, check
from workbench.agents.session import Approve, Limits, Play, loops_in
from workbench.agents.variants._deeds import deeds_of
from workbench.arguments import listed, shown
from workbench.connections import Model, Prompt, as_messages, model, wait
from workbench.engines.cassette import as_recorded, call
from workbench.errors import EngineError, UsageError, WorkbenchError
from workbench.messages import Finish, Message, Reply, Timing, ToolCall, Usage
from workbench.reply_warnings import SEPARATOR

Made = Callable[[], Team | ChatAgent]
Asked = str | Model
Answering = Callable[[Prompt], Awaitable[Reply]]


def variants(
    team: Made,
    models: Sequence[Asked] | Mapping[str, Asked | Mapping[str, Asked]],
    *,
    approve: Approve = "ask",
    limits: Limits | None = None,
) -> dict[str, Answering]:
    """Make candidates for `wb.compare` of a team on several models.

    Every prompt is a task for a new team. The answer is the last message; what each agent did is counted beside it, for
    `wb.roles` and `wb.suffices`.

    Args:
        team: A function without arguments that makes the team, anew for every task.
        models: A list of models: the team on the first one, and then on each other one, first in one role alone and
            at last in all, so that it shows which role needs which model. Or a mapping from labels to a model for all
            roles, or to models by the names of agents ("manager" for the team's own); other agents keep theirs.
        approve: What becomes of calls of tools, as for `session`. Nobody is asked in a comparison: a call that would
            wait for a person fails the cell.
        limits: What one task may cost; a team that reaches a limit counts as cut.

    Returns:
        Candidates by label.

    Raises:
        UsageError: If there is no model, or no agent of such a name that asks one.
        UnsupportedError: If such a team cannot be taken turn by turn.

    >>> from autogen_agentchat.agents import AssistantAgent
    >>> from autogen_agentchat.teams import RoundRobinGroupChat
    >>> from workbench.agents import client
    >>> def office():
    ...     members = [AssistantAgent(name, client("embedded")) for name in ("clerk", "reviewer")]
    ...     return RoundRobinGroupChat(members, max_turns=2)
    >>> small, sober = model("embedded", label="small"), model("embedded", label="sober", temperature=0)
    >>> list(variants(office, [small, sober]))
    ['small', 'clerk: sober', 'reviewer: sober', 'sober']
    """
    if not callable(team):
        raise UsageError(
            f"team= must be a function that makes the team, not {shown(team)}", advice="write `def office(): …`"
        )
    stage = Stage(check(team()))
    wait(stage.prepare())
    roles = list(stage.roles)
    named = _by_label(models, roles)
    for chosen in named.values():
        for role in chosen:
            stage.where(role)
    return {
        label: partial(_answer, team=team, models=chosen, approve=approve, limits=limits)
        for label, chosen in named.items()
    }


def _by_label(models: Any, roles: Sequence[str]) -> dict[str, dict[str, Model]]:
    """Models by the names of agents, by labels."""
    if isinstance(models, Mapping):
        found = {
            str(label): {role: _model(one) for role, one in chosen.items()}
            if isinstance(chosen, Mapping)
            else dict.fromkeys(roles, _model(chosen))
            for label, chosen in models.items()
        }
    else:
        several = [models] if isinstance(models, str | Model) else listed(models) or []
        found = _one_by_one([_model(one) for one in several], roles)
    if not found:
        raise UsageError("there is no model for the team", advice='name one or more, such as "embedded"')
    return found


def _one_by_one(models: Sequence[Model], roles: Sequence[str]) -> dict[str, dict[str, Model]]:
    """The team on the first model, and with each other one in each role alone, and in all."""
    found: dict[str, dict[str, Model]] = {}
    for number, other in enumerate(models):
        if number and len(roles) > 1:
            found |= {f"{role}: {other.label}": {**dict.fromkeys(roles, models[0]), role: other} for role in roles}
        if other.label in found:
            raise UsageError(f"two models are called {other.label!r}", advice="give each a label: model.using(label=…)")
        found[other.label] = dict.fromkeys(roles, other)
    return found


def _model(one: Any) -> Model:
    if not isinstance(one, str | Model):
        raise UsageError(f"models= holds {shown(one)}", advice='give names such as "embedded", or wb.model(…)')
    return one if isinstance(one, Model) else model(one)


async def _answer(
    prompt: Prompt, *, team: Made, models: Mapping[str, Model], approve: Approve, limits: Limits | None
) -> Reply:
    """What a team makes of a task, with what each of its agents did."""
    play = line(team(), _task(prompt), approve=approve, limits=limits, models=models)
    if limits is None:
        play.check_ends()
    clock = _Clock(prompt, models)
    try:
        await play.run()
    except WorkbenchError as error:
        raise _with_reply(error, _reply(play, models, clock, error)) from error
    if play.halted is not None and play.halted.why in ("call", "person"):
        raise EngineError(
            f"the team waits for a person: {play.halted.text}",
            advice="give approve= a policy or a function, or leave the person out of the team",
            reply=_reply(play, models, clock),
        )
    return _reply(play, models, clock)


class _Took(msgspec.Struct, array_like=True):
    """How long a team took, as an array: what is recorded already has one, whose second part is the moment.

    Attributes:
        seconds: Its seconds.
        recorded_at: When that was, in ISO 8601, where it is played from a cassette; "" where it was now.
    """

    seconds: float
    recorded_at: str = ""


class _Clock:
    """How long a team takes; where its answers are played from a cassette, how long it took then."""

    def __init__(self, prompt: Prompt, models: Mapping[str, Model]) -> None:
        chosen = {role: [one.name, one.label] for role, one in models.items()}
        turns = [[one.role, one.content, *(image.data for image in one.images)] for one in as_messages(prompt)]
        self._call = call("look", "team", "", [turns, chosen])
        self._begun = time.monotonic()

    def stopped(self) -> _Took:
        """The seconds, and when that was."""
        return as_recorded(self._call, _Took(time.monotonic() - self._begun), _Took)


def _task(prompt: Prompt) -> str | list[BaseChatMessage]:
    """A prompt as a team's task; of a conversation each message comes from the role that says it."""
    if isinstance(prompt, str):
        return prompt
    return [_handed(one) for one in as_messages(prompt)]


def _handed(message: Message) -> BaseChatMessage:
    source = message.name or message.role
    if not message.images:
        return TextMessage(content=message.content, source=source)
    images = [Image.from_base64(one.data) for one in message.images]
    return MultiModalMessage(content=[message.content, *images] if message.content else [*images], source=source)


def _reply(play: Play, models: Mapping[str, Model], clock: _Clock, failed: Exception | None = None) -> Reply:
    took = clock.stopped()
    deeds = deeds_of(play, {role: one.label for role, one in models.items()}, failed)
    warnings = loops_in(play.turns, ends=True)
    answers = [one.answer for turn in play.turns for one in turn.asked if one.kind == "model"]
    was_cut = bool(answers) and answers[-1].finish_reason == "length"  # the last is what the team says in the end
    finish: Finish = "unknown" if failed else "length" if was_cut else "stop"
    if play.halted is not None:
        warnings.append(f"the team did not come to its end: {play.halted.text}")
        finish = "length" if play.halted.why == "limit" else finish
    return Reply(
        text=play.last_message if len(play.turns) > 1 else "",  # the first turn is the task
        finish=finish,
        tool_calls=_calls(answers),
        usage=Usage(sum(one.prompt_tokens for one in deeds.values()), sum(one.tokens for one in deeds.values())),
        timing=Timing(0.0, None, took.seconds, None),
        warnings=tuple(one.replace(SEPARATOR, " ") for one in warnings),
        recorded_at=took.recorded_at,
        details={"roles": {role: asdict(one) for role, one in deeds.items()}},
    )


def _calls(answers: Sequence[CreateResult]) -> tuple[ToolCall, ...]:
    """All calls of tools that the team's models made, in their order."""
    made: list[FunctionCall] = [
        one for answer in answers if not isinstance(answer.content, str) for one in answer.content
    ]
    return tuple(ToolCall(one.id, one.name, one.arguments) for one in made)


def _with_reply(error: WorkbenchError, reply: Reply) -> WorkbenchError:
    """The error with what the team had done until then."""
    if isinstance(error, EngineError):
        error.reply = reply
        return error
    return EngineError(str(error), reply=reply)
