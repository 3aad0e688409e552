"""How an answer came about, in numbers."""

from __future__ import annotations

from typing import NamedTuple


class Figures(NamedTuple):
    """How an answer came about in numbers; None for what is not known.

    Attributes:
        first_token_s: Seconds to the first token.
        total_s: Seconds to the end.
        tokens: Tokens of the answer.
        tokens_per_s: Tokens a second.
    """

    first_token_s: float | None = None
    total_s: float | None = None
    tokens: int | None = None
    tokens_per_s: float | None = None

    @property
    def rounded(self) -> list[float | None]:
        """As the page gets them.

        >>> Figures(0.21049, 1.5, 40).rounded
        [0.21, 1.5, 40, None]
        """
        return [None if one is None else round(one, 3) for one in self]
