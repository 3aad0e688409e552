"""Which version of a model says something: scores and votes that are kept depend on it."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.comparison.journal._journal import Journal
from workbench.comparison.plan._identity import digest, model_digests
from workbench.comparison.scoring._scorer import Scorer
from workbench.comparison.scoring._votes import Referee


async def versioned_identities(journal: Journal, judging: Sequence[Scorer | Referee]) -> list[str]:
    """All that is said depends on besides what is judged: the version of the model that says it too.

    Args:
        journal: Where the fingerprints of models are kept; they count where a server does not tell its own now.
        judging: Who says it.

    Raises:
        JournalError: If the fingerprints cannot be kept.
    """
    journal.keep_digests(await model_digests(one.model for one in judging))
    digests = journal.digests()
    return [one.identity + (digest(one.model, digests) if one.model else "") for one in judging]
