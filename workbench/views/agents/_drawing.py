"""Pictures as SVG, drawn on this machine: for papers alone, and in HTML as an image, in which nothing can run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from workbench.texts import plain, shorten
from workbench.views._image import image
from workbench.views._styles import INK

_FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
_WIDE = frozenset("mwMW@%—…")
_LONGEST = 24

Value = str | float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture of a session.

    Attributes:
        svg: The picture, for papers and pages.
        text: What it shows, in words.
    """

    svg: str
    text: str

    def save(self, path: str | Path) -> None:
        """Write the picture to a file."""
        Path(path).write_text(self.svg, encoding="utf-8")

    def as_image(self) -> str:
        """The picture in HTML, with its words for those who do not see it."""
        return image(self.svg, self.text)

    def __repr__(self) -> str:
        return plain(self.text)

    def _repr_svg_(self) -> str:
        return self.svg


class Canvas:
    """An SVG that grows with what is drawn on it; texts of others are shown as text, and cannot be anything else."""

    def __init__(self, title: str) -> None:
        self._root = ElementTree.Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")
        ElementTree.SubElement(self._root, "title").text = plain(title)

    def draw(self, tag: str, **attributes: Value) -> None:
        """Add an element; underscores in attributes stand for hyphens."""
        ElementTree.SubElement(self._root, tag, _written(attributes))

    def write(self, text: str, x: float, y: float, **attributes: Value) -> None:
        """Add a text."""
        common: dict[str, Value] = {"x": x, "y": y, "fill": INK, "font_size": 12, "font_family": _FONT}
        ElementTree.SubElement(self._root, "text", _written({**common, **attributes})).text = plain(text)

    def svg(self, width: float, height: float, top: float = 0) -> str:
        """The whole picture; `top` is where it begins, which may be above 0."""
        box: dict[str, Value] = {
            "width": width,
            "height": height,
            "viewBox": f"0 {_number(top)} {_number(width)} {_number(height)}",
        }
        self._root.attrib.update(_written(box))
        return ElementTree.tostring(self._root, encoding="unicode")


def label(name: str) -> str:
    """A name as pictures show it: short, and on one line."""
    return shorten(" ".join(plain(name).split()), _LONGEST)


def width_of(text: str, size: float = 12) -> float:
    """About how wide a text is, in pixels; rather too wide than too narrow."""
    return sum(1.0 if ord(one) > 0x2E7F else 0.9 if one in _WIDE else 0.6 for one in text) * size


def _written(attributes: Mapping[str, Value]) -> dict[str, str]:
    return {name.replace("_", "-"): _number(value) for name, value in attributes.items()}


def _number(value: Value) -> str:
    return value if isinstance(value, str) else f"{round(value, 1):g}"
