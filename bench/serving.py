"""The servers that benches ask, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serving(script: str) -> Iterator[str]:
    """The address of a running server.

    Args:
        script: Its file beside this one, which prints its address first: `server.py` has no delay.
    """
    file = Path(__file__).with_name(script)
    process = subprocess.Popen([sys.executable, file], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
