"""A team taken forward by one agent's turn, by means that AutoGen does not offer to the outside.

AutoGen cannot stop between turns: `pause` only calls hooks that its agents do not implement. So two messages of its own
are held back: an agent's answer, on its way to the others, and the manager's request that an agent speaks. With nothing
left to do the runtime falls idle by itself, and none of AutoGen's counters was touched. What was held is sent later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, ModelClientStreamingChunkEvent
from autogen_agentchat.teams._group_chat._base_group_chat import BaseGroupChat
from autogen_agentchat.teams._group_chat._base_group_chat_manager import BaseGroupChatManager
from autogen_agentchat.teams._group_chat._chat_agent_container import ChatAgentContainer
from autogen_agentchat.teams._group_chat._events import (
    GroupChatAgentResponse,
    GroupChatRequestPublish,
    GroupChatStart,
    GroupChatTeamResponse,
    GroupChatTermination,
    SerializableException,
)
from autogen_core import CancellationToken, SingleThreadedAgentRuntime, TopicId
from autogen_core.models import ChatCompletionClient

from workbench.agents._desk import Desk
from workbench.agents.autogen._holders import Holder, Managed, asks_models, container_of, holders, manager_of
from workbench.agents.autogen._seams import asks, is_person, seams
from workbench.agents.autogen._settle import settle
from workbench.agents.autogen._state import State, put_back, state_of, wind_clocks
from workbench.errors import UsageError

Event = BaseAgentEvent | BaseChatMessage
Held = GroupChatAgentResponse | GroupChatTeamResponse
Seen = Callable[[Event], None]

MANAGER = "manager"
"""The name of a team's own manager, where no member is called so."""

_MANAGERS = "#manager/"


@dataclass(frozen=True, slots=True)
class Rest:
    """A team at rest: all that it needs to go on from here.

    Attributes:
        state: What its objects hold.
        pending: Who was asked to speak and has not, in this order.
        held: What was said and has not been delivered, in the order in which it was said.
        stop_reason: Why the conversation ended, if it has.
    """

    state: State = field(repr=False)
    pending: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    stop_reason: str | None = None


