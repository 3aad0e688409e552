"""MCP servers whose tools agents use like any others."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pandas as pd

from workbench.agents.tools._mcp_listing import Listed, read_listing
from workbench.agents.tools._mcp_result import text_of
from workbench.agents.tools._mcp_tool import McpTool
from workbench.arguments import as_number, as_text, as_texts, as_whole, shown
from workbench.connections import KeyReference, is_reference, named_place
from workbench.engines import Place, Transport
from workbench.engines.cassette import call, refuse_sending, taped
from workbench.engines.wire._secrets import forms
from workbench.errors import ConfigurationError, ToolChangedError, UnreachableError, UsageError
from workbench.files._whole import at_home

if TYPE_CHECKING:
    from workbench.agents.tools.servers import Connected

_COLUMNS = ["name", "on_server", "description", "read_only", "claims", "fault"]
_PREFIX = re.compile(r"[A-Za-z0-9_-]{0,32}")
# What programs need to run, and what holds no secret; beside it a server gets what it is given.
_INHERITED = (
    "HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER",
    "APPDATA", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATHEXT", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERPROFILE",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Program:
    """A server that is started on this machine.

    Attributes:
        command: The program and its arguments.
        environment: What it gets beside what programs need: values, or references to them.
        folder: Where it runs; None for where this process does.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str | KeyReference]
    folder: str | None

    def variables(self) -> dict[str, str]:
        """All of its environment. Raises KeyReferenceError where a reference leads to nothing."""
        known = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        named = {name: value if isinstance(value, str) else value.reveal() for name, value in self.environment.items()}
        return {**known, **named}

    def found(self) -> tuple[str, ...]:
        """The command, with a program that lies beside this Python found there too."""
        name, *rest = self.command
        beside = Path(sys.executable).parent / name
        if Path(name).name != name or shutil.which(name, path=self.variables().get("PATH")):
            return self.command
        if not beside.exists():
            raise UnreachableError(f"there is no program {name!r}", advice="install it, or give its whole path")
        return (str(beside), *rest)

    def secrets(self) -> tuple[str, ...]:
        """Every way in which it might repeat a key that it was given. Raises KeyReferenceError."""
        return forms(value.reveal() for value in self.environment.values() if not isinstance(value, str))


@dataclass(frozen=True, slots=True)
class Offering:
    """Which of a server's tools are offered, and how.

    Attributes:
        read_only: Those that change nothing, by their names on the server.
        only: Those that are offered, likewise; None for all.
        prefix: What the names begin with that a model is offered.
        start_s: How long it may take to begin, and to list its tools.
        call_s: How long a call may take.
        result_bytes: The most that a model is given of a result.
    """

    read_only: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    prefix: str = ""
    start_s: float = 30.0
    call_s: float = 60.0
    result_bytes: int = 100_000


