"""How often does a model make a valid call, of the right tool, with the right arguments, and by which way of asking?

`.venv/bin/python bench/tools.py --servers .servers/servers.json` asks the embedded model and the real servers of the
tests; `--models embedded ollama/NAME` asks others, and `--ways` names the ways of asking:

- `required`: Workbench's client for agents, a tool has to be called; as an agent does it with `tool_choice="required"`
- `auto`: the same client, which may answer in words instead; an answer counts as no valid call
- `named`: the same client, given the right tool: what the arguments alone are worth
- `one-schema`: all in one question, a JSON schema with a branch for each tool
- `native`: the server's own forced tools, where it has any

The tasks are those of `tool_tasks.py`. Shares have Wilson's intervals of 95 %.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any, TextIO

from autogen_core.models import SystemMessage, UserMessage
from scipy.stats import binomtest
from tool_tasks import Arguments, Judged, Task, judge, tasks

import workbench as wb
from workbench.errors import WorkbenchError

SYSTEM = "Help by calling one tool."
MAX_TOKENS = 200
TEMPERATURE = 0.0

Called = tuple[str, Any]
Way = Callable[[wb.Model, Task], Awaitable[Called]]


def schema_of(tool: type[Arguments]) -> dict[str, Any]:
    """A tool as AutoGen takes it."""
    return {"name": tool.__name__, "description": str(tool.__doc__), "parameters": tool.model_json_schema()}


def by_client(choice: str) -> Way:
    async def ask(model: wb.Model, task: Task) -> Called:
        client = wb.agents.client(model, temperature=TEMPERATURE, max_tokens=MAX_TOKENS)
        messages = [SystemMessage(content=SYSTEM), UserMessage(content=task.text, source="user")]
        offered = [task.wanted] if choice == "named" else task.tools
        wanted = "required" if choice == "named" else choice
        result = await client.create(messages, tools=[schema_of(tool) for tool in offered], tool_choice=wanted)
        if isinstance(result.content, str):
            return "", None
        return result.content[0].name, json.loads(result.content[0].arguments)

    return ask


async def in_one_schema(model: wb.Model, task: Task) -> Called:
    listed, branches, definitions = [], [], {}
    for tool in task.tools:
        parameters = tool.model_json_schema()
        definitions |= parameters.pop("$defs", {})
        fields = {"tool": {"const": tool.__name__}, "arguments": parameters}
        branches.append(
            {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
        )
        listed.append(f"- {tool.__name__}: {tool.__doc__} Arguments: {json.dumps(tool.model_json_schema())}")
    told = ["You have these tools:", *listed, 'Write JSON only: {"tool": its name, "arguments": its arguments}.']
    system = "\n".join([SYSTEM, "", *told])
    schema = {"anyOf": branches, "$defs": definitions}
    reply = await model.ask(task.text, system=system, schema=schema, temperature=TEMPERATURE, max_tokens=MAX_TOKENS)
    return reply.parsed["tool"], reply.parsed["arguments"]


async def natively(model: wb.Model, task: Task) -> Called:
    offered = [wb.Tool(**schema_of(tool)) for tool in task.tools]
    reply = await model.ask(
        task.text,
        system=SYSTEM,
        tools=offered,
        tool_choice="required",
        temperature=TEMPERATURE,
        max_tokens=MAX_TOKENS,
    )
    return (reply.tool_calls[0].name, reply.tool_calls[0].parsed) if reply.tool_calls else ("", None)


WAYS: dict[str, Way] = {
    "required": by_client("required"),
    "auto": by_client("auto"),
    "named": by_client("named"),
    "one-schema": in_one_schema,
    "native": natively,
}


async def judged(model: wb.Model, way: str, asked: list[Task], at_once: int, log: TextIO | None) -> list[Judged]:
    """What each call is worth; errors are not calls. Each is written down as it comes, as a busy machine takes long."""
    room = asyncio.Semaphore(at_once)

    async def one(task: Task) -> Judged:
        async with room:
            try:
                name, arguments = await WAYS[way](model, task)
                problem = ""
            except WorkbenchError as error:
                name, arguments, problem = "", None, f"{type(error).__name__}: {error}"
        found = judge(task, name, arguments)
        if log is not None:
            written = {"model": model.name, "way": way, "text": task.text, "wanted": task.wanted.__name__}
            written |= {"called": name, "arguments": arguments, "error": problem, **asdict(found)}
            log.write(json.dumps(written, ensure_ascii=False) + "\n")
            log.flush()
        return found

    return await asyncio.gather(*map(one, asked))


def share(count: int, of: int) -> str:
    """A share with its interval, in percent."""
    found = binomtest(count, of).proportion_ci(method="wilson")
    return f"{100 * count / of:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"


def row(model: str, way: str, asked: list[Task], found: list[Judged], seconds: float) -> str:
    german = [one for task, one in zip(asked, found, strict=True) if task.is_german]
    cells = [
        model,
        way,
        *(share(sum(getattr(one, name) for one in found), len(found)) for name in Judged.__dataclass_fields__),
        f"{sum(one.right_tool for one in german)} and {sum(one.right_arguments for one in german)} of {len(german)}",
        f"{seconds:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def connected(file: Path) -> list[str]:
    """The models of the tests' servers, which are connected by their names."""
    names = ["embedded"]
    for name, server in json.loads(file.read_text(encoding="utf-8")).items():
        if name in ("current-ollama", "oldest-ollama", "vllm"):
            os.environ["BENCH_KEY"] = server.get("key") or os.environ.get("BENCH_KEY", "")
            key = "env:BENCH_KEY" if server.get("key") else None
            wb.connect(name, server["url"], key=key)
            names.append(f"{name}/smollm2")
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="*", default=None, help="as wb.model takes them")
    parser.add_argument("--servers", type=Path, help="servers.json of the tests' servers")
    parser.add_argument("--ways", nargs="*", default=["required"], choices=WAYS)
    parser.add_argument("--every", type=int, default=1, help="ask every n-th task only")
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--log", type=Path, help="where each call is written, one a line")
    given = parser.parse_args()
    there = connected(given.servers) if given.servers else ["embedded"]
    asked = tasks()[:: given.every]
    log = given.log.open("w", encoding="utf-8") if given.log else None
    print("| model | way | valid | right tool | right arguments | in German: tool and arguments | seconds |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for name in given.models or there:
        model = wb.model(name)
        for way in given.ways:
            begun = monotonic()
            found = asyncio.run(judged(model, way, asked, given.at_once, log))
            print(row(model.name, way, asked, found, monotonic() - begun), flush=True)
    if log is not None:
        log.close()


if __name__ == "__main__":
    main()
