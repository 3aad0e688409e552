"""The scorer of how sure a model was of its own answer."""

from __future__ import annotations

from math import exp

from workbench.comparison.scorers.reading._texts import identity
from workbench.comparison.scoring._scorer import Row, Score, Scorer

_LARGEST = 700.0  # e to a higher power is not a number of 64 bits


def perplexity(*, name: str = "perplexity") -> Scorer:
    """Score how unsure a model was: e to the power of minus the mean logprob of its tokens; lower is better.

    1 is certainty; 10 is as unsure as a choice among ten equally likely tokens. It says nothing of right or wrong, and
    compares only models that split texts into the same tokens.

    Args:
        name: What tables call it.

    Returns:
        The scorer; None where the reply has no logprobs. Ask for them with `wb.compare(…, logprobs=1)`.

    Source: F. Jelinek, R. Mercer, L. Bahl and J. Baker (1977), Perplexity: a Measure of the Difficulty of Speech
    Recognition Tasks.

    >>> from workbench.comparison.scoring._scorer import Row
    >>> from workbench.messages import Reply, Token
    >>> sure = Reply(text="Bonn", finish="stop", logprobs=(Token("Bo", 0.0), Token("nn", 0.0)))
    >>> perplexity()(Row(0, "Wo?", "m", 0, sure))
    Score(value=1.0, note='')
    """

    def score(row: Row) -> Score:
        tokens = row.reply.logprobs
        if not tokens:
            # 0 would do by the meaning of the option, but llama.cpp then tells nothing.
            return Score(None, "the reply has no logprobs: compare with logprobs=1, where the server knows them")
        surprise = -sum(token.logprob for token in tokens) / len(tokens)
        if not surprise <= _LARGEST:
            return Score(None, "the reply holds a token that was impossible by its own logprob")
        return Score(exp(surprise))

    return Scorer(name, score, identity("perplexity", 1), better="lower", columns=())
