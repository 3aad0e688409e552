"""A connection to one server of tools, kept open by a task of its own: what opens it has to close it, too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from contextvars import Context
from importlib.metadata import version
from typing import Any

from mcp import Client
from mcp.types import CallToolResult, Implementation, Tool

from workbench.agents._visible import visible
from workbench.agents.tools.servers._failures import START, failure, late
from workbench.agents.tools.servers._thread import at_the_end, no_more
from workbench.agents.tools.servers._wire import Wire
from workbench.errors import RequestRefusedError, WorkbenchError

Secrets = Callable[[], tuple[str, ...]]
Transport = Callable[[Wire], AbstractAsyncContextManager[Any]]

_MOST_TOOLS = 500
_MOST_PAGES = 50
_ENDS_WITHIN_S = 20.0
# What the library logs of a server's faults is told by our errors; who has set up logging still gets it.
logging.getLogger("mcp").addHandler(logging.NullHandler())


class Connected:
    """A server of tools that is connected at the first use, and anew where it has ended; used in one loop only.

    Args:
        where: What errors call it.
        transport: How it is reached.
        start_s: How many seconds it may take to begin.
        secrets: Tells every way in which it might repeat a key.
    """

    def __init__(self, where: str, transport: Transport, start_s: float, secrets: Secrets) -> None:
        self._where, self._transport, self._start_s = where, transport, start_s
        self._secrets = secrets
        self._wire = Wire(where)
        self._client: Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self._lock = asyncio.Lock()
        self.starts = 0

    async def listed(self) -> list[Tool]:
        """Its tools, as it lists them now. Raises WorkbenchError."""
        client, wire = await self._started(), self._wire
        found: list[Tool] = []
        cursor: str | None = None
        try:
            async with asyncio.timeout(self._start_s):
                for _ in range(_MOST_PAGES):
                    page = await client.list_tools(cursor=cursor, cache_mode="bypass")
                    found += page.tools
                    cursor = page.next_cursor
                    if cursor is None or len(found) > _MOST_TOOLS:
                        break
        except TimeoutError:
            raise late(wire, "the list of tools", self._start_s, "start_s") from None
        except Exception as error:  # noqa: BLE001 - whatever the library makes of what a server says
            raise failure(wire, error, "the list of tools").anew() from None
        if cursor is not None or len(found) > _MOST_TOOLS:
            what = f"the server offers more than {_MOST_TOOLS} tools, or a list without an end"
            raise RequestRefusedError(what, where=self._where, advice="ask whoever runs it for fewer")
        return found

    async def called(self, name: str, arguments: Mapping[str, Any], seconds: float) -> CallToolResult:
        """What comes of a call. Raises WorkbenchError."""
        client, wire, doing = await self._started(), self._wire, f"the call of {visible(name, latin=True)}"
        try:
            async with asyncio.timeout(seconds):
                return await client.call_tool(name, dict(arguments), read_timeout_seconds=2 * seconds)
        except TimeoutError:
            raise late(wire, doing, seconds, "call_s") from None
        except Exception as error:  # noqa: BLE001 - whatever the library makes of what a server says
            raise failure(wire, error, doing).anew() from None

    async def end(self) -> None:
        """Close the connection; a program that was started for it has ended then."""
        async with self._lock:
            await self._ended()

    async def _started(self) -> Client:
        async with self._lock:
            if self._client is not None and not self._wire.closed and self._task is not None and not self._task.done():
                return self._client
            await self._ended()
            self._wire, self._stop = Wire(self._where, self._secrets()), asyncio.Event()
            self.starts += 1
            ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
            # Not in the context of whoever asks first: what is being recorded there has nothing to do with all others.
            self._task = asyncio.create_task(self._kept(self._wire, self._stop, ready), context=Context())
            at_the_end(self.end)
            try:
                async with asyncio.timeout(self._start_s):
                    self._client = await asyncio.shield(ready)
            except TimeoutError:
                error: WorkbenchError = late(self._wire, START, self._start_s, "start_s")
            except Exception as failed:  # noqa: BLE001 - as above
                error = failure(self._wire, failed, START).anew()
            except BaseException:
                await self._ended()
                raise
            else:
                return self._client
            await self._ended()
            raise error from None

    async def _kept(self, wire: Wire, stop: asyncio.Event, ready: asyncio.Future[Client]) -> None:
        about = Implementation(name="workbench", version=version("model-workbench"))
        try:
            client = Client(
                self._transport(wire), client_info=about, cache=None, read_timeout_seconds=self._start_s / 3
            )
            async with client:
                if not ready.done():
                    ready.set_result(client)
                await stop.wait()
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error if isinstance(error, Exception) else ConnectionError(type(error).__name__))
                ready.exception()  # whoever waits may have gone
            elif not isinstance(error, Exception):
                raise
        finally:
            wire.closed = True

    async def _ended(self) -> None:
        no_more(self.end)
        task, was_ready, self._client, self._task = self._task, self._client is not None, None, None
        if task is None:
            return
        self._stop.set()
        if not was_ready:
            task.cancel()  # it waits for an answer of the server, and not for us
        await asyncio.wait([task], timeout=_ENDS_WITHIN_S)
        if not task.done():  # a server under an address may never say that it has heard of the end
            task.cancel()
            await asyncio.wait([task], timeout=_ENDS_WITHIN_S)
