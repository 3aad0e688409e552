"""The run card: what answers depended on, as it is told, kept with the run, and costing no answer."""

import json
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from cassettes import tape
from conftest import Server
from scripted_model import echo, scripted
from standin import ANSWERS, standing_in

from workbench.comparison import Comparison, Run, make_plan, open_run
from workbench.comparison.card._card import RunCard
from workbench.connections import Model, connect, model
from workbench.engines.embedded._facts import chat_template
from workbench.engines.ollama._facts import usual_options
from workbench.errors import JournalError
from workbench.model_info import ModelFacts
from workbench.surroundings import folder


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def asked(*models: Model, name: str | None = None, **options: object) -> Run:
    return await Comparison(make_plan("Was ist ein Amt?", list(models), **options), name=name).run()


async def test_the_embedded_model_tells_all_of_itself(embedded: Model) -> None:
    run = await asked(embedded, max_tokens=3, temperature=0.0, seed=7)
    (one,) = run.card.candidates
    assert (one.facts.kind, one.facts.product, one.facts.quantization) == ("embedded", "llama.cpp", "Q4_1")
    assert len(one.facts.digest) == len(one.facts.template_sha256) == 64
    assert one.facts.defaults["repeat_penalty"] == 1.0
    assert dict(one.asked) == {"max_tokens": 3, "temperature": 0.0, "seed": 7}
    assert (one.effective["temperature"], one.effective["top_k"], one.seed) == (0.0, 40, 7)
    assert run.card.machine.cores == os.cpu_count()
    assert run.card.begun <= run.card.ended


async def test_each_ollama_tells_its_version_and_what_it_takes_usually(each_ollama: Server) -> None:
    connect("ollama", each_ollama.url, kind="ollama")
    run = await asked(model(f"ollama/{each_ollama.model}"), max_tokens=2, name="amt")
    (one,) = run.card.candidates
    assert one.facts.product == "Ollama"
    assert one.facts.address == each_ollama.url
    assert one.facts.digest
    assert len(one.facts.template_sha256) == 64
    expected = usual_options(one.facts.version)["repeat_penalty"]
    assert one.effective["repeat_penalty"] == one.facts.defaults.get("repeat_penalty", expected)
    assert one.effective["max_tokens"] == 2
    assert open_run("amt").card == run.card


def test_the_usual_penalty_of_ollama_depends_on_its_version() -> None:
    found = {version: usual_options(version).get("repeat_penalty") for version in ("0.17.4", "0.32.9", "0.32.10", "x")}
    assert found == {"0.17.4": 1.1, "0.32.9": 1.1, "0.32.10": 1.0, "x": None}


async def test_a_server_that_says_nothing_costs_nothing_but_fields() -> None:
    run = await asked(scripted("nowhere/a", echo), name="a")
    assert run.counts["answered"] == 1
    (one,) = run.card.candidates
    assert (one.label, one.facts.product, one.facts.version) == ("nowhere/a", "", "")
    assert run.card.machine.python


SPEAKS = {"ollama": ("/api/",), "openai": ("/v1/", "/version")}
ABOUT = ("/api/show", "/api/version", "/health/readiness", "/version", "/props")


