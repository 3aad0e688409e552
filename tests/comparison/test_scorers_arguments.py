"""Arguments of scorers that cannot be are refused at once, in one line, before anything is scored or asked."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from advised import says_what_to_do

from workbench.comparison import scorers
from workbench.comparison.scoring._scorer import Row, Scorer
from workbench.errors import UsageError


def length(row: Row) -> int:
    return len(row.answer)


WRONG: list[Callable[[Any], Any]] = [
    lambda make: make.regex(5), lambda make: make.regex(b"a"), lambda make: make.regex(column=5),
    lambda make: make.similarity(["Hallo"]), lambda make: make.similarity(None),
    lambda make: make.judge(5, "gut"), lambda make: make.judge("embedded", 5),
    lambda make: make.judge("embedded", "gut", temperature="hot"), lambda make: make.judge("embedded", "gut", name=5),
    lambda make: make.judge("embedded", "gut", scale="ab"), lambda make: make.judge("embedded", "gut", expected=pd.NA),
    lambda make: make.referee(length, "gut"), lambda make: make.referee("embedded", ["gut"]),
    lambda make: make.referee("embedded", "gut", name=" "), lambda make: make.referee("embedded", "gut", seed="x"),
    lambda make: make.number(tolerance="x"), lambda make: make.number(relative=None),
    lambda make: make.number(decimal=[","]), lambda make: make.exact(fold="no"), lambda make: make.exact(name=5),
    lambda make: make.contains(fold=1), lambda make: make.contains(None), lambda make: make.rouge_l([]),
    lambda make: make.bleu(tokenize="words"), lambda make: make.bleu(tokenize=5), lambda make: make.bleu(lowercase="x"),
    lambda make: make.chrf(word_order="2"), lambda make: make.chrf(word_order=-1),
    lambda make: make.tool_calls(5), lambda make: make.tool_calls(ordered="yes"), lambda make: make.fields(["a"]),
    lambda make: make.schema("object"), lambda make: make.schema(int), lambda make: make.perplexity(name=""),
    lambda make: make.as_scorer(length, better="more"), lambda make: make.as_scorer(length, name=5),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_arguments_of_a_wrong_kind_are_refused_in_one_line(number: int) -> None:
    with pytest.raises(UsageError) as told:
        WRONG[number](scorers)
    assert "\n" not in str(told.value)
    assert says_what_to_do(told.value)


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": None}, {"function": "length"}, {"identity": 5}, {"better": "bigger"}]
)
def test_a_scorer_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    settings = {"name": "length", "function": length, "identity": "length 1"} | wrong
    with pytest.raises(UsageError):
        Scorer(**settings)
