"""Dialogues: every turn is answered with all in view that was said before, and nothing answered is lost."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pandas as pd
import pydantic
import pytest
from conftest import Server
from scripted_model import replied, scripted

import workbench as wb
from workbench.comparison import Comparison, Dialogue, Row, estimate, make_plan, preference_pairs
from workbench.comparison.plan._dialogue import question_text
from workbench.comparison.scorers._judging import answer_text
from workbench.connections import Model, connect
from workbench.errors import PromptError
from workbench.messages import Message, Piece, Reply, Request, ToolCall

MOVE = ("Ich ziehe um.", "Was kostet das?", "Danke!")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals go into a folder of their own."""
    monkeypatch.chdir(tmp_path)


async def counting(request: Request) -> AsyncGenerator[Piece, None]:
    """Answers with how many messages it was sent."""
    text = f"{len(request.messages)} messages"
    yield Piece(text)
    yield replied(text)


async def test_a_real_model_sees_its_own_earlier_answers(embedded: Model) -> None:
    plan = make_plan(wb.dialogue(*MOVE), embedded, system="Be brief.", max_tokens=5, temperature=0)
    run = await Comparison(plan).run()
    result = run.results[0]
    assert result.reply is not None
    sent = result.reply.sent["messages"]
    assert [message["role"] for message in sent] == ["system", *["user", "assistant"] * 2, "user"]
    assert [message["content"] for message in sent[2::2]] == [reply.text for reply in result.earlier]
    row = run.frame.iloc[0]
    assert row["answer"] == result.reply.text
    assert sum(one.usage.completion_tokens or 0 for one in result.earlier) < row["tokens"] <= 15
    assert row["total_s"] > sum(one.timing.total_s for one in result.earlier)
    assert row["dialogue"].startswith(f"▸ {MOVE[0]}\n\n{result.earlier[0].text}\n\n▸ {MOVE[1]}\n\n")
    assert run.text(0, 0, 0) in row["dialogue"]
    assert row["left_out"] == "cut by the limit"


