"""Results and plans as bytes in a journal, and back."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pandas as pd
import pyarrow.parquet

from workbench.comparison.plan._candidate import Candidate, SavedCandidate
from workbench.comparison.plan._dialogue import Dialogue, Question
from workbench.comparison.plan._identity import candidate_identity, plain
from workbench.comparison.plan._plan import Cell, Plan
from workbench.comparison.results._exact_values import as_text, from_text
from workbench.comparison.results._result import Result
from workbench.connections import as_messages
from workbench.errors import EngineError, UsageError
from workbench.messages import Message, Reply
from workbench.saved_errors import SavedError, read_error, saved_error
from workbench.texts import as_unicode

# More than months of asking bring: a file that claims more would have its cells counted for ever.
_MOST_CELLS = 10_000_000


class _Kept(msgspec.Struct, omit_defaults=True):
    reply: Reply | None = None
    failure: SavedError | None = None
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
    in_words: list[str] = []  # the columns of the table that hold texts of `_values`
    # Left out where there is none, so that such a plan is the same bytes as it was before templates were kept.
    template: str | tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET


_encode = msgspec.json.Encoder(enc_hook=plain, order="deterministic").encode
_kept = msgspec.json.Decoder(_Kept).decode
_plan = msgspec.json.Decoder(_Plan).decode


def encode_result(result: Result) -> bytes:
    """A result without its cell, which its key stands for."""
    return _encode(_Kept(result.reply, _failure(result), result.tries, result.earlier))


def encode_result_or_failure(result: Result) -> tuple[Result, bytes]:
    """Encode a result, and give it back with its bytes; one that cannot be written down becomes a failure that says so.

    An error whose words are not valid Unicode comes back with words that are.
    """
    failure = _failure(result)
    if failure is not None and as_unicode(str(result.error)) != str(result.error):
        result = replace(result, error=read_error(failure, result.reply))
    try:
        return result, encode_result(result)
    except (TypeError, ValueError, RecursionError) as error:
        told = EngineError(f"the answer cannot be kept: {error}", advice="give valid Unicode and plain data")
    result = Result(result.cell, error=told, tries=result.tries)
    return result, encode_result(result)


def decode_result(kept: bytes, cell: Cell, candidate: Candidate) -> Result:
    """The result of a cell. An error of another library comes back as an EngineError of the same words.

    >>> cell, candidate = Cell(0, 0, 0, 0), SavedCandidate("m", "gpu/m", {})
    >>> decode_result(encode_result(Result(cell, Reply(text="Ja", finish="stop"))), cell, candidate).reply.text
    'Ja'
    """
    found = _kept(kept)
    reply = found.reply and _typed(found.reply, candidate.schema)
    earlier = tuple(_typed(one, candidate.schema) for one in found.earlier)
    error = None if found.failure is None else read_error(found.failure, reply)
    return Result(cell, reply, error, found.tries, earlier)


def _failure(result: Result) -> SavedError | None:
    return None if result.error is None else saved_error(result.error)


def _typed(reply: Reply, schema: object) -> Reply:
    """The reply with its object as an instance of the schema's class again."""
    if reply.parsed is None or not isinstance(schema, type):
        return reply
    return replace(reply, parsed=schema.model_validate(reply.parsed))  # type: ignore[attr-defined]


def encode_plan(plan: Plan, digests: Mapping[str, str]) -> bytes:
    """A plan with all that is needed to read its results without its servers. Raises UsageError where none can be."""
    candidates = _encoded_candidates(plan, digests)
    prompts = list(map(_encoded_prompt, plan.prompts))
    if len(plan) > _MOST_CELLS:
        raise UsageError(f"a comparison of {len(plan)} cells cannot be kept", advice=f"ask at most {_MOST_CELLS}")
    try:
        table, in_words = (None, []) if plan.table is None else _encoded_table(plan.table)
        template = msgspec.UNSET if plan.template is None else plan.template
        return _encode(_Plan(prompts, candidates, plan.repeats, dict(digests), table, in_words, template))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        said = " ".join(as_unicode(str(error)).split())
        raise UsageError(
            f"this comparison cannot be kept under a name: {said}",
            advice="mend or drop what its table or its options hold, or leave name= out",
        ) from None


