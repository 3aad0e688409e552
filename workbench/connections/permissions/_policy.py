"""Which hosts may be reached: loopback always, others as an administrator's file and `WORKBENCH_OFFLINE` allow."""

from __future__ import annotations

import ipaddress
import os
import stat
import sys
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from workbench.connections._texts import decoded
from workbench.errors import ConfigurationError, PolicyError

_FOLDERS = {"win32": Path("C:/ProgramData"), "darwin": Path("/Library/Application Support")}
# A fixed place: one that a variable could move would be the user's and not the administrator's.
FILE = _FOLDERS.get(sys.platform, Path("/etc")) / "workbench" / "policy.toml"
_ADMINISTRATOR = 0
_LOOK_S = 1.0
_FIELDS = {"allow": list, "offline": bool, "audit": str, "audit_text": bool, "journal": bool, "trust": list}


@dataclass(frozen=True, slots=True)
class Policy:
    """What an administrator has laid down for all users of this machine.

    Attributes:
        allow: Hosts that may be reached beside loopback: names (`gpu.example.org`), names of a domain
            (`*.example.org`), addresses or networks (`10.1.0.0/16`), each with or without `:port`; None allows what
            the user names.
        offline: Whether nothing but loopback may be reached.
        audit: File of the audit log that must be kept; "" leaves it to the user.
        audit_text: Whether that log holds prompts and answers too.
        journal: Whether comparisons are kept that nobody has named.
        trust: Files of folders that are trusted for every user: their paths, or the SHA-256 of their content.

    >>> Policy(allow=("*.example.org",)).allows("gpu.example.org", 443), Policy(allow=()).allows("gpu", 8000)
    (True, False)
    """

    allow: tuple[str, ...] | None = None
    offline: bool = False
    audit: str = ""
    audit_text: bool = False
    journal: bool = True
    trust: tuple[str, ...] = ()

    def allows(self, host: str, port: int | None) -> bool:
        """Whether a host that is not loopback may be reached on this port."""
        if self.offline:
            return False
        return self.allow is None or any(_matches(rule, host, port) for rule in self.allow)


_looked = (0.0, Policy())


def admit(address: str) -> None:
    """Raise PolicyError where nothing may be sent to this address; ConfigurationError if the policy cannot be read.

    >>> admit("http://127.0.0.1:11434")
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if is_loopback(host):
        return
    if os.environ.get("WORKBENCH_OFFLINE", "") not in ("", "0"):
        raise PolicyError(
            f"the host {host!r} is not on this machine, and WORKBENCH_OFFLINE is set",
            where=address,
            advice="ask a model on this machine, such as embedded, or unset WORKBENCH_OFFLINE",
        )
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    if not policy().allows(host, port):
        raise PolicyError(
            f"the policy of this machine does not allow the host {host!r}",
            where=address,
            advice=f"ask whoever keeps {FILE}, or take a model that it allows",
        )


def admit_unnamed(address: str) -> None:
    """The same for a host that no user has named: beside loopback it must be in the administrator's list.

    >>> admit_unnamed("http://127.0.0.1:11434")
    """
    admit(address)
    parts = urlsplit(address)
    if not is_loopback(parts.hostname or "") and policy().allow is None:
        raise PolicyError(
            f"this server would pass the prompt on to {parts.hostname!r}, a host that nobody has named",
            where=address,
            advice="take a model that runs on the server itself, or name that host in a connection of its own",
        )


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, and no other could answer under its name.

    >>> is_loopback("localhost"), is_loopback("127.0.0.2"), is_loopback("::1"), is_loopback("127.0.0.1.example.org")
    (True, True, True, False)
    """
    if host.rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def policy() -> Policy:
    """Read what the administrator's file says; without one everything that the user names is allowed.

    Raises ConfigurationError where it cannot be read, or where someone other than an administrator could change it:
    a policy that is there but not usable allows nothing.
    """
    global _looked
    now = monotonic()
    if now < _looked[0]:
        return _looked[1]
    found = _now()
    _looked = (now + _LOOK_S, found)
    return found


def forget() -> None:
    """Look at the file anew the next time."""
    global _looked
    _looked = (0.0, Policy())
    _read.cache_clear()


def _now() -> Policy:
    try:
        found = FILE.stat()
    except FileNotFoundError:
        return Policy()
    except OSError as error:
        raise _unusable(error.strerror or "it cannot be read") from None
    return _read(found.st_mtime_ns, found.st_uid, found.st_mode)


@lru_cache(maxsize=1)
def _read(_changed: int, owner: int, mode: int) -> Policy:
    if sys.platform != "win32" and (owner != _ADMINISTRATOR or mode & (stat.S_IWGRP | stat.S_IWOTH)):
        raise _unusable("others than the administrator could change it")
    try:
        content = tomllib.loads(decoded(FILE.read_bytes()))
    except OSError as error:
        raise _unusable(error.strerror or "it cannot be read") from None
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise _unusable(f"it is not TOML: {error}") from None
    _check(content)
    allow = content.get("allow")
    return Policy(
        allow=None if allow is None else tuple(str(rule).lower() for rule in allow),
        offline=content.get("offline", False),
        audit=content.get("audit", ""),
        audit_text=content.get("audit_text", False),
        journal=content.get("journal", True),
        trust=tuple(map(str, content.get("trust", ()))),
    )


def _check(content: dict[str, Any]) -> None:
    for name, value in content.items():
        if name not in _FIELDS:
            raise _unusable(f"unknown field {name!r}; there are {', '.join(_FIELDS)}")
        if not isinstance(value, _FIELDS[name]):
            raise _unusable(f"{name} is not a {_FIELDS[name].__name__}")


def _unusable(why: str) -> ConfigurationError:
    advice = "ask the administrator; until then only this machine can be reached"
    return ConfigurationError(f"the policy cannot be used: {why}", where=str(FILE), advice=advice)


def _matches(rule: str, host: str, port: int | None) -> bool:
    wanted, found, wanted_port = rule.rpartition(":")
    if found and wanted_port.isdecimal() and (":" not in wanted or wanted.endswith("]")):
        if int(wanted_port) != port:
            return False
        rule = wanted
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(rule.strip("[]"), strict=False)
    except ValueError:
        return fnmatchcase(host.lower(), rule)
