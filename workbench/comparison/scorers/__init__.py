"""Scorers: what says of an answer how good it is, and of two answers which is better."""

from workbench.comparison.scorers._judge import judge
from workbench.comparison.scorers._matching import contains, exact, regex
from workbench.comparison.scorers._number import number
from workbench.comparison.scorers._overlap import bleu, chrf, rouge_l
from workbench.comparison.scorers._perplexity import perplexity
from workbench.comparison.scorers._referee import pairwise, referee
from workbench.comparison.scorers._similarity import similarity
from workbench.comparison.scorers._structure import fields, schema
from workbench.comparison.scorers._tools import tool_calls
from workbench.comparison.scoring._function import as_scorer
from workbench.comparison.scoring._score_rows import named_apart, score_rows
from workbench.comparison.scoring._votes import Referee, Vote, pair_votes, vote_table

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
