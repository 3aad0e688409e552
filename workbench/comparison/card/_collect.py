"""Filling in a run card while a comparison is asked; whatever fails is missing on it, and costs no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from workbench.comparison.card._card import CandidateCard, RunCard
from workbench.comparison.plan._candidate import Candidate
from workbench.comparison.plan._identity import as_listed, candidate_identity, plain
from workbench.comparison.plan._plan import Plan
from workbench.connections import Model, aside, facts
from workbench.model_info import ModelFacts
from workbench.surroundings import Folder, Machine, folder, machine

_ANSWER_S = 15.0
# What servers call the options of `Options`.
_OUR_NAMES = {"num_predict": "max_tokens", "n_predict": "max_tokens", "num_ctx": "context"}


def now() -> str:
    """This moment in ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def known_card(plan: Plan, digests: Mapping[str, str], begun: str = "") -> RunCard:
    """The card of which only the plan is known.

    Args:
        plan: The plan.
        digests: Fingerprints of the models' files.
        begun: When it was first asked.
    """
    return RunCard(candidates=tuple(_candidate(one, digests, ModelFacts()) for one in plan.candidates), begun=begun)


async def collected_card(plan: Plan, digests: Mapping[str, str], begun: str) -> RunCard:
    """Ask the servers of a plan what they tell of themselves, and look at this machine and folder.

    Args:
        plan: The plan.
        digests: Fingerprints of the models' files, where they are known already.
        begun: When asking began.
    """
    names = list(dict.fromkeys(one.name for one in plan.candidates if isinstance(one, Model)))
    told = dict(zip(names, await asyncio.gather(*(_told(name, digests) for name in names)), strict=True))
    candidates = tuple(_candidate(one, digests, told.get(one.name, ModelFacts())) for one in plan.candidates)
    here, where = await _here()
    return RunCard(candidates=candidates, machine=here, folder=where, begun=begun)


async def _told(name: str, digests: Mapping[str, str]) -> ModelFacts:
    try:
        async with asyncio.timeout(_ANSWER_S):
            return await facts(name, digests.get(as_listed(name), ""))
    except Exception:  # noqa: BLE001 - what servers tell of themselves fails in every way, and answers do not need it
        return ModelFacts()


async def _here() -> tuple[Machine, Folder]:
    try:
        return await aside(lambda: (machine(), folder(Path())))
    except Exception:  # noqa: BLE001 - nor does what is known of this machine
        return Machine(), Folder()


def _candidate(candidate: Candidate, digests: Mapping[str, str], told: ModelFacts) -> CandidateCard:
    identity = candidate_identity(candidate, digests)
    asked = _options(identity)
    digest = told.digest or digests.get(as_listed(candidate.name), "") or str(identity.get("digest") or "")
    usual = {_OUR_NAMES.get(name, name): value for name, value in told.defaults.items()}
    seed = asked.get("seed")
    return CandidateCard(
        label=candidate.label,
        model=candidate.name,
        facts=replace(told, digest=digest),
        asked=asked,
        effective=usual | asked,
        seed=seed if isinstance(seed, int) else None,
    )


def _options(identity: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked for, as plain data."""
    options, schema = identity.get("options"), identity.get("schema")
    asked = (dict(options) if isinstance(options, Mapping) else {}) | ({"schema": schema} if schema else {})
    try:
        found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(asked, enc_hook=plain))
    except (TypeError, ValueError, RecursionError):
        return {}
    return found
