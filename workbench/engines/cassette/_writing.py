"""Handing a line of a recording to the system without handing the interpreter to another thread.

Python lets other threads run during each write. In a comparison that is the journal's, which waits for its turn: who
asks then waits for it, after every answer, for longer than the write itself takes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache

_MOST_HELD = 1 << 16  # bytes; with more of them the write is what takes long, and others may run


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of the bytes to a file. Raises OSError."""
    while data:
        write = os.write if len(data) > _MOST_HELD else _holding()
        data = data[write(descriptor, data) :]  # less than all on a disk that fills up: the rest raises what is wrong


@cache
def _holding() -> Callable[[int, bytes], int]:
    """What writes without letting other threads run, as far as that can be had: not on Windows nor in a browser."""
    if os.name != "posix" or sys.platform == "emscripten":
        return os.write
    import ctypes

    # What a PyDLL has is called as Python's own functions are, with the interpreter held.
    write = ctypes.PyDLL(None, use_errno=True).write
    write.argtypes, write.restype = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t), ctypes.c_ssize_t

    def held(descriptor: int, data: bytes) -> int:
        count = int(write(descriptor, data, len(data)))
        if count < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return count

    return held
