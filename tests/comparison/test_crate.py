"""Crates: a run comes back from one file as it was, without any server; what others made of such a file is refused."""

import hashlib
import io
import json
import stat
import struct
import zipfile
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pandas as pd
import pytest
from cassettes import no_network
from conftest import Server
from scripted_model import echo, replied, scripted

from workbench.comparison import Comparison, Row, Run, dialogue, make_plan, open_run, scorers
from workbench.comparison.scorers import Referee, Vote
from workbench.connections import Model, connect, model
from workbench.errors import CrateError, UnreachableError
from workbench.messages import Message, Piece, Request

MANIFEST = "manifest-sha256.txt"
Files = dict[str, bytes]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def failing(request: Request) -> AsyncGenerator[Piece, None]:
    if "2" in request.messages[-1].content:
        raise UnreachableError("nobody is there", where="x")
    yield replied(request.messages[-1].content.upper())


def length(row: Row) -> int:
    return len(row.answer)


def fragile(row: Row) -> int:
    return 10 // (len(row.answer) - 1)


async def compared(name: str | None = None) -> Run:
    table = pd.DataFrame({"prompt": ["eins", "Frage 2", "ü\u202e3"], "reference": ["eins", None, "x"], "n": [1, 2, 3]})
    plan = make_plan(table, [scripted("x/a", echo), scripted("x/b", failing)], repeats=2, temperature=0.5, seed=3)
    return await Comparison(plan, name=name).run()


def assert_same(opened: Run, run: Run) -> None:
    pd.testing.assert_frame_equal(opened.frame, run.frame)
    pd.testing.assert_frame_equal(opened.scores, run.scores)
    assert opened.card == run.card
    assert opened.counts == run.counts


@pytest.mark.parametrize("name", [None, "words"])
async def test_a_run_comes_back_with_its_scores(name: str | None) -> None:
    run = await compared(name)
    await run.score([length, scorers.exact("reference"), fragile])
    assert run.save("run.zip") == Path("run.zip")
    for _ in range(2):
        assert_same(open_run("run.zip"), run)
    assert repr(open_run(Path("run.zip")).verdict("length")) == repr(run.verdict("length"))


async def test_votes_come_back_and_are_not_asked_for_again() -> None:
    asked = 0

    async def longer(first: Row, second: Row) -> Vote:
        nonlocal asked
        asked += 1
        winner = first.model if first.answer < second.answer else second.model
        return Vote(first.prompt_id, first.repeat, first.model, second.model, winner, "kürzer", True)

    run = await compared("words")
    referee = Referee("longest", "longest 1", longer)
    votes = await run.votes(referee)
    assert (asked, len(votes)) == (4, 4)
    run.save("run.zip")
    pd.testing.assert_frame_equal(await open_run("run.zip").votes(referee), votes)
    assert asked == 4


async def test_an_opened_run_is_saved_and_scored_again() -> None:
    run = await compared()
    run.save("run.zip")
    opened = open_run("run.zip")
    await opened.score(length)
    opened.save("again.zip")
    again = open_run("again.zip")
    assert_same(again, opened)
    assert again.scores["value"].notna().any()


async def test_only_the_newest_plan_of_a_name_is_in_its_crate() -> None:
    await Comparison(make_plan("ein Geheimnis", scripted("x/a", echo)), name="words").run()
    run = await Comparison(make_plan("offen", scripted("x/a", echo)), name="words").run()
    run.save("run.zip")
    with zipfile.ZipFile("run.zip") as crate:
        assert not any(b"Geheimnis" in crate.read(name) for name in crate.namelist())
    assert open_run("run.zip").frame["answer"].tolist() == ["offen"]


async def test_two_thousand_cells_with_dialogues_come_back() -> None:
    prompts = [f"Frage {number}" for number in range(499)] + [dialogue("Guten Tag.", "Und jetzt?")]
    plan = make_plan(prompts, [scripted("x/a", echo), scripted("y/b", echo)], repeats=2)
    run = await Comparison(plan).run()
    run.save("run.zip")
    assert_same(open_run("run.zip"), run)


