"""The examples of AutoGen's own documentation run as they are, where a Workbench client takes the place of OpenAI's.

They are read from the package that is installed. A small model seldom says the word that ends a team, so an example
counts as run once its models have been asked some times.
"""

import ast
import asyncio
import builtins
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import autogen_agentchat
import pytest

from workbench.agents import ModelClient, client

CALLS = 3
ROOMS = ("agents", "teams", "tools")
NEEDS_MORE = ("docker", "autogen_ext.tools", "autogen_ext.models.ollama")
KINDS = {
    "AssistantAgent", "SocietyOfMindAgent", "GraphFlow", "MagenticOneGroupChat", "RoundRobinGroupChat",
    "SelectorGroupChat", "Swarm", "AgentTool", "TeamTool",
}  # fmt: skip


class EnoughError(RuntimeError):
    """The models of an example were asked often enough."""


def blocks(text: str) -> Iterator[str]:
    """The pieces of Python in a docstring."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.strip() != ".. code-block:: python":
            continue
        depth = len(line) - len(line.lstrip())
        taken = []
        for inner in lines[number + 1 :]:
            if inner.strip() and len(inner) - len(inner.lstrip()) <= depth:
                break
            taken.append(inner)
        yield textwrap.dedent("\n".join(taken))


def examples() -> list[pytest.param]:
    """Every example that asks a model of OpenAI's."""
    found = []
    root = Path(autogen_agentchat.__file__).parent
    for file in (file for room in ROOMS for file in sorted((root / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for number, code in enumerate(blocks(ast.get_docstring(node) or "")):
                if "autogen_ext.models.openai" in code and not any(word in code for word in NEEDS_MORE):
                    found.append(pytest.param(code, id=f"{node.name}-{number}"))
    return found


def asked_so_often(model: str) -> type:
    """What takes the place of OpenAI's client: a Workbench client that ends an example after some answers."""
    asked: list[int] = []

    def made(*_: object, **__: object) -> ModelClient:
        found = client(model, temperature=0, max_tokens=60)
        create, create_stream = found.create, found.create_stream

        def count() -> None:
            asked.append(1)
            if len(asked) > CALLS:
                raise EnoughError("asked often enough")

        async def counted(*args: object, json_output: object = None, **more: object):
            count()
            # Objects and calls that are cut are errors.
            most = 400 if json_output else 60 if more.get("tools") else 8
            more["extra_create_args"] = {"max_tokens": most}
            return await create(*args, json_output=json_output, **more)

        async def counted_stream(*args: object, **more: object):
            count()
            async for piece in create_stream(*args, **more):
                yield piece

        found.create, found.create_stream = counted, counted_stream
        return found

    made.asked = asked
    return made


def test_every_kind_of_team_has_an_example() -> None:
    assert {one.id.rpartition("-")[0] for one in examples()} >= KINDS


@pytest.mark.parametrize("code", examples())
def test_an_example_runs_as_it_is(code: str, monkeypatch, capsys) -> None:
    made = asked_so_often("embedded")
    for name in ("autogen_ext", "autogen_ext.models", "autogen_ext.models.openai"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["autogen_ext.models.openai"].OpenAIChatCompletionClient = made
    monkeypatch.setattr(builtins, "input", lambda *_: "TERMINATE")
    ends = pytest.RaisesExc(RuntimeError, match="asked often enough")
    if "cancellation_token.cancel()" in code:  # what the example shows
        ends = pytest.RaisesExc(asyncio.CancelledError)
    try:
        exec(compile(code, "example", "exec"), {"__name__": "__main__"})
    except BaseException as error:
        if not ends.matches(error):
            raise
    assert made.asked
    capsys.readouterr()
