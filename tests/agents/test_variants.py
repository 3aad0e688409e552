"""A team on several models as candidates of a comparison, and what each of its agents did."""

import json

import msgspec
import pandas as pd
import pytest
from agents.teams import agent, selector
from autogen_agentchat.agents import AssistantAgent, UserProxyAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat
from cassettes import tape

import workbench as wb
from workbench.agents import Limits
from workbench.agents._begin import line
from workbench.agents.variants import Answered, roles_of, swaps
from workbench.agents.variants._deeds import deeds_of
from workbench.errors import ToolCallError, UsageError
from workbench.messages import Reply

TASKS = pd.DataFrame(
    {
        "prompt": ["Where is the office in Bonn?", "Where is the office in Kiel?"],
        "calls": [
            {"clerk": [{"name": "find_office", "arguments": {"city": "Bonn"}}]},
            json.dumps({"clerk": [{"name": "find_office", "arguments": {"city": "Kiel"}}]}),
        ],
    }
)


@wb.agents.read_only
def find_office(city: str) -> str:
    "Find the address of the citizens' office of a city."
    return f"{city}, Rathausplatz 1"


def office() -> RoundRobinGroupChat:
    client = wb.agents.client("embedded", temperature=0)
    return RoundRobinGroupChat(
        [AssistantAgent("clerk", client, tools=[find_office]), AssistantAgent("writer", client)], max_turns=2
    )


def models() -> list[wb.Model]:
    return [
        wb.model("embedded", label="sober", temperature=0, max_tokens=24),
        wb.model("embedded", label="lively", temperature=1, seed=3, max_tokens=24),
    ]