async def test_answers_that_go_round_in_circles_are_not_taken_for_a_bomb() -> None:
    run = await Comparison(make_plan("a" * 9000, scripted("x/a", echo), repeats=1200)).run()
    run.save("run.zip")
    with zipfile.ZipFile("run.zip") as crate:
        assert crate.getinfo("run.jsonl").file_size > 16 << 20
    assert open_run("run.zip").counts == run.counts


async def test_a_run_on_a_real_ollama_opens_without_it(ollama: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    connect("ollama", ollama.url, kind="ollama")
    asked = model(f"ollama/{ollama.model}")
    run = await Comparison(make_plan(["Was ist ein Amt?", "Nenne eine Farbe."], asked, max_tokens=8, seed=1)).run()
    run.save("run.zip")
    with no_network(monkeypatch):
        opened = open_run("run.zip")
        assert_same(opened, run)
    assert opened.card.candidates[0].facts.product == "Ollama"
    assert run.counts["answered"] == 2


async def test_lines_have_the_names_of_opentelemetry(embedded: Model) -> None:
    prompt = [Message("user", "Hallo"), Message("assistant", "Ja?"), Message("user", "Was ist ein Amt?")]
    plan = make_plan([prompt], embedded, max_tokens=4, temperature=0.0, seed=5, repeats=2, system="Kurz.")
    run = await Comparison(plan).run()
    run.save("run.zip")
    with zipfile.ZipFile("run.zip") as crate:
        first, second = map(json.loads, crate.read("run.jsonl").splitlines())
    assert first["gen_ai.operation.name"] == "chat"
    assert first["gen_ai.provider.name"] == "llama.cpp"
    assert first["gen_ai.request.model"] == "smollm2-135m-instruct"
    assert (first["gen_ai.request.seed"], second["gen_ai.request.seed"]) == (5, 6)
    assert (first["gen_ai.request.max_tokens"], first["gen_ai.request.temperature"]) == (4, 0.0)
    assert first["gen_ai.system_instructions"] == [{"type": "text", "content": "Kurz."}]
    assert [one["role"] for one in first["gen_ai.input.messages"]] == ["user", "assistant", "user"]
    (said,) = first["gen_ai.output.messages"]
    assert said["parts"] == [{"type": "text", "content": run.frame["answer"][0]}]
    assert first["gen_ai.usage.output_tokens"] == run.frame["tokens"][0]
    assert first["gen_ai.response.finish_reasons"] == [run.frame["finish"][0]]


async def test_a_failure_has_a_line_too() -> None:
    (await compared()).save("run.zip")
    with zipfile.ZipFile("run.zip") as crate:
        told = list(map(json.loads, crate.read("run.jsonl").splitlines()))
    assert {one.get("error.type") for one in told} == {None, "UnreachableError"}


async def test_the_metadata_is_that_of_a_process_run_crate() -> None:
    run = await compared()
    run.save("run.zip")
    with zipfile.ZipFile("run.zip") as crate:
        metadata = json.loads(crate.read("ro-crate-metadata.json"))
        names = set(crate.namelist())
        card = json.loads(crate.read("card.json"))
    graph = {one["@id"]: one for one in metadata["@graph"]}
    assert metadata["@context"] == "https://w3id.org/ro/crate/1.1/context"
    assert graph["ro-crate-metadata.json"]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = graph["./"]
    assert root["conformsTo"] == {"@id": "https://w3id.org/ro/wfrun/process/0.5"}
    assert {one["@id"] for one in root["hasPart"]} == names - {"ro-crate-metadata.json", MANIFEST}
    action = graph[root["mentions"]["@id"]]
    assert (action["@type"], action["startTime"], action["endTime"]) == ("CreateAction", run.card.begun, run.card.ended)
    references = [action["instrument"], *action["object"], *action["result"]]
    assert all(one["@id"] in graph for one in references)
    assert card == json.loads(run.card.json)


async def test_the_lock_goes_along_while_it_is_that_of_the_run() -> None:
    Path("requirements.lock").write_text("pandas==3\n")
    run = await compared()
    run.save("run.zip")
    Path("requirements.lock").write_text("pandas==4\n")
    run.save("later.zip")
    for name, is_there in (("run.zip", True), ("later.zip", False)):
        with zipfile.ZipFile(name) as crate:
            assert ("requirements.lock" in crate.namelist()) == is_there
        open_run(name)


async def test_no_folder_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("private").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(Path("private").absolute()))
    (await compared()).save("run.zip")
    assert not list(Path("private").iterdir())
    opened = open_run("run.zip")
    (folder,) = Path("private").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    del opened
    assert not list(Path("private").iterdir())
    Path("run.zip").write_bytes(Path("run.zip").read_bytes()[:-40])
    with pytest.raises(CrateError):
        open_run("run.zip")
    assert not list(Path("private").iterdir())


