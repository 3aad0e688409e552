"""Where votes are kept: beside the journal of their run."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.comparison.journal._names import FOLDER
from workbench.comparison.journal._unnamed import is_unnamed
from workbench.comparison.plan._plan import Plan
from workbench.comparison.results._results import Results
from workbench.comparison.voting._vote_file import ENDING
from workbench.errors import UsageError
from workbench.texts import sha256

_NAME = re.compile(r"\w[\w .-]{0,59}")
_DIGEST = 12


def check_voter(name: str) -> None:
    """Raise UsageError for what is not a name of a voter; "" means nobody, and is allowed."""
    if name and not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise UsageError(f"voter= cannot be {name!r}", advice="give a short name of letters and digits, or none")


def votes_path(plan: Plan, results: Results, voter: str, *, kept: bool) -> Path | None:
    """The file for the votes of a person on a run, beside its journal.

    Args:
        plan: The plan of the run.
        results: Its answers.
        voter: What the person is called.
        kept: Whether votes on a run are kept that has no journal here, such as one out of a crate.

    Raises:
        UsageError: If the name cannot be one.
    """
    check_voter(voter)
    called = f" {voter}" if voter else ""
    journal = results.path and results.path.absolute()
    if journal and (journal.parent == Path(FOLDER).absolute() or is_unnamed(journal)):
        return journal.with_name(f"{journal.stem}{called}{ENDING}")
    if not kept:
        return None
    labels = [one.label for one in plan.candidates]
    asked = [plan.prompt_text(number) for number in range(len(plan.prompts))]
    return Path(FOLDER).absolute() / f"{sha256(repr((labels, asked)))[:_DIGEST]}{called}{ENDING}"
