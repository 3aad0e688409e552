"""What persons say to a team, when it asks them and between its turns."""

from __future__ import annotations

from autogen_agentchat.messages import TextMessage

from workbench.agents.session._play import Play
from workbench.arguments import as_name, as_text
from workbench.errors import PromptError, UsageError


def answer(play: Play, text: str, agent: str | None) -> None:
    """Keep what a person says until the team asks; UsageError if no such member waits for a person."""
    text, agent = as_text("text", text), None if agent is None else as_name("agent=", agent)
    names = play.shared.stage.team._participant_names
    persons = [name for name in names if play.shared.stage.is_person(name)]
    name = agent if agent is not None else (persons[0] if len(persons) == 1 else None)
    if name not in persons:
        raise UsageError(
            f"{agent or 'nobody'} waits for no person",
            advice=f"name one of: {', '.join(persons) or 'none is there'}",
        )
    play.said[name] = text


async def send(play: Play, text: str, to: str | None) -> None:
    """Deliver a message to one member or to all; after the end it begins the conversation anew."""
    if not as_text("text", text).strip():
        raise PromptError("the message is empty", advice="write what the team is to hear")
    names = play.members(to)
    message = TextMessage(content=text, source="user")
    if not play.turns:
        raise UsageError("nothing has begun yet", advice="take a step first, or write it into the task")
    if play.stop_reason is None:
        await play.hear(message, names)
        return
    if to is not None:
        raise UsageError("the conversation has ended", advice="send it to all: it begins anew")
    play.begin_anew(message)