# What others may do to a crate: each takes its files and gives what is written instead.


def packed(files: Files, change: Callable[[zipfile.ZipFile, zipfile.ZipInfo], None] | None = None) -> bytes:
    """A zip file of these files, each packed as `change` has it."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as crate:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if change is not None:
                change(crate, info)
            crate.writestr(info, content)
    return raw.getvalue()


def named(files: Files, *more: str) -> Files:
    """The files with a manifest that names them all."""
    told = {name: content for name, content in files.items() if name != MANIFEST}
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in told.items()]
    return told | {MANIFEST: "".join([*lines, *more]).encode()}


def as_link(_: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    if info.filename == "link":
        info.external_attr = (stat.S_IFLNK | 0o777) << 16


def twice(files: Files) -> bytes:
    raw = io.BytesIO(packed(files))
    with zipfile.ZipFile(raw, "a") as crate, pytest.warns(UserWarning, match="Duplicate"):
        crate.writestr("card.json", b"{}")
    return raw.getvalue()


def encrypted(files: Files) -> bytes:
    raw = bytearray(packed(files))
    begin = -1
    while (begin := raw.find(b"PK\1\2", begin + 1)) >= 0:
        raw[begin + 8] |= 1
    return bytes(raw)


def overlapping(files: Files) -> bytes:
    """All files of the list lie where the first does."""
    raw = bytearray(packed(files))
    begin = -1
    while (begin := raw.find(b"PK\1\2", begin + 1)) >= 0:
        raw[begin + 42 : begin + 46] = struct.pack("<I", 0)
    return bytes(raw)


def smaller_than_it_is(files: Files) -> bytes:
    """A file says that it unpacks to less than it does."""
    raw = bytearray(packed(named(files | {"note.txt": b"x" * 5000})))
    begin = raw.find(b"note.txt", raw.find(b"PK\1\2")) - 46
    raw[begin + 24 : begin + 28] = struct.pack("<I", 10)
    return bytes(raw)


def of_format(files: Files, identifier: str) -> bytes:
    metadata = files["ro-crate-metadata.json"].replace(b"workbench run 1", identifier.encode())
    return packed(named(files | {"ro-crate-metadata.json": metadata}))


def without(files: Files, name: str) -> Files:
    return {other: content for other, content in files.items() if other != name}


HOSTILE: dict[str, tuple[Callable[[Files], bytes], str]] = {
    "an absolute path": (lambda files: packed(named(files | {"/tmp/evil": b"x"})), "leads out"),
    "a path upwards": (lambda files: packed(named(files | {"../evil": b"x"})), "leads out"),
    "a path upwards inside": (lambda files: packed(named(files | {"a/../../evil": b"x"})), "leads out"),
    "a path of Windows": (lambda files: packed(named(files | {"..\\evil": b"x"})), "leads out"),
    "a drive of Windows": (lambda files: packed(named(files | {"C:evil": b"x"})), "leads out"),
    "a link": (lambda files: packed(named(files | {"link": b"/etc/passwd"}), as_link), "is a link"),
    "a folder": (lambda files: packed(files | {"a/": b""}), "is a link or not a file"),
    "a bomb": (lambda files: packed(named(files | {"zeros": b"\0" * (40 << 20)})), "unpacks to more"),
    "overlapping files": (overlapping, "overlap"),
    "a file that holds more than it says": (smaller_than_it_is, "damaged|holds more|was changed"),
    "a changed file": (lambda files: packed(files | {"run.jsonl": b"{}\n"}), "was changed"),
    "a changed journal": (lambda files: packed(files | {"run.journal": files["run.journal"] + b"x"}), "was changed"),
    "no manifest": (lambda files: packed(without(files, MANIFEST)), "has no manifest"),
    "a manifest that is no text": (lambda files: packed(files | {MANIFEST: b"\xff\xfe"}), "is not text"),
    "a manifest of other lines": (lambda files: packed(files | {MANIFEST: b"hello\n"}), "cannot be read"),
    "a manifest of a missing file": (
        lambda files: packed(named(files, f"{'0' * 64}  gone.txt\n")),
        "which is not there",
    ),
    "a file without a name in the manifest": (lambda files: packed(files | {"more.txt": b"x"}), "does not name"),
    "a name twice": (twice, "twice"),
    "names that differ in case": (lambda files: packed(named(files | {"CARD.json": b"{}"})), "twice"),
    "encrypted files": (encrypted, "is encrypted"),
    "another packing": (
        lambda files: packed(files, lambda _, info: setattr(info, "compress_type", zipfile.ZIP_LZMA)),
        "packed in a way",
    ),
    "too many files": (
        lambda files: packed(named(files | {f"f{number}": b"" for number in range(1000)})),
        "more than 1000",
    ),
    "a later format": (lambda files: of_format(files, "workbench run 2"), "a later Workbench"),
    "another format": (lambda files: of_format(files, "somebody's crate"), "does not say"),
    "metadata that is no JSON": (
        lambda files: packed(named(files | {"ro-crate-metadata.json": b"[" * 100_000})),
        "does not say",
    ),
    "no journal": (lambda files: packed(named(without(files, "run.journal"))), "has no run.journal"),
    "a journal that is none": (lambda files: packed(named(files | {"run.journal": b"SQLite" * 999})), "cannot be used"),
    "an empty journal": (lambda files: packed(named(files | {"run.journal": b""})), "holds no plan"),
    "no zip file": (lambda _: b"Guten Tag", "not a zip file"),
    "a file that was cut": (lambda files: packed(files)[:-100], "not a zip file"),
    "damaged data": (lambda files: packed(files).replace(b"PK\3\4", b"PK\3\5"), "damaged"),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_crate_is_refused_in_a_line(what: str, tmp_path: Path) -> None:
    make, why = HOSTILE[what]
    (await compared()).save("run.zip")
    with zipfile.ZipFile("run.zip") as crate:
        files = {name: crate.read(name) for name in crate.namelist()}
    Path("hostile.zip").write_bytes(make(files))
    before = {file for file in tmp_path.rglob("*") if file.suffix != ".pyc"}
    with pytest.raises(CrateError, match=why) as told:
        open_run("hostile.zip")
    assert "\n" not in str(told.value)
    assert {file for file in tmp_path.rglob("*") if file.suffix != ".pyc"} == before


async def test_what_was_packed_again_opens() -> None:
    run = await compared()
    run.save("run.zip")
    with zipfile.ZipFile("run.zip") as crate:
        files = {name: crate.read(name) for name in crate.namelist()}
    Path("again.zip").write_bytes(packed(named(files | {"notes/read me.txt": b"Guten Tag"})))
    assert_same(open_run("again.zip"), run)


def test_a_crate_that_is_not_there_is_told() -> None:
    with pytest.raises(CrateError, match="no such file"):
        open_run("nowhere.zip")


async def test_a_name_that_ends_like_a_crate_still_opens() -> None:
    run = await Comparison(make_plan("eins", scripted("x/a", echo)), name="old.zip").run()
    pd.testing.assert_frame_equal(open_run("old.zip").frame, run.frame)
