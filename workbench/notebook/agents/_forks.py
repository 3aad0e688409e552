"""Branches as the controls make them: what may be changed in one, and a branch with what a person has changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autogen_core.models import ChatCompletionClient

from workbench.agents import Session
from workbench.agents.autogen import TellsRequestSettings, chat_messages
from workbench.agents.session import Turn
from workbench.connections import model_names
from workbench.errors import UsageError
from workbench.texts import plain
from workbench.views.controls import Changeable

EVERYBODY = "*"
"""Stands for all who ask a model; AutoGen allows no such name."""


def changeable(session: Session, turn: Turn) -> Changeable:
    """What a branch that leaves a session after a turn may change."""
    play = session._play
    stage = play.shared.stage
    asking = stage.roles.items()
    models = [(name, _model(play.models.get(place) or stage.client_at(place))) for name, place in asking]
    systems = [
        (name, play.systems.get(place, text)) for name, place in asking if (text := stage.system_at(place)) is not None
    ]
    # What servers have said by now; they are asked in the background, and what they say later is there next time.
    known = dict.fromkeys([*model_names(patience_s=0), *(model for _, model in models if model)])
    return Changeable(said=said_in(turn), models=models, systems=systems, results=_results(turn), names=list(known))


def forked(session: Session, turn: Turn, given: Mapping[str, Any]) -> Session:
    """A branch from a turn with what a person has changed; what is as it was counts as unchanged.

    Raises:
        UsageError: If it cannot be made so.
        WorkbenchError: If there is no such model.
    """
    now = changeable(session, turn)
    return session.fork(
        at=turn.number,
        edit=_other(given.get("text"), now.said),
        models=_models(given, now),
        system=_chosen(given, "system", dict(now.systems)),
        tool_result=_chosen(given, "result", dict(now.results)),
    )


def said_in(turn: Turn) -> str:
    """What was said in a turn, as a branch may change it; "" where nothing can be changed."""
    if not turn.agent:
        return turn.entries[0].event.to_text() if turn.entries else ""
    held = [one for one in turn.spoken.held if one.name == turn.agent]
    return chat_messages(held[-1])[-1].to_text() if held else ""


def _results(turn: Turn) -> list[tuple[str, str]]:
    """What each tool gave last in a turn; what code printed cannot be another."""
    called = {one.request[0]: one.answer for one in turn.asked if one.kind == "tool" and hasattr(one.answer, "to_text")}
    return [(name, answer.to_text()) for name, answer in called.items()]


def _model(client: ChatCompletionClient) -> str:
    return str(client.request_settings.get("model", "")) if isinstance(client, TellsRequestSettings) else ""


def _models(given: Mapping[str, Any], now: Changeable) -> dict[str, str]:
    who, name = given.get("model_of"), str(given.get("model", "")).strip()
    if not who:
        return {}
    if not name:
        raise UsageError("the other model has no name", advice='write one such as "embedded"')
    return {one: name for one, _ in now.models} if who == EVERYBODY else {str(who): name}


def _chosen(given: Mapping[str, Any], what: str, now: Mapping[str, str]) -> dict[str, str]:
    """What was chosen to be another one, and its text, if that is another."""
    who = given.get(f"{what}_of")
    text = _other(given.get(what), now.get(str(who), "")) if who else None
    return {} if text is None else {str(who): text}


def _other(text: object, now: str) -> str | None:
    """A text that was written, None where it is as it was; a page shows no characters that steer."""
    return None if text is None or text in (now, plain(now)) else str(text)
