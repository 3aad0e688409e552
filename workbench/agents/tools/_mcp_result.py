"""What an MCP tool gives, as the text that a model reads, within a limit."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from workbench.engines.wire._secrets import masked
from workbench.errors import RequestRefusedError
from workbench.texts import as_unicode, line

_LONGEST_ERROR = 1000


def text_of(result: Mapping[str, Any], tool: str, where: str, longest: int, secrets: tuple[str, ...] = ()) -> str:
    """The text of a result as the protocol writes it.

    Args:
        result: The result.
        tool: The tool's name, for errors.
        where: Its server, likewise.
        longest: The most bytes that a model is given of it.
        secrets: Every way in which it might repeat a key, as nobody is told one.

    Raises:
        RequestRefusedError: If the tool says that it has failed.

    >>> text_of({"content": [{"type": "text", "text": "Rathausplatz 1"}]}, "find", "offices", 8)
    'Rathausp… [6 more bytes, beyond result_bytes=8]'
    """
    parts = [_part(one) for one in result.get("content") or []]
    if not parts and result.get("structuredContent") is not None:
        parts = [json.dumps(result["structuredContent"], ensure_ascii=False)]
    text = masked(as_unicode("\n".join(parts)), secrets)
    if result.get("isError"):
        told = line(text, _LONGEST_ERROR) or "it failed"
        raise RequestRefusedError(f"the tool {tool} says: {told}", where=where)
    raw = text.encode()
    if len(raw) <= longest:
        return text
    return (
        f"{raw[:longest].decode(errors='ignore')}… [{len(raw) - longest:,} more bytes, beyond result_bytes={longest}]"
    )


def _part(part: Mapping[str, Any]) -> str:
    """A part of a result; what is not text is named, with its size."""
    kind = part.get("type")
    if kind == "text":
        return str(part.get("text", ""))
    if kind == "resource_link":
        return f"[{part.get('name', 'a resource')}: {part.get('uri', '')}]"
    held = part.get("resource", part) if kind == "resource" else part
    if "text" in held:
        return str(held["text"])
    return f"[{held.get('mimeType') or kind}, {_size(held.get('data') or held.get('blob') or ''):,} bytes]"


def _size(data: str) -> int:
    try:
        return len(base64.b64decode(data))
    except (binascii.Error, ValueError):
        return len(data)
