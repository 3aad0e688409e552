"""The words of the package: what does not fit is told in plain English."""

import re
from pathlib import Path

HOUSE = Path(__file__).parents[1] / "workbench"

# Nobody says "x is no list" or "x is none", but "x is not a list" or "x must be a list". "There is no list" is right.
ODD = re.compile(r"(?<!here )\b(?:is|are|was|were|be) (?:no|none)\b(?! (?:better|less|longer|more|one|other)\b)")


def told(text: str) -> str:
    """A file's text in one line, as sentences go on in the next line, and comments too."""
    return " ".join(word for word in text.split() if word != "#")


def test_nothing_is_called_no_such_thing() -> None:
    files = [file for kind in ("*.py", "*.js") for file in sorted(HOUSE.rglob(kind))]
    texts = {file: told(file.read_text(encoding="utf-8")) for file in files}
    assert [
        f"{file.relative_to(HOUSE)}: {text[found.start() - 30 : found.end() + 30]}"
        for file, text in texts.items()
        for found in ODD.finditer(text)
    ] == []


def test_what_is_right_english_may_stay() -> None:
    assert ODD.search("There is no answer yet. It has no sheet. It is no longer there, and nobody is there.") is None
    assert ODD.findall("Here it is no list, and the key is none.") == ["is no", "is none"]
