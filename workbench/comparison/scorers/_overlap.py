"""Scorers of how much an answer and a reference have in common, word by word or letter by letter."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any, Literal, get_args

from workbench.arguments import as_flag
from workbench.comparison.scorers.reading._reference import as_text, best, reference
from workbench.comparison.scorers.reading._texts import identity, words
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.errors import UsageError

Tokenizer = Literal["13a", "intl", "char", "none"]


def rouge_l(expected: Any = "expected", *, name: str = "rouge_l") -> Scorer:
    """Score by ROUGE-L: how long the longest sequence of words is that answer and reference share, gaps allowed.

    The harmonic mean of its part of the answer's words and its part of the reference's (F1), from 0 to 1. Words are
    Unicode's, so that umlauts stay letters; case is overlooked, and there is no stemming. Of several references, the
    best one counts.

    Args:
        expected: A text names the column of the table that holds the reference; a list holds references for all rows.
        name: What tables call it.

    Returns:
        The scorer; None where the row has no reference, or one without words.

    Raises:
        UsageError: If `expected` is empty.

    Source: C.-Y. Lin (2004), ROUGE: A Package for Automatic Evaluation of Summaries.

    >>> from workbench.comparison.scoring._scorer import Row
    >>> from workbench.messages import Reply
    >>> row = Row(0, "?", "m", 0, Reply(text="Police kill the gunman.", finish="stop"))
    >>> rouge_l(["police killed the gunman"])(row)
    Score(value=0.75, note='')
    """
    right = reference(expected)

    def score(row: Row) -> Score:
        values = tuple(value for value in right.accepted(row) if words(as_text(value)))
        if not values:
            return right.lacking
        return Score(best(values, partial(_shared, words(row.answer))))

    told = identity("rouge_l", 2, expected=right.identity, rapidfuzz=version("rapidfuzz"))
    return Scorer(name, score, told, columns=right.columns)


def _shared(answer: list[str], wanted: str) -> float:
    from rapidfuzz.distance import LCSseq

    known = words(wanted)
    longest = LCSseq.similarity(answer, known)
    return 2 * longest / (len(answer) + len(known))


def bleu(
    expected: Any = "expected",
    *,
    tokenize: Tokenizer = "13a",
    lowercase: bool = False,
    name: str = "bleu",
) -> Scorer:
    """Score by BLEU as sacrebleu counts it for sentences, from 0 to 100: shared sequences of up to four words.

    Made for whole texts: of a short answer it says little, and the mean over answers is not the BLEU of all of them.

    Args:
        expected: As for `rouge_l`; several references are used together, as BLEU means it.
        tokenize: How sacrebleu splits words.
        lowercase: Whether case is overlooked.
        name: What tables call it.

    Returns:
        The scorer; None where the row has no reference.

    Raises:
        UsageError: If `expected` is empty, or `tokenize` or `lowercase` cannot be.

    Source: K. Papineni et al. (2002), BLEU: a Method for Automatic Evaluation of Machine Translation; as M. Post
    (2018), A Call for Clarity in Reporting BLEU Scores, counts it.

    >>> from workbench.comparison.scoring._scorer import Row
    >>> from workbench.messages import Reply
    >>> bleu(["Das Amt ist heute zu."])(Row(0, "?", "m", 0, Reply(text="Das Amt ist heute zu.", finish="stop"))).value
    100.0
    """
    if tokenize not in get_args(Tokenizer):
        raise UsageError(f"tokenize= must be one of {', '.join(get_args(Tokenizer))}, not {tokenize!r}")
    lowercase = as_flag("lowercase=", lowercase)
    from sacrebleu.metrics.bleu import BLEU

    metric = BLEU(tokenize=tokenize, lowercase=lowercase, effective_order=True)  # without it, short sentences are 0
    settings = {"tokenize": tokenize, "lowercase": lowercase}
    return _by_sacrebleu(name, "bleu", expected, metric.sentence_score, settings)


def chrf(expected: Any = "expected", *, word_order: int = 0, lowercase: bool = False, name: str = "chrf") -> Scorer:
    """Score by the overlap of letters, chrF2, as sacrebleu counts it, from 0 to 100: sequences of up to six letters.

    Kinder than BLEU to German, with its compounds and endings.

    Args:
        expected: As for `rouge_l`.
        word_order: 2 counts pairs of words too, which is called chrF++.
        lowercase: Whether case is overlooked.
        name: What tables call it.

    Returns:
        The scorer; None where the row has no reference.

    Raises:
        UsageError: If `expected` is empty, or `word_order` or `lowercase` cannot be.

    Source: M. Popović (2015), chrF: Character n-gram F-score for Automatic MT Evaluation.

    >>> from workbench.comparison.scoring._scorer import Row
    >>> from workbench.messages import Reply
    >>> chrf(["Das Amt ist heute zu."])(Row(0, "?", "m", 0, Reply(text="Das Amt ist heute zu.", finish="stop"))).value
    100.0
    """
    if type(word_order) is not int or word_order < 0:
        raise UsageError(f"word_order= must be 0, or 2 for chrF++, not {word_order!r}")
    lowercase = as_flag("lowercase=", lowercase)
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF(word_order=word_order, lowercase=lowercase)
    settings = {"word_order": word_order, "lowercase": lowercase}
    return _by_sacrebleu(name, "chrf", expected, metric.sentence_score, settings)


def _by_sacrebleu(
    name: str, kind: str, expected: Any, count: Callable[[str, list[str]], Any], settings: dict[str, Any]
) -> Scorer:
    right = reference(expected)

    def score(row: Row) -> Score:
        values = [as_text(value) for value in right.accepted(row)]
        if not values:
            return right.lacking
        # Sums of logarithms leave 100.00000000000004 for equal texts.
        return Score(min(100.0, count(row.answer, values).score))

    told = identity(kind, 1, expected=right.identity, sacrebleu=version("sacrebleu"), **settings)
    return Scorer(name, score, told, columns=right.columns)
