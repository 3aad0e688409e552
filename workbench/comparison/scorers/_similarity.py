"""The scorer of meaning: how near an answer is to a reference in the space of an embedding model."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

import numpy as np

from workbench.comparison.scorers._arguments import as_model
from workbench.comparison.scorers.reading._reference import as_text, reference
from workbench.comparison.scorers.reading._texts import identity
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.connections import Model

_KEPT = 2000  # vectors; of 1024 numbers each they take 16 MB


def similarity(model: Model | str, expected: Any = "expected", *, name: str = "similarity") -> Scorer:
    """Score how near answer and reference are in meaning: the cosine of their embeddings, from -1 to 1.

    It has no scale of its own: with many models, texts without anything in common still get 0.5. Compare the means of
    candidates, and take no single value for right or wrong. A contradiction ("geöffnet", "nicht geöffnet") is near.

    Args:
        model: An embedding model, or its "connection/name". Equal texts are embedded once.
        expected: A text names the column of the table that holds the reference; a list holds references for all rows,
            of which the nearest counts.
        name: What tables call it.

    Returns:
        The scorer, a coroutine function; None where the row has no reference, or the answer is empty.

    Raises:
        UsageError: If `expected` is empty, `model` is not a model, or there is no such connection.
        EngineError: By the scorer, if the texts cannot be embedded.

    Source: G. Salton, A. Wong and C. S. Yang (1975), A Vector Space Model for Automatic Indexing.

    >>> similarity("embedded").name
    'similarity'
    """
    right = reference(expected)
    embedder = as_model(model)
    vectors = _Vectors(embedder)

    async def score(row: Row) -> Score:
        values = right.accepted(row)
        if not values:
            return right.lacking
        if not row.answer.strip():
            return Score(None, "the answer is empty")
        answer = await vectors.of(row.answer)
        near = [float(answer @ await vectors.of(as_text(value))) for value in values]
        if not np.isfinite(near).all():
            return Score(None, f"{embedder.name} gives a text no direction")
        return Score(max(-1.0, min(1.0, max(near))))  # rounding leaves 1.0000000000000002 for equal texts

    told = identity("similarity", 1, expected=right.identity, model=embedder.name)
    return Scorer(name, score, told, model=embedder, columns=right.columns)


class _Vectors:
    """Embeddings of length 1, the last few thousand of them kept."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._kept: OrderedDict[str, np.ndarray[Any, np.dtype[np.float64]]] = OrderedDict()
        self._asking: dict[tuple[int, str], asyncio.Lock] = {}

    async def of(self, text: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The vector of a text, without any direction (NaN) where the model has only zeros for it."""
        # A lock for each text: who comes second waits for the first, and asks only if that one failed or was cancelled.
        # It belongs to one event loop, so that its key names the loop.
        key = (id(asyncio.get_running_loop()), text)
        lock = self._asking.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                if text not in self._kept:
                    self._keep(text, await self._model.embed([text]))
                self._kept.move_to_end(text)
                return self._kept[text]
        finally:
            if not lock.locked():
                self._asking.pop(key, None)

    def _keep(self, text: str, found: list[list[float]]) -> None:
        vector = np.asarray(found[0], dtype=np.float64)
        with np.errstate(invalid="ignore"):
            self._kept[text] = vector / np.linalg.norm(vector)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
