"""Arguments of scorers, refused at once where they cannot be."""

from __future__ import annotations

from workbench.connections import Model
from workbench.connections import model as named
from workbench.errors import UsageError


def as_model(model: Model | str) -> Model:
    """A model, or the one of this "connection/name". Raises UsageError where it is neither.

    >>> as_model("embedded").connection
    'embedded'
    """
    if isinstance(model, str):
        return named(model)
    if not isinstance(model, Model):
        raise UsageError(
            f"{type(model).__name__} is not a model", advice='name one, such as "embedded", or give wb.model(…)'
        )
    return model
