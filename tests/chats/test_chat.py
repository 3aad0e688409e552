"""A chat with one model and with several: histories, branches, faults, and where a branch is taken on."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from scripted_model import echo, replied, scripted

import workbench as wb
from workbench.chats import Chat
from workbench.connections import Model
from workbench.errors import ConnectionUnknownError, PromptError, StreamCutError, UsageError
from workbench.messages import Message, Piece, Reply, Request


async def counting(request: Request) -> AsyncGenerator[Piece, None]:
    """Answer with the number of messages that were handed over."""
    yield Piece("heard ")
    yield replied(f"heard {len(request.messages)}")


def chat_of(**scripts: object) -> Chat:
    """A chat with models that answer by scripts, labelled by their names."""
    return wb.chat([scripted(f"own/{name}", script, label=name) for name, script in scripts.items()])  # type: ignore[arg-type]


def contents(messages: list[Message]) -> list[str]:
    return [f"{one.role}: {one.content}" for one in messages]


async def test_the_embedded_model_hears_what_was_said_before() -> None:
    chat = wb.chat("embedded", system="Du antwortest knapp.", temperature=0, max_tokens=4)
    await chat.say("Was ist ein Amt?")
    (answer,) = await chat.say("Und wo ist eines?")
    assert answer.status == "answered"
    assert answer.reply is not None
    roles = [one["role"] for one in answer.reply.sent["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert [one.role for one in chat.messages()] == [*roles, "assistant"]
    again = await wb.model("embedded").ask(chat.as_prompt(), temperature=0, max_tokens=4)
    assert again.text == answer.text
    assert chat.frame["tokens"].between(1, 4).all()


async def test_each_model_has_its_own_answers_before_it() -> None:
    chat = chat_of(echo=echo, count=counting)
    assert [one.text for one in await chat.say("Wo?")] == ["Wo?", "heard 1"]
    assert [one.text for one in await chat.say("Wer?")] == ["Wer?", "heard 3"]
    assert contents(chat.messages("echo")) == ["user: Wo?", "assistant: Wo?", "user: Wer?", "assistant: Wer?"]
    assert contents(chat.as_prompt("count")) == ["user: Wo?", "assistant: heard 1", "user: Wer?"]
    assert chat.frame[["turn", "model", "answer"]].values.tolist() == [
        [1, "echo", "Wo?"],
        [1, "count", "heard 1"],
        [2, "echo", "Wer?"],
        [2, "count", "heard 3"],
    ]


async def test_an_edited_turn_begins_a_branch_and_the_old_one_stays() -> None:
    chat = chat_of(echo=echo)
    for text in ("Wo?", "Wer?", "Wann?"):
        await chat.say(text)
    await chat.edit(2, "Wie?", name="how")
    await chat.say("Danke.")
    assert [turn.text for turn in chat.turns] == ["Wo?", "Wie?", "Danke."]
    assert [turn.text for turn in chat.branch("1").turns] == ["Wo?", "Wer?", "Wann?"]
    assert [turn.text for turn in chat.branch(2).turns] == ["Wo?", "Wie?", "Danke."]
    assert chat.branches.values.tolist() == [["1", 3, "Wann?", False], ["how", 3, "Danke.", True]]
    chat.go(chat.ways(chat.turns[1])[0])
    assert [turn.text for turn in chat.turns] == ["Wo?", "Wer?", "Wann?"]
    await chat.edit(-1, "Warum?")
    assert chat.branches["branch"].tolist() == ["1", "how", "3"]
    assert "3 turns, branch 3 of 3" in repr(chat)


async def test_a_failed_answer_is_a_row_and_can_be_asked_again() -> None:
    asked: list[Request] = []

    async def breaking(request: Request) -> AsyncGenerator[Piece, None]:
        asked.append(request)
        yield Piece("In B")
        if len(asked) == 1:
            raise StreamCutError(
                "the connection ended", advice="ask again", reply=Reply(text="In Bo", finish="unknown")
            )
        yield replied("In Bonn")

    chat = chat_of(broken=breaking, echo=echo)
    failed, whole = await chat.say("Wo?")
    assert (failed.status, failed.text, failed.problem) == ("failed", "In Bo", "the connection ended: ask again")
    assert (await chat.again())[1] is whole
    rows = chat.frame[["model", "attempt", "status", "answer"]].values.tolist()
    assert rows == [
        ["broken", 1, "failed", "In Bo"],
        ["broken", 2, "answered", "In Bonn"],
        ["echo", 1, "answered", "Wo?"],
    ]


async def test_a_model_that_answered_nothing_hears_both_turns_as_one() -> None:
    async def refusing(request: Request) -> AsyncGenerator[Piece, None]:
        if request.messages[-1].content == "Wo?":
            raise ConnectionUnknownError("gone")
        yield replied(request.messages[-1].content)

    chat = chat_of(refusing=refusing)
    await chat.say("Wo?")
    assert [one.text for one in await chat.say("Noch da?")] == ["Wo?\n\nNoch da?"]


async def test_whatever_a_model_raises_ends_its_own_answer_only() -> None:
    async def raising(request: Request) -> AsyncGenerator[Piece, None]:
        raise ValueError("two\nlines")
        yield Piece()

    broken, whole = await chat_of(raising=raising, echo=echo).say("Wo?")
    assert (broken.status, broken.problem) == ("failed", "ValueError: two lines")
    assert whole.status == "answered"


async def endless(request: Request) -> AsyncGenerator[Piece, None]:
    while True:
        yield Piece("und ")
        await asyncio.sleep(0.01)


async def test_stop_keeps_what_came() -> None:
    chat = chat_of(endless=endless, echo=echo)
    come = asyncio.Event()
    chat.watch(lambda: chat.turns[0].answers[0].text and come.set())
    saying = asyncio.create_task(chat.say("Erzähl!"))
    await asyncio.wait_for(come.wait(), 5)
    with pytest.raises(UsageError, match="still answer"):
        await chat.say("Noch etwas")
    chat.stop()
    stopped, whole = await asyncio.wait_for(saying, 5)
    assert (stopped.status, whole.status) == ("stopped", "answered")
    assert stopped.text.startswith("und ")
    assert not chat.busy
    assert contents(chat.messages("endless"))[-1] == f"assistant: {stopped.text}"


async def test_the_embedded_model_is_stopped_within_a_second() -> None:
    chat = wb.chat("embedded", max_tokens=2000, temperature=0, stop_repeats=False)
    come = asyncio.Event()
    chat.watch(lambda: chat.turns[0].answers[0].text and come.set())
    saying = asyncio.create_task(chat.say("Tell me everything about town halls, chapter by chapter."))
    await asyncio.wait_for(come.wait(), 60)
    chat.stop()
    (stopped,) = await asyncio.wait_for(saying, 1)
    assert stopped.status == "stopped"
    assert stopped.text


async def test_an_interrupted_wait_stops_the_answers() -> None:
    chat = chat_of(endless=endless)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(chat.say("Erzähl!"), 0.2)
    assert [one.status for one in chat.turns[0].answers] == ["stopped"]
    chat.stop()
    assert not chat.busy


async def test_what_was_stopped_before_it_began_is_stopped() -> None:
    chat = chat_of(endless=endless)
    saying = asyncio.create_task(chat.say("Erzähl!"))
    await asyncio.sleep(0)
    saying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saying
    assert [one.status for one in chat.turns[0].answers] == ["stopped"]
    assert not chat.busy


async def test_late_thoughts_are_told_from_the_answer() -> None:
    async def thinking(request: Request) -> AsyncGenerator[Piece, None]:
        yield Piece("Let me see")
        yield Piece(reasoning="Let me see", was_reasoning=True)
        seen.append((chat.turns[0].answers[0].text, chat.turns[0].answers[0].reasoning))
        yield Piece(reply=Reply(text="Bonn", reasoning="Let me see", finish="stop"))

    seen: list[tuple[str, str]] = []
    chat = chat_of(thinking=thinking)
    (answer,) = await chat.say("Wo?")
    assert seen == [("", "Let me see")]
    assert (answer.text, answer.reasoning) == ("Bonn", "Let me see")


async def test_thoughts_that_came_before_late_ones_are_not_lost() -> None:
    async def thinking(request: Request) -> AsyncGenerator[Piece, None]:
        yield Piece(reasoning="First. ")
        yield Piece("Second.")
        yield Piece(reasoning="Second.", was_reasoning=True)
        yield Piece("Bo")
        raise StreamCutError("the stream ended early")

    chat = chat_of(thinking=thinking)
    (answer,) = await chat.say("Wo?")
    assert (answer.status, answer.text, answer.reasoning) == ("failed", "Bo", "First. Second.")


async def test_a_branch_becomes_a_comparison() -> None:
    chat = chat_of(echo=echo, count=counting)
    await chat.say("Wo?")
    await chat.say("Wer?")
    run = await chat.compare(repeats=2)
    assert run.frame["answer"].tolist() == ["Wer?", "Wer?", "heard 3", "heard 3"]
    others = await chat.compare([scripted("own/other", counting)], answers_of="count")
    assert others.frame["answer"].tolist() == ["heard 3"]


async def test_named_models_are_compared_with_the_chats_own_settings() -> None:
    chat = wb.chat({"small": "embedded"}, system="Knapp.", max_tokens=3, temperature=0)
    await chat.say("Was ist ein Amt?")
    run = await chat.compare("embedded")
    assert run.plan.candidates[0].system == "Knapp."
    assert run.frame["answer"].tolist() == [chat.turns[0].answers[0].text]


async def test_a_branch_becomes_a_task_of_agents() -> None:
    chat = chat_of(echo=echo)
    await chat.say("Wo?")
    assert chat.as_task() == "Wo?"
    await chat.say("Wer?")
    clerk = AssistantAgent("clerk", wb.agents.client("embedded", max_tokens=3))
    session = wb.agents.session(RoundRobinGroupChat([clerk], max_turns=1), chat.as_task())
    await session.run()
    assert session.events["content"].tolist()[:3] == ["Wo?", "Wo?", "Wer?"]


@pytest.mark.parametrize(
    ("models", "options", "problem"),
    [
        ([], {}, "no model to talk to"),
        (["embedded", "embedded"], {}, "two models of the chat are called"),
        (7, {}, "must name models"),
        ([7], {}, "not a model"),
        ("embedded", {"temprature": 1}, "did you mean temperature"),
        ("embedded", {"tools": []}, "carries out no tools"),
        ("nowhere/x", {}, "nowhere"),
    ],
)
def test_a_chat_that_cannot_be_is_refused(models: object, options: dict[str, object], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        wb.chat(models, **options)  # type: ignore[arg-type]


async def test_what_cannot_be_said_is_refused_and_leaves_no_turn() -> None:
    chat = chat_of(echo=echo)
    with pytest.raises(UsageError, match="nothing was said"):
        chat.as_prompt()
    for text in ("  ", "halb \ud83d"):
        with pytest.raises(PromptError):
            await chat.say(text)
    await chat.say("Wo?")
    with pytest.raises(UsageError, match="turn="):
        await chat.edit(2, "Wer?")
    with pytest.raises(UsageError, match="counted from 1"):
        await chat.edit(0, "Wer?")
    with pytest.raises(UsageError, match="already"):
        await chat.edit(1, "Wer?", name="1")
    with pytest.raises(UsageError, match="no branch 'x'"):
        chat.branch("x")
    with pytest.raises(UsageError, match="no model 'gpu'"):
        chat.messages("gpu")
    assert len(chat.turns) == 1


def test_a_models_own_system_message_stays() -> None:
    own = scripted("own/m", echo).using(system="Eigen.")
    chat = wb.chat([own, scripted("own/n", echo)], system="Für alle.")
    systems: list[Model] = list(chat._models)
    assert [one.system for one in systems] == ["Eigen.", "Für alle."]
