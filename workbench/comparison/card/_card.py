"""The run card: all that answers depend on besides the questions, as plain data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import msgspec
import pandas as pd

from workbench.comparison.card._shown import as_html, as_line
from workbench.model_info import ModelFacts
from workbench.surroundings import Folder, Machine

_UNKNOWN: tuple[Any, ...] = (None, "", (), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateCard:
    """What the answers of one candidate depended on.

    Attributes:
        label: The name that tables show.
        model: "connection/model", or "function/label".
        facts: What its server told: product, version, digest, quantisation, template, usual settings.
        asked: The options that were asked for, by name.
        effective: What then held, as far as it is known: the server's usual settings, with what was asked instead.
        seed: Start of the random numbers, counted up by one for each repeat; None where none was asked for.
    """

    label: str
    model: str
    facts: ModelFacts = field(default_factory=ModelFacts)
    asked: Mapping[str, Any] = field(default_factory=dict)
    effective: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCard:
    """Under which conditions a comparison was asked. What nobody told is missing.

    Attributes:
        candidates: What the answers of each candidate depended on.
        machine: From where was asked.
        folder: Where.
        begun: When asking began, in ISO 8601.
        ended: When it ended; "" where that is not known.
    """

    candidates: tuple[CandidateCard, ...] = ()
    machine: Machine = field(default_factory=Machine)
    folder: Folder = field(default_factory=Folder)
    begun: str = ""
    ended: str = ""

    @property
    def json(self) -> str:
        """The card as JSON, in the order of its fields."""
        return json.dumps(json.loads(encode_card(self)), ensure_ascii=False, indent=2)

    @property
    def values(self) -> dict[tuple[str, str], Any]:
        """All that is known, by what it is about (a candidate's label, "machine", "folder" or "run") and its name."""
        parts = [*((one.label, one) for one in self.candidates), ("machine", self.machine), ("folder", self.folder)]
        known = {(about, name): value for about, part in parts for name, value in _named(part) if name != "label"}
        return known | {("run", name): value for name in ("begun", "ended") if (value := getattr(self, name))}

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each value that is known: `about`, `field`, `value`.

        Options that were asked for and those that then held are a row each; what a server usually takes is in these.
        """
        rows = list(self._rows())
        return pd.DataFrame(rows, columns=["about", "field", "value"], dtype="string")

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        options: dict[tuple[str, str], list[str]] = {}
        for (about, name), value in self.values.items():
            group, _, option = name.partition(".")
            if not option:
                yield as_line(about), name, as_line(value)
            elif group != "defaults":
                options.setdefault((about, group), []).append(f"{option} {as_line(value)}")
        yield from ((as_line(about), group, ", ".join(told)) for (about, group), told in options.items())

    def __str__(self) -> str:
        return "\n".join(f"{about}: {name} {value}" for about, name, value in self.frame.itertuples(index=False))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return as_html(self.frame)


def encode_card(card: RunCard) -> bytes:
    """A card as JSON."""
    return msgspec.json.encode(card)


def decode_card(kept: bytes) -> RunCard:
    """The card. Raises msgspec.DecodeError for what is not a card.

    >>> decode_card(encode_card(RunCard(begun="2026-11-26"))).begun
    '2026-11-26'
    """
    return msgspec.json.decode(kept, type=RunCard)


def _named(part: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """What is known of a part, by its name; of options each by its own."""
    for one in fields(part):
        value, name = getattr(part, one.name), f"{before}{one.name}"
        if is_dataclass(value):
            yield from _named(value)
        elif isinstance(value, Mapping):
            yield from ((f"{name}.{key}", of_key) for key, of_key in value.items())
        elif value not in _UNKNOWN:
            yield name, value
