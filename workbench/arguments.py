"""What users hand over from their notebooks, as Python's own values: the one place where that is taken or refused.

A number may be one of NumPy's, a text one of pandas', a list an array, a column or a generator, and any of them may be
missing. Servers, journals and tables want Python's own. What cannot be taken without guessing is refused in one line,
before anything is sent.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from typing import Any, TypeVar

from workbench.errors import PromptError, UsageError

T = TypeVar("T")

MOST = 2**31 - 1  # what servers keep counts in
_SHOWN = 60  # characters
_DEEPEST = 64  # levels of JSON; whoever checks a schema by the schema of schemas needs a dozen calls for each
_MISSING = ("NAType", "NaTType")  # of pandas, which is not loaded for whoever does without tables


def as_python(value: Any) -> Any:
    """A value of NumPy, pandas or an enumeration as Python's own; what is neither stays as it is.

    >>> import numpy as np
    >>> as_python(np.int64(3)), as_python(np.str_("Bonn")), as_python(np.array(0.5))
    (3, 'Bonn', 0.5)
    """
    if isinstance(value, enum.Enum):
        value = value.value
    if getattr(value, "ndim", None) == 0 and callable(getattr(value, "item", None)):
        value = value.item()
    return str.__str__(value) if isinstance(value, str) else value


def is_missing(value: Any) -> bool:
    """Whether this is None, NaN, or the NA or NaT of pandas.

    >>> is_missing(None), is_missing(float("nan")), is_missing(""), is_missing(0)
    (True, True, False, False)
    """
    value = as_python(value)
    if isinstance(value, Decimal):
        return value.is_nan()  # a signalling one too, which `math.isnan` refuses
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or type(value).__name__ in _MISSING


def listed(values: Any) -> list[Any] | None:
    """The values of a list, tuple, array, column, index or generator; None for anything else.

    Sets do not count, as their order is another in every kernel, nor do texts and dicts.

    >>> listed(number for number in (1, 2)), listed({1, 2}), listed("Bonn")
    ([1, 2], None, None)
    """
    if isinstance(values, str | bytes | bytearray | Mapping | set | frozenset) or not isinstance(values, Iterable):
        return None
    if getattr(values, "ndim", 1) != 1 or hasattr(values, "model_dump"):
        return None
    own = getattr(values, "to_pylist", None)  # of Arrow, whose elements are not values of Python
    return own() if callable(own) else [as_python(one) for one in values]


def sendable(text: str) -> str:
    r"""A text as it can be sent: valid Unicode. Both halves of a character, as other languages write it, are joined.

    Raises:
        PromptError: If there is half a character in it, as a file read in the wrong encoding may hold.

    >>> sendable("Guten Tag \ud83d\udc4b") == "Guten Tag \U0001f44b"
    True
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise PromptError("the text is not valid Unicode", advice="read its file as UTF-8") from None
    return text


def as_text(name: str, value: Any) -> str:
    """A text that can be sent. Raises UsageError for anything else.

    >>> as_text("system=", "Antworte kurz.")
    'Antworte kurz.'
    """
    value = as_python(value)
    if not isinstance(value, str):
        raise UsageError(f"{name} must be a text, not {shown(value)}")
    try:
        return sendable(value)
    except PromptError as error:
        raise PromptError(error.what, where=name, advice=error.advice) from None


def as_name(name: str, value: Any) -> str:
    """A text that is not empty. Raises UsageError for anything else.

    >>> as_name("name=", "gpu/qwen3")
    'gpu/qwen3'
    """
    text = as_text(name, value)
    if not text.strip():
        raise UsageError(f"{name} is empty", advice="give a name")
    return text


def as_kind(name: str, value: Any, kind: type[T], advice: str) -> T:
    """A value of this class. Raises UsageError for anything else.

    >>> as_kind("run", 3, int, "give what `await wb.compare(…)` gives")
    3
    """
    if not isinstance(value, kind):
        raise UsageError(f"{name} must be a {kind.__name__}, not {shown(value)}", advice=advice)
    return value


def as_texts(name: str, value: Any) -> tuple[str, ...]:
    """One text, or a list of them. Raises UsageError for anything else, and for an empty one.

    >>> as_texts("stop=", "END")
    ('END',)
    """
    value = as_python(value)
    given = [value] if isinstance(value, str) else listed(value)
    if given is None or not all(isinstance(one, str) for one in given):
        raise UsageError(f"{name} must be a text or a list of texts, not {shown(value)}")
    if "" in given:
        raise UsageError(f"{name} holds an empty text", advice="leave it out")
    return tuple(as_text(name, one) for one in given)


