"""What each part of a team did while it answered: calls of tools and choices of speakers, and which were valid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autogen_agentchat.teams import MagenticOneGroupChat, SelectorGroupChat
from autogen_agentchat.teams._group_chat._base_group_chat import BaseGroupChat
from autogen_agentchat.teams._group_chat._selector_group_chat import SelectorGroupChatManager

from workbench.agents._asking import is_valid
from workbench.agents._desk import Asked
from workbench.agents.autogen import MANAGER
from workbench.agents.session import Play, repeated
from workbench.errors import ToolCallError
from workbench.json_text import read_json


@dataclass(slots=True)
class Deeds:
    """What one part of a team did.

    Attributes:
        model: The model that it asked.
        turns: How many turns it took.
        asked: How often it asked the model.
        prompt_tokens: Tokens that the model read.
        tokens: Tokens that the model wrote.
        calls: The calls of tools that the model made: name and arguments, as JSON texts.
        invalid_calls: How many of them name no tool that was offered, or have arguments against its schema.
        choices: How often it chose the next speaker.
        invalid_choices: How often that choice named no member, or several.
        loops: How many things it said or called again and again.
    """

    model: str
    turns: int = 0
    asked: int = 0
    prompt_tokens: int = 0
    tokens: int = 0
    calls: list[tuple[str, str]] = field(default_factory=list)
    invalid_calls: int = 0
    choices: int = 0
    invalid_choices: int = 0
    loops: int = 0


def deeds_of(play: Play, models: Mapping[str, str], failed: Exception | None = None) -> dict[str, Deeds]:
    """What each part of a team did on a line of its conversation.

    Args:
        play: The line.
        models: The models of the parts, by their names.
        failed: What ended it, if it failed.
    """
    team = play.shared.stage.team
    names = {place: name for name, place in play.shared.stage.roles.items()}
    found = {name: Deeds(models.get(name, "")) for name in names.values()}

    def deeds(name: str) -> Deeds:
        return found.setdefault(name, Deeds(models.get(name, "")))

    for turn in play.turns:
        if turn.agent:
            deeds(turn.agent).turns += 1
        for one in turn.asked:
            if one.kind == "model":
                name = names.get(one.where, one.where.strip("/"))
                _add(deeds(name), one, team if name == MANAGER else None)
    for agent, _, _ in repeated(play.turns):
        deeds(agent).loops += 1
    if isinstance(failed, ToolCallError):
        # A call that could not be made valid; it is in no turn, as the turn was taken back.
        broken = deeds(play.next_agent or MANAGER)
        broken.calls.append(("", ""))
        broken.invalid_calls += 1
    return found


def _add(deeds: Deeds, one: Asked, managed: BaseGroupChat | None) -> None:
    """Add an answer of a model, which may be that of the manager of a team."""
    usage, content = one.answer.usage, one.answer.content
    deeds.asked += 1
    deeds.prompt_tokens += usage.prompt_tokens
    deeds.tokens += usage.completion_tokens
    if isinstance(content, str):
        names_one = None if managed is None else _is_choice(managed, content)
        deeds.choices += names_one is not None
        deeds.invalid_choices += names_one is False
        return
    offered = {tool["name"]: tool for tool in one.request.settings["tools"]}
    for call in content:
        deeds.calls.append((call.name, call.arguments))
        tool = offered.get(call.name)
        deeds.invalid_calls += tool is None or not is_valid(call.arguments, tool.get("parameters", {}))


def _is_choice(team: BaseGroupChat, text: str) -> bool | None:
    """Whether a manager's answer names one speaker; None for what is not a choice."""
    members = list(team._participant_names)
    if isinstance(team, SelectorGroupChat):
        # AutoGen's own reading of the answer, which looks at nothing but these two.
        return len(SelectorGroupChatManager._mentioned_agents(team, text, members)) == 1  # type: ignore[arg-type]
    return _in_ledger(text, members) if isinstance(team, MagenticOneGroupChat) else None


def _in_ledger(text: str, members: Sequence[str]) -> bool | None:
    """Whether the ledger of Magentic-One names a member as the next speaker; None for what is not a ledger."""
    try:
        ledger = read_json(text)
    except ValueError:
        return None
    if not isinstance(ledger, dict) or "next_speaker" not in ledger:
        return None
    chosen = ledger["next_speaker"]
    return isinstance(chosen, dict) and chosen.get("answer") in members
