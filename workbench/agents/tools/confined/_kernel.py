"""What the Linux kernel lets any process give up: files by Landlock, calls by seccomp, and what root may.

Only the standard library is used, as this is loaded by its path into a process that is to hold little. What has been
given up nobody gets back, and whatever the process starts has it as little.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.agents.tools.confined._denied import Rule

_libc = ctypes.CDLL(None, use_errno=True)

NO_NEW_PRIVILEGES, DEATH_SIGNAL, SECCOMP = 38, 1, 22
_ADD_RULE, _CREATE_RULESET, _RESTRICT_SELF = 445, 444, 446
_LANDLOCK_VERSION = 1
_CAPSET = {"x86_64": 126, "aarch64": 91}
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# Rights on files: since the first Landlock, and those that the second, third and fifth added.
_READ, _ALL = 0b1100, 0x1FFF
# To make devices, sockets, pipes and links, which would fool whoever reads the folder later; and to run programs.
_NEVER = 1 << 0 | 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12
_REFER, _TRUNCATE, _DEVICES = 1 << 13, 1 << 14, 1 << 15
_ON_FILES = 0b0110 | _TRUNCATE
_SIGNALS_AND_ABSTRACT_SOCKETS = 3


def landlock_version() -> int:
    """Which Landlock the kernel has; 0 for none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)))


def can_filter() -> bool:
    """Whether system calls can be filtered here."""
    return platform.machine() in _AUDIT and int(_libc.prctl(21, 0, 0, 0, 0)) >= 0


def process_option(option: int, *values: int) -> None:
    """Set an option of this process. Raises OSError."""
    given = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    if _libc.prctl(option, *given):
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def drop_capabilities() -> None:
    """Give up what root may do beyond others. Raises OSError."""
    header, none = struct.pack("<Ii", 0x20080522, 0), bytes(24)
    if _libc.syscall(_CAPSET[platform.machine()], header, none):
        raise OSError(ctypes.get_errno(), "capset")


def restrict_files(readable: Sequence[str], writable: Sequence[str]) -> None:
    """Leave these folders and files only, to read or to write, and no port or signal of others. Raises OSError."""
    version = landlock_version()
    files = _ALL | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    files |= _DEVICES if version >= 5 else 0
    ports = 3 if version >= 4 else 0
    scopes = _SIGNALS_AND_ABSTRACT_SOCKETS if version >= 6 else 0
    wanted = struct.pack("<QQQ", files, ports, scopes)[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = _call(_CREATE_RULESET, wanted, ctypes.c_size_t(len(wanted)), 0)
    try:
        for path in readable:
            _allow(ruleset, path, files & _READ)
        for path in writable:
            _allow(ruleset, path, files & ~_NEVER & ~_DEVICES)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def filter_calls(rules: Sequence[Rule], highest: int) -> None:
    """Make system calls fail as the rules say, and those that are newer than `highest`. Raises OSError."""
    steps = b"".join(_program(rules, highest))
    program = ctypes.create_string_buffer(steps, len(steps))
    head = struct.pack("HxxxxxxQ", len(steps) // 8, ctypes.addressof(program))
    held = ctypes.create_string_buffer(head, len(head))
    process_option(SECCOMP, 2, ctypes.addressof(held))


def _call(number: int, *arguments: object) -> int:
    got = int(_libc.syscall(number, *arguments))
    if got < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}")
    return got


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        # Rights that only folders have are refused for a file.
        given = rights if os.path.isdir(path) else rights & _ON_FILES  # noqa: PTH112 - no more imports than needed
        _call(_ADD_RULE, ruleset, 1, struct.pack("<Qi", given, place), 0)
    finally:
        os.close(place)


_LOAD, _EQUAL, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000


def _program(rules: Sequence[Rule], highest: int) -> Iterator[bytes]:
    """The filter as the kernel reads it; each rule ends with an answer or passes on with the number loaded again."""
    yield _step(_LOAD, 4)
    yield _step(_EQUAL, _AUDIT[platform.machine()], 1, 0)
    yield _step(_RETURN, _KILL)
    yield _step(_LOAD, 0)
    yield _step(_AT_LEAST, highest + 1, 0, 1)
    yield _step(_RETURN, _FAIL | errno.ENOSYS)
    for rule in rules:
        body = b"".join(_body(rule))
        yield _step(_EQUAL, rule.number, 0, len(body) // 8)
        yield body
    yield _step(_RETURN, _ALLOW)


def _body(rule: Rule) -> Iterator[bytes]:
    failing = _step(_RETURN, _FAIL | rule.error)
    for test in (*rule.unless, *rule.where):
        yield _step(_LOAD, 16 + 8 * test.argument + (4 if test.high else 0))
        yield _step(_AND, test.bits)
        wanted = (1, 0) if rule.unless else (0, 1)
        yield _step(_EQUAL, test.value, *wanted)
        yield failing
    yield _step(_RETURN, _ALLOW) if rule.unless or rule.where else failing


def _step(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_so, if_not, value)
