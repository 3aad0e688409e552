"""Teams of every kind of AutoGen's, of agents whose answers follow from every character of what they are asked.

So any difference in what a team remembers is a difference in what it says, and no model has to be asked.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

from autogen_agentchat.agents import (
    AssistantAgent,
    MessageFilterAgent,
    MessageFilterConfig,
    PerSourceFilter,
    SocietyOfMindAgent,
    UserProxyAgent,
)
from autogen_agentchat.conditions import MaxMessageTermination, TimeoutTermination, TokenUsageTermination
from autogen_agentchat.messages import BaseChatMessage
from autogen_agentchat.teams import (
    DiGraphBuilder,
    GraphFlow,
    MagenticOneGroupChat,
    RoundRobinGroupChat,
    SelectorGroupChat,
    Swarm,
)
from autogen_agentchat.teams._group_chat._base_group_chat import BaseGroupChat
from autogen_agentchat.tools import AgentTool, TeamTool
from autogen_core import FunctionCall
from autogen_core.model_context import BufferedChatCompletionContext
from autogen_core.models import ChatCompletionClient, CreateResult, LLMMessage, ModelFamily, ModelInfo, RequestUsage

Said = str | list[tuple[str, str]]
Answer = Callable[[str, int, list[str]], Said]
"""From the whole prompt, its hash and the names of the tools: a text, or calls of tools with their arguments."""


def said(prompt: str, number: int, tools: list[str]) -> Said:
    return f"said {number:08x}"


class Hashing(ChatCompletionClient):
    """A client whose answer is a hash of what it is asked.

    Attributes:
        asked: How often it was asked.
        fails: Whether it fails.
        seconds: How long it takes.
    """

    component_type = "model"

    def __init__(self, answer: Answer = said) -> None:
        self._answer = answer
        self.asked = 0
        self.fails = False
        self.seconds = 0.0

    async def create(self, messages: Sequence[LLMMessage], *, tools: Any = (), **more: Any) -> CreateResult:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        if self.fails:
            raise ValueError("the model is gone")
        prompt = "\n".join(f"{type(one).__name__} {getattr(one, 'source', '')} {one.content}" for one in messages)
        number = int(hashlib.sha256(_without_ids(messages).encode()).hexdigest()[:8], 16)
        names = [tool["name"] if isinstance(tool, Mapping) else tool.name for tool in tools]
        content = self._answer(prompt, number, names)
        if isinstance(content, str):
            return CreateResult(finish_reason="stop", content=content, usage=RequestUsage(9, 3), cached=False)
        calls = [FunctionCall(f"{number:x}-{place}", args, name) for place, (name, args) in enumerate(content)]
        return CreateResult(finish_reason="function_calls", content=calls, usage=RequestUsage(9, 3), cached=False)

    async def create_stream(
        self, messages: Sequence[LLMMessage], **more: Any
    ) -> AsyncGenerator[str | CreateResult, None]:
        yield await self.create(messages, **more)

    async def close(self) -> None:
        pass

    def actual_usage(self) -> RequestUsage:
        return RequestUsage(0, 0)

    def total_usage(self) -> RequestUsage:
        return RequestUsage(0, 0)

    def count_tokens(self, messages: Sequence[LLMMessage], **more: Any) -> int:
        return 0

    def remaining_tokens(self, messages: Sequence[LLMMessage], **more: Any) -> int:
        return 1000

    @property
    def capabilities(self) -> ModelInfo:  # type: ignore[override]
        return self.model_info

    @property
    def model_info(self) -> ModelInfo:
        return ModelInfo(
            vision=False, function_calling=True, json_output=True, structured_output=True, family=ModelFamily.UNKNOWN
        )


def _without_ids(messages: Sequence[LLMMessage]) -> str:
    return json.dumps([[type(one).__name__, getattr(one, "source", ""), str(one.content)] for one in messages])


def agent(name: str, answer: Answer = said, **more: Any) -> AssistantAgent:
    return AssistantAgent(name, Hashing(answer), description=f"{name} helps", **more)


def round_robin() -> BaseGroupChat:
    end = MaxMessageTermination(7) | TokenUsageTermination(max_total_token=10_000) | TimeoutTermination(600)
    return RoundRobinGroupChat([agent("a"), agent("b"), agent("c")], termination_condition=end)


def round_robin_and() -> BaseGroupChat:
    end = MaxMessageTermination(4) & TokenUsageTermination(max_total_token=45)
    return RoundRobinGroupChat([agent("a"), agent("b")], max_turns=5, termination_condition=end)


def _chosen(*names: str) -> Answer:
    return lambda prompt, number, tools: names[number % len(names)]


def selector() -> BaseGroupChat:
    members = [agent("a"), agent("b"), agent("c")]
    end = MaxMessageTermination(7)
    return SelectorGroupChat(list(members), Hashing(_chosen("a", "b", "c")), termination_condition=end)


def selector_buffered() -> BaseGroupChat:
    return SelectorGroupChat(
        [agent("a"), agent("b"), agent("c")],
        Hashing(_chosen("a", "b", "c")),
        max_turns=5,
        model_context=BufferedChatCompletionContext(3),
        emit_team_events=True,
        allow_repeated_speaker=True,
    )


def swarm() -> BaseGroupChat:
    def hand(prompt: str, number: int, tools: list[str]) -> Said:
        return [(tools[number % len(tools)], "{}")] if tools and number % 3 else f"said {number:08x}"

    members = [agent("a", hand, handoffs=["b", "c"]), agent("b", hand, handoffs=["a", "c"])]
    return Swarm([*members, agent("c", hand, handoffs=["a"])], termination_condition=MaxMessageTermination(9))


def graph_parallel() -> BaseGroupChat:
    a, b, c, d, e = (agent(name) for name in "abcde")
    graph = DiGraphBuilder()
    for one in (a, b, c, d, e):
        graph.add_node(one)
    graph.add_edge(a, b).add_edge(a, c).add_edge(b, d).add_edge(c, d).add_edge(d, e)
    return GraphFlow([a, b, c, d, e], graph.build())


def _says(*digits: str) -> Callable[[BaseChatMessage], bool]:
    return lambda message: message.to_text()[-1] in digits


def graph_loop() -> BaseGroupChat:
    """a, then b and c in turns until c says the right digit, then d; b is reached by either of two groups."""
    a, b, c, d = (agent(name) for name in "abcd")
    graph = DiGraphBuilder()
    for one in (a, b, c, d):
        graph.add_node(one)
    graph.set_entry_point(a)
    graph.add_edge(a, b, activation_group="go", activation_condition="all").add_edge(b, c)
    back, on = _says(*"23456789abcdef"), _says(*"01")
    graph.add_edge(c, b, condition=back, activation_group="back", activation_condition="any")
    graph.add_edge(c, d, condition=on)
    return GraphFlow([a, b, c, d], graph.build(), max_turns=15)


def graph_loop_over_parallel() -> BaseGroupChat:
    a, b, c, d, e = (agent(name) for name in "abcde")
    graph = DiGraphBuilder()
    for one in (a, b, c, d, e):
        graph.add_node(one)
    graph.set_entry_point(a)
    graph.add_edge(a, b, activation_group="b").add_edge(a, c, activation_group="c")
    graph.add_edge(b, d, activation_group="join").add_edge(c, d, activation_group="join")
    on = _says(*"0123")
    graph.add_edge(d, a, condition=_says(*"456789abcdef"), activation_group="back", activation_condition="any")
    graph.add_edge(d, e, condition=on)
    return GraphFlow([a, b, c, d, e], graph.build(), max_turns=17)


def magentic() -> BaseGroupChat:
    def ledger(prompt: str, number: int, tools: list[str]) -> Said:
        if "is_request_satisfied" not in prompt.rsplit("UserMessage", 1)[-1]:
            return f"plan {number:08x}"

        def entry(answer: Any) -> dict[str, Any]:
            return {"reason": "so", "answer": answer}

        return json.dumps(
            {
                "is_request_satisfied": entry(prompt.count("said ") >= 4),
                "is_progress_being_made": entry(number % 3 != 0),
                "is_in_loop": entry(False),
                "instruction_or_question": entry(f"do {number:08x}"),
                "next_speaker": entry("ab"[number % 2]),
            }
        )

    return MagenticOneGroupChat([agent("a"), agent("b")], Hashing(ledger), max_turns=10, max_stalls=2)


def society_of_mind() -> BaseGroupChat:
    inner = RoundRobinGroupChat([agent("x"), agent("y")], termination_condition=MaxMessageTermination(3), name="inner")
    mind = SocietyOfMindAgent("mind", inner, Hashing())
    return RoundRobinGroupChat([agent("a"), mind], termination_condition=MaxMessageTermination(12))


def nested() -> BaseGroupChat:
    end = MaxMessageTermination(50)
    inner = RoundRobinGroupChat(
        [agent("x"), agent("y"), agent("z")], max_turns=2, name="inner", termination_condition=end
    )
    return RoundRobinGroupChat([agent("a"), inner], termination_condition=MaxMessageTermination(13))


def nested_selector() -> BaseGroupChat:
    inner = SelectorGroupChat(
        [agent("x"), agent("y")], Hashing(_chosen("x", "y")), max_turns=3, name="inner", description="a team"
    )
    outer = Hashing(_chosen("a", "inner"))
    return SelectorGroupChat([agent("a"), inner], outer, termination_condition=MaxMessageTermination(11))


def _delegating(tool: str) -> Answer:
    def call(prompt: str, number: int, tools: list[str]) -> Said:
        return [(tool, json.dumps({"task": f"task {number:x}"}))] if number % 2 else f"said {number:08x}"

    return call


def agent_tool() -> BaseGroupChat:
    helper = AgentTool(agent("helper"))
    return RoundRobinGroupChat([agent("a", _delegating("helper"), tools=[helper]), agent("b")], max_turns=6)


def team_tool() -> BaseGroupChat:
    inner = RoundRobinGroupChat([agent("x"), agent("y")], termination_condition=MaxMessageTermination(3), name="inner")
    helper = TeamTool(inner, name="team", description="A team that helps.")
    return RoundRobinGroupChat([agent("a", _delegating("team"), tools=[helper]), agent("b")], max_turns=5)


def message_filter() -> BaseGroupChat:
    last = MessageFilterConfig(per_source=[PerSourceFilter(source="a", position="last", count=1)])
    return RoundRobinGroupChat([agent("a"), MessageFilterAgent("f", agent("f"), last)], max_turns=6)


def user_proxy() -> BaseGroupChat:
    return RoundRobinGroupChat([agent("a"), UserProxyAgent("citizen", input_func=lambda prompt: "Ja.")], max_turns=5)


def tools_in_a_turn() -> BaseGroupChat:
    async def now() -> str:
        """The time."""
        return "12 Uhr"

    def call(prompt: str, number: int, tools: list[str]) -> Said:
        return f"said {number:08x}" if "FunctionExecution" in prompt.rsplit("UserMessage", 1)[-1] else [("now", "{}")]

    clerk = agent("a", call, tools=[now], max_tool_iterations=3)
    return RoundRobinGroupChat([clerk, agent("b")], max_turns=4)


def alone() -> AssistantAgent:
    return agent("a")


KINDS: dict[str, Callable[[], BaseGroupChat]] = {
    one.__name__: one
    for one in (
        round_robin, round_robin_and, selector, selector_buffered, swarm, graph_parallel, graph_loop,
        graph_loop_over_parallel, magentic, society_of_mind, nested, nested_selector, agent_tool, team_tool,
        message_filter, user_proxy, tools_in_a_turn,
    )
}  # fmt: skip


def clients(team: BaseGroupChat) -> list[Hashing]:
    """The clients of a team's members, those inside inner teams too."""
    found: list[Hashing] = []
    for member in team._participants:
        if isinstance(member, BaseGroupChat):
            found += clients(member)
            continue
        holding = getattr(member, "_wrapped_agent", member)
        own = getattr(holding, "_model_client", None)
        found += [own] if isinstance(own, Hashing) else []
        inner = getattr(holding, "_team", None)
        found += clients(inner) if isinstance(inner, BaseGroupChat) else []
    return found
