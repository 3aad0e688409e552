"""A tool of an MCP server as AutoGen knows tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from autogen_core import CancellationToken
from autogen_core.tools import BaseTool, ParametersSchema, ToolSchema
from pydantic import RootModel

from workbench.agents.autogen import read_only, unmarked
from workbench.agents.tools._mcp_listing import Listed
from workbench.connections import first_fault
from workbench.errors import ToolCallError


class Arguments(RootModel[dict[str, Any]]):
    """The arguments of a call, which the tool's own schema tells more of."""


Run = Callable[["McpTool", Mapping[str, Any]], Awaitable[str]]


class McpTool(BaseTool[Arguments, str]):  # type: ignore[type-var]
    """A tool of an MCP server, made by `wb.agents.tools.mcp`.

    Attributes:
        listed: What the server says of it.
        read_only: Whether whoever has named the server said that it changes nothing.
    """

    def __init__(self, listed: Listed, run: Run, *, is_read_only: bool) -> None:
        super().__init__(Arguments, str, listed.shown, listed.description)
        self.listed, self.read_only, self._run = listed, is_read_only, run
        if is_read_only:
            read_only(self)

    @property
    def schema(self) -> ToolSchema:
        parameters = ParametersSchema(**self.listed.parameters or {})  # type: ignore[typeddict-item]
        return ToolSchema(name=self._name, description=self.listed.description, parameters=parameters, strict=False)

    @property
    def description(self) -> str:
        return self.listed.description

    def changed(self, listed: Listed) -> None:
        """Note that the server says something else of it: what was said of it before does not hold for this."""
        self.listed, self.read_only = listed, False
        unmarked(self)

    async def run(self, args: Arguments, cancellation_token: CancellationToken) -> str:
        fault = first_fault(self.listed.parameters or {}, args.root)
        if fault is not None:
            what = f"the arguments of {self.name} do not fit: {fault.message} (at {fault.path or '$'})"
            raise ToolCallError(what, advice="give others")
        return await self._run(self, args.root)