@dataclass(eq=False, repr=False)
class McpServer:
    """A server of tools; made with `wb.agents.tools.mcp`. Awaiting it gives its tools.

    Attributes:
        name: What errors, recordings and the audit log call it.
        at: The program, or the address with its keys.
        offering: Which of its tools are offered, and how.
        tools: The tools, once they were listed.
    """

    name: str
    at: Program | Place
    offering: Offering
    tools: list[McpTool] = field(default_factory=list)
    _listed: list[Listed] = field(default_factory=list)
    _raw: dict[str, Any] = field(default_factory=dict)
    _connected: Connected | None = None
    _is_closed: bool = False

    def __await__(self) -> Generator[Any, None, list[McpTool]]:
        return self._offered().__await__()

    async def __aenter__(self) -> list[McpTool]:
        return await self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End the program, or the connection. Until the server is awaited again, its tools cannot be called."""
        self._is_closed = True
        if self._connected is not None:
            from workbench.agents.tools.servers import there  # a browser has none

            await there(self._connected.end())

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each tool that was listed.

        Columns: `name` (as a model is offered it), `on_server`, `description`, `read_only` (whether you said so),
        `claims` (what the server says of it, which nobody has checked), `fault` (why it is not offered).
        """
        marked = {tool.listed.name: tool.read_only for tool in self.tools}
        rows = [
            (one.shown, one.named, one.description, marked.get(one.name, False), one.claims, one.fault)
            for one in self._listed
        ]
        texts = dict.fromkeys((name for name in _COLUMNS if name != "read_only"), "str")
        return pd.DataFrame(rows, columns=_COLUMNS).astype({**texts, "read_only": "bool"})

    def __repr__(self) -> str:
        if not self._listed:
            return f"Tools of {self.name}: not asked for yet"
        left = sum(bool(one.fault) for one in self._listed)
        told = ", ".join(tool.name for tool in self.tools) or "none"
        return f"Tools of {self.name}: {told}{f'; {left} cannot be offered, see frame' if left else ''}"

    async def _offered(self) -> list[McpTool]:
        """The tools, as the server lists them now; one that is known already is the same object."""
        self._is_closed = False
        tools = await taped(call("look", self.name, "", "tools"), self._asked, list[dict[str, Any]], self.at.secrets)
        self._take(tools)
        self._check_names()
        return list(self.tools)

    def _take(self, tools: list[dict[str, Any]]) -> None:
        """Take over what the server says of its tools now."""
        raw = {str(one.get("name", "")): one for one in tools}
        if raw == self._raw and self._listed:
            return
        self._raw, self._listed = raw, [self._wanted(one) for one in read_listing(tools, self.offering.prefix)]
        known = {tool.listed.name: tool for tool in self.tools}
        there = {one.name: one for one in self._listed if not one.fault}
        for name, tool in known.items():
            now = there.get(name) or Listed(name, tool.name, "The server has no such tool any more.")
            if now != tool.listed:
                tool.changed(now)
        marks = self.offering.read_only
        self.tools += [
            McpTool(one, self._run, is_read_only=name in marks) for name, one in there.items() if name not in known
        ]

    def _wanted(self, one: Listed) -> Listed:
        only = self.offering.only
        return one if only is None or one.name in only else one.without("it is not among only=")

    def _check_names(self) -> None:
        names = [one.name for one in self._listed]
        for word in ("read_only", "only"):
            for name in getattr(self.offering, word) or ():
                if name not in names:
                    told = [one.named for one in self._listed][:20]
                    near = get_close_matches(name, told, n=1)
                    advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(told) or 'none'}"
                    what = f"{word}= names {name!r}, which the server does not have"
                    raise UsageError(what, where=self.name, advice=advice)

    async def _asked(self) -> list[dict[str, Any]]:
        """What the server says of its tools now, as the protocol writes it."""
        from workbench.agents.tools.servers import there

        listed = await there(self._server().listed())
        return [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in listed]

    async def _run(self, tool: McpTool, arguments: Mapping[str, Any]) -> str:
        """What comes of a call of a tool."""

        async def run() -> str:
            if self._is_closed:
                raise UsageError("the server was closed", where=self.name, advice="await it again")
            from workbench.agents.tools.servers import there

            before = tool.listed
            self._take(await self._asked())
            if tool.listed != before:
                what = (
                    f"the tool {tool.name} says something else of itself than when it was offered; nothing was called"
                )
                raise ToolChangedError(what, where=self.name, advice="read what it says now before it is called again")
            result = await there(self._server().called(before.name, arguments, self.offering.call_s))
            raw = result.model_dump(mode="json", by_alias=True, exclude_none=True)
            return text_of(raw, tool.name, self.name, self.offering.result_bytes, self.at.secrets())

        asked = call("tool", self.name, "", [tool.listed.name, dict(arguments)])
        return await taped(asked, run, str, self.at.secrets)

    def _server(self) -> Connected:
        refuse_sending()
        if self._connected is None:
            from workbench.agents.tools.servers import Connected

            where = str(self.at) if isinstance(self.at, Place) else self.name
            self._connected = Connected(where, self._transport, self.offering.start_s, self.at.secrets)
        return self._connected

    def _transport(self, wire: Any) -> AbstractAsyncContextManager[Any]:
        from workbench.agents.tools.servers import http_transport, process_transport

        if isinstance(self.at, Place):
            return http_transport(self.at, wire)
        return process_transport(self.at.found(), self.at.variables(), self.at.folder, wire)


