"""Keeping secrets out of everything that a server says, also where it says them in pieces."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "[key]"
# Shorter ones are placeholders such as "EMPTY" or "none": words that an answer may well contain.
_SHORTEST = 8


def forms(secrets: Iterable[str]) -> tuple[str, ...]:
    """All ways in which a server might write the secrets, the longest first: as they are, in JSON, in URLs, base64.

    >>> forms(["geheim&4711"])
    ('geheim%264711', 'geheim&4711')
    >>> forms(["none"])
    ()
    """
    known = [secret for secret in secrets if len(secret) >= _SHORTEST]
    written = {
        form for secret in known for form in (secret, json.dumps(secret)[1:-1], quote(secret, ""), quote_plus(secret))
    }
    # A length that is no multiple of three leaves characters at the end that depend on what follows.
    written |= {base64.b64encode(raw[: len(raw) // 3 * 3]).decode() for raw in map(str.encode, known) if len(raw) >= 12}
    return tuple(sorted(written, key=len, reverse=True))


def masked(text: str, secrets: tuple[str, ...]) -> str:
    """The text with every form of the secrets replaced.

    >>> masked("bad key geheim-4711", forms(["geheim-4711"]))
    'bad key [key]'
    """
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, MASK)
    return text


class StreamMask:
    """Masks secrets in a text that comes in pieces: what might be the beginning of one waits for the next piece.

    Args:
        secrets: What `forms` gave.

    >>> mask = StreamMask(forms(["geheim-4711"]))
    >>> mask.feed("the key is gehe"), mask.feed("im-47"), mask.feed("11, or gehen"), mask.close()
    ('the key is ', '', '[key], or gehen', '')
    """

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets
        self._firsts = tuple({secret[0] for secret in secrets})
        self._held = ""

    @property
    def holds(self) -> bool:
        """Whether anything waits."""
        return bool(self._held)

    def feed(self, text: str) -> str:
        """What can be shown now, of this piece and what waited before it."""
        text = masked(self._held + text, self._secrets)
        begins = self._begins(text)
        self._held = text[begins:]
        return text[:begins]

    def close(self) -> str:
        """What waited, when nothing more comes."""
        rest, self._held = self._held, ""
        return rest

    def _begins(self, text: str) -> int:
        """Where, at the end of the text, a secret may have begun; the text's length if nowhere."""
        longest = len(self._secrets[0]) - 1 if self._secrets else 0
        for position in range(max(len(text) - longest, 0), len(text)):
            if text[position] in self._firsts and any(secret.startswith(text[position:]) for secret in self._secrets):
                return position
        return len(text)
