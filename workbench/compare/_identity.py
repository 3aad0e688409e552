"""What makes a cell the same as one that was asked before: all that its answer depends on, as a fingerprint."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

import msgspec
import pydantic

from workbench.compare._candidate import Candidate
from workbench.compare._dialogue import Dialogue, Question
from workbench.compare._plan import Cell, Plan
from workbench.compare._values import as_text
from workbench.connections import Model, as_json_schema, as_messages
from workbench.errors import WorkbenchError
from workbench.messages import ModelInfo

_KEY_BYTES = 16
_PROMPT_BYTES = 36  # a SHA-256, and how often the same prompt came before
_LATEST = ":latest"


class Keys:
    """The keys of the cells of a plan: equal where the same is asked of the same model.

    Neither the label of a candidate nor the place of a prompt in its list counts, so that renaming and sorting ask
    nothing anew. A prompt that is in the list twice is two questions.

    Args:
        plan: The plan.
        digests: Fingerprints of the models' files by "connection/model", where the servers tell them.

    >>> from workbench.compare import make_plan
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
    return [(message.role, message.content, message.tool_calls) for message in as_messages(prompt)]


def candidate_identity(candidate: Candidate, digests: Mapping[str, str]) -> Mapping[str, Any]:
    """All of a candidate that its answers depend on, as plain data."""
    if not isinstance(candidate, Model):
        return candidate.identity
    return {
        "model": candidate.name,
        "digest": digest(candidate, digests),
        "system": candidate.system,
        "schema": candidate.schema and as_json_schema(candidate.schema),
        "options": candidate.options.asked(),
    }


def digest(asked: Model, digests: Mapping[str, str]) -> str:
    """The fingerprint of a model's files, "" where its server tells none."""
    return digests.get(as_listed(asked.name), "")


def as_listed(name: str) -> str:
    """The name under which `listed_models` gives a model: Ollama lists `small:latest` for what may be asked as `small`.

    >>> as_listed("ollama/small:latest")
    'ollama/small'
    """
    return name.removesuffix(_LATEST)


def said_key(name: str, identity: str, given: Mapping[str, Any]) -> bytes:
    """The key of what is said of an answer by a scorer or a referee.

    Args:
        name: What it is called.
        identity: All that it depends on, the version of its model included.
        given: What the table gives it, by column.
    """
    return _hash([name, identity, {column: as_text(value) for column, value in given.items()}])[:_KEY_BYTES]


async def model_digests(asked: Iterable[Candidate | None]) -> dict[str, str]:
    """Ask the server of each model once for the fingerprints of all its models; one that does not answer tells none.

    Returns:
        The fingerprints by "connection/model", without `:latest`.
    """
    return digests_of(await listed_models(asked))


def digests_of(listed: Mapping[str, ModelInfo]) -> dict[str, str]:
    """The fingerprints of models as `listed_models` gives them, where they are told."""
    return {name: info.digest for name, info in listed.items() if info.digest}


async def listed_models(asked: Iterable[Candidate | None]) -> dict[str, ModelInfo]:
    """Ask the server of each model once what it lists; one that does not answer lists nothing.

    Returns:
        All its models by "connection/model", without `:latest`.
    """
    engines = {one.connection: one.engine for one in asked if isinstance(one, Model)}

    async def told(connection: str) -> dict[str, ModelInfo]:
        try:
            listed = await engines[connection].models()
        except WorkbenchError:
            return {}
        return {as_listed(f"{connection}/{info.name}"): info for info in listed}

    found: dict[str, ModelInfo] = {}
    for one in await asyncio.gather(*map(told, engines)):
        found |= one
    return found


def plain(value: Any) -> Any:
    """What msgspec does not know, as plain data."""
    if isinstance(value, pydantic.BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    return repr(value)


def _hash(value: Any) -> bytes:
    return hashlib.sha256(msgspec.json.encode(value, enc_hook=plain, order="deterministic")).digest()
