"""Python that a model wrote, run within limits: as a tool of agents, and as a code executor."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, CodeExecutor, CodeResult
from autogen_core.tools import FunctionTool

from workbench.agents._visible import visible
from workbench.agents.tools.confined import ADVICE, MEGABYTE, Allowance, Ended, run, seen_in, why_not_confined
from workbench.arguments import as_flag, as_number, as_text, as_whole, shown
from workbench.errors import ToolFailedError, UnsupportedError, UsageError
from workbench.files._whole import at_home, reason_of
from workbench.texts import line, plain

_LONGEST_CODE, _SHOWN_FILES, _TOLD_OUTPUT = 100_000, 20, 200
_CHILD = Path(__file__).with_name("_code_child.py")
_TOO_MANY = "the folder holds more files than can be watched, or they lie too deep"
_PYTHON = ("python", "py", "python3", "")
_CONFINED = "it may use no file outside its folder, no network and no other process"
_REFUSALS = ("PermissionError", "Operation not permitted", "Permission denied", "name resolution", "BlockingIOError")


def code(
    folder: str | Path,
    *,
    name: str = "run_python",
    seconds: float = 30,
    memory_mb: int = 1024,
    files_mb: int = 100,
    characters: int = 8_000,
    unconfined: bool = False,
) -> FunctionTool:
    """Make a tool with which an agent runs Python, in a process of its own that ends with each call.

    The code reads and writes files in its folder, reads Python and its packages, and reaches nothing else: no other
    file, no network, no other process (it starts none, and signals none), nothing of your environment. Linux sees to
    that (Landlock and seccomp, without being root, in containers too); what it can find out is whether a file exists.
    Elsewhere the tool is refused, unless you say `unconfined=True`. It is not marked as read-only, so that a session
    asks before each call.

    Args:
        folder: Where its files are; made if there is none. Not one that holds what runs outside, such as this notebook.
        name: The tool's name.
        seconds: How long a call may take.
        memory_mb: How many megabytes a call may fill.
        files_mb: How many megabytes a call may add to the folder.
        characters: How much of what it writes an agent is shown at most: the beginning and the end.
        unconfined: Whether code is run also where files, network and processes cannot be limited, and it could then
            do all that you can. Where they can be, they are.

    Returns:
        A tool for `AssistantAgent(tools=[…])`.

    Raises:
        UsageError: If the folder or a limit cannot be used.
        UnsupportedError: If this machine cannot confine a process, and `unconfined` is not said.

    >>> import tempfile
    >>> code(Path(tempfile.gettempdir()) / "workbench-code", unconfined=True).name
    'run_python'
    """
    runner = _runner(folder, seconds, memory_mb, files_mb, characters, unconfined)

    async def run_python(
        code: Annotated[str, "Python. What it prints is returned, and the value of its last line."],
    ) -> str:
        return await runner.result(code)

    described = (
        "Runs Python and returns what it prints. Every call begins anew: what is to stay must be written to a file in "
        f"the current folder. It has {runner.seconds:g} seconds and {runner.memory // MEGABYTE} MB. "
        f"{'It should use' if why_not_confined() else 'It can use'} no network, no other process and no file outside."
    )
    return FunctionTool(run_python, described, name=as_text("name=", name))


def executor(
    folder: str | Path,
    *,
    seconds: float = 30,
    memory_mb: int = 1024,
    files_mb: int = 100,
    characters: int = 8_000,
    unconfined: bool = False,
) -> CodeExecutor:
    """Make a code executor for AutoGen's `CodeExecutorAgent`, within the limits of `code`; arguments are the same.

    Blocks of other languages than Python are not run, and that is said.
    """
    return _Executor(_runner(folder, seconds, memory_mb, files_mb, characters, unconfined))


class _Executor(CodeExecutor):
    """Runs Python within limits, for an agent that runs code by itself."""

    component_type = "code_executor"

    def __init__(self, runner: _Runner) -> None:
        self.runner = runner

    async def execute_code_blocks(
        self, code_blocks: list[CodeBlock], cancellation_token: CancellationToken
    ) -> CodeResult:
        outputs: list[str] = []
        for block in code_blocks:
            if block.language.lower() not in _PYTHON:
                return CodeResult(1, "\n".join([*outputs, f"Only Python is run, and not {shown(block.language)}."]))
            running = asyncio.ensure_future(self.runner.result(block.code))
            cancellation_token.link_future(running)
            try:
                outputs.append(await running)
            except ToolFailedError as error:
                return CodeResult(1, "\n".join([*outputs, str(error)]))
        return CodeResult(0, "\n".join(outputs))

    async def start(self) -> None:
        """Do nothing: a process is started for each block."""

    async def stop(self) -> None:
        """Do nothing: a process ends with its block."""

    async def restart(self) -> None:
        """Do nothing: nothing is kept but files."""


@dataclass(frozen=True, slots=True)
class _Runner:
    """Where code runs, and within which limits."""

    folder: Path
    seconds: float
    memory: int
    files: int
    characters: int

    async def result(self, code: str) -> str:
        """What code writes, and which files it made. Raises ToolFailedError if it fails, or has to be stopped."""
        if len(code) > _LONGEST_CODE:
            raise ToolFailedError(f"the code is longer than {_LONGEST_CODE} characters", advice="write less")
        allowed = Allowance(
            seconds=self.seconds,
            memory=self.memory,
            output=max(MEGABYTE, 4 * self.characters),
            file=self.files,
            folder=self.folder,
            confined=not why_not_confined(),
        )
        before = _files(self.folder)
        if before is None:
            raise ToolFailedError(_TOO_MANY, advice="somebody has to clear it before code is run again")
        ended = await run(_CHILD, {}, allowed, code.encode(errors="replace"))
        if ended.stopped or ended.code:
            raise self._failed(ended)
        made = [file for file, seen in (_files(self.folder) or {}).items() if before.get(file) != seen]
        return self._told(ended, made)

    def _told(self, ended: Ended, made: list[str]) -> str:
        written = [plain(text).strip() for text in (_text(ended.output), _text(ended.errors))]
        parts = [self._cut(text) for text in written if text] or ["(It wrote nothing.)"]
        if made:
            names = ", ".join(visible(name) for name in made[:_SHOWN_FILES])
            more = f" and {len(made) - _SHOWN_FILES} more" if len(made) > _SHOWN_FILES else ""
            parts.append(f"(Files made or changed: {names}{more})")
        return "\n".join(parts)

    def _cut(self, text: str) -> str:
        if len(text) <= self.characters:
            return text
        half = self.characters // 2
        return f"{text[:half]}\n… [{len(text) - 2 * half} characters are left out] …\n{text[-half:]}"

    def _failed(self, ended: Ended) -> ToolFailedError:
        """Why code did not end well, on one line."""
        what, advice = self._why(ended)
        output = visible(line(_text(ended.output).strip()[-_TOLD_OUTPUT:]))
        return ToolFailedError(f"{what}{f', after it wrote {output!r}' if output else ''}", advice=advice)

    def _why(self, ended: Ended) -> tuple[str, str]:
        last = visible(line(_text(ended.errors).strip().rpartition("\n")[2]))
        memory = f"the code took more than the {self.memory // MEGABYTE} MB that it may"
        if ended.stopped == "time":
            return f"the code was stopped after {self.seconds:g} seconds", "an endless loop, or too much at once?"
        if ended.stopped == "output":
            return "the code was stopped, as it wrote too much", "print less, or write to a file"
        if ended.stopped == "files":
            return (
                f"the code was stopped, as it filled its folder by more than {self.files // MEGABYTE} MB",
                "write less",
            )
        if "MemoryError" in last:
            return memory, "work on smaller parts"
        if ended.code < 0:
            return f"the code crashed ({_signal(-ended.code)})", "if it took much memory, work on smaller parts"
        if ended.code != 1 or not last:
            return f"the code ended itself with status {ended.code}{f': {last}' if last else ''}", ""
        is_refusal = not why_not_confined() and any(word in last for word in _REFUSALS)
        return f"the code failed: {last}", _CONFINED if is_refusal else ""


def _runner(
    folder: str | Path, seconds: float, memory_mb: int, files_mb: int, characters: int, unconfined: bool
) -> _Runner:
    why = why_not_confined()
    if why and not as_flag("unconfined=", unconfined):
        raise UnsupportedError(
            f"code cannot be confined here: {why}",
            advice=f"{ADVICE}; unconfined=True runs it all the same, and then it can do all that you can",
        )
    return _Runner(
        _own_folder(folder),
        as_number("seconds=", seconds, 0.1),
        as_whole("memory_mb=", memory_mb, 64) * MEGABYTE,
        as_whole("files_mb=", files_mb, 0) * MEGABYTE,
        as_whole("characters=", characters, 200),
    )


def _own_folder(given: Any) -> Path:
    """The folder itself, made if there is none. Raises UsageError if code in it could change what runs outside."""
    if not isinstance(given, str | os.PathLike) or not str(given):
        raise UsageError(f"folder must be a folder, not {shown(given)}", advice='give a path such as "analysis"')
    folder = at_home(given)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder = folder.resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise UsageError(f"the folder cannot be used: {reason_of(error)}", where=str(given)) from None
    python = [Path(place).resolve() for place in (sys.prefix, sys.base_prefix)]
    others = [Path(place).resolve() for place in (str(Path.home()), ".", *sys.path)]
    if any(place.is_relative_to(folder) for place in (*python, *others)) or any(map(folder.is_relative_to, python)):
        what = "code in this folder could change what runs outside it"
        raise UsageError(what, where=str(folder), advice="name a folder of its own")
    if seen_in(folder) is None:
        raise UsageError(_TOO_MANY, where=str(folder), advice="name a smaller one")
    return folder


def _files(folder: Path) -> dict[str, tuple[int, int]] | None:
    """The files in a folder by their paths in it, with what changes when they do; None if they are too many."""
    found = seen_in(folder)
    return None if found is None else {name: (one.st_size, one.st_mtime_ns) for name, one in sorted(found.items())}


def _text(written: bytes) -> str:
    return written.decode(errors="replace")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
