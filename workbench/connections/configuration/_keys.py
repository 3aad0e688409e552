"""Keys by reference: where a secret is kept is written down, the secret never is."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from workbench.connections._texts import decoded, is_invisible, named, unwrapped
from workbench.errors import KeyReferenceError

SERVICE = "workbench"
_STORES = ("env", "keyring", "file")
_NOTHING = "there are only blanks, quotes or invisible characters where the key should be"
_FORMS = 'write "env:NAME" for an environment variable, "keyring:NAME" for the system\'s keyring or "file:PATH"'


@dataclass(frozen=True, slots=True)
class KeyReference:
    """A reference to a secret, which is read anew at every use.

    Args:
        reference: `env:NAME`, `keyring:NAME` for the entry NAME of the service "workbench", or `file:PATH` for the
            first line of a file that only its owner may read.

    Raises:
        KeyReferenceError: If it has neither form. The text is not repeated, as it may be the secret itself.

    >>> KeyReference("env:GPU_KEY")
    KeyReference(reference='env:GPU_KEY')
    >>> KeyReference("sk-1234")
    Traceback (most recent call last):
    ...
    workbench.errors.KeyReferenceError: ...
    """

    reference: str

    def __post_init__(self) -> None:
        _, name = _parts(self.reference)
        if not is_reference(self.reference) or not name:
            raise KeyReferenceError("a key is given as a reference, never as itself", advice=_FORMS) from None

    def reveal(self) -> str:
        """Read the secret, without blanks, quotes and invisible characters round it.

        Raises KeyReferenceError where the reference leads to nothing, or to a text that no header may hold.
        """
        secret = unwrapped(self._read())
        if not secret:
            raise KeyReferenceError(_NOTHING, where=self.reference, advice="write the key there")
        if unseen := next(filter(is_invisible, secret), ""):
            raise KeyReferenceError(
                f"the key holds an invisible character ({named(unseen)}) between visible ones",
                where=self.reference,
                advice="copy it anew",
            )
        return secret

    @property
    def notes(self) -> tuple[str, ...]:
        """What is left out of the secret, in a line that does not tell it. Raises KeyReferenceError."""
        read = self._read().strip(" \t\r\n")
        if read == unwrapped(read):
            return ()
        return (f"quotes or invisible characters round the key of {self.reference} are left out",)

    def _read(self) -> str:
        store, name = _parts(self.reference)
        return {"env": _from_environment, "keyring": _from_keyring, "file": _from_file}[store](name)


def is_reference(text: str) -> bool:
    """Whether a text has the form of a reference.

    >>> is_reference("env:GPU_KEY"), is_reference("application/json")
    (True, False)
    """
    return ":" in text and _parts(text)[0] in _STORES


def _parts(reference: str) -> tuple[str, str]:
    """The store of a reference, and the name there."""
    store, _, name = reference.partition(":")
    return store.strip().lower(), name.strip()


def _from_environment(name: str) -> str:
    secret = os.environ.get(name, "")
    if not secret.strip():
        raise KeyReferenceError(
            "the environment variable of this key is not set", where=f"env:{name}", advice=f"set {name} and ask again"
        )
    return secret


def _from_keyring(name: str) -> str:
    import keyring  # not everywhere is one, and most keys are kept elsewhere
    import keyring.errors

    try:
        secret = keyring.get_password(SERVICE, name)
    except keyring.errors.KeyringError as error:
        raise KeyReferenceError(
            f"the keyring does not open ({type(error).__name__})",
            where=f"keyring:{name}",
            advice="unlock or install a keyring, or use env:NAME",
        ) from None
    if not secret:
        raise KeyReferenceError(
            "the keyring has no such entry", where=f"keyring:{name}", advice=f"run `keyring set {SERVICE} {name}`"
        )
    return secret


def _from_file(name: str) -> str:
    path, where = Path(name).expanduser(), f"file:{name}"
    try:
        mode = path.stat().st_mode
        if sys.platform != "win32" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyReferenceError(
                f"others may read this file (mode {stat.S_IMODE(mode):o})",
                where=where,
                advice=f"run `chmod 600 {name}`",
            )
        secret = next(iter(decoded(path.read_bytes()).splitlines()), "")
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or "it is not text"
        raise KeyReferenceError(
            f"the key's file cannot be read: {problem}", where=where, advice="check the path"
        ) from None
    if not secret.strip():
        raise KeyReferenceError("the key's file is empty", where=where, advice="write the key into its first line")
    return secret
