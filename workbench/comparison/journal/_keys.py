"""The keys under which a journal keeps what was answered and what was said of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.comparison.plan._dialogue import Dialogue, Question
from workbench.comparison.plan._identity import candidate_identity, plain
from workbench.comparison.plan._plan import Cell, Plan
from workbench.comparison.results._exact_values import as_text
from workbench.connections import as_messages

_KEY_BYTES = 16
_PROMPT_BYTES = 36  # a SHA-256, and how often the same prompt came before


class Keys:
    """The keys of the cells of a plan: equal where the same is asked of the same model.

    Neither the label of a candidate nor the place of a prompt in its list counts, so that renaming and sorting ask
    nothing anew. A prompt that is in the list twice is two questions.

    Args:
        plan: The plan.
        digests: Fingerprints of the models' files by "connection/model", where the servers tell them.

    >>> from workbench.comparison import make_plan
    >>> one, other = (make_plan(order, "embedded") for order in (["Was?", "Wo?"], ["Wo?", "Was?"]))
    >>> Keys(one, {})[one.cell(0, 0, 0)] == Keys(other, {})[other.cell(1, 0, 0)]
    True
    """

    def __init__(self, plan: Plan, digests: Mapping[str, str]) -> None:
        # Only hashes are held, one behind the other, so that memory does not grow with the length of the prompts.
        self._prompts = bytearray()
        seen: Counter[bytes] = Counter()
        for prompt in plan.prompts:
            asked = _hash(_asked(prompt))
            self._prompts += asked + seen[asked].to_bytes(4, "big")
            seen[asked] += 1
        self._candidates = [_hash(candidate_identity(candidate, digests)) for candidate in plan.candidates]

    def __getitem__(self, cell: Cell) -> bytes:
        """The key of a cell."""
        prompt = self._prompts[cell.prompt * _PROMPT_BYTES : (cell.prompt + 1) * _PROMPT_BYTES]
        parts = (prompt, self._candidates[cell.candidate], cell.repeat.to_bytes(4, "big"))
        return hashlib.blake2b(b"".join(parts), digest_size=_KEY_BYTES).digest()


def _asked(prompt: Question) -> Any:
    if isinstance(prompt, Dialogue):
        return {"turns": prompt.turns}
    return [
        (message.role, message.content, message.tool_calls, *((message.images,) if message.images else ()))
        for message in as_messages(prompt)
    ]


def said_key(name: str, identity: str, given: Mapping[str, Any]) -> bytes:
    """The key of what is said of an answer by a scorer or a referee.

    Args:
        name: What it is called.
        identity: All that it depends on, the version of its model included.
        given: What the table gives it, by column.
    """
    return _hash([name, identity, {column: as_text(value) for column, value in given.items()}])[:_KEY_BYTES]


def _hash(value: Any) -> bytes:
    return hashlib.sha256(msgspec.json.encode(value, enc_hook=plain, order="deterministic")).digest()
