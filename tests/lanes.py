"""Which tests may run beside which: `make test` runs two at a time.

One lane is for pages, and one for what asks real servers or measures time, as two of those would disturb each other;
the first lets the other go before it. Tests of agents, connections and magics that ask no server, a file
each, and notebooks as they run on one server are lanes of their own, which are taken up by whoever is done first.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

PAGES = "pages"
SERVERS = "servers"

_PAGES = (
    "tests/browser/", "tests/binder/", "tests/cli/", "tests/comparison/", "tests/conversation/", "tests/make/",
    "tests/notebooks/", "tests/views/", "tests/test_", "workbench/",
)  # fmt: skip
_ASK_SERVERS = (
    *(f"tests/browser/test_{name}.py" for name in ("panel", "pull")),
    "tests/cli/test_cli.py",
    *(f"tests/comparison/test_{name}.py" for name in ("card", "cluster", "crate", "dialogue", "flight", "journal")),
    *(f"tests/comparison/test_{name}.py" for name in ("rerun", "rows", "scorers_similarity")),
)
_RUNS = "test_a_notebook_runs_on_"
_MAY_ASK_NOBODY = ("tests/agents/", "tests/connections/", "tests/magics/")
_SERVERS_FIXTURES = re.compile(
    r"\b(?:(?:each|oldest|private)_ollama|ollama|(?:plain_)?vllm|litellm|on_\w+|each|toxiproxy|registry)\b *[:,)]"
)
_ROOT = Path(__file__).parents[1]


def lane_of(nodeid: str) -> str:
    """The lane of a test."""
    file, _, test = nodeid.partition("::")
    if file.startswith("tests/notebooks/") and test.startswith(_RUNS):
        return test.partition("[")[0]
    if file.startswith(_PAGES) and not file.startswith(_ASK_SERVERS):
        return PAGES
    return file if file.startswith(_MAY_ASK_NOBODY) and not _names_servers(file) else SERVERS


@cache
def _names_servers(file: str) -> bool:
    """Whether a test of a file takes a fixture of a real server; in doubt it is taken to."""
    return bool(_SERVERS_FIXTURES.search((_ROOT / file).read_text(encoding="utf-8")))
