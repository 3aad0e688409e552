"""Confines this process, and then has a script work in it: a program of its own, of the standard library alone.

Its first line of input is JSON: what the process may do, which script it runs, and what that is given. The script has
two functions: `begin(given, data)` gets ready, with the rest of the input, and touches nothing that others wrote;
`work(begun)` does what it is for, once the process is confined. Where it cannot be and must be, it ends with `CANNOT`.
"""

from __future__ import annotations

import json
import os
import runpy
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CANNOT = 113


def confine(may: dict[str, Any]) -> None:
    """Give up all that is not allowed; what cannot be limited here is a reason to raise OSError.

    Args:
        may: `seconds` of computing, bytes of `memory` beyond what it has taken and of each `file`, what it may `read`
            and `write`, whose child it is (`parent`), and whether it is to be `confined` to these files, with no other
            process and no network.
    """
    if not sys.platform.startswith("linux"):
        if may["confined"]:
            raise OSError("this is not Linux")
        _limit(may)
        return
    here = Path(__file__).parent
    kernel = runpy.run_path(str(here / "_kernel.py"))
    kernel["process_option"](kernel["DEATH_SIGNAL"], 9)
    if os.getppid() != may["parent"]:
        raise OSError("the parent has ended")
    kernel["process_option"](kernel["NO_NEW_PRIVILEGES"], 1)
    has_landlock, can_filter = kernel["landlock_version"]() > 0, kernel["can_filter"]()
    if may["confined"] and not (has_landlock and can_filter):
        raise OSError(f"the kernel has no {'seccomp' if has_landlock else 'Landlock'}")
    rules = runpy.run_path(str(here / "_denied.py"))
    denied = rules["denied"]() if can_filter else []
    _limit(may)
    kernel["drop_capabilities"]()
    if may["confined"]:
        kernel["restrict_files"](may["read"], may["write"])
    if can_filter:
        kernel["filter_calls"](denied, rules["HIGHEST"])
    if may["confined"]:
        _prove(may)


def _limit(may: dict[str, Any]) -> None:
    try:
        import resource
    except ImportError:  # Windows has none
        return
    data, space = _taken()
    # Data is what a process fills. Address space, of which libraries take more than they fill, limits memory of the
    # kind that processes share, which is not counted as data.
    wanted = {
        "RLIMIT_DATA": data + may["memory"],
        "RLIMIT_AS": space + may["memory"] + 2**30,
        "RLIMIT_CPU": may["seconds"],
        "RLIMIT_FSIZE": may["file"],
        "RLIMIT_NOFILE": 128,
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        hard = resource.getrlimit(getattr(resource, name))[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (OSError, ValueError):
            if may["confined"]:
                raise


def _taken() -> tuple[int, int]:
    """How many bytes of data and of address space this process has now, where the system tells."""
    try:
        told = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0, 0
    sizes = {row.partition(":")[0]: row.split()[1] for row in told if row.startswith("Vm")}
    return int(sizes["VmData"]) * 1024, int(sizes["VmSize"]) * 1024


def _prove(may: dict[str, Any]) -> None:
    """Try what must fail. Raises OSError if it does not."""
    attempts: dict[str, Callable[[], object]] = {
        "files": lambda: os.scandir("/").close(),
        "network": lambda: socket.socket().close(),
        "signals": lambda: os.kill(may["parent"], 0),
        "processes": lambda: os.fork() or os._exit(0),
    }
    for what, attempt in attempts.items():
        try:
            attempt()
        except PermissionError:
            continue
        raise OSError(f"{what} could not be limited")


def main() -> None:
    """Read what is to be done, and do it."""
    told = json.loads(sys.stdin.buffer.readline())
    script = runpy.run_path(told["script"])
    begun = script["begin"](told["given"], sys.stdin.buffer)
    try:
        confine(told["may"])
    except OSError as error:
        print(error.strerror or error, file=sys.stderr)
        sys.exit(CANNOT)
    script["work"](begun)


if __name__ == "__main__":
    main()
