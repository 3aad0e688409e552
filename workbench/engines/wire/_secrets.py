"""Keeping secrets out of everything that a server says, also where it says them in pieces."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

MASK = "[key]"
# Shorter ones are placeholders such as "EMPTY" or "none": words that an answer may well contain.
_SHORTEST = 8
_ESCAPE = re.compile("%[0-9A-F]{2}")


def forms(secrets: Iterable[str]) -> tuple[str, ...]:
    """All ways in which a server might write the secrets, longest first: as they are, in JSON, HTML, URLs and base64.

    >>> forms(["geheim&4711"])[:3]
    ('geheim&amp;4711', 'geheim%264711', 'Z2VoZWltJjQ3')
    >>> forms(["none"])
    ()
    """
    known = [secret for secret in secrets if len(secret) >= _SHORTEST]
    return tuple(sorted({form for secret in known for form in _forms(secret)}, key=lambda form: (-len(form), form)))


def _forms(secret: str) -> Iterator[str]:
    yield from (secret, json.dumps(secret)[1:-1], html.escape(secret))
    for escaped in (quote(secret), quote(secret, ""), quote_plus(secret)):
        yield from (escaped, _ESCAPE.sub(lambda found: found[0].lower(), escaped))
    raw = secret.encode()
    for before in range(3):
        # What stands before it ("Bearer ", "user:") shifts it within groups of three bytes; the characters of groups
        # that it shares with others differ and are left out.
        text = base64.b64encode(b" " * before + raw).decode()
        form = text[4 if before else 0 : (before + len(raw)) // 3 * 4]
        if len(form) >= _SHORTEST:
            yield form


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

    Attributes:
        held: What waits.

    >>> mask = StreamMask(forms(["geheim-4711"]))
    >>> mask.feed("the key is gehe"), mask.feed("im-47"), mask.feed("11, or gehen"), mask.close()
    ('the key is ', '', '[key], or gehen', '')
    """

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets
        self._firsts = tuple({secret[0] for secret in secrets})
        self.held = ""

    def feed(self, text: str) -> str:
        """What can be shown now, of this piece and what waited before it."""
        text = masked(self.held + text, self._secrets)
        begins = self._begins(text)
        self.held = text[begins:]
        return text[:begins]

    def close(self) -> str:
        """What waited, when nothing more comes."""
        rest, self.held = self.held, ""
        return rest

    def _begins(self, text: str) -> int:
        """Where, at the end of the text, a secret may have begun; the text's length if nowhere."""
        longest = len(self._secrets[0]) - 1 if self._secrets else 0
        for position in range(max(len(text) - longest, 0), len(text)):
            if text[position] in self._firsts and any(secret.startswith(text[position:]) for secret in self._secrets):
                return position
        return len(text)
