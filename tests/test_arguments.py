"""Values from notebooks are taken as Python's own, or refused in one line."""

import enum
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from workbench.arguments import as_json, as_number, as_python, as_text, as_texts, as_whole, is_missing, listed, sendable
from workbench.errors import PromptError, UsageError


class City(str, enum.Enum):  # noqa: UP042 - what users have who wrote it before there was another
    BONN = "Bonn"


class Level(enum.Enum):
    LOW = 3


@pytest.mark.parametrize(
    ("value", "own"),
    [
        (np.int64(3), 3),
        (np.uint8(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("Bonn"), "Bonn"),
        (np.array(3), 3),
        (np.array("Bonn"), "Bonn"),
        (City.BONN, "Bonn"),
        (Level.LOW, 3),
        (enum.StrEnum("Town", ["BONN"]).BONN, "bonn"),  # type: ignore[attr-defined]
        ("Bonn", "Bonn"),
        (None, None),
    ],
)
def test_values_of_others_become_those_of_python(value: object, own: object) -> None:
    found = as_python(value)
    assert found == own
    assert type(found) is type(own)


@pytest.mark.parametrize(
    "value", [None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT, Decimal("NaN"), Decimal("sNaN")]
)
def test_what_is_missing_is_seen(value: object) -> None:
    assert is_missing(value)


@pytest.mark.parametrize("value", [0, "", False, [], 0.0, Decimal(0), "nan", {}])
def test_what_is_there_is_not_missing(value: object) -> None:
    assert not is_missing(value)


@pytest.mark.parametrize(
    "several",
    [
        ["a", "b"],
        ("a", "b"),
        np.array(["a", "b"]),
        np.array(["a", "b"], dtype=object),
        pd.Series(["a", "b"]),
        pd.Series(["a", "b"], dtype="string"),
        pd.Series(["a", "b"], dtype="category"),
        pd.Index(["a", "b"]),
        pd.array(["a", "b"]),
        pa.array(["a", "b"]),
        (text for text in "ab"),
        iter(["a", "b"]),
        map(str, "ab"),
        dict.fromkeys("ab"),
        {"x": "a", "y": "b"}.values(),
    ],
)
def test_lists_of_every_kind_are_taken(several: Any) -> None:
    given = several.keys() if isinstance(several, dict) else several
    found = listed(given)
    assert found == ["a", "b"]
    assert all(type(one) is str for one in found)


@pytest.mark.parametrize(
    "other", ["ab", b"ab", {"a", "b"}, {"a": 1}, 5, None, np.array([["a"]]), pd.DataFrame({"a": []})]
)
def test_what_has_no_order_or_more_than_one_is_no_list(other: object) -> None:
    assert listed(other) is None


@pytest.mark.parametrize("value", [10, 10.0, np.int64(10), np.float32(10), Decimal(10), Fraction(20, 2), np.array(10)])
def test_whole_numbers_are_taken(value: object) -> None:
    found = as_whole("max_tokens=", value, 1)
    assert (found, type(found)) == (10, int)


@pytest.mark.parametrize(
    "value",
    [
        0, -1, 10.5, "10", True, np.bool_(True), None, float("nan"), math.inf, np.inf, pd.NA, 2**31, Decimal("NaN"),
        [10], 1j, pytest.param(10**5000, id="huge"),
    ],
)  # fmt: skip
def test_what_is_no_whole_number_from_one_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match=r"^max_tokens= must be a whole number from 1.*, not ") as caught:
        as_whole("max_tokens=", value, 1)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), Decimal("0.5"), Fraction(1, 2), np.array(0.5)])
def test_numbers_are_taken(value: object) -> None:
    found = as_number("top_p=", value, 0, 1)
    assert (found, type(found)) == (0.5, float)


@pytest.mark.parametrize(
    "value", [-0.1, 1.1, float("nan"), np.nan, -math.inf, True, "0.5", None, pd.NA, Decimal("sNaN")]
)
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match=r"^top_p= must be a number from 0 to 1, not "):
        as_number("top_p=", value, 0, 1)


def test_texts_are_taken_alone_and_in_lists() -> None:
    assert as_texts("stop=", np.str_("END")) == ("END",)
    assert as_texts("stop=", np.array(["END", "STOP"])) == ("END", "STOP")
    assert as_texts("stop=", []) == ()


@pytest.mark.parametrize(
    "value", ["", [""], ["END", ""], ["END", None], [5], 5, pd.Series(["END", pd.NA]), {"END": 1}, {"END"}]
)
def test_what_is_no_list_of_texts_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match=r"^stop= (must be a text or a list of texts, not .|holds an empty text)"):
        as_texts("stop=", value)


def test_both_halves_of_a_character_are_joined() -> None:
    assert sendable("Amt \ud83d\udc4b!") == "Amt 👋!"
    assert sendable("\x00\x1b\r\ufeff\u2028") == "\x00\x1b\r\ufeff\u2028"


@pytest.mark.parametrize("text", ["\ud83d", "Wo \udc4b ist", "\udc4b\ud83d"])
def test_half_a_character_is_refused_with_the_name(text: str) -> None:
    with pytest.raises(PromptError, match=r"not valid Unicode \(system=\)"):
        as_text("system=", text)


@pytest.mark.parametrize("value", [5, None, b"Bonn", Path("bonn.txt"), ["Bonn"], float("nan")])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="system= must be a text, not "):
        as_text("system=", value)


def test_json_holds_the_values_of_a_notebook() -> None:
    given = {
        "enum": np.array(["a", "b"]),
        "maximum": np.int64(5),
        "x": (Decimal("0.5"), None, True),
        np.str_("k"): City.BONN,
    }
    assert as_json("schema=", given) == {"enum": ["a", "b"], "maximum": 5, "x": [0.5, None, True], "k": "Bonn"}


def deep() -> dict[str, Any]:
    held: dict[str, Any] = {}
    for _ in range(5000):
        held = {"items": held}
    return held


@pytest.mark.parametrize(
    "value", [{"a": float("nan")}, {"enum": {"a"}}, {1: "a"}, {"a": "\ud83d"}, {"a": Path()}, deep()]
)
def test_what_json_has_not_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="schema="):
        as_json("schema=", value)