async def test_a_team_is_compared_on_several_models_and_the_run_opens_again(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    candidates = wb.agents.variants(office, models())
    assert list(candidates) == ["sober", "clerk: lively", "writer: lively", "lively"]
    run = await wb.compare(TASKS, candidates, name="team")
    assert run.counts["answered"] == 8
    found = wb.roles(run, expected="calls")
    assert found["variant"].tolist() == [label for label in candidates for _ in range(2)]
    assert found["role"].tolist() == ["clerk", "writer"] * 4
    assert found["model"].tolist() == ["sober", "sober", "lively", "sober", "sober", "lively", "lively", "lively"]
    clerks = found[found["role"] == "clerk"]
    assert (clerks["tasks"] == 2).all()
    assert clerks["right_tool"].between(0, 1).all()
    assert (clerks["right_arguments"] <= clerks["right_tool"]).all()
    assert clerks["valid_calls"].dropna().eq(1).all()  # imposed calls are always valid
    first = run.result(0, 0, 0)
    assert first.reply.usage.completion_tokens == sum(one["tokens"] for one in first.reply.details["roles"].values())
    opened = wb.open("team")
    pd.testing.assert_frame_equal(wb.roles(opened), wb.roles(run))
    again = await wb.compare(TASKS, wb.agents.variants(office, models()), name="team")  # asks nobody
    assert again.frame["answer"].tolist() == run.frame["answer"].tolist()


async def test_a_score_says_which_model_suffices_for_which_role(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    def details(role: str):
        return {"roles": {one: {"model": "new" if role in (one, "all") else "old"} for one in ("a", "b")}}

    def candidate(role: str, right: set[str]):
        async def answer(prompt: str) -> Reply:
            return Reply(text="yes" if right is None or prompt in right else "no", finish="stop", details=details(role))

        return answer

    prompts = [f"task {number}" for number in range(60)]
    run = await wb.compare(
        prompts,
        {
            "old": candidate("", None),
            "a: new": candidate("a", None),
            "b: new": candidate("b", set(prompts[:20])),
            "new": candidate("all", set(prompts[:54])),
        },
    )
    await run.score(lambda row: row.answer == "yes")
    found = wb.suffices(run, margin=0.1).set_index(["role", "model"])
    assert found["suffices"].to_dict() == {("a", "new"): "yes", ("b", "new"): "no", ("all", "new"): "undecided"}
    assert found.loc[("b", "new"), "difference"] == pytest.approx(-40 / 60)
    assert found.loc[("b", "new"), "low"] < -40 / 60 < found.loc[("b", "new"), "high"]


def calls_of(role: str, *calls: tuple[str, str]) -> Reply:
    return Reply(
        text="", finish="stop", details={"roles": {role: {"model": "m", "calls": [list(one) for one in calls]}}}
    )


@pytest.mark.parametrize(
    ("made", "tool", "arguments"),
    [
        ([("find", '{"city":"Bonn"}')], 1.0, 1.0),
        ([("find", '{"city":"Kiel"}')], 1.0, 0.0),
        ([("other", '{"city":"Bonn"}')], 0.0, 0.0),
        ([("find", '{"city":"Kiel"}'), ("find", '{"city": "Bonn"}')], 1.0, 1.0),
        ([("find", "no JSON")], 1.0, 0.0),
        ([], 0.0, 0.0),
    ],
)
def test_right_calls_are_counted(made, tool: float, arguments: float) -> None:
    expected = {"clerk": [{"name": "find", "arguments": {"city": "Bonn"}}]}
    row = roles_of([Answered("v", calls_of("clerk", *made), expected)]).iloc[0]
    assert (row["right_tool"], row["right_arguments"]) == (tool, arguments)


@pytest.mark.parametrize("expected", ["{", 3, {"clerk": "find"}, {"clerk": [{"arguments": {}}]}])
def test_expected_calls_that_cannot_be_read_are_refused(expected) -> None:
    with pytest.raises(UsageError, match="expected calls"):
        roles_of([Answered("v", calls_of("clerk"), expected)])


@pytest.mark.parametrize("missing", [None, "", float("nan"), pd.NA])
def test_a_task_may_expect_nothing(missing) -> None:
    assert roles_of([Answered("v", calls_of("clerk"), missing)])["right_tool"].isna().all()


async def test_invalid_calls_and_choices_are_counted() -> None:
    def wrong(prompt: str, number: int, tools: list[str]):
        return (
            [("find_office", '{"town": 3}'), ("find_office", '{"city": "Bonn"}'), ("burn", "{}")] if tools else "done"
        )

    def choosing(prompt: str, number: int, tools: list[str]) -> str:
        return "clerk and writer, both" if number % 2 else "clerk"

    team = SelectorGroupChat(
        [agent("clerk", wrong, tools=[find_office]), agent("writer")],
        model_client=agent("any", choosing)._model_client,
        allow_repeated_speaker=True,
        termination_condition=MaxMessageTermination(5),
    )
    play = line(team, "Where?", approve="allow")
    while play.stop_reason is None:
        await play.step(deliver=True)
    found = deeds_of(play, {"clerk": "m"})
    assert list(found) == ["clerk", "writer", "manager"]
    assert len(found["clerk"].calls) == 3 * found["clerk"].turns
    assert found["clerk"].invalid_calls == 2 * found["clerk"].turns
    assert found["manager"].choices > 0
    said = [one.answer.content for turn in play.turns for one in turn.asked if one.where == "#manager/"]
    assert found["manager"].invalid_choices == sum("both" in text for text in said)
    assert found["clerk"].loops >= 1  # the same calls, turn after turn


async def test_a_call_that_failed_counts_as_invalid() -> None:
    play = line(selector(), "Go", approve="allow")
    await play.step(deliver=True)
    found = deeds_of(play, {}, ToolCallError("the arguments are no JSON"))
    assert sum(one.invalid_calls for one in found.values()) == 1


async def test_what_a_team_cannot_finish_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    def asking() -> RoundRobinGroupChat:
        return RoundRobinGroupChat([UserProxyAgent("citizen")], max_turns=3)

    candidates = {
        **wb.agents.variants(office, {"short": models()[0]}, limits=Limits(turns=1)),
        **wb.agents.variants(asking, {"asks": {}}),
    }
    run = await wb.compare(["Where is the office in Bonn?"], candidates)
    frame = run.frame.set_index("model")
    assert frame.loc["short", "finish"] == "length"
    assert "did not come to its end" in frame.loc["short", "warnings"]
    assert "waits for a person" in frame.loc["asks", "error"]


@pytest.mark.parametrize("kept", ["[1.5]", '[1.5,""]', '[1.5,"2026-11-20T08:00:00.000+00:00"]'])
async def test_a_played_team_took_what_it_took_and_says_when(tmp_path, kept: str) -> None:
    answer = wb.agents.variants(selector, {"as it is": {}})["as it is"]
    assert (await answer("Go")).recorded_at == ""
    with tape(tmp_path / "now", "record"):
        now = await answer("Go")
    assert now.recorded_at == ""
    with tape(tmp_path / "now", "replay") as playing:
        [entry] = playing.unused
        played = await answer("Go")
    assert (played.timing, played.recorded_at) == (now.timing, entry.at)
    with tape(tmp_path / "before", "record") as recording:  # as it was written at other times
        recording.add(msgspec.structs.replace(entry, value=msgspec.Raw(kept.encode())), tuple)
    with tape(tmp_path / "before", "replay"):
        played = await answer("Go")
    assert (played.timing.total_s, played.recorded_at) == (1.5, entry.at)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="function that makes the team"):
        wb.agents.variants(office(), ["embedded"])
    with pytest.raises(UsageError, match="asks no model"):
        wb.agents.variants(office, {"one": {"nobody": "embedded"}})
    with pytest.raises(UsageError, match="no model for the team"):
        wb.agents.variants(office, [])
    with pytest.raises(UsageError, match="two models"):
        wb.agents.variants(office, ["embedded", "embedded"])
    with pytest.raises(UsageError, match="holds 3"):
        wb.agents.variants(office, [3])


def test_only_single_swaps_and_whole_ones_are_told() -> None:
    def of(variant: str, **chosen: str) -> Answered:
        details = {"roles": {role: {"model": model} for role, model in chosen.items()}}
        return Answered(variant, Reply(text="", finish="stop", details=details))

    found = swaps([of("x", a="1", b="1"), of("y", a="2", b="1"), of("z", a="2", b="3"), of("w", a="2", b="2")])
    assert found == {"y": ("a", "2"), "w": ("all", "2")}
    with pytest.raises(UsageError, match="no answer is that of a team"):
        roles_of([Answered("v", Reply(text="", finish="stop"))])
