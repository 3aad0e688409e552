"""A team whose turn broke off, made fit to be put back to where it was."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from autogen_agentchat.teams._group_chat._base_group_chat import BaseGroupChat
from autogen_agentchat.teams._group_chat._sequential_routed_agent import FIFOLock
from autogen_core import SingleThreadedAgentRuntime

from workbench.agents._desk import Waiting
from workbench.agents.autogen._holders import managed

_STOPPED_WITHIN_S = 5.0


async def settle(team: BaseGroupChat) -> None:
    """End all that is still at work in a team and in those inside it: no tasks, messages or locks are left.

    Without this AutoGen hangs in its next run, or raises errors that belong to the last one.
    """
    runtime = team._runtime
    if not isinstance(runtime, SingleThreadedAgentRuntime) or not team._initialized:
        return
    await _end_tasks(runtime)
    if runtime._run_context is not None:
        with suppress(Exception, asyncio.CancelledError, Waiting):  # what broke the turn is known already
            await asyncio.wait_for(runtime.stop(), _STOPPED_WITHIN_S)
        runtime._run_context = None
    runtime._message_queue = type(runtime._message_queue)()
    runtime._background_exception = None
    while not team._output_message_queue.empty():
        team._output_message_queue.get_nowait()
    for _, one in await managed(team):
        one._fifo_lock = FIFOLock()
    team._is_running = False
    for inner in inner_teams(team):
        await settle(inner)


async def _end_tasks(runtime: SingleThreadedAgentRuntime) -> None:
    while tasks := list(runtime._background_tasks):
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # a task leaves the set in a callback


def inner_teams(team: BaseGroupChat) -> Iterator[BaseGroupChat]:
    """The teams inside a team's members and their tools."""
    for member in team._participants:
        yield from _teams_in(member, set())


def _teams_in(owner: Any, seen: set[int]) -> Iterator[BaseGroupChat]:
    if id(owner) in seen:
        return
    seen.add(id(owner))
    if isinstance(owner, BaseGroupChat):
        yield owner
        return
    for name in ("_team", "_agent", "_wrapped_agent", "_task_runner"):
        yield from _teams_in(getattr(owner, name, None), seen)
    for bench in getattr(owner, "_workbench", None) or ():
        for tool in getattr(bench, "_tools", ()):
            yield from _teams_in(tool, seen)
