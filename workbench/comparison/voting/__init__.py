"""Blind votes of people on the answers of a run: pairs without names, kept votes, and what they say in the end."""

from workbench.comparison.voting._blind_vote import BlindVote
from workbench.comparison.voting._merged import merged_votes
from workbench.comparison.voting._pairs import Ballot
from workbench.comparison.voting._place import votes_path
from workbench.comparison.voting._standing import Standing, standing_words
from workbench.comparison.voting._tally import Tally

__all__ = ["Ballot", "BlindVote", "Standing", "Tally", "merged_votes", "standing_words", "votes_path"]
