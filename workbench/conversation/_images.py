"""Images in prompts: the bytes that users give, checked, and told in a few words wherever a person reads a prompt.

Only bytes are taken. An address of an image is refused: a server would fetch it, from wherever it is.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.arguments import as_python, shown
from workbench.errors import PromptError
from workbench.messages import Image, Message

MOST_BYTES = 8 << 20  # of all images of a message: with them twice in it, a line of a cassette is far from its limit
_BEGINS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
_GIVE = "give its bytes, such as those of Path(…).read_bytes()"


def as_image(given: Any) -> Image:
    """An image as it can be sent.

    Args:
        given: Its bytes, or these in base64, alone or in a `data:` URL; or an `Image`.

    Raises:
        PromptError: If it is not an image, an address of one, too large, or of a kind that servers do not read.

    >>> as_image(b"GIF89a")
    Image(media_type='image/gif')
    >>> as_image("https://example.org/a.png")
    Traceback (most recent call last):
    workbench.errors.PromptError: it is the address of an image, which the server would fetch: give its bytes, ...
    """
    given = as_python(given.data if isinstance(given, Image) else given)
    data = bytes(given) if isinstance(given, bytes | bytearray | memoryview) else _decoded(given)
    kind = _kind(data)
    if kind is None:
        raise PromptError("it is not an image in PNG, JPEG, GIF or WebP", advice=_GIVE)
    if len(data) > MOST_BYTES:
        raise PromptError(f"it has more than {MOST_BYTES >> 20} MiB", advice="make it smaller")
    return Image(kind, base64.b64encode(data).decode())


def data_url(image: Image) -> str:
    """An image as a `data:` URL.

    >>> data_url(as_image(b"GIF89a"))
    'data:image/gif;base64,R0lGODlh'
    """
    return f"data:{image.media_type};base64,{image.data}"


def image_text(image: Image) -> str:
    """An image in a few words.

    >>> image_text(as_image(b"GIF89a" * 2000))
    'image, 12 kB, gif'
    """
    size = len(image.data) * 3 // 4
    return f"image, {max(round(size / 1000), 1)} kB, {image.media_type.removeprefix('image/')}"


def message_text(message: Message) -> str:
    r"""What is said, with a line for each image.

    >>> message_text(Message("user", "Was?", images=(as_image(b"GIF89a"),)))
    'Was?\n[image, 1 kB, gif]'
    """
    return "\n".join(filter(None, (message.content, *(f"[{image_text(one)}]" for one in message.images))))


def told_body(body: Mapping[str, Any], messages: Sequence[Message]) -> Mapping[str, Any]:
    r"""A request's body as replies and logs keep it: a line for each image, whose bytes are with what was asked.

    Args:
        body: What is sent, with its `messages` in the order of those here.
        messages: The conversation.

    >>> asked = Message("user", "Was?", images=(as_image(b"GIF89a"),))
    >>> told_body({"messages": [{"role": "user", "content": "Was?", "images": ["R0lGODlh"]}]}, [asked])
    {'messages': [{'role': 'user', 'content': 'Was?\n[image, 1 kB, gif]'}]}
    """
    if not any(message.images for message in messages):
        return body
    told = [
        {**{key: value for key, value in one.items() if key != "images"}, "content": message_text(message)}
        if message.images
        else one
        for one, message in zip(body["messages"], messages, strict=True)
    ]
    return {**body, "messages": told}


def _decoded(given: Any) -> bytes:
    """The bytes of base64. Raises PromptError."""
    if not isinstance(given, str):
        raise PromptError(f"it is not an image, but {shown(given)}", advice=_GIVE)
    scheme, colon, rest = given.partition(":")
    if colon and scheme.strip().lower() != "data":
        raise PromptError("it is the address of an image, which the server would fetch", advice=_GIVE)
    head, _, text = rest.partition(",") if colon else ("base64", "", given)
    if not head.endswith("base64") or len(text) > MOST_BYTES * 2:
        raise PromptError(f"it is not base64 of at most {MOST_BYTES >> 20} MiB", advice=_GIVE)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PromptError(f"it is not an image, but {shown(given)}", advice=_GIVE) from None


def _kind(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for begin, kind in _BEGINS.items() if data.startswith(begin)), None)
