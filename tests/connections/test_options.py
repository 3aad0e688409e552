"""Options that cannot be are refused before sending, and those of NumPy are Python's own, however a model is asked."""

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from advised import says_what_to_do
from scripted_model import echo, scripted

from workbench.comparison import make_plan
from workbench.connections import with_options
from workbench.errors import PromptError, UsageError
from workbench.messages import Options, Tool


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({"temperature": np.float64(0.5)}, {"temperature": 0.5}),
        ({"temperature": 0}, {"temperature": 0}),
        ({"temperature": Decimal("0.5")}, {"temperature": 0.5}),
        ({"top_p": np.float32(0.5)}, {"top_p": 0.5}),
        ({"seed": np.int64(3)}, {"seed": 3}),
        ({"seed": -1}, {"seed": -1}),
        ({"seed": 2**63 - 1}, {"seed": 2**63 - 1}),
        ({"max_tokens": 10.0}, {"max_tokens": 10}),
        ({"max_tokens": pd.Series([10, None])[0]}, {"max_tokens": 10}),
        ({"stop": "END"}, {"stop": ("END",)}),
        ({"stop": np.array(["END", "STOP"])}, {"stop": ("END", "STOP")}),
        ({"stop": []}, {}),
        ({"choice": "ja"}, {"choice": ("ja",)}),
        ({"choice": pd.Series(["ja", "nein"], dtype="string")}, {"choice": ("ja", "nein")}),
        ({"thinking": np.bool_(False)}, {"thinking": False}),
        ({"thinking": np.str_("low")}, {"thinking": "low"}),
        ({"context": np.int32(4096)}, {"context": 4096}),
        ({"logprobs": 0}, {"logprobs": 0}),
        ({"regex": "[0-9]+"}, {"regex": "[0-9]+"}),
        ({"seed": None}, {}),
        ({"thoughts": np.str_("text")}, {"thoughts": "text"}),
    ],
)
def test_values_of_notebooks_are_taken(given: dict[str, Any], taken: dict[str, Any]) -> None:
    asked = with_options(Options(), given).asked()
    assert asked == taken
    assert [type(value) for value in asked.values()] == [type(value) for value in taken.values()]


REFUSED: list[tuple[str, Any]] = [
    *[("temperature", value) for value in (float("nan"), np.nan, float("inf"), -0.1, "0.5", True, pd.NA, [0.5])],
    *[("top_p", value) for value in (1.5, -1, float("nan"), "1")],
    *[("seed", value) for value in (1.5, True, np.bool_(True), "1", 2**63, float("nan"))],
    *[("max_tokens", value) for value in (0, -1, 10.5, True, "10", 2**31, float("inf"), pd.NA, np.nan)],
    *[("context", value) for value in (0, -5, 1.5, "4096")],
    *[("logprobs", value) for value in (-1, True, 0.5)],
    *[("stop", value) for value in ("", [""], ["END", ""], ["END", None], 5, {"END": 1}, {"END"}, ["\ud83d"])],
    *[("choice", value) for value in ([""], ["ja", None], [1, 2])],
    *[("thinking", value) for value in (1, 0, 0.5, "")],
    *[("thoughts", value) for value in ("", "away", True)],
    *[("regex", value) for value in ("(", 5, "\ud83d", "(" * 5000)],
    *[("tool_choice", value) for value in (5, "\ud83d", " ")],
    *[("tools", value) for value in ([5], [Tool("now", "\ud83d", {})], [Tool("now", "", {"maximum": float("nan")})])],
]


@pytest.mark.parametrize(("name", "value"), REFUSED, ids=range(len(REFUSED)))
def test_values_that_cannot_be_are_refused_alike_in_ask_and_compare(name: str, value: Any) -> None:
    model = scripted("x/1", echo)
    told = []
    for call in (
        lambda: model.using(**{name: value}),
        lambda: make_plan("Wo?", model, **{name: value}),
        lambda: make_plan("Wo?", model, grid={name: [value]}),
    ):
        with pytest.raises(UsageError) as caught:
            call()
        told.append(str(caught.value))
    assert len(set(told)) == 1
    assert "\n" not in told[0]
    assert len(told[0]) < 250
    assert says_what_to_do(caught.value)


async def test_ask_and_stream_refuse_before_anything_is_sent() -> None:
    model = scripted("x/1", echo)
    with pytest.raises(UsageError, match="max_tokens= must be a whole number from 1, not 0"):
        await model.ask("Wo?", max_tokens=0)
    with pytest.raises(PromptError, match=r"not valid Unicode \(system=\)"):
        await anext(model.stream("Wo?", system="Sei \udc9d nett."))
    with pytest.raises(PromptError, match="not valid Unicode"):
        await model.ask("Wo \ud83d?")
    with pytest.raises(UsageError, match="system= must be a text, not 5"):
        await model.ask("Wo?", system=5)  # type: ignore[arg-type]


async def test_tokens_are_whole_numbers() -> None:
    for tokens in (5, [1.5], ["a"], [-1], None):
        with pytest.raises(UsageError, match="tokens="):
            await scripted("x/1", echo).detokenize(tokens)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["a", None], "text 2 of 2 is missing"),
        (pd.Series(["a", pd.NA], dtype="string"), "text 2 of 2 is missing"),
        (["a", 5], "text 2 of 2 must be a text, not 5"),
        (["\ud83d"], "not valid Unicode (text 1 of 1)"),
        ({"a", "b"}, "texts= must be a list of texts, not set"),
        (5, "texts= must be a list of texts, not int"),
    ],
)
async def test_what_cannot_be_embedded_is_told_with_its_number(texts: Any, said: str) -> None:
    with pytest.raises(PromptError) as caught:
        await scripted("x/1", echo).embed(texts)
    assert said in str(caught.value)
