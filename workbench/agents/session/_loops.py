"""Where a team goes round in circles, in the words of studies of why teams of agents fail.

The words are those of MAST (Cemri et al., 2025, "Why do multi-agent LLM systems fail?"): step repetition, and unaware
of termination conditions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from autogen_agentchat.messages import BaseChatMessage, ToolCallRequestEvent

from workbench.agents._reasons import because
from workbench.agents.session._turn import Turn
from workbench.texts import quoted

_AS_OFTEN = 3
_REPEATED = {
    "said": "step repetition: {} said {} {} times (turns {})",
    "called": "step repetition: {} called {} {} times (turns {})",
}
_UNAWARE = "unaware of termination conditions: the last turns only repeat others, and nothing ends this team"


def loops_in(turns: Sequence[Turn], *, ends: bool) -> list[str]:
    """A line for each thing that was said or called again and again, and one if the team does not see its end.

    Args:
        turns: The turns so far.
        ends: Whether anything would end the team.
    """
    said = repeated(turns)
    found: list[str] = [
        because(_REPEATED[verb], agent, quoted(text), len(numbers), ", ".join(map(str, numbers)))
        for (agent, verb, text), numbers in said.items()
    ]
    last = [turn.number for turn in turns if turn.agent][-_AS_OFTEN:]
    repeating = {number for numbers in said.values() for number in numbers}
    if not ends and len(last) == _AS_OFTEN and repeating.issuperset(last):
        found.append(because(_UNAWARE))
    return found


def repeated(turns: Sequence[Turn]) -> dict[tuple[str, str, str], list[int]]:
    """What agents said or called again and again: who, "said" or "called", and what; and in which turns."""
    said: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for turn in turns:
        for entry in turn.entries:
            match entry.event:
                case ToolCallRequestEvent(content=calls):
                    for call in calls:
                        said[turn.agent, "called", f"{call.name}({call.arguments})"].append(turn.number)
                case BaseChatMessage() as message if turn.agent:
                    said[turn.agent, "said", " ".join(message.to_text().casefold().split())].append(turn.number)
    return {what: numbers for what, numbers in said.items() if len(numbers) >= _AS_OFTEN}
