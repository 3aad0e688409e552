"""No false alarm on what people have written: code, licences, tables, JSON, pages, poems and a law.

And every answer is found in which the packaged model went in circles: `loops.json.xz` holds what it said to German
questions by the embedded engine: 33 at temperature 0, the others as it answers by default. Some begin sensibly.
"""

import json
import lzma
import sysconfig
from pathlib import Path

import pytest

from workbench.engines.answer._repetition import Watch

HERE = Path(__file__).parent
LIBRARY, PACKAGES = (Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib"))
LONGEST = 16_000  # characters: more than the packaged model's context holds
EACH = 50

KINDS = {
    "own fixtures": (HERE / "real_texts", "*.*"),
    "code": (LIBRARY, "*.py"),
    "headers and stubs": (PACKAGES / "numpy", "**/*.[hp]*"),
    "licences": (PACKAGES, "*.dist-info/**/LICENSE*"),
    "pages in Markdown and reStructuredText": (PACKAGES, "*.dist-info/METADATA"),
    "JSON": (PACKAGES / "jupyterlab", "**/*.json"),
    "tables": (PACKAGES / "statsmodels" / "datasets", "**/*.csv"),
    "web pages": (PACKAGES, "*/**/*.html"),
}


def read(folder: Path, pattern: str) -> dict[str, str]:
    """The beginnings of the first texts, long ones first, by their paths."""
    files = sorted((file for file in folder.glob(pattern) if file.is_file()), key=lambda file: -file.stat().st_size)
    texts: dict[str, str] = {}
    for file in files:
        if len(texts) == EACH:
            break
        try:
            texts[str(file)] = file.read_text(encoding="utf-8")[:LONGEST]
        except UnicodeDecodeError:
            continue
    return texts


@pytest.fixture(scope="module")
def texts() -> dict[str, dict[str, str]]:
    return {kind: read(*where) for kind, where in KINDS.items()}


def found_at(text: str, size: int = 16) -> int | None:
    """After how many characters it is seen that a text that comes in pieces repeats itself."""
    watch = Watch()
    for at in range(0, len(text), size):
        watch.take(text[at : at + size])
        if watch.found:
            return at + size
    return None


def test_there_are_enough_texts(texts: dict[str, dict[str, str]]) -> None:
    assert sum(map(len, texts.values())) >= 200
    assert all(texts.values()), {kind: len(found) for kind, found in texts.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_no_false_alarm(texts: dict[str, dict[str, str]], kind: str) -> None:
    assert [name for name, text in texts[kind].items() if found_at(text)] == []


def test_every_circle_of_the_packaged_model_is_found_soon() -> None:
    answers = json.loads(lzma.decompress((HERE / "loops.json.xz").read_bytes()))
    found = [(answer, found_at(answer["text"])) for answer in answers]
    assert len(answers) >= 50
    assert [answer["question"] for answer, at in found if at is None] == []
    tokens = [at * answer["tokens"] / len(answer["text"]) for answer, at in found if at and answer["temperature"] == 0]
    assert max(tokens) <= 600
