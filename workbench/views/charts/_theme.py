"""How pictures look: one theme for light and dark, colours that the colour-blind tell apart, names made safe."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from workbench.language import Language
from workbench.texts import plain, shorten
from workbench.views._styles import INK

if TYPE_CHECKING:
    import altair

# Masataka Okabe and Kei Ito, "Color Universal Design", 2008: those of their colours that show on white and on black.
ACCENT, SECOND = "#0072b2", "#d55e00"
_GERMAN = {"number": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", "\u00a0€"]}}
_NAME_LIMIT = 36
_FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"


def theme(language: Language = "en") -> dict[str, Any]:
    """Return what all pictures share: no background, so that light and dark pages both show through.

    Args:
        language: "en" or "de"; in German numbers have decimal commas.

    >>> theme()["background"]
    'transparent'
    """
    axis = {
        "labelColor": INK,
        "titleColor": INK,
        "tickColor": INK,
        "domainColor": INK,
        "gridColor": INK,
        "gridOpacity": 0.2,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 0,  # Names are short already; cut once more, two could become the same.
        "labelPadding": 6,
        "maxExtent": 600,
        "titlePadding": 10,
    }
    return ({"locale": _GERMAN} if language == "de" else {}) | {
        "aria": False,  # The description says it all; a hundred marks read out one by one say nothing.
        "background": "transparent",
        "font": _FONT,
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"grid": False, "ticks": False, "domain": False},
        "header": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "labelFontWeight": "bold"},
        "legend": {"labelColor": INK, "labelFontSize": 12, "labelLimit": 0},
        "text": {"color": INK, "fontSize": 12},
    }


def names_shown(names: Iterable[str]) -> dict[str, str]:
    """What a picture calls each model or prompt: short, in signs that can be read, and no two the same.

    >>> names_shown(["a" * 50 + "1", "a" * 50 + "2"])["a" * 50 + "2"][-5:]
    'a… #2'
    """
    whole = {name: " ".join(plain(name).split()) for name in dict.fromkeys(names)}
    skipped = _alike(list(whole.values()))
    shown: dict[str, str] = {}
    for name, text in whole.items():
        short = shorten(f"…{text[skipped:]}" if skipped else text, _NAME_LIMIT) or "–"
        free, count = short, 1
        while free in shown.values():
            count += 1
            free = f"{short} #{count}"
        shown[name] = free
    return shown


def _alike(texts: list[str]) -> int:
    """How many signs the texts begin with alike, in whole words; 0 where they are short enough to be read as they are.

    >>> _alike(["Fasse den Text in einem Satz zusammen: Rat", "Fasse den Text in einem Satz zusammen: Amt"])
    39
    """
    if len(texts) < 2 or all(len(text) <= _NAME_LIMIT for text in texts):
        return 0
    alike = takewhile(lambda signs: len(set(signs)) == 1, zip(*texts, strict=False))
    return "".join(sign for sign, *_ in alike).rfind(" ") + 1


def svg(chart: altair.TopLevelMixin) -> str:
    """Write a picture as SVG, made on this machine, without any network."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart.to_dict()))
