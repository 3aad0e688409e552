"""Scorers: what says of an answer how good it is, and of two answers which is better."""

from workbench.compare.scorers._function import as_scorer
from workbench.compare.scorers._judge import judge
from workbench.compare.scorers._matching import contains, exact, regex
from workbench.compare.scorers._number import number
from workbench.compare.scorers._overlap import bleu, chrf, rouge_l
from workbench.compare.scorers._perplexity import perplexity
from workbench.compare.scorers._referee import Referee, Vote, pair_votes, pairwise, referee, vote_table
from workbench.compare.scorers._rows import named_apart, score_rows
from workbench.compare.scorers._similarity import similarity
from workbench.compare.scorers._structure import fields, schema
from workbench.compare.scorers._tools import tool_calls

__all__ = [
    "Referee",
    "Vote",
    "as_scorer",
    "bleu",
    "chrf",
    "contains",
    "exact",
    "fields",
    "judge",
    "named_apart",
    "number",
    "pair_votes",
    "pairwise",
    "perplexity",
    "referee",
    "regex",
    "rouge_l",
    "schema",
    "score_rows",
    "similarity",
    "tool_calls",
    "vote_table",
]
