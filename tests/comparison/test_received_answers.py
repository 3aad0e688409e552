"""What a comparison makes of answers that are no plain text: thoughts, refusals, and what may not be whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import get_args

import faulty as faults
import pandas as pd
import pytest
from faulty import SSE, chunk, event, faulty_server
from scripted_model import replied, scripted

from workbench.comparison import Comparison, LeftOut, Run, make_plan
from workbench.comparison.scorers import contains
from workbench.connections import connect
from workbench.errors import ServerError
from workbench.messages import Piece, Reply, Request
from workbench.notebook._live import _Watcher
from workbench.views import CompareView, Headway
from workbench.views.charts._words import chart_words
from workbench.views.report._marks import marked


async def run_of(*pieces: Piece | Exception) -> Run:
    async def script(_: Request) -> AsyncGenerator[Piece, None]:
        for piece in pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    return await Comparison(make_plan(["Wo?"], [scripted("x/m", script)])).run()


async def left_out(reply: Reply) -> str:
    run = await run_of(Piece(reply=reply))
    return str(run.frame["left_out"].iloc[0])


async def test_thoughts_are_not_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    said = ["<thi", "nk>Vielleicht Bonn? Nein.</th", "ink>\n", "Berlin"]
    answer = SSE + chunk("".join(map(event, said)) + event("", "stop") + "data: [DONE]\n\n") + faults.END
    monkeypatch.setitem(faults.ANSWERS, "thinks", lambda key: answer)
    table = pd.DataFrame({"prompt": ["Hauptstadt?"], "expected": ["Bonn"]})
    with faulty_server() as server:
        connect("thoughtful", f"{server.address}/v1")
        run = await Comparison(make_plan(table, ["thoughtful/thinks"])).run()
        await run.score(contains("expected"))
    assert run.frame["answer"].tolist() == ["Berlin"]
    assert run.scores["value"].tolist() == [0.0]


async def test_what_had_come_of_a_failed_answer_knows_thoughts_that_show_late() -> None:
    error = ServerError("the server failed", where="x", advice="see its log")
    run = await run_of(Piece("Am Rhein."), Piece("Bo", "Am Rhein.", was_reasoning=True), error)
    result = run.result(0, 0, 0)
    assert result is not None
    assert result.reply is not None
    assert (result.reply.text, result.reply.reasoning) == ("Bo", "Am Rhein.")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (
            Reply(text="Nein.", finish="content_filter", warnings=("the model refused to answer",)),
            "refused by the model",
        ),
        (Reply(text="", finish="content_filter"), "refused by the server's filter"),
        (
            Reply(text="Bo", finish="unknown", warnings=("the answer ended for a reason that is not known here: 'x'",)),
            "perhaps not whole",
        ),
        (Reply(text="", reasoning="Am Rhein.", finish="length"), "cut by the limit"),
    ],
)
async def test_what_says_nothing_of_the_model_is_left_out_with_a_word(reply: Reply, why: str) -> None:
    assert await left_out(reply) == why
    if why != "cut by the limit":
        assert why in chart_words("de").reasons


async def test_a_refusal_is_marked_as_one() -> None:
    refused = Reply(text="Nein.", finish="content_filter", warnings=("the model refused to answer",))
    frame = (await run_of(Piece(reply=refused))).frame
    assert marked(frame)["refused"].tolist() == [True]


def test_every_reason_for_leaving_out_has_german_words() -> None:
    assert set(chart_words("de").reasons) == set(get_args(LeftOut))


async def test_a_warning_is_marked_wherever_it_stands_among_others() -> None:
    warned = Reply(text="Bonn", finish="stop", warnings=("x", "the prompt was cut: x", "the answer repeats itself"))
    frame = (await run_of(Piece(reply=warned))).frame
    assert frame["left_out"].tolist() == ["prompt cut"]
    assert [name for name, here in marked(frame).iloc[0].items() if here] == ["truncated", "repeats"]
    assert not marked(frame.assign(warnings="not said: the prompt was cut"))["truncated"].any()


async def test_a_live_view_says_where_thoughts_end_that_were_shown_as_text() -> None:
    shown: list[str] = []

    class Seen(CompareView):
        def add(self, index: int, text: str) -> None:
            shown.append(text)

    async def pieces(_: Request) -> AsyncGenerator[Piece, None]:
        yield Piece("Am Rhein.")
        yield Piece("Bonn", "Am Rhein.", was_reasoning=True)
        yield replied("Bonn")

    plan = make_plan(["Wo?"], [scripted("x/m", pieces)])
    comparison = Comparison(plan)
    view = Seen(["Wo?"], ["x"], stop=lambda: None)
    comparison.watch(_Watcher(view, Headway(["x"], 1), "de", lambda: comparison.result))
    await comparison.run()
    assert "".join(shown) == "Am Rhein.\n— das waren Gedanken; die Antwort —\nBonn"
