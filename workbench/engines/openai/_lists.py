"""The models and the vectors that compatible servers give, in the shapes that are about."""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Sequence
from typing import Any

from workbench.engines.answer import _loosely
from workbench.model_info import Capabilities, ModelInfo

_CONTEXTS = (
    "max_model_len",
    "loaded_context_length",
    "context_length",
    "context_window",
    "max_context_length",
    "n_ctx",
)
_FLOAT_BYTES = 4


def models_in(value: object) -> list[ModelInfo] | None:
    """The models of a list; None where it is not a list. A list without any may be null, or not there at all.

    >>> [info.name for info in models_in({"object": "list", "data": [{"id": "small"}]})], models_in({"data": None})
    (['small'], [])
    """
    if isinstance(value, dict):
        names = [name for name in ("data", "models") if name in value]
        if not names and value.get("object") != "list":
            return None
        value = next((value[name] for name in names if value[name]), None) or []
    if not isinstance(value, list):
        return None
    found = [_info(entry if isinstance(entry, dict) else {"id": entry}) for entry in value]
    named = [info for info in found if info.name]
    return None if value and not named else named


def _info(entry: dict[str, Any]) -> ModelInfo:
    meta = entry["meta"] if isinstance(entry.get("meta"), dict) else {}
    contexts = (_loosely.count(place.get(name)) for name in _CONTEXTS for place in (entry, meta))
    return ModelInfo(
        name=next((name for name in map(_loosely.word, map(entry.get, ("id", "name", "model"))) if name), ""),
        size_bytes=_loosely.count(meta.get("size")),
        quantization=_loosely.word(meta.get("ftype")),
        loaded=True,
        capabilities=Capabilities(chat=True, context=next((context for context in contexts if context), None)),
        adapter_of=_loosely.word(entry.get("parent")),
        # A vLLM serves one model under all its names, and adapters of it; others may load what they list on demand.
        resident=entry.get("owned_by") == "vllm",
    )


def vectors_in(value: object, texts: int) -> list[list[float]] | None:
    """The vectors of as many texts, in their order; None where it holds none, or another number of them.

    >>> vectors_in({"data": [{"index": 1, "embedding": [0.3]}, {"index": 0, "embedding": "AACAPw=="}]}, 2)
    [[1.0], [0.3]]
    """
    listed = _listed(value)
    if listed is None or len(listed) != texts:
        return None
    order = [_loosely.count(entry.get("index")) if isinstance(entry, dict) else None for entry in listed]
    if sorted(order, key=lambda number: -1 if number is None else number) == list(range(texts)):
        listed = [entry for _, entry in sorted(zip(order, listed, strict=True), key=lambda pair: pair[0] or 0)]
    found = [_vector(entry.get("embedding") if isinstance(entry, dict) else entry) for entry in listed]
    vectors = [vector for vector in found if vector]
    return vectors if len(vectors) == texts else None


def _listed(value: object) -> list[Any] | None:
    """What there is for each text, wherever it stands."""
    if isinstance(value, dict):
        held = next((value[name] for name in ("data", "embeddings", "embedding") if value.get(name)), None)
        if isinstance(held, dict):  # of one kind of numbers among several
            held = next(iter(held.values()), None)
        value = held
    if isinstance(value, list) and value and isinstance(value[0], int | float):
        return [value]
    return value if isinstance(value, list) else None


def _vector(value: object) -> list[float] | None:
    if isinstance(value, str):
        return _unpacked(value)
    if isinstance(value, dict):  # under the name of its kind
        value = next(iter(value.values()), None)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    if not isinstance(value, Sequence) or not all(_is_number(one) for one in value):
        return None
    return [float(one) for one in value]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _unpacked(text: str) -> list[float] | None:
    """A vector that came as base64 of its numbers of 32 bits, the lowest byte first."""
    try:
        raw = base64.b64decode(text, validate=True)
        vector = list(struct.unpack(f"<{len(raw) // _FLOAT_BYTES}f", raw))
    except (ValueError, struct.error):
        return None
    return vector if all(map(math.isfinite, vector)) else None