def as_flag(name: str, value: Any) -> bool:
    """True or False. Raises UsageError for anything else.

    >>> as_flag("fold=", True)
    True
    """
    value = as_python(value)
    if not isinstance(value, bool):
        raise UsageError(f"{name} must be True or False, not {shown(value)}")
    return value


def as_whole(name: str, value: Any, least: int, most: int = MOST) -> int:
    """A whole number from `least` to `most`, of any kind that numbers come in. Raises UsageError for anything else.

    >>> as_whole("max_tokens=", 10.0, 1)
    10
    """
    number = _number(value)
    if number is None or number != int(number) or not least <= number <= most:
        is_bounded = most != MOST or (number is not None and number > most)
        bounds = f"from {least}" + (f" to {most}" if is_bounded else "")
        raise UsageError(f"{name} must be a whole number {bounds}, not {shown(value)}")
    return int(number)


def as_number(name: str, value: Any, least: float, most: float = math.inf) -> float:
    """A number from `least` to `most`, whole numbers as int. Raises UsageError for anything else.

    >>> as_number("temperature=", 0, 0), as_number("temperature=", Fraction(1, 2), 0)
    (0, 0.5)
    """
    number = _number(value)
    if number is None or not least <= number <= most:
        bounds = f"from {least:g}" + (f" to {most:g}" if most < math.inf else "")
        raise UsageError(f"{name} must be a number {bounds}, not {shown(value)}")
    return number if isinstance(number, int) else float(number)


def chosen_score(there: Sequence[str], wanted: str | None) -> str:
    """The score of this name, or the only one. Raises UsageError where there is none, or several and none is named.

    >>> chosen_score(["exact"], None)
    'exact'
    """
    offered = ", ".join(map(repr, there))
    if not there:
        raise UsageError("there are no scores", advice="score the run first: await run.score([…])")
    if wanted is None and len(there) > 1:
        raise UsageError("there are several scores", advice=f"name one of {offered}")
    if wanted is not None and as_text("scorer=", wanted) not in there:
        raise UsageError(f"there is no score {wanted!r}", advice=f"there are {offered}")
    return there[0] if wanted is None else wanted


def in_language(words: Mapping[Any, T], language: str) -> T:
    """The words of a language, out of those of all. Raises UsageError for a language that is not among them.

    >>> in_language({"en": "Stop", "de": "Anhalten"}, "de")
    'Anhalten'
    """
    if not isinstance(language, str) or language not in words:
        raise UsageError(f"language= must be {' or '.join(map(repr, words))}, not {shown(language)}")
    return words[language]


def as_json(name: str, value: Any) -> Any:
    """A value as JSON holds it. Raises UsageError for what it has not: NaN, a set, a key that is not a text.

    >>> as_json("schema=", {"enum": ("ja", "nein"), "maximum": Fraction(1, 2)})
    {'enum': ['ja', 'nein'], 'maximum': 0.5}
    """
    return _as_json(name, value, 1)


def shown(value: Any) -> str:
    """A value as errors show it, on one short line.

    >>> shown([1, 2]), shown("x" * 100)[-1]
    ('[1, 2]', '…')
    """
    try:
        text = " ".join(repr(as_python(value)).split())
    except ValueError:  # a whole number of thousands of digits
        return f"a very large {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _as_json(name: str, value: Any, level: int) -> Any:
    if level > _DEEPEST:
        raise UsageError(f"{name} is nested too deeply", advice=f"give at most {_DEEPEST} levels")
    value = as_python(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return as_text(name, value)
    if isinstance(value, Mapping):
        return {as_text(f"a key in {name}", key): _as_json(name, one, level + 1) for key, one in value.items()}
    if (number := _number(value)) is not None:
        return number if isinstance(number, int) else float(number)
    if (several := listed(value)) is not None:
        return [_as_json(name, one, level + 1) for one in several]
    raise UsageError(f"{name} holds {shown(value)}, which is not JSON", advice="give texts, numbers, lists and dicts")


def _number(value: Any) -> int | float | Fraction | None:
    """A finite number that is not a truth value; None for anything else."""
    value = as_python(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Decimal | Fraction):
        return Fraction(value) if isinstance(value, Fraction) or value.is_finite() else None
    return float(value) if isinstance(value, Real) and math.isfinite(value) else None
