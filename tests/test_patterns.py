"""Patterns mean what they mean to Python, and come to an end on every text."""

import re

import pytest

from workbench.patterns import PatternError, is_inside, is_whole, pattern

PATTERNS = [
    "a{e}", "x{}", "x{,}", "a{2}", "a{,2}b", "a{1,}", r"\{e\}", "[{e}]", "(?P<n>x){d<=1}", r"\N{EM DASH}|x",
    "(?i)BONN",
    "(?x) a b # {e} \n c", "(?i:X)y", r"(?a)\w+", "(?s)a.b", "a.b", r"\bBonn\b", r"(x)\1", "(?<=a)b", "a++b",
    "^b$", "(?m)^b$",
]  # fmt: skip
TEXTS = ["a{e}", "x{}", "x", "aa", "aab", "abc", "ab", "x{e}", "{e}", "bonn", "Bonn", "Xy", "xx", "ä", "a\nb", "—", ""]
HOSTILE = [
    ("^(a|aa)+$", "a" * 80 + "!"),
    (r"(.*?,){30}P", ",".join(map(str, range(40)))),
    ("(?:(a|b|ab)+)+$", "ab" * 40 + "!"),
]


@pytest.mark.parametrize("written", PATTERNS)
def test_a_pattern_matches_what_python_says(written: str) -> None:
    for text in TEXTS:
        assert is_inside(written, text) is bool(re.search(written, text)), text
        assert is_whole(written, text) is bool(re.fullmatch(written, text)), text


@pytest.mark.parametrize("flags", [re.IGNORECASE, re.MULTILINE, re.DOTALL, re.VERBOSE, re.ASCII])
def test_a_compiled_pattern_keeps_its_flags(flags: re.RegexFlag) -> None:
    for written in ("BONN", "^b$", "a.b", "a b", r"^\w$"):
        compiled = re.compile(written, flags)
        for text in TEXTS:
            assert is_inside(compiled, text) is bool(compiled.search(text)), (written, text)


@pytest.mark.parametrize(("written", "text"), HOSTILE)
def test_a_pattern_that_would_never_end_is_given_up(written: str, text: str) -> None:
    with pytest.raises(TimeoutError):
        is_inside(written, text, 0.05)
    with pytest.raises(TimeoutError):
        is_whole(written, text + "?", 0.05)


@pytest.mark.parametrize("written", ["(", "*", "(?<=a+)b", "(" * 5000 + ")" * 5000, "a{4294967296}", r"\q", "(?P<n"])
def test_what_is_no_pattern_is_told_in_one_line(written: str) -> None:
    with pytest.raises(PatternError) as caught:
        pattern(written)
    assert "\n" not in str(caught.value)
    with pytest.raises(PatternError):
        is_inside(written, "a")