@dataclass
class Stage:
    """A team that is taken turn by turn.

    Attributes:
        team: The team.
        holders: All of it that changes between turns.
        askers: Those of them that ask models, tools or persons.
        rest: Where it is now.
    """

    team: BaseGroupChat
    holders: list[Holder] = field(default_factory=list)
    askers: list[Holder] = field(default_factory=list)
    rest: Rest = field(default_factory=lambda: Rest({}))
    _manager: BaseGroupChatManager = field(init=False)
    _members: dict[str, ChatAgentContainer] = field(default_factory=dict)
    _parts: frozenset[int] = frozenset()
    _pending: list[str] = field(default_factory=list)
    _held: list[Held] = field(default_factory=list)
    _reason: str | None = None
    _runtime: SingleThreadedAgentRuntime = field(init=False)
    _ended: Callable[[], str | None] = field(init=False)

    async def prepare(self) -> None:
        """Find what changes in the team, which may not have run yet."""
        self._manager = await manager_of(self.team)
        self._members = {name: await container_of(self.team, name) for name in self.team._participant_names}
        self.holders = await holders(self.team)
        self.askers = [one for one in self.holders if asks(one.owner)]
        self._parts = frozenset(id(one.owner) for one in self.holders)
        self.rest = await self._now()

    async def start(self, task: Sequence[BaseChatMessage], token: CancellationToken) -> Rest:
        """Hand the task to the team; the manager says who is to speak, and nobody has spoken."""

        async def begin(runtime: SingleThreadedAgentRuntime) -> None:
            await runtime.send_message(
                GroupChatStart(messages=list(task), output_task_messages=True),
                recipient=self._manager.id,
                cancellation_token=token,
            )

        await self._done(begin)
        # Who begins a graph side by side, AutoGen takes from a set, whose order is another in each process.
        self._pending.sort(key=self.team._participant_names.index)
        self.rest = replace(self.rest, pending=tuple(self._pending))
        return self.rest

    async def speak(self, name: str, token: CancellationToken) -> Rest:
        """Run the turn of a member that was asked to speak; what it says is held."""
        team, manager = self.team, self._manager

        async def ask(runtime: SingleThreadedAgentRuntime) -> None:
            self._pending.remove(name)
            topic = TopicId(manager._participant_name_to_topic_type[name], team._team_id)
            # The sender is left out when a message goes round, so nothing but the member's own topic matters.
            await runtime.publish_message(GroupChatRequestPublish(), topic, sender=manager.id, cancellation_token=token)

        return await self._done(ask)

    async def deliver(self, token: CancellationToken, deaf: Sequence[frozenset[str]] = ()) -> Rest:
        """Deliver what is held to the others; then the manager says who is to speak next, or that it is over.

        Args:
            token: Cancelling it takes the delivery back.
            deaf: For each of what is held the members that are not to hear it, if any.
        """
        team = self.team

        async def hand_on(runtime: SingleThreadedAgentRuntime) -> None:
            waiting, self._held = self._held, []
            topic = TopicId(team._group_topic_type, team._team_id)
            for held in waiting:
                sender = self._members[held.name].id
                await runtime.publish_message(held, topic, sender=sender, cancellation_token=token)

        waiting = tuple(self._held)
        await self._done(hand_on)
        if not any(deaf):
            return self.rest
        for held, names in zip(waiting, deaf, strict=True):
            for name in names:
                buffer = self._members[name]._message_buffer
                said = {id(message) for message in chat_messages(held)}
                buffer[:] = [message for message in buffer if id(message) not in said]
        self.rest = await self._now()
        return self.rest

    def asking(
        self, desk: Desk, models: Mapping[str, ChatCompletionClient], systems: Mapping[str, str]
    ) -> AbstractContextManager[None]:
        """Send the team's questions over a desk in here, some to other models, or with other system messages."""
        return seams(self.askers, self._parts, desk, models, systems)

    def where(self, name: str) -> str:
        """The place of the part of the team of which models and system messages can be others.

        Raises:
            UsageError: If no such part asks a model.
        """
        if name not in (known := self.roles):
            raise UsageError(f"{name!r} asks no model", advice=f"name one of {', '.join(known)}")
        return known[name]

    def client_at(self, place: str) -> ChatCompletionClient:
        """What the part of the team at a place asks."""
        found: ChatCompletionClient = next(one.owner._model_client for one in self.holders if one.path == place)
        return found

    def system_at(self, place: str) -> str | None:
        """The system message of the part of the team at a place; None for what has none that could be another."""
        owner = next(one.owner for one in self.holders if one.path == place)
        messages = getattr(owner, "_system_messages", None)
        return None if messages is None else "\n".join(str(one.content) for one in messages)

    @property
    def roles(self) -> dict[str, str]:
        """The place of each part of the team that asks a model, by its name: members, then "manager", then others."""
        members = self.team._participant_names
        order = {place: number for number, place in enumerate([*(f"{name}/" for name in members), _MANAGERS])}
        places = [one.path for one in self.holders if asks_models(one.owner)]
        places.sort(key=lambda place: (order.get(place, len(order)), place))
        is_free = MANAGER not in members
        return {MANAGER if is_free and place == _MANAGERS else place.strip("/"): place for place in places}

    def is_person(self, name: str) -> bool:
        """Whether a member waits for what a person says."""
        return any(is_person(member) for member in self.team._participants if member.name == name)

    async def go_to(self, rest: Rest) -> None:
        """Put the team where it was, or where another of its branches is."""
        await put_back(self.holders, rest.state)
        self._pending, self._held, self._reason = list(rest.pending), list(rest.held), rest.stop_reason
        self.rest = rest

    async def hear(self, messages: Sequence[BaseChatMessage], names: Sequence[str]) -> Rest:
        """Deliver messages that nobody of the team has said to members, and to the manager."""
        await self._manager.update_message_thread(messages)
        for name in names:
            self._members[name]._message_buffer.extend(messages)
        self.rest = await self._now()
        return self.rest

    async def _now(self) -> Rest:
        state = await state_of(self.holders, self.rest.state)
        return Rest(state, tuple(self._pending), tuple(self._held), self._reason)

    @asynccontextmanager
    async def awake(self, seen: Seen) -> AsyncIterator[None]:
        """Run the team in here. After a failure it is where it was when the last part was done."""
        if self.team._is_running:
            raise UsageError("the team is running already", advice="wait until it has stopped")
        wind_clocks(self.holders, self.rest.state)
        try:
            async with _running(self.team) as self._runtime:
                with self._gates(), _watched(self.team, seen) as self._ended:
                    yield
        except BaseException:
            await settle(self.team)
            await self.go_to(self.rest)
            raise

    async def _done(self, kick: Callable[[SingleThreadedAgentRuntime], Awaitable[None]]) -> Rest:
        """Where the team is once all is done that follows from a message."""
        await kick(self._runtime)
        await self._runtime._message_queue.join()
        self._reason = self._ended() or self._reason
        context = self._runtime._run_context
        if self._runtime._background_exception is not None or context is None or context._run_task.done():
            await _stopped(self._runtime)
        self.rest = await self._now()
        return self.rest

    @contextmanager
    def _gates(self) -> Iterator[None]:
        names = {topic: name for name, topic in self._manager._participant_name_to_topic_type.items()}

        def requested(message: Any, topic: TopicId) -> bool:
            if isinstance(message, GroupChatRequestPublish):
                self._pending.append(names[topic.type])
                return True
            return False

        def said(message: Any, topic: TopicId) -> bool:
            if isinstance(message, Held):
                self._held.append(message)
                return True
            return False

        gated: list[tuple[Managed, Callable[[Any, TopicId], bool]]] = [(self._manager, requested)]
        gated += [(member, said) for member in self._members.values()]
        for one, holds in gated:
            one.publish_message = _gate(one.publish_message, holds)  # type: ignore[method-assign]
        try:
            yield
        finally:
            for one, _ in gated:
                del one.publish_message


