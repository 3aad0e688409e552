"""A picture as an image in HTML: nothing in it can run, and it shows where JupyterLab drops SVG that stands in HTML."""

from __future__ import annotations

from base64 import b64encode

from workbench.views._plain import shown
from workbench.views._styles import INK

# An image follows the colour scheme of its place: in a dark one its ink is lighter.
_DARK = "".join(f'[{name}="{INK}"] {{ {name}: #b0b0b0 }} ' for name in ("fill", "stroke"))
_SCHEME = f"<style>@media (prefers-color-scheme: dark) {{ {_DARK}}}</style>"
_STYLE = "display: block; max-width: none; margin: 4px 0"


def image(svg: str, text: str) -> str:
    """Write a picture as an image.

    Args:
        svg: The picture.
        text: What it shows, for those who do not see it.

    >>> image("<svg></svg>", "a <b>").partition(" alt=")[2]
    '"a &lt;b&gt;" style="display: block; max-width: none; margin: 4px 0">'
    """
    tag, end, content = svg.partition(">")
    data = b64encode(f"{tag}{end}{_SCHEME}{content}".encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{shown(text)}" style="{_STYLE}">'
