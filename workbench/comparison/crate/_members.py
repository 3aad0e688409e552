"""What a crate holds, by name, and what it says it is."""

from __future__ import annotations

FORMAT = "workbench run"
VERSION = 1
SUFFIX = ".zip"
METADATA = "ro-crate-metadata.json"
LINES = "run.jsonl"
JOURNAL = "run.journal"
CARD = "card.json"
LOCK = "requirements.lock"
MANIFEST = "manifest-sha256.txt"

FREE = 16 << 20  # bytes of a file that may be packed as well as it goes
RATIO = 200  # how many times smaller a larger file may be packed; what is packed better is meant to fill a disk