def _gate(publish: Callable[..., Awaitable[None]], holds: Callable[[Any, TopicId], bool]) -> Callable[..., Any]:
    async def published(message: Any, topic_id: TopicId, **more: Any) -> None:
        if not holds(message, topic_id):
            await publish(message, topic_id, **more)

    return published


@asynccontextmanager
async def _running(team: BaseGroupChat) -> AsyncIterator[SingleThreadedAgentRuntime]:
    runtime = team._runtime
    assert isinstance(runtime, SingleThreadedAgentRuntime)
    team._is_running = True
    runtime.start()
    try:
        yield runtime
        await _stopped(runtime)
    finally:
        team._is_running = False


async def _stopped(runtime: SingleThreadedAgentRuntime) -> None:
    """Stop a runtime that is idle, or raise what went wrong in it."""
    try:
        await runtime.stop_when_idle()
    except Exception as error:  # noqa: BLE001 - in the words in which AutoGen passes it on
        raise RuntimeError(str(SerializableException.from_exception(error))) from None


@contextmanager
def _watched(team: BaseGroupChat, seen: Seen) -> Iterator[Callable[[], str | None]]:
    """Hand on events as they come; what is given tells afterwards why the team ended, or raises why it failed."""
    queue, over = team._output_message_queue, list[GroupChatTermination]()

    def take(event: Event | GroupChatTermination) -> None:
        if isinstance(event, GroupChatTermination):
            over.append(event)
        elif not isinstance(event, ModelClientStreamingChunkEvent):
            seen(event)

    async def watch() -> None:
        while True:
            take(await queue.get())

    def ended() -> str | None:
        while not queue.empty():
            take(queue.get_nowait())
        if failed := [one.error for one in over if one.error is not None]:
            raise RuntimeError(str(failed[0]))  # the first; what comes after is what it broke
        return over[0].message.content if over else None

    watching = asyncio.ensure_future(watch())
    try:
        yield ended
    finally:
        watching.cancel()
        with suppress(Exception):
            while not queue.empty():
                take(queue.get_nowait())


def chat_messages(held: Held) -> list[BaseChatMessage]:
    """What the others hear of something held."""
    if isinstance(held, GroupChatAgentResponse):
        return [held.response.chat_message]
    return [message for message in held.result.messages if isinstance(message, BaseChatMessage)]
