"""Scorers that measure instead of judging: how near in meaning an answer is, and how sure its model was."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from answer_rows import row
from scripted_model import ScriptedEngine, echo

from workbench.comparison import scorers
from workbench.comparison.scoring._scorer import Row, Score, Scorer
from workbench.connections import Model
from workbench.errors import ServerError

VECTORS = {"Amt": [2.0, 0.0], "Rathaus": [3.0, 4.0], "Kuh": [0.0, 1.0], "nichts": [0.0, 0.0], "Anti": [-1.0, 0.0]}


class Embedding(ScriptedEngine):
    """An engine whose vectors can be checked by hand, and which counts how often it is asked for each."""

    def __init__(self, fails: int = 0) -> None:
        super().__init__("x", echo, 1)
        self.counts: dict[str, int] = {}
        self.fails = fails

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        await asyncio.sleep(0.001)
        for text in texts:
            self.counts[text] = self.counts.get(text, 0) + 1
        if self.fails:
            self.fails -= 1
            raise ServerError("the server failed")
        return [VECTORS[text] for text in texts]


def near(engine: Embedding, **settings: Any) -> Scorer:
    return scorers.similarity(Model("x/vectors", "vectors", engine, 1), **settings)


@pytest.mark.parametrize(
    ("answer", "expected", "cosine"),
    [
        ("Amt", "Amt", 1.0), ("Amt", "Kuh", 0.0), ("Amt", "Rathaus", 0.6), ("Amt", "Anti", -1.0),
        ("Amt", ["Kuh", "Rathaus"], 0.6), ("Amt", "nichts", None), ("nichts", "Amt", None), (" ", "Amt", None),
        ("Amt", None, None),
    ],
)  # fmt: skip
async def test_similarity_is_the_cosine_of_the_nearest_reference(answer: str, expected: Any, cosine: Any) -> None:
    score = await near(Embedding())(row(answer, expected=expected))
    assert score.value == (None if cosine is None else pytest.approx(cosine))
    assert bool(score.note) is (cosine is None)


async def test_equal_texts_are_embedded_once_even_at_the_same_time() -> None:
    engine = Embedding()
    rows = [row(answer, number=number, expected="Amt") for number, answer in enumerate(["Rathaus", "Kuh"] * 20)]
    scored = await scorers.score_rows(rows, [near(engine)], concurrency=16)
    assert engine.counts == {"Amt": 1, "Rathaus": 1, "Kuh": 1}
    assert [round(float(score.value or 0), 9) for *_, score in scored] == [0.6, 0.0] * 20


async def test_a_text_that_could_not_be_embedded_is_tried_again() -> None:
    engine = Embedding(fails=1)
    scorer = near(engine)
    rows = [row("Amt", number=number, expected="Amt") for number in range(3)]
    scored = await scorers.score_rows(rows, [scorer], concurrency=3)
    assert [score.value for *_, score in scored] == [None, pytest.approx(1), pytest.approx(1)]
    assert engine.counts == {"Amt": 2}


async def test_a_cancelled_embedding_leaves_the_text_for_the_next() -> None:
    engine = Embedding()
    scorer = near(engine)
    first = asyncio.create_task(_of(scorer, row("Amt", expected="Amt")))
    second = asyncio.create_task(_of(scorer, row("Amt", expected="Rathaus")))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).value == pytest.approx(0.6)
    with pytest.raises(asyncio.CancelledError):
        await first


async def _of(scorer: Scorer, one: Row) -> Score:
    score: Any = scorer(one)
    found: Score = await score
    return found


def test_similarity_serves_one_event_loop_after_the_other() -> None:
    engine = Embedding()
    scorer = near(engine)
    found = [asyncio.run(_of(scorer, row("Amt", expected="Rathaus"))).value for _ in range(2)]
    assert found == [pytest.approx(0.6)] * 2
    assert engine.counts == {"Amt": 1, "Rathaus": 1}


async def test_similarity_of_the_embedded_engine_says_what_to_take_instead(embedded: Model) -> None:
    scored = await scorers.score_rows([row("Amt", expected="Amt")], [scorers.similarity(embedded)])
    score = scored[0][3]
    assert score.value is None
    assert "take an embedding model" in score.note


async def test_similarity_on_a_real_server(on_oldest_ollama: Model) -> None:
    scorer = scorers.similarity(on_oldest_ollama, "expected")

    async def cosine(answer: str) -> float:
        return float((await _of(scorer, row(answer, expected="Das Rathaus ist offen."))).value or 0)

    same, like, other = [await cosine(text) for text in ("Das Rathaus ist offen.", "Das Rathaus ist auf.", "Eine Kuh.")]
    assert same == pytest.approx(1)
    assert same > like > other


async def test_perplexity_of_a_real_model_follows_its_certainty(embedded: Model) -> None:
    scorer = scorers.perplexity()

    async def unsure(prompt: str, **options: Any) -> Mapping[str, Score]:
        reply = await embedded.ask(prompt, max_tokens=12, **options)
        found = await scorers.score_rows([Row(0, prompt, "m", 0, reply)], [scorer])
        return {name: score for _, _, name, score in found}

    greedy = (await unsure("Count: 1 2 3 4 5 6 7", temperature=0, logprobs=1))["perplexity"].value
    wild = (await unsure("Count: 1 2 3 4 5 6 7", temperature=2.0, top_p=1.0, seed=3, logprobs=1))["perplexity"].value
    assert greedy is not None
    assert wild is not None
    assert 1 <= greedy < wild
    lacking = (await unsure("Count: 1 2 3", temperature=0))["perplexity"]
    assert lacking.value is None
    assert "logprobs=1" in lacking.note
