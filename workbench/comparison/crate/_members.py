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
