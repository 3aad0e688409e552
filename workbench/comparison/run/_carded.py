"""Collecting a run card beside the asking, and keeping it in the journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from workbench.comparison.card._card import RunCard, decode_card, encode_card
from workbench.comparison.card._collect import collected_card, known_card, now
from workbench.comparison.journal._journal import Journal
from workbench.comparison.plan._plan import Plan
from workbench.connections import aside
from workbench.errors import JournalError

_WAIT_S = 2.0  # for a server that tells of itself more slowly than it answers


def kept_card(journal: Journal) -> RunCard | None:
    """The card of what was asked last; None where none is kept. Raises JournalError."""
    kept = journal.card()
    with journal.understood():
        return None if kept is None else decode_card(kept)


@asynccontextmanager
async def carded(
    plan: Plan,
    digests: Mapping[str, str],
    journal: Journal | None,
    tell: Callable[[RunCard], object],
    is_stopped: Callable[[], bool],
) -> AsyncIterator[None]:
    """While what is inside asks, the card is collected, told and kept; nothing that fails here costs an answer.

    Args:
        plan: What is asked.
        digests: Fingerprints of the models' files.
        journal: Where the card is kept; None where it is not.
        tell: Gets the card as far as it is known: at once, when servers have told of themselves, and at the end.
        is_stopped: Whether nobody waits any more.
    """
    begun = now()
    card = known_card(plan, digests, begun)
    tell(card)
    collecting = asyncio.create_task(_collected(plan, digests, journal, begun))
    try:
        yield
        if not is_stopped():
            await asyncio.wait([collecting], timeout=_WAIT_S)
    finally:
        if collecting.done() and not collecting.cancelled():
            card = collecting.result()
        else:
            collecting.cancel()
        card = replace(card, ended=now())
        tell(card)
        await _keep(journal, card)


async def _collected(plan: Plan, digests: Mapping[str, str], journal: Journal | None, begun: str) -> RunCard:
    card = await collected_card(plan, digests, begun)
    await _keep(journal, card)
    return card


async def _keep(journal: Journal | None, card: RunCard) -> None:
    if journal is not None:
        with suppress(JournalError):
            await aside(lambda: journal.keep_card(card.begun, encode_card(card)))
