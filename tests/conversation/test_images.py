"""Images of prompts: their bytes are taken, and nothing else."""

import base64
from pathlib import Path

import pytest

from workbench.conversation._images import MOST_BYTES, as_image, data_url, image_text
from workbench.errors import PromptError
from workbench.messages import Image


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
    ],
)
def test_an_image_is_of_the_kind_of_its_bytes(begin: bytes, kind: str) -> None:
    image = as_image(bytearray(begin + b"x" * 3000))
    assert image.media_type == kind
    assert base64.b64decode(image.data).startswith(begin)
    assert as_image(f"data:text/html;base64,{image.data}") == image
    assert data_url(image) == f"data:{kind};base64,{image.data}"
    assert image_text(image) == f"image, 3 kB, {kind.partition('/')[2]}"
    assert image.data not in repr(image)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("http://example.org/a.png", "the address of an image"),
        (" HTTPS://example.org/a.png", "the address of an image"),
        ("file:///etc/passwd", "the address of an image"),
        ("/etc/passwd", "is not an image"),
        (Path("a.png"), "is not an image, but PosixPath"),
        (None, "is not an image, but None"),
        ("data:image/png,abc", "not base64"),
        ("data:image/svg+xml;base64,PHN2Zz4=", "not an image in PNG"),
        (b"<svg onload='alert(1)'>", "not an image in PNG"),
        (b"", "not an image in PNG"),
        (b"GIF89a" + b"x" * MOST_BYTES, "more than 8 MiB"),
        ("A" * (MOST_BYTES * 2 + 4), "not base64 of at most 8 MiB"),
        (Image("image/png", "http://example.org/a.png"), "the address of an image"),
    ],
)
def test_what_is_no_image_is_refused_in_one_line(given: object, told: str) -> None:
    with pytest.raises(PromptError, match=told) as caught:
        as_image(given)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250
