"""Change the product in small ways, and see whether the tests notice; `make mutate` writes README.md beside this file.

Each mutant runs in a fork of one process that has the heavy libraries loaded, and no file is changed: the changed
source is given to the import system instead. A sample of all mutants is taken, by a hash of their names, so that it is
the same the next time; those that stand in `named.toml` are always in it. What no test notices is told with its reason
from `survivors.toml`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.abc
import importlib.util
import os
import signal
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

from mutants import Mutant, mutants  # noqa: E402 - a script beside this one

PRELOADED = (
    "pytest",
    "_pytest.doctest",
    "pytest_asyncio",
    "numpy",
    "pandas",
    "scipy.stats",
    "aiohttp",
    "openai",
    "ollama",
    "nbval.plugin",
    "statsmodels.stats.contingency_tables",
    "statsmodels.stats.inter_rater",
    "statsmodels.stats.multitest",
    "choix",
    "krippendorff",
    "pyarrow.parquet",
    "sacrebleu",
)
SLOWEST_S = 20.0
LEAST_KILLED = 0.9


@dataclass(frozen=True, slots=True)
class Target:
    """A module that is changed.

    Attributes:
        file: The module, relative to the repository.
        tests: What should notice: arguments for pytest, mostly files; the module's own doctests come to it.
        sample: How many of its mutants are tried.
    """

    file: str
    tests: tuple[str, ...]
    sample: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant: "killed" by a failing test, by taking too long ("timeout"), or "survived"."""

    mutant: Mutant
    end: str
    seconds: float


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the changed source to whoever imports the module."""

    def __init__(self, mutant: Mutant) -> None:
        self._module = mutant.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self._path = str(ROOT / mutant.file)
        self._code = mutant.code

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != self._module:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._code, self._path, "exec"), module.__dict__)


def targets() -> list[Target]:
    """The modules of `targets.toml`."""
    read = tomllib.loads((HERE / "targets.toml").read_text(encoding="utf-8"))
    return [Target(file, tuple(entry["tests"]), entry["sample"]) for file, entry in read.items()]


def named() -> list[Mutant]:
    """The mutants that are always tried, as texts that are replaced. A text that is not there once ends the run."""
    found = []
    for entry in tomllib.loads((HERE / "named.toml").read_text(encoding="utf-8"))["mutants"]:
        source = (ROOT / entry["file"]).read_text(encoding="utf-8")
        if source.count(entry["before"]) != 1:
            sys.exit(f"named.toml: {entry['before']!r} stands {source.count(entry['before'])} times in {entry['file']}")
        code = source.replace(entry["before"], entry["after"])
        found.append(Mutant(entry["file"], entry["where"], entry["before"], entry["after"], 1, code))
    return found


def sampled(target: Target) -> list[Mutant]:
    """The mutants of a module that are tried, in the order of the file."""
    every = list(mutants(target.file, (ROOT / target.file).read_text(encoding="utf-8")))
    chosen = sorted(every, key=lambda mutant: hashlib.sha256(mutant.name.encode()).digest())[: target.sample]
    return [mutant for mutant in every if mutant in chosen]


def tried(mutant: Mutant | None, tests: tuple[str, ...], within_s: float) -> tuple[str, float]:
    """Run the tests on a mutant, or on the product as it is, in a fork."""
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        _in_child(mutant, tests)
    while time.monotonic() - start < within_s:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return ("survived" if code == 0 else "killed"), time.monotonic() - start
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout", time.monotonic() - start


def _in_child(mutant: Mutant | None, tests: tuple[str, ...]) -> None:
    import pytest

    os.setpgid(0, 0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    if mutant is not None:
        sys.meta_path.insert(0, _Changed(mutant))
    # The hook that rewrites assertions would load a module that is named as a test itself, unchanged.
    code = pytest.main(["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "--no-header", *tests])
    os._exit(int(code))


def outcomes(only: str) -> Iterator[Outcome]:
    """Try all mutants of the modules whose names hold a text."""
    always = named()
    for target in targets():
        if only not in target.file:
            continue
        tests = (target.file, *target.tests)
        end, seconds = tried(None, tests, 20 * SLOWEST_S)
        if end != "survived":
            sys.exit(f"{target.file}: its tests do not pass on the product as it is ({end})")
        print(f"{target.file}: its tests take {seconds:.1f} s", flush=True)
        mine = [mutant for mutant in always if mutant.file == target.file]
        for mutant in [*mine, *(one for one in sampled(target) if one.code not in {other.code for other in mine})]:
            outcome = Outcome(mutant, *tried(mutant, tests, SLOWEST_S + 3 * seconds))
            print(f"  {outcome.end:9}{outcome.seconds:5.1f} s  {mutant.name}", flush=True)
            yield outcome


def report(found: list[Outcome], reasons: dict[str, str]) -> str:
    """The report: counts for each module, and each survivor with its reason."""
    lines = [
        "# Mutations",
        "",
        "Small changes of the product, and whether a test notices. Written by `make mutate`; see `run.py`.",
        "",
        "| module | mutants | killed | of them by time | survived |",
        "|---|---|---|---|---|",
    ]
    files = list(dict.fromkeys(one.mutant.file for one in found))
    for file in [*files, ""]:
        of_file = [one for one in found if file in ("", one.mutant.file)]
        ends = [one.end for one in of_file]
        survived, by_time = ends.count("survived"), ends.count("timeout")
        name = f"`{file}`" if file else "**all**"
        lines.append(f"| {name} | {len(ends)} | {len(ends) - survived} | {by_time} | {survived} |")
    lines += ["", "## What survived, and why", ""]
    for one in found:
        if one.end == "survived":
            lines.append(f"- {one.mutant.name}: {reasons.get(one.mutant.name, '**not explained**')}")
    return "\n".join([*lines, ""])


def main() -> None:
    """Try them all, write the report, and fail where too much survives or something is not explained."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("only", nargs="?", default="", help="only modules whose path holds this; no report is written")
    only = parser.parse_args().only
    os.chdir(ROOT)
    for name in PRELOADED:
        importlib.import_module(name)
    found = list(outcomes(only))
    reasons = tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8"))
    survivors = [one.mutant.name for one in found if one.end == "survived"]
    share = 1 - len(survivors) / len(found)
    print(f"{len(found)} mutants, {share:.1%} killed; survived: {len(survivors)}")
    if not only:
        (HERE / "README.md").write_text(report(found, reasons), encoding="utf-8")
    unexplained = [name for name in survivors if name not in reasons]
    if unexplained or share < LEAST_KILLED:
        sys.exit("\n".join(["not explained:", *unexplained]) if unexplained else f"less than {LEAST_KILLED:.0%} killed")


if __name__ == "__main__":
    main()
