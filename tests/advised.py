"""What every error of the family owes its reader."""

from workbench.errors import WorkbenchError


def says_what_to_do(error: WorkbenchError) -> bool:
    """Whether an error advises, or itself says what must be."""
    return bool(error.advice) or " must " in error.what
