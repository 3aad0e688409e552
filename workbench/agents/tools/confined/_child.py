"""A process of its own for work that others steer: confined where the system can, with an end to all that it takes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

from workbench.agents.tools.confined._folder import size_of
from workbench.agents.tools.confined._program import CANNOT
from workbench.errors import UnsupportedError

_HERE = Path(__file__).parent
MEGABYTE = 2**20
_PIECE = 2**16
_WATCH_S = 0.1
_GRACE_S = 5.0
_NOWHERE = Path(sys.executable).anchor
# What libraries read of a system: themselves, time zones, fonts, and how many processors there are.
_SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/usr/share/fonts", "/etc/fonts",
    "/etc/ld.so.cache", "/etc/localtime", "/proc/cpuinfo", "/proc/meminfo", "/dev/urandom", "/dev/random", "/dev/zero",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a process may take.

    Attributes:
        seconds: Of time.
        memory: Bytes that it may fill, beside what it takes to get ready.
        output: Bytes that it may write to each of its two outputs.
        file: Bytes that each of its files may grow to, and all of them together by.
        folder: The one folder that it may read and write, if any.
        confined: Whether it is refused where the system cannot hold it to that.
    """

    seconds: float
    memory: int
    output: int
    file: int = 0
    folder: Path | None = None
    confined: bool = True


@dataclass(frozen=True, slots=True)
class Ended:
    """What a process left behind.

    Attributes:
        output: What it wrote.
        errors: What it wrote to its other output.
        code: Its exit code; negative for the signal that ended it.
        stopped: What it took more of than allowed: "time", "output", "files" or nothing.
    """

    output: bytes
    errors: bytes
    code: int
    stopped: str


async def run(script: Path, given: Mapping[str, Any], allowance: Allowance, *data: bytes | memoryview) -> Ended:
    """Run a script in a process of its own; if the awaiting task is cancelled, it is ended.

    Args:
        script: Its file; what must be in there stands in `_program`.
        given: What it begins with, as JSON holds it.
        allowance: What it may take.
        data: What it reads.

    Raises:
        UnsupportedError: If this machine cannot confine it, and must.
    """
    told = {"script": str(script), "may": _may(allowance), "given": dict(given)}
    child = _Child(allowance, [json.dumps(told).encode() + b"\n", *data])
    try:
        ended = await asyncio.to_thread(child.run)
    except asyncio.CancelledError:
        child.end("cancelled")
        raise
    if ended.code == CANNOT and allowance.confined:
        why = ended.errors.decode(errors="replace").strip()[-200:]
        raise UnsupportedError(f"this machine cannot confine a process: {why}", advice=ADVICE)
    return ended


ADVICE = "use Linux 5.13 or later, with Landlock and seccomp switched on"


@cache
def why_not_confined() -> str:
    """Why this machine cannot confine a process, as far as can be told without one; "" if it can."""
    if not sys.platform.startswith("linux"):
        return f"{platform.system()} has no Landlock"
    from workbench.agents.tools.confined import _kernel  # it calls what other systems lack

    if not _kernel.can_filter():
        return "the kernel has no seccomp, or not for this processor"
    return "" if _kernel.landlock_version() else "the kernel has no Landlock"


@dataclass
class _Child:
    """A process under way, in the hands of one thread."""

    allowance: Allowance
    data: Sequence[bytes | memoryview]
    stopped: str = ""
    _process: subprocess.Popen[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> Ended:
        """Start it, and wait for its end."""
        allowed = self.allowance
        before = size_of(allowed.folder) if allowed.folder else 0
        with self._lock:
            if self.stopped:
                return Ended(b"", b"", -9, self.stopped)
            process = self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-X", "utf8", str(_HERE / "_program.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=allowed.folder or _NOWHERE,
                env=_environment(allowed.folder),
                start_new_session=True,
            )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        kept: tuple[list[bytes], list[bytes]] = ([], [])
        threads = [
            threading.Thread(target=self._write, args=(process.stdin,), daemon=True),
            threading.Thread(target=self._read, args=(process.stdout, kept[0]), daemon=True),
            threading.Thread(target=self._read, args=(process.stderr, kept[1]), daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            self._watch(process, before)
        finally:
            self.end("")
            process.wait()
        if not allowed.confined and hasattr(os, "killpg"):  # what it started, and left; a confined one starts nothing
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, 9)
        for thread in threads:
            thread.join(_GRACE_S)
        output, errors = (b"".join(pieces)[: allowed.output] for pieces in kept)
        return Ended(output, errors, process.returncode, self.stopped)

    def _watch(self, process: subprocess.Popen[bytes], before: float) -> None:
        """Wait for its end, and end it once it takes too much; `before` is what its folder took."""
        until = time.monotonic() + self.allowance.seconds
        folder = self.allowance.folder
        while (left := until - time.monotonic()) > 0:
            try:
                process.wait(min(left, _WATCH_S if folder else left))
                is_over = True
            except subprocess.TimeoutExpired:
                is_over = False
            if folder and size_of(folder) - before > self.allowance.file:
                self.end("files")
                return
            if is_over:
                return
        self.end("time")

    def end(self, why: str) -> None:
        """End it with all that it started."""
        with self._lock:
            self.stopped = self.stopped or why
            process = self._process
        if process is None or process.returncode is not None:
            return
        import psutil  # which a browser lacks

        with contextlib.suppress(psutil.Error):
            for one in psutil.Process(process.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    one.kill()
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, 9)
        process.kill()

    def _write(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError), pipe:  # it may end before it has read all
            for piece in self.data:
                pipe.write(piece)

    def _read(self, pipe: IO[bytes], pieces: list[bytes]) -> None:
        length = 0
        with pipe:
            while piece := os.read(pipe.fileno(), _PIECE):
                pieces.append(piece)
                length += len(piece)
                if length > self.allowance.output:
                    self.end("output")
                    return


def _may(allowance: Allowance) -> dict[str, Any]:
    folder = [str(allowance.folder)] if allowance.folder else []
    return {
        # A process that nobody waits for any more ends by itself, once its threads have computed for so long.
        "seconds": (int(allowance.seconds) + 2) * (os.cpu_count() or 1),
        "memory": allowance.memory,
        "file": allowance.file,
        "read": [*_SYSTEM, *_python()],
        "write": [*folder, "/dev/null"],
        "parent": os.getpid(),
        "confined": allowance.confined,
    }


@cache
def _python() -> list[str]:
    """Where Python and its packages lie; not what lies beside them, such as settings with keys."""
    own = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    inside = [path for path in sys.path if Path(path).name in ("dist-packages", "site-packages")]
    return sorted({str(Path(path).resolve()) for path in (*own, *inside, str(Path(sys.base_prefix) / "lib"))})


def _environment(folder: Path | None) -> dict[str, str]:
    """Nothing of the user's own, in which there may be keys."""
    home = str(folder or _NOWHERE)
    given = {"PATH": os.defpath, "HOME": home, "TMPDIR": home, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}
    # Each thread of these takes memory of its own.
    given |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    if "SYSTEMROOT" in os.environ:  # without which Windows starts no Python
        given["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    return given
