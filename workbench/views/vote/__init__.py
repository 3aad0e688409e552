"""The view of a blind vote: two answers at a time, and who was ahead once it is revealed."""

from workbench.views.vote._result import vote_result, vote_text
from workbench.views.vote._widget import VoteView, Voting
from workbench.views.vote._words import vote_words

__all__ = ["VoteView", "Voting", "vote_result", "vote_text", "vote_words"]
