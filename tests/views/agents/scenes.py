"""Sessions with all that one can show: calls that fail or wait, an edit, a turn taken back, branches."""

from __future__ import annotations

from agents.teams import Said, agent
from autogen_agentchat.teams import RoundRobinGroupChat

from workbench import agents

TASK = "Prüfe den Antrag von Frau Öztürk auf Wohngeld und entwirf einen Bescheid."
LETTER = "Sehr geehrte Frau Öztürk,\nIhr Antrag ist vollständig.\n" + "Die Gemeinde prüft nun, was ihr zusteht. " * 30


def find_rule(topic: str) -> str:
    """Find the rule for a topic."""
    if topic == "unknown":
        raise ValueError("no such topic")
    return f"§ 3 WoGG regelt {topic}."


def send_letter(to: str, text: str) -> str:
    """Send a letter."""
    return "sent"


def clerk(prompt: str, number: int, tools: list[str]) -> Said:
    last = prompt.rsplit("UserMessage", 1)[-1]
    if "FunctionExecution" not in last:
        return [("find_rule", '{"topic": "Wohngeld"}'), ("find_rule", '{"topic": "unknown"}')]
    return LETTER


def sender(prompt: str, number: int, tools: list[str]) -> Said:
    last = prompt.rsplit("UserMessage", 1)[-1]
    if "FunctionExecution" in last:
        return "Der Bescheid ist verschickt."
    return [("send_letter", '{"to": "Frau Öztürk", "text": "Ihr Antrag ist vollständig."}')]


def reviewer(prompt: str, number: int, tools: list[str]) -> Said:
    return "Der Bescheid nennt keine Frist."


def office() -> RoundRobinGroupChat:
    """A clerk with tools, a reviewer, and one who sends letters."""
    from workbench.agents import read_only

    members = [
        agent("clerk", clerk, tools=[read_only(find_rule)], max_tool_iterations=3, system_message="You are a clerk."),
        agent("reviewer", reviewer),
        agent("sender", sender, tools=[send_letter], max_tool_iterations=3),
    ]
    return RoundRobinGroupChat(members, max_turns=6)


async def at_work() -> agents.Session:
    """A session with an edited message, and a turn that was taken back, that waits for a person's word."""
    session = agents.session(office(), TASK)
    await session.step()
    await session.step(deliver=False)
    session.queue.edit("Der Bescheid nennt keine Frist, und die Begründung fehlt.")
    await session.run()
    return session


async def branched() -> agents.Session:
    """The same to its end, with branches."""
    session = await at_work()
    session.approve(reason="checked")
    await session.run()
    if session.waiting:
        session.reject("once is enough")
        await session.run()
    await session.fork(at=2).run()
    edited = session.fork(at=1, edit="Ihr Antrag ist abgelehnt.")
    await edited.step()
    other = session.fork(at=3, system={"clerk": "You are a strict clerk."})
    await other.step()
    await other.fork(at=4, edit="Kürzer.").step()
    return session
