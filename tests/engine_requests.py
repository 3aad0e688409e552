"""Requests to engines, and a key that must never be seen."""

from workbench.messages import Message, Options, Request

SECRET = "geheim-4711"


class KnownKey:
    """A key without a store behind it."""

    reference = "env:TEST_KEY"

    def reveal(self) -> str:
        return SECRET


def request(model: str, text: str = "Wo ist das Rathaus?", **options: object) -> Request:
    """A conversation of one turn."""
    return Request(model, (Message("user", text),), Options(**options))  # type: ignore[arg-type]