def asks_the_same(kept: bytes, plan: Plan, digests: Mapping[str, str]) -> bool:
    """Whether a plan that was kept asks the same of the same models, in the same order and under the same labels.

    Args:
        kept: The plan that was kept.
        plan: Another plan.
        digests: Fingerprints of the models' files now; those that no server tells now are taken as they were.
    """
    found = _plan(kept)
    known = found.digests | dict(digests)
    return _encode((found.prompts, found.candidates, found.repeats)) == _encode(
        (list(map(_encoded_prompt, plan.prompts)), _encoded_candidates(plan, known), plan.repeats)
    )


def decode_plan(kept: bytes) -> tuple[Plan, dict[str, str]]:
    """The plan, and the fingerprints of the models' files. For what is not a plan it raises errors of many kinds."""
    found = _plan(kept)
    asked = _asked(found)
    table = None if found.table is None else _decoded_table(found.table, found.in_words, len(asked.prompts))
    template = None if found.template is msgspec.UNSET else found.template
    return replace(asked, table=table, template=template), found.digests


def decode_asked(kept: bytes) -> tuple[Plan, dict[str, str]]:
    """The same without the table, which is not read. Raises as `decode_plan`."""
    found = _plan(kept)
    return _asked(found), found.digests


def _asked(found: _Plan) -> Plan:
    """The plan without its table. Raises ValueError for what no comparison asks."""
    prompts: list[Question] = [Dialogue(one.turns) if isinstance(one, _Dialogue) else one for one in found.prompts]
    candidates = tuple(SavedCandidate(one.label, one.name, one.identity) for one in found.candidates)
    count = len(prompts) * len(candidates) * found.repeats
    if not 1 <= count <= _MOST_CELLS or found.repeats < 1:
        raise ValueError(f"a plan of {len(prompts)} × {len(candidates)} × {found.repeats} cells")
    if len({one.label for one in candidates}) < len(candidates):
        raise ValueError("two candidates have the same label")
    if not all(isinstance(one.system, str | None) for one in candidates):
        raise ValueError("a system message is not a text")
    return Plan(tuple(prompts), candidates, found.repeats)


def _encoded_candidates(plan: Plan, digests: Mapping[str, str]) -> list[_Candidate]:
    return [
        _Candidate(candidate.label, candidate.name, dict(candidate_identity(candidate, digests)))
        for candidate in plan.candidates
    ]


def _encoded_prompt(prompt: Question) -> str | list[Message] | _Dialogue:
    if isinstance(prompt, str):
        return prompt
    return _Dialogue(prompt.turns) if isinstance(prompt, Dialogue) else list(as_messages(prompt))


def _encoded_table(table: pd.DataFrame) -> tuple[bytes, list[str]]:
    """A table as Parquet, and the names of the columns whose values are texts in it, as Parquet would change them."""
    held: dict[str, pd.Series[Any]] = {}
    in_words = []
    for number, name in enumerate(map(str, table.columns)):
        column = table.iloc[:, number]
        if not _is_held(column):
            column = pd.Series(list(map(as_text, column.tolist())), dtype="str")
            in_words.append(name)
        held[name] = column
    return _parquet(pd.DataFrame(held)), in_words


def _decoded_table(kept: bytes, in_words: list[str], rows: int) -> pd.DataFrame:
    """The table. Raises ValueError where it has not a row for each prompt: a small file may stand for endless rows."""
    found = pyarrow.parquet.read_metadata(io.BytesIO(kept)).num_rows
    if found != rows:
        raise ValueError(f"a table of {found} rows for {rows} prompts")
    table = pd.read_parquet(io.BytesIO(kept))
    values = {name: pd.Series(list(map(from_text, table[name])), dtype=object) for name in in_words}
    return table.assign(**values)


def _is_held(column: pd.Series[Any]) -> bool:
    """Whether a column comes back from Parquet as it was; among the objects of a mixed column it tells none apart."""
    if column.dtype == object:
        return False
    try:
        kept = pd.read_parquet(io.BytesIO(_parquet(pd.DataFrame({"held": column}))))["held"]
    except Exception:  # noqa: BLE001 - for what it does not hold, Arrow raises errors of many kinds
        return False
    return kept.dtype == column.dtype and kept.equals(column)


def _parquet(table: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    table.to_parquet(file, index=False)
    return file.getvalue()
