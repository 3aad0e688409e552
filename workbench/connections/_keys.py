"""Keys by reference: where a secret is kept is written down, the secret never is."""

from __future__ import annotations

import os
from dataclasses import dataclass

import keyring
import keyring.errors

from workbench.errors import KeyReferenceError

SERVICE = "workbench"
_FORMS = 'write "env:NAME" for an environment variable or "keyring:NAME" for the system\'s keyring'


@dataclass(frozen=True, slots=True)
class KeyReference:
    """A reference to a secret, which is read anew at every use.

    Args:
        reference: `env:NAME`, or `keyring:NAME` for the entry NAME of the service "workbench".

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
        store, found, name = self.reference.partition(":")
        if store not in ("env", "keyring") or not found or not name:
            raise KeyReferenceError("a key is given as a reference, never as itself", advice=_FORMS) from None

    def reveal(self) -> str:
        """The secret. Raises KeyReferenceError where the reference leads to nothing."""
        store, _, name = self.reference.partition(":")
        return _from_environment(name) if store == "env" else _from_keyring(name)


def _from_environment(name: str) -> str:
    secret = os.environ.get(name, "").strip()
    if not secret:
        raise KeyReferenceError(
            "the environment variable of this key is not set", where=f"env:{name}", advice=f"set {name} and ask again"
        )
    return secret


def _from_keyring(name: str) -> str:
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