def mcp(
    server: str | Sequence[str | Path],
    *,
    name: str = "",
    env: Mapping[str, str] | None = None,
    folder: str | Path | None = None,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    ca: str = "",
    certificate: str = "",
    certificate_key: str = "",
    proxy: str = "",
    read_only: str | Iterable[str] = (),
    only: str | Iterable[str] | None = None,
    prefix: str = "",
    start_s: float = 30.0,
    call_s: float = 60.0,
    result_bytes: int = 100_000,
) -> McpServer:
    """Name a server of tools by the Model Context Protocol; nothing is started or sent yet.

    Awaiting it starts or reaches it and gives its tools, which agents take like any others, and which are approved,
    recorded, and repeated from a recording like any others. `await server.close()`, or the end of `async with`, ends
    it; so does the end of this process, whatever ended it. A server that has ended in between is started anew.

    What a server says of its tools is a stranger's: nothing in it is hidden, it is cut where it is long, and each call
    looks first whether the server still says the same. If not, nothing is called, a mark as read-only is lost, and an
    approval for the run does not hold any more.

    The policy on hosts and offline mode hold for an address. A program of this machine may do what you may; take one
    that you trust.

    Args:
        server: A command with its arguments, as a list, or an address (streamable HTTP).
        name: What errors, recordings and the audit log call it; without it, the program or the host.
        env: What a program gets of the environment beside what every program needs (`PATH`, `HOME`, `LANG` and the
            like), by name; a value that is secret is given as a reference, such as `env:NAME`.
        folder: Where a program runs.
        key: Reference to the key of an address: `env:NAME`, `keyring:NAME` or `file:PATH`, never the key itself.
        headers: Further headers, whose values may be references.
        ca: PEM file with the certificates of those who may have signed that of an address, as for `wb.connect`.
        certificate: PEM file with the certificate by which an address knows this client.
        certificate_key: PEM file with its key, where `certificate` does not hold it.
        proxy: Address of a proxy; one that the environment names is not used.
        read_only: Names of tools that change nothing, so that they run without being asked for. What the server itself
            says of that does not count.
        only: Names of the tools that are offered; all without it.
        prefix: What the names shall begin with that a model is offered, where two servers have tools of one name.
        start_s: How many seconds it may take to begin, and to list its tools.
        call_s: How many seconds a call may take.
        result_bytes: The most bytes of a result that a model is given; what is left out is said.

    Raises:
        UsageError: If the arguments cannot mean anything.
        ConfigurationError: If the address cannot be one.
        KeyReferenceError: If a key is not a reference.

    >>> mcp(["mcp-server-time"], read_only="get_current_time")
    Tools of mcp-server-time: not asked for yet
    >>> mcp("https://tools.example.org/mcp", key="env:TOOLS_KEY").name
    'tools.example.org'
    """
    if not _PREFIX.fullmatch(as_text("prefix=", prefix)):
        raise UsageError(f"prefix= must be at most 32 letters, digits, _ and -, not {shown(prefix)}")
    offering = Offering(
        as_texts("read_only=", read_only),
        None if only is None else as_texts("only=", only),
        prefix,
        as_number("start_s=", start_s, 0.1),
        as_number("call_s=", call_s, 0.1),
        as_whole("result_bytes=", result_bytes, 1),
    )
    transport = Transport(ca=ca, certificate=certificate, certificate_key=certificate_key, proxy=proxy)
    if isinstance(server, str):
        if env is not None or folder is not None:
            raise UsageError("env= and folder= are for a program, and this is an address", advice="leave them out")
        try:
            place = named_place(name or "tools", server, key=key, headers=headers, transport=transport)
        except ConfigurationError as error:
            raise error.anew(advice=f'{error.advice}; a command is a list: ["program", "argument"]') from None
        named = name or urlsplit(place.address).hostname or "tools"
        return McpServer(named, replace(place, connection=named), offering)
    if key is not None or headers is not None or transport != Transport():
        what = "key=, headers=, certificates and proxy= are for an address"
        raise UsageError(what, advice="give a program its key in env=")
    command = as_texts("the command", [str(one) if isinstance(one, Path) else one for one in server])
    if not command:
        raise UsageError("the command is empty", advice='write ["program", "argument"]')
    texts = {as_text("env=", one): as_text(f"env={one}", value) for one, value in (env or {}).items()}
    given = {one: KeyReference(value) if is_reference(value) else value for one, value in texts.items()}
    where = None if folder is None else str(at_home(folder))
    return McpServer(name or Path(command[0]).name, Program(command, given, where), offering)