@pytest.mark.parametrize("kind", ["ollama", "vllm"])
async def test_real_servers_answer_dialogues(kind: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(kind)
    connect("real", server.url, kind="ollama" if kind == "ollama" else "openai", key=_key(server, request))
    plan = make_plan(wb.dialogue(*MOVE), f"real/{server.model}", max_tokens=4)
    run = await Comparison(plan).run()
    assert run.counts["answered"] == 1, run.frame["error"].tolist()
    assert len(run.results[0].earlier) == 2


def _key(server: Server, request: pytest.FixtureRequest) -> str | None:
    if not server.key:
        return None
    request.getfixturevalue("monkeypatch").setenv("DIALOGUE_KEY", server.key)
    return "env:DIALOGUE_KEY"


async def test_a_dialogue_is_kept_whole_and_not_asked_again() -> None:
    asked = 0

    async def noting(request: Request) -> AsyncGenerator[Piece, None]:
        nonlocal asked
        asked += 1
        async for piece in counting(request):
            yield piece

    plan = make_plan([wb.dialogue(*MOVE), "Danke!"], scripted("x/a", noting))
    first = await Comparison(plan, name="move").run()
    again = await Comparison(plan, name="move").run()
    opened = wb.open("move")
    assert asked == 4
    assert opened.plan.prompts == (Dialogue(MOVE), "Danke!")
    assert opened.results[0].replies == first.results[0].replies
    pd.testing.assert_frame_equal(again.frame, first.frame)
    pd.testing.assert_frame_equal(opened.frame, first.frame)
    assert first.frame["dialogue"].isna().tolist() == [False, True]
    assert opened.table.iloc[0, 0] == "1 messages\n\n▸ Was kostet das?\n\n3 messages\n\n▸ Danke!\n\n5 messages"


async def test_a_fault_in_a_later_turn_keeps_what_was_answered_before() -> None:
    async def tired(request: Request) -> AsyncGenerator[Piece, None]:
        if len(request.messages) > 1:
            yield Piece("Es ko")
            raise ZeroDivisionError
        async for piece in counting(request):
            yield piece

    run = await Comparison(make_plan(wb.dialogue(*MOVE), scripted("x/a", tired)), name="tired").run()
    for result in (run.results[0], wb.open("tired").results[0]):
        assert result.status == "failed"
        assert [reply.text for reply in result.replies] == ["1 messages", "Es ko"]


async def test_a_stopped_dialogue_is_no_answered_one() -> None:
    begun = asyncio.Event()

    async def slow(request: Request) -> AsyncGenerator[Piece, None]:
        if len(request.messages) > 1:
            begun.set()
            await asyncio.sleep(60)
        async for piece in counting(request):
            yield piece

    comparison = Comparison(make_plan(wb.dialogue(*MOVE), scripted("x/a", slow)))
    running = asyncio.create_task(comparison.run())
    await begun.wait()
    comparison.stop()
    result = (await running).results[0]
    assert (result.status, [reply.text for reply in result.replies]) == ("stopped", ["1 messages", ""])


async def test_a_turn_answered_by_a_tool_call_ends_a_dialogue_with_an_error() -> None:
    async def calling(request: Request) -> AsyncGenerator[Piece, None]:
        yield Piece(reply=Reply(text="", finish="tool_calls", tool_calls=(ToolCall("1", "find", "{}"),)))

    run = await Comparison(make_plan(wb.dialogue(*MOVE), scripted("x/a", calling))).run()
    assert "turn 1 was answered by a tool call" in run.frame["error"][0]


async def test_a_watcher_sees_what_tables_show() -> None:
    class Seen:
        text = ""

        def began(self, cell: object) -> None: ...

        def piece(self, cell: object, piece: Piece) -> None:
            self.text += piece.text

        def ended(self, cell: object, result: object) -> None: ...

    comparison, seen = Comparison(make_plan(wb.dialogue(*MOVE), scripted("x/a", counting))), Seen()
    comparison.watch(seen)
    assert (await comparison.run()).text(0, 0, 0) == seen.text


async def test_functions_are_given_the_conversation() -> None:
    async def polite(prompt: list[Message]) -> str:
        return f"{prompt[-1].content} after {len(prompt) - 1}"

    run = await Comparison(make_plan(wb.dialogue(*MOVE), polite)).run()
    assert run.results[0].replies[2].text == "Danke! after 4"


def test_a_list_of_templates_makes_dialogues() -> None:
    table = pd.DataFrame({"city": ["Bonn", "Köln"]})
    plan = make_plan(table, "embedded", template=["Ich wohne in {{ city }}.", "Wo ist das Rathaus?"])
    assert plan.prompts[1] == wb.dialogue("Ich wohne in Köln.", "Wo ist das Rathaus?")
    assert plan.prompt_text(1) == "user: Ich wohne in Köln.\nuser: Wo ist das Rathaus?"


@pytest.mark.parametrize("turns", [(), ("Hallo", " "), ("Hallo", 3)])
def test_dialogues_that_cannot_be(turns: tuple[str, ...]) -> None:
    with pytest.raises(PromptError):
        wb.dialogue(*turns)


def test_half_a_character_in_a_turn_is_told_before_anything_is_asked() -> None:
    with pytest.raises(PromptError, match="not valid Unicode"):
        make_plan(wb.dialogue("Hallo", "\ud800"), "embedded")


def test_a_judge_is_shown_all_answers() -> None:
    earlier = (Reply(text="Gern.", finish="stop"),)
    row = Row(0, wb.dialogue("Guten Tag.", "Wo?"), "m", 0, Reply(text="Hier.", finish="stop"), {}, earlier)
    assert question_text(row.prompt) == "user: Guten Tag.\nuser: Wo?"
    assert answer_text(row) == "user: Guten Tag.\nassistant: Gern.\nuser: Wo?\nassistant: Hier."
    assert row.answers == ("Gern.", "Hier.")
    assert [message.content for message in row.conversation] == ["Guten Tag.", "Gern.", "Wo?"]


async def test_exports_know_dialogues(tmp_path: Path) -> None:
    from inspect_ai.log import read_eval_log_async

    async def other(request: Request) -> AsyncGenerator[Piece, None]:
        yield replied("no")

    run = await Comparison(make_plan(wb.dialogue(*MOVE), [scripted("x/a", counting), scripted("y/b", other)])).run()
    scores = await run.score(lambda row: len(row.answer))
    assert preference_pairs(run, scores) == []
    run.save(tmp_path / "out.jsonl")
    assert "3 messages" in (tmp_path / "out.jsonl").read_text()
    (sample,) = (await read_eval_log_async(run.inspect_log(tmp_path / "logs")[0])).samples or ()
    assert [message.text for message in sample.messages] == [
        *("Ich ziehe um.", "1 messages", "Was kostet das?", "3 messages", "Danke!", "5 messages")
    ]


async def test_a_difference_in_an_earlier_turn_is_one() -> None:
    async def other(request: Request) -> AsyncGenerator[Piece, None]:
        yield replied("5 messages" if len(request.messages) == 5 else "no")

    first, second = [
        await Comparison(make_plan(wb.dialogue(*MOVE), scripted("x/a", script))).run() for script in (counting, other)
    ]
    assert first.frame["answer"].equals(second.frame["answer"])
    assert first.diff(second)["change"].tolist() == ["changed"]
    assert first.diff(first)["change"].tolist() == ["same"]


async def test_a_report_shows_all_answers_and_why_a_dialogue_does_not_count(tmp_path: Path) -> None:
    async def cut_at_first(request: Request) -> AsyncGenerator[Piece, None]:
        finish = "stop" if len(request.messages) > 1 else "length"
        yield Piece(reply=Reply(text=f"answer {len(request.messages)}", finish=finish))

    run = await Comparison(make_plan(wb.dialogue(*MOVE), scripted("x/a", cut_at_first))).run()
    assert run.frame["left_out"].tolist() == ["cut by the limit"]
    page = wb.report(run, tmp_path / "report.html").read_text()
    assert '<span class="mark">cut by the limit</span>' in page
    assert all(f"answer {number}" in page for number in (1, 3, 5))


async def test_objects_of_earlier_answers_are_kept_as_such() -> None:
    class Office(pydantic.BaseModel):
        name: str

    async def forms(request: Request) -> AsyncGenerator[Piece, None]:
        yield replied('{"name": "Bauamt"}')

    run = await Comparison(make_plan(wb.dialogue(*MOVE), scripted("x/a", forms), schema=Office), name="forms").run()
    assert [reply.parsed for reply in run.results[0].replies] == [Office(name="Bauamt")] * 3


def test_a_row_without_a_turn_is_named() -> None:
    table = pd.DataFrame({"city": ["Bonn", None]})
    with pytest.raises(PromptError, match=r"a turn is empty \(prompt 2 of 2\)"):
        make_plan(table, "embedded", template=["{{ city }}", "Wo ist das Rathaus?"])


async def test_a_column_of_the_tables_own_is_told_apart() -> None:
    table = pd.DataFrame({"prompt": ["Wo?"], "dialogue": ["mine"]})
    run = await Comparison(make_plan(table, [scripted("x/a", counting), scripted("y/b", counting)])).run()
    assert run.frame["input_dialogue"].tolist() == ["mine", "mine"]


def test_an_estimate_counts_what_is_sent_again() -> None:
    whole, turns = "x" * 30, wb.dialogue("x" * 10, "x" * 20)
    found = [estimate(make_plan(prompt, "embedded", max_tokens=7)).iloc[0] for prompt in (whole, turns)]
    assert [row["answer_tokens"] for row in found] == [7, 14]
    assert [row["prompt_tokens"] for row in found] == [10, round(40 / 3 + 7)]
