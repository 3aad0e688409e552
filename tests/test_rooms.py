"""The house: no file and no room too large to be kept in mind, and CONTRIBUTING's table is the folder listing."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "workbench"
LINES = 400
MODULES = 15


def rooms_in(folder: Path) -> set[str]:
    """The names of packages that lie in a folder, each with its stroke, as the table writes them."""
    return {f"{init.parent.name}/" for init in folder.glob("*/__init__.py")}


def table() -> dict[str, str]:
    """What CONTRIBUTING's table says each room holds, by the room's name."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    chapter = text.split("\n## The rooms")[1].split("\n## ")[0]
    rows = [line.split("|")[1:3] for line in chapter.splitlines() if line.startswith("| `")]
    return {name: holds for names, holds in rows for name in re.findall(r"`([^`]+)`", names)}


def test_no_file_is_too_long() -> None:
    files = [*HOUSE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    lengths = {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8").count("\n") for file in files}
    assert {file: length for file, length in lengths.items() if length > LINES} == {}


def test_no_room_holds_too_many_modules() -> None:
    folders = {file.parent for file in HOUSE.rglob("*.py")}
    counts = {str(folder.relative_to(ROOT)): len(list(folder.glob("*.py"))) for folder in folders}
    assert {folder: count for folder, count in counts.items() if count > MODULES} == {}


def test_the_table_of_rooms_is_the_folder_listing() -> None:
    listing = {file.name for file in HOUSE.glob("*.py")} | rooms_in(HOUSE) | {"jupyter/"}
    assert set(table()) == listing


def test_the_table_names_every_room_inside_a_room() -> None:
    told = {room: set(re.findall(r"`(\w+/)`", holds)) for room, holds in table().items() if room != "jupyter/"}
    there = {room: rooms_in(HOUSE / room) for room in told}
    assert told == there
