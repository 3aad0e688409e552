"""What a crate says of itself: a Process Run Crate, as RO-Crate 1.1 has it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from workbench.comparison.card._card import CandidateCard, RunCard
from workbench.comparison.crate._members import CARD, FORMAT, JOURNAL, LINES, LOCK, METADATA, VERSION

_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_ROCRATE = "https://w3id.org/ro/crate/1.1"
_KINDS = {
    LINES: ("application/jsonl", "A line for each cell, with the names of OpenTelemetry's gen_ai conventions"),
    JOURNAL: ("application/vnd.sqlite3", "Plan, answers, scores and votes, as Workbench opens them"),
    CARD: ("application/json", "Under which conditions was asked"),
    LOCK: ("text/plain", "The packages that were installed, with their fingerprints"),
}
_SAID = re.compile(rf"{FORMAT} (\d{{1,9}})")


def metadata(card: RunCard, sizes: Mapping[str, int], about: str) -> bytes:
    """The metadata of a crate.

    Args:
        card: Under which conditions was asked.
        sizes: The bytes of each of its files.
        about: What was asked, in a line.
    """
    models = [_model(number, one) for number, one in enumerate(card.candidates)]
    files = [_file(name, size) for name, size in sizes.items()]
    graph: list[dict[str, Any]] = [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "conformsTo": {"@id": _ROCRATE},
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "identifier": f"{FORMAT} {VERSION}",
            "name": "A comparison of language models",
            "description": about,
            "datePublished": card.ended or card.begun,
            "license": "Of prompts and answers, as whoever hands this on says",
            "conformsTo": {"@id": _PROFILE},
            "hasPart": [{"@id": name} for name in sizes],
            "mentions": {"@id": "#run"},
        },
        {"@id": _PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        {
            "@id": "#workbench",
            "@type": "SoftwareApplication",
            "name": "Workbench",
            "softwareVersion": card.machine.workbench,
        },
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": about,
            "instrument": {"@id": "#workbench"},
            "object": [{"@id": one["@id"]} for one in models],
            "result": [{"@id": name} for name in (LINES, JOURNAL)],
            "startTime": card.begun,
            "endTime": card.ended,
        },
        *models,
        *files,
    ]
    document = {"@context": f"{_ROCRATE}/context", "@graph": [_told(one) for one in graph]}
    return json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace")


def format_version(raw: bytes) -> int | None:
    """The version of the format in which a crate is written; None where it is not a crate of Workbench's.

    >>> format_version(metadata(RunCard(), {}, "4 cells"))
    1
    """
    try:
        graph = json.loads(raw)["@graph"]
        root = next(one for one in graph if one["@id"] == "./")
        found = _SAID.fullmatch(root["identifier"])
    except (ValueError, TypeError, LookupError, StopIteration, RecursionError):
        return None
    return int(found[1]) if found else None


def _model(number: int, card: CandidateCard) -> dict[str, Any]:
    server = f"{card.facts.product} {card.facts.version}".strip()
    return {
        "@id": f"#candidate-{number}",
        "@type": "SoftwareApplication",
        "name": card.label,
        "alternateName": card.model,
        "softwareVersion": card.facts.digest,
        "softwareRequirements": server,
    }


def _file(name: str, size: int) -> dict[str, Any]:
    kind, description = _KINDS[name]
    return {"@id": name, "@type": "File", "encodingFormat": kind, "contentSize": str(size), "description": description}


def _told(entity: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entity.items() if value not in ("", [])}