@pytest.mark.parametrize("kind", SPEAKS)
async def test_what_a_server_told_holds_as_long_as_version_and_model_stay(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/api/version" if kind == "ollama" else "/version"
    with standing_in(speaks=SPEAKS[kind], models=("small",)) as server:
        connect("near", server.address + ("/v1" if kind == "openai" else ""), kind=kind)

        async def told(name: str) -> tuple[ModelFacts, list[str]]:
            """What its card tells of a model, and what the server was asked for that, but for the warming up."""
            before = len(server.seen)
            card = (await asked(model("near/small"), name=name)).card
            since = [one for one in server.seen[before:] if one.path in ABOUT]
            return card.candidates[0].facts, [one.path for one in since if not one.body or kind == "openai"]

        first, _ = await told("a")
        again, questions = await told("b")
        assert again == first
        assert first.version
        assert questions == [path]
        monkeypatch.setitem(ANSWERS, path, lambda *_: (200, "application/json", b'{"version": "9.9.9"}'))
        assert (await told("c"))[0].version == "9.9.9"
        if kind == "ollama":
            tags = json.dumps({"models": [{"name": "small", "model": "small", "digest": "b" * 64, "size": 1}]})
            monkeypatch.setitem(ANSWERS, "/api/tags", lambda *_: (200, "application/json", tags.encode()))
            assert (await told("d"))[0].digest == "b" * 64


async def test_no_key_is_on_a_card(vllm: Server) -> None:
    connect("vllm", vllm.url, key="env:TEST_VLLM_KEY", headers={"X-Tenant": "env:TEST_VLLM_KEY"})
    run = await asked(model(f"vllm/{vllm.model}"), max_tokens=2)
    (one,) = run.card.candidates
    assert (one.facts.product, bool(one.facts.version)) == ("vLLM", True)
    assert vllm.key not in run.card.json


async def test_a_card_is_shown_as_text_table_and_json(embedded: Model) -> None:
    card = (await asked(embedded.using(label="<b>\u202eklein\n</b>"), max_tokens=2)).card
    assert json.loads(card.json)["candidates"][0]["facts"]["quantization"] == "Q4_1"
    assert ": quantization Q4_1" in str(card)
    assert "\u202e" not in str(card)
    page = card._repr_html_()
    assert "<b>" not in page
    assert "\u202e" not in page
    assert "&lt;b&gt;" in page
    assert list(card.frame.columns) == ["about", "field", "value"]


async def test_a_later_call_that_asks_nothing_keeps_the_card() -> None:
    first = await asked(scripted("x/a", echo), name="a")
    again = await asked(scripted("x/a", echo), name="a")
    assert again.card == first.card == open_run("a").card


async def test_a_journal_without_a_card_has_one_with_what_is_known() -> None:
    await asked(scripted("x/a", echo), name="a", max_tokens=9)
    with closing(sqlite3.connect(".workbench/a.journal", isolation_level=None)) as journal:
        journal.execute("DROP TABLE cards")
    card = open_run("a").card
    assert (card.candidates[0].model, dict(card.candidates[0].asked)) == ("x/a", {"max_tokens": 9})
    assert card.begun
    assert not card.machine.system


async def test_a_card_that_others_wrote_is_refused() -> None:
    await asked(scripted("x/a", echo), name="a")
    with closing(sqlite3.connect(".workbench/a.journal", isolation_level=None)) as journal:
        journal.execute("UPDATE cards SET card = ?", (b'{"candidates": 7}',))
    with pytest.raises(JournalError, match="damaged"):
        open_run("a")


async def test_what_was_played_has_the_recorded_facts_and_asks_nobody(embedded: Model, tmp_path: Path) -> None:
    with tape(tmp_path / "amt.cassette", "record"):
        recorded = await asked(embedded, max_tokens=2)
    with tape(tmp_path / "amt.cassette", "replay"):
        played = await asked(embedded, max_tokens=2)
    assert played.recorded == 1
    assert played.card.candidates == recorded.card.candidates


async def test_an_older_cassette_without_facts_plays(embedded: Model, tmp_path: Path) -> None:
    with tape(tmp_path / "amt.cassette", "record"):
        await embedded.ask("Ja?", max_tokens=2)
    with tape(tmp_path / "amt.cassette", "replay"):
        assert (await asked(embedded, max_tokens=2)).card.candidates[0].facts.version == ""


def git(*words: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *words], check=True, capture_output=True)


def test_a_folder_tells_lock_commit_and_changes() -> None:
    assert folder(Path()).commit == ""
    git("init", "-q")
    Path("requirements.lock").write_text("pandas==3\n")
    git("add", ".")
    git("commit", "-qm", "one")
    Path("notebooks").mkdir()
    clean = folder(Path("notebooks"))
    assert (len(clean.commit), len(clean.lock_sha256), clean.dirty) == (40, 64, False)
    Path("requirements.lock").write_text("pandas==4\n")
    changed = folder(Path("notebooks"))
    assert (changed.dirty, changed.lock_sha256 != clean.lock_sha256) == (True, True)


def test_git_runs_nothing_that_a_folder_names() -> None:
    git("init", "-q")
    Path("a.txt").write_text("a")
    git("add", ".")
    git("commit", "-qm", "one")
    Path(".gitattributes").write_text("* filter=evil\n")
    Path("a.txt").write_text("b")
    git("config", "filter.evil.clean", "touch ran; cat")
    git("config", "core.fsmonitor", "touch ran")
    found = folder(Path())
    assert (len(found.commit), found.dirty) == (40, None)
    assert not Path("ran").exists()


def test_no_git_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".git").mkdir()
    monkeypatch.setenv("PATH", "")
    assert folder(Path()).dirty is None


def test_a_file_that_is_no_model_has_no_template() -> None:
    with pytest.raises(ValueError, match="not a GGUF"):
        chat_template(b"PK\3\4 and so on, long enough")


def test_an_empty_card_is_a_card() -> None:
    assert str(RunCard()) == ""
