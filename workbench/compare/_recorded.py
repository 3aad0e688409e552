"""Results and plans as bytes in a journal, and back."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pandas as pd

from workbench import errors
from workbench.compare._candidate import Candidate, Recorded
from workbench.compare._dialogue import Dialogue, Question
from workbench.compare._identity import candidate_identity, plain
from workbench.compare._plan import Cell, Plan
from workbench.compare._result import Result
from workbench.connections import as_messages
from workbench.errors import EngineError, WorkbenchError
from workbench.messages import Message, Reply


class _Failure(msgspec.Struct):
    kind: str
    what: str
    where: str = ""
    advice: str = ""


class _Kept(msgspec.Struct, omit_defaults=True):
    reply: Reply | None = None
    failure: _Failure | None = None
    tries: int = 1
    earlier: tuple[Reply, ...] = ()


class _Candidate(msgspec.Struct):
    label: str
    name: str
    identity: dict[str, Any]


class _Dialogue(msgspec.Struct):
    turns: tuple[str, ...]


class _Plan(msgspec.Struct):
    prompts: list[str | list[Message] | _Dialogue]
    candidates: list[_Candidate]
    repeats: int
    digests: dict[str, str]
    table: bytes | None = None


_encode = msgspec.json.Encoder(enc_hook=plain, order="deterministic").encode
_kept = msgspec.json.Decoder(_Kept).decode
_plan = msgspec.json.Decoder(_Plan).decode


def encode_result(result: Result) -> bytes:
    """A result without its cell, which its key stands for."""
    error = result.error
    failure = None
    if isinstance(error, WorkbenchError):
        failure = _Failure(type(error).__name__, error.what, error.where, error.advice)
    elif error is not None:
        failure = _Failure(type(error).__name__, f"{type(error).__name__}: {error}")
    return _encode(_Kept(result.reply, failure, result.tries, result.earlier))


def kept_result(result: Result) -> tuple[Result, bytes]:
    """A result, and how it is kept; one that cannot be written down becomes a failure that says so."""
    try:
        return result, encode_result(result)
    except (TypeError, ValueError, RecursionError) as error:
        told = EngineError(f"the answer cannot be kept: {error}", advice="give valid Unicode and plain data")
    result = Result(result.cell, error=told, tries=result.tries)
    return result, encode_result(result)


def decode_result(kept: bytes, cell: Cell, candidate: Candidate) -> Result:
    """The result of a cell. An error of another library comes back as an EngineError of the same words.

    >>> cell, candidate = Cell(0, 0, 0, 0), Recorded("m", "gpu/m", {})
    >>> decode_result(encode_result(Result(cell, Reply(text="Ja", finish="stop"))), cell, candidate).reply.text
    'Ja'
    """
    found = _kept(kept)
    reply = found.reply and _typed(found.reply, candidate.schema)
    earlier = tuple(_typed(one, candidate.schema) for one in found.earlier)
    return Result(cell, reply, _error(found.failure, reply), found.tries, earlier)


def _typed(reply: Reply, schema: object) -> Reply:
    """The reply with its object as an instance of the schema's class again."""
    if reply.parsed is None or not isinstance(schema, type):
        return reply
    return replace(reply, parsed=schema.model_validate(reply.parsed))  # type: ignore[attr-defined]


def encode_plan(plan: Plan, digests: Mapping[str, str]) -> bytes:
    """A plan with all that is needed to read its results without its servers."""
    return _encode(
        _Plan(
            list(map(_kept_prompt, plan.prompts)),
            [
                _Candidate(candidate.label, candidate.name, dict(candidate_identity(candidate, digests)))
                for candidate in plan.candidates
            ],
            plan.repeats,
            dict(digests),
            None if plan.table is None else _parquet(plan.table),
        )
    )


def decode_plan(kept: bytes) -> tuple[Plan, dict[str, str]]:
    """The plan, and the fingerprints of the models' files."""
    found = _plan(kept)
    prompts: list[Question] = [Dialogue(one.turns) if isinstance(one, _Dialogue) else one for one in found.prompts]
    candidates = tuple(Recorded(one.label, one.name, one.identity) for one in found.candidates)
    table = None if found.table is None else pd.read_parquet(io.BytesIO(found.table))
    return Plan(tuple(prompts), candidates, found.repeats, table), found.digests


def _kept_prompt(prompt: Question) -> str | list[Message] | _Dialogue:
    if isinstance(prompt, str):
        return prompt
    return _Dialogue(prompt.turns) if isinstance(prompt, Dialogue) else list(as_messages(prompt))


def _error(failure: _Failure | None, reply: Reply | None) -> WorkbenchError | None:
    if failure is None:
        return None
    kind = getattr(errors, failure.kind, EngineError)
    if not issubclass(kind, WorkbenchError):
        kind = EngineError
    error: WorkbenchError = kind(failure.what, where=failure.where, advice=failure.advice)
    if isinstance(error, EngineError):
        error.reply = reply
    return error


def _parquet(table: pd.DataFrame) -> bytes:
    """A table as Parquet; a column that Parquet cannot hold is kept as text."""
    held = table.rename(columns=str)
    for name in held.columns:
        try:
            held[[name]].to_parquet()
        except (TypeError, ValueError):
            held = held.assign(**{name: held[name].map(str)})
    file = io.BytesIO()
    held.to_parquet(file, index=False)
    return file.getvalue()
