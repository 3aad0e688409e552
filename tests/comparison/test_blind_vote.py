"""Blind votes: nothing tells whose answer it is until the reveal, no vote is lost, files of others are not believed."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

import workbench as wb
from workbench.comparison import Comparison, Run, make_plan
from workbench.comparison.voting import BlindVote, merged_votes, votes_path
from workbench.comparison.voting._masking import masking
from workbench.errors import UsageError, VoteFileError, WorkbenchError

PROMPTS = 12


def answering(text: str) -> Callable[[str], object]:
    async def answer(prompt: str) -> str:
        return text.replace("PROMPT", prompt)

    return answer


async def run_of(answers: dict[str, str], prompts: int = PROMPTS, name: str | None = None) -> Run:
    asked = [f"Frage {number}" for number in range(prompts)]
    models = {label: answering(text) for label, text in answers.items()}
    return await Comparison(make_plan(asked, models), name=name).run()  # type: ignore[arg-type]


async def run_of_two() -> Run:
    return await run_of({"good": "gut: PROMPT", "bad": "schlecht: PROMPT"})


def blind(run: Run, path: Path | None = None, voter: str = "") -> BlindVote:
    return BlindVote(run.plan, run.results, path=path, voter=voter, cover="▒", language="en")


def vote_all(vote: BlindVote, better: str = "gut") -> None:
    while ballot := vote.next():
        vote.choose("1" if better in ballot.first else "2")


async def test_each_voter_gets_all_pairs_in_an_order_and_on_sides_of_their_own() -> None:
    run = await run_of({"good": "gut: PROMPT", "bad": "schlecht: PROMPT", "third": "mittel: PROMPT"})
    seen = []
    for _ in range(2):
        vote, shown = blind(run), []
        while ballot := vote.next():
            shown.append((ballot.prompt, ballot.first, ballot.second))
            vote.choose("s")
        assert len({(prompt, frozenset((first, second))) for prompt, first, second in shown}) == 3 * PROMPTS
        assert len({prompt for prompt, *_ in shown[:PROMPTS]}) == PROMPTS
        assert {first.partition(":")[0] for _, first, _ in shown} == {"gut", "schlecht", "mittel"}
        seen.append(shown)
    assert seen[0] != seen[1]


async def test_nothing_is_told_before_the_reveal_and_nothing_is_taken_after_it(tmp_path: Path) -> None:
    run, path = await run_of_two(), tmp_path / "a.votes.jsonl"
    vote = blind(run, path)
    with pytest.raises(UsageError, match="there is no vote yet"):
        vote.reveal()
    vote.choose("1")
    for told in (lambda: vote.table, lambda: vote.votes, lambda: vote.tally):
        with pytest.raises(UsageError, match="not revealed yet"):
            told()
    assert "good" not in f"{vote!r} {vote.advice} {vote.next()!r}"
    again = blind(run, path)  # in another kernel
    tally = vote.reveal()
    assert tally.table["model"].tolist()[0] in ("good", "bad")
    for one in (vote, again, blind(run, path)):
        with pytest.raises(UsageError, match="takes no more votes"):
            one.choose("1")
        assert len(one.votes) == 1
    assert vote.next() is None


async def test_votes_are_kept_at_once_and_the_same_call_goes_on(tmp_path: Path) -> None:
    run, path = await run_of_two(), tmp_path / "deep" / "a.votes.jsonl"
    vote = blind(run, path)
    first = vote.next()
    vote.choose("=")
    second = vote.next()
    vote.choose("s")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"Frage" not in path.read_bytes()
    again = blind(run, path)
    assert (again.done, again.next()) == (2, vote.next())
    assert again.back() == second.__class__(2, PROMPTS, second.prompt, second.first, second.second, "s")  # type: ignore[union-attr]
    assert again.back() == first.__class__(1, PROMPTS, first.prompt, first.first, first.second, "=")  # type: ignore[union-attr]
    again.choose("2")
    assert again.done == 2
    assert again.reveal().votes["choice"].tolist() == ["s", "2"]
    assert again.table[["wins", "losses", "ties"]].to_numpy().tolist() == [[1, 0, 0], [0, 1, 0]]


async def test_two_kernels_that_begin_at_once_share_one_file(tmp_path: Path) -> None:
    run, path = await run_of_two(), tmp_path / "a.votes.jsonl"
    one, other = blind(run, path), blind(run, path)
    one.choose("1")
    other.choose("2")
    other.choose("=")
    again = blind(run, path)
    assert again.done == len(again.reveal().votes)
    assert 2 <= again.done <= 3


async def test_a_vote_on_other_answers_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "a.votes.jsonl"
    vote_all(blind(await run_of_two(), path))
    asked_anew = blind(await run_of({"good": "gut! PROMPT", "bad": "schlecht: PROMPT"}), path)
    assert asked_anew.done == 0
    with pytest.raises(UsageError, match="there is no vote yet"):
        asked_anew.reveal()


async def test_pairs_of_the_same_answer_are_left_out() -> None:
    run = await run_of({"good": "PROMPT", "same": "PROMPT \n", "bad": "schlecht: PROMPT"})
    vote = blind(run)
    assert (vote.total, vote.same) == (2 * PROMPTS, PROMPTS)
    with pytest.raises(UsageError, match="nothing to vote on: the answers of each pair are the same"):
        blind(await run_of({"good": "PROMPT", "same": "PROMPT"}))
    with pytest.raises(UsageError, match="at least two models"):
        blind(await run_of({"good": "PROMPT"}))


@pytest.mark.parametrize("choice", ["3", "", "first", "S"])
async def test_what_is_no_choice_changes_nothing(choice: str) -> None:
    vote = blind(await run_of_two())
    before = vote.next()
    with pytest.raises(UsageError, match="there is no choice"):
        vote.choose(choice)
    assert vote.next() == before


async def test_advice_says_how_many_more_votes_decide_it() -> None:
    run = await run_of_two()
    clear = blind(run)
    assert clear.advice == "No vote counts yet."
    vote_all(clear)
    assert clear.advice == "Decided: further votes would hardly change who is ahead."
    assert repr(clear.reveal()) == f"good is ahead of bad. {clear.advice.partition('. ')[2]}"
    split = blind(run)
    for number in range(8):
        ballot = split.next()
        assert ballot is not None
        split.choose("1" if ("gut" in ballot.first) == (number < 6) else "2")
    assert split.advice.startswith("Undecided: about ")
    assert "good" not in split.advice
    assert split.advice.endswith(" Here are 4 left: more prompts or more voters are needed.")


async def test_votes_of_a_class_are_put_together(tmp_path: Path) -> None:
    run = await run_of_two()
    for number in range(3):
        vote = blind(run, tmp_path / f"{number}.votes.jsonl", voter="Anna" if number < 2 else "")
        vote_all(vote, "gut" if number else "schlecht")
    copy = tmp_path / "copy.votes.jsonl"
    copy.write_bytes((tmp_path / "1.votes.jsonl").read_bytes())
    tally = merged_votes(tmp_path)
    assert sorted(tally.votes["voter"].unique()) == ["3", "Anna", "Anna (2)"]
    assert len(tally.votes) == 3 * PROMPTS
    assert tally.table.iloc[0][["model", "wins", "losses"]].tolist() == ["good", 2 * PROMPTS, PROMPTS]
    assert merged_votes([copy, str(copy)]).votes["voter"].tolist() == ["Anna"] * PROMPTS
    vote_all(blind(await run_of({"x": "gut PROMPT", "y": "PROMPT"}), tmp_path / "other.votes.jsonl"))
    with pytest.raises(UsageError, match="no model in common: nobody compared 'bad' and 'x'"):
        merged_votes(tmp_path)
    with pytest.raises(UsageError, match="there is no file of votes"):
        merged_votes([])


VOTER = {"kind": "voter", "id": "0" * 32, "name": "", "format": 1}
VOTE = {
    "kind": "vote", "prompt_id": 0, "prompt_digest": "a" * 64, "repeat": 0, "first": "a", "second": "b",
    "answers": "b" * 64, "choice": "1", "at": "2026-11-27T00:00:00+00:00",
}  # fmt: skip
REVEALED = {"kind": "revealed", "at": "2026-11-27T00:00:00+00:00"}


def lines(*of: object) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in of)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "last line is not whole"),
        (lines(VOTER, VOTE)[:-1], "last line is not whole"),
        (lines(VOTE), "does not begin with its voter"),
        (lines(VOTER, VOTER), "lines follow where none can"),
        (lines(VOTER, REVEALED, VOTE), "lines follow where none can"),
        (lines(VOTER, VOTE | {"second": "a"}), "two answers of the same model"),
        (lines(VOTER, VOTE | {"choice": "3"}), "choice"),
        (lines(VOTER, VOTE | {"prompt_id": -1}), "prompt_id"),
        (lines(VOTER, VOTE | {"first": "a" * 5000}), "first"),
        (lines(VOTER, VOTE | {"run": "rm -rf"}), "run"),
        (lines(VOTER | {"format": 2}), "a newer Workbench wrote"),
        (lines(VOTER | {"id": "../../x"}), "id"),
        (b"PK\x03\x04 no json\n", "refused"),
        (b"[" * 100_000 + b"\n", "refused"),
        (lines(VOTER, "\x1b[2J\nnext"), "refused"),
        (b"\xff\xfe\n", "refused"),
    ],
)
def test_a_damaged_or_hostile_file_is_refused_in_one_line(tmp_path: Path, content: bytes, why: str) -> None:
    bad, good = tmp_path / "bad.votes.jsonl", tmp_path / "good.votes.jsonl"
    bad.write_bytes(content)
    good.write_bytes(lines(VOTER, VOTE, REVEALED))
    assert len(merged_votes(good).votes) == 1
    with pytest.raises(VoteFileError, match=why) as caught:
        merged_votes([good, bad])
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.votes.jsonl"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path / "none.votes.jsonl"):
        with pytest.raises(VoteFileError):
            merged_votes([path])


async def test_a_vote_that_cannot_be_kept_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    vote = blind(await run_of_two(), tmp_path / "file" / "a.votes.jsonl")
    before = vote.next()
    with pytest.raises(VoteFileError, match="cannot be kept"):
        vote.choose("1")
    assert (vote.done, vote.next()) == (0, before)


async def test_votes_lie_beside_the_journal_of_their_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    named = await run_of({"good": "gut: PROMPT", "bad": "PROMPT"}, 2, "offices")
    assert votes_path(named.plan, named.results, "Anna", kept=False) == (
        tmp_path / ".workbench" / "offices Anna.votes.jsonl"
    )
    saved = named.save(tmp_path / "offices.zip")
    opened = wb.open(saved)
    assert votes_path(opened.plan, opened.results, "", kept=False) is None
    beside = votes_path(opened.plan, opened.results, "", kept=True)
    assert beside is not None
    assert beside.parent == tmp_path / ".workbench"
    vote = wb.vote(wb.open("offices"))
    vote.choose("1")
    assert wb.vote(named).done == 1
    with pytest.raises(UsageError, match=r"voter= cannot be '\.\./x'"):
        wb.vote(named, voter="../x")
    with pytest.raises(UsageError, match="run must be a Run, not 'offices': give what"):
        wb.vote("offices")  # type: ignore[arg-type]
    assert all(issubclass(error, WorkbenchError) for error in (UsageError, VoteFileError))


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("I am SmolLM2-135M, made by Hugging Face.", "I am ▒, made by ▒."),
        ("Ich bin Qwen 2.5 (qwen2.5:7b-instruct).", "Ich bin ▒ (▒)."),
        ("As GPT-4o from OpenAI, I cannot.", "As ▒ from ▒, I cannot."),
        ("Llama 3.1 hilft. Ein Llama auch.", "▒ hilft. Ein ▒ auch."),
        ("My name is Claude, trained by Google.", "My name is ▒, trained by ▒."),
        ("Ich heiße **Gemini** und wurde von Google entwickelt.", "Ich heiße **▒** und wurde von ▒ entwickelt."),
        ("Ich bin ein Modell von Mistral AI namens Mistral-7B-Instruct-v0.3.", "Ich bin ein Modell von ▒ namens ▒."),
        ("I'm amt-helfer.", "I'm ▒."),
        (
            "Claude Monet, ein Falcon, das Amt, Phi und Google Maps",
            "Claude Monet, ein Falcon, das Amt, Phi und Google Maps",
        ),
        ("Das Amt hilft, sober and clear.", "Das Amt hilft, sober and clear."),
    ],
)
def test_names_of_models_are_covered_and_other_words_are_not(said: str, masked: str) -> None:
    assert masking(["ollama/qwen2.5:7b-instruct", "gpu/amt-helfer", "sober"], "▒")(said) == masked


def test_a_long_answer_is_covered_at_once() -> None:
    cover = masking(["gpu/x"], "▒")
    for unit in ("I am ", "von a ", "word " * 3, "I am a " + " " * 50, "[" * 9):
        assert cover(unit * 2_000)
