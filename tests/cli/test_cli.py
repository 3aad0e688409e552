"""The command line: what is printed where, with which exit status, and that nothing answered is lost."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import faulty as faults
import pandas as pd
import pytest
import rich.console
from conftest import Server
from engine_requests import SECRET
from faulty import Faulty, chunk, event, faulty_server
from standin import standing_in

import workbench
from workbench import cli
from workbench.cli import _terminal
from workbench.connections import connect

WORKBENCH = [sys.executable, "-c", "from workbench.cli import main; main()"]
TWENTY = [f"Nenne ein Amt mit dem Buchstaben {letter}." for letter in "ABCDEFGHIJKLMNOPQRST"]
# At temperature 0 the packaged model answers this with 900 tokens and more.
COUNTING = "Write the numbers from 1 to 1000, separated by commas: 1, 2, 3,"


class Outcome(NamedTuple):
    """How a call of the command line ended."""

    status: object
    out: str
    err: str


Call = Callable[..., Outcome]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the command line in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def _call(*arguments: str, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["workbench", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status: object = 0
        try:
            cli.main()
        except SystemExit as ended:
            status = ended.code
        return Outcome(status, *capsys.readouterr())

    return _call


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    with faulty_server() as server:
        yield server


@pytest.fixture
def gpu(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> Faulty:
    """The faulty server as the connection "gpu", with a key."""
    monkeypatch.setenv("TEST_KEY", SECRET)
    connect("gpu", f"{faulty.address}/v1", key="env:TEST_KEY")
    return faulty


def table(prompts: list[str], name: str = "prompts.csv") -> str:
    pd.DataFrame({"prompt": prompts}).to_csv(name, index=False)
    return name


def test_version_and_help(call: Call) -> None:
    assert call("--version") == (0, f"workbench {workbench.__version__}\n", "")
    shown = call("--help").out
    for command in ("models", "ask", "compare", "runs", "save", "benchmark", "lab"):
        assert re.search(rf"^  {command} +[A-Z].*\.$", shown, re.MULTILINE)


def test_a_kept_comparison_is_saved_whole_and_read_again(call: Call) -> None:
    table(TWENTY[:2])
    assert call("compare", "prompts.csv", "--model", "embedded", "--max-tokens", "3", "--name", "aemter").status == 0
    status, out, _ = call("save", "aemter", "aemter.zip")
    assert (status, out) == (0, "2 of 2 answered, written to aemter.zip\n")
    shutil.rmtree(".workbench")
    status, out, _ = call("save", "aemter.zip", "aemter.csv")
    assert (status, out) == (0, "2 of 2 answered, written to aemter.csv\n")
    assert pd.read_csv("aemter.csv")["prompt"].tolist() == TWENTY[:2]
    status, _, err = call("save", "aemter.zip", "fehlt/aemter.zip")
    assert status != 0
    assert "cannot be written" in err


def test_models_are_listed(call: Call) -> None:
    status, out, err = call("models")
    assert (status, err) == (0, "")
    assert re.search(r"^embedded/smollm2-135m-instruct +4096 ", out, re.MULTILINE)


def test_a_model_that_runs_elsewhere_is_listed_as_such(call: Call) -> None:
    with standing_in(models=("small", "small:cloud")) as server:
        connect("near", server.address, kind="ollama")
        status, out, err = call("models", "near")
    assert (status, err) == (0, "")
    assert re.search(r"^near/small .*(?<!ollama\.com)$", out, re.MULTILINE)
    assert re.search(r"^near/small:cloud .* runs at ollama\.com$", out, re.MULTILINE)


def test_a_connection_that_does_not_answer_is_told_beside_the_others(call: Call) -> None:
    connect("gone", "http://127.0.0.1:9/v1")
    status, out, err = call("models")
    assert status == 1
    assert "embedded/smollm2-135m-instruct" in out
    assert err.startswith("workbench: no server answers")
    assert err.count("\n") == 1


def test_a_benchmark_prints_a_row_for_each_load_and_the_knee(call: Call) -> None:
    arguments = ("--concurrency", "1,2", "--requests", "2", "--output-tokens", "4", "--out", "requests.csv")
    status, out, err = call("benchmark", "embedded", *arguments)
    assert status == 0
    assert re.search(r"^ +1 +2 +0 .*\n +2 +2 +0 .*\nembedded/smollm2-135m-instruct: Knee at ", out, re.MULTILINE)
    assert err.splitlines()[-1] == "load 2: 2 of 2 done"
    assert len(pd.read_csv("requests.csv")) == 4


@pytest.mark.parametrize(
    "wrong", [("--concurrency", "viele"), ("--concurrency", "0"), ("--rates", "1", "--limit", "0")]
)
def test_a_benchmark_that_cannot_be_is_refused(call: Call, wrong: tuple[str, ...]) -> None:
    status, out, err = call("benchmark", "embedded", *wrong)
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_ask_prints_the_answer(call: Call) -> None:
    arguments = ("--system", "Be brief.", "--temperature", "0", "--seed", "1", "--max-tokens", "5")
    status, out, err = call("ask", "embedded", "Was ist ein Amt?", *arguments)
    assert status == 0
    assert out.strip()
    assert out.endswith("\n")
    assert err == "workbench: the answer was cut by the limit of tokens\n"
    assert call("ask", "embedded", "-", *arguments, stdin=b"Was ist ein Amt?").out == out


def test_ask_holds_the_answer_to_a_schema(call: Call, tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"city": {"enum": ["Bonn", "Köln"]}}, "required": ["city"]}
    (tmp_path / "schema.json").write_text(json.dumps({**schema, "additionalProperties": False}))
    status, out, _ = call("ask", "embedded", "Name a city.", "--schema", "schema.json", "--max-tokens", "60")
    assert status == 0
    assert json.loads(out)["city"] in ("Bonn", "Köln")


def test_text_of_a_model_cannot_steer_the_terminal(call: Call, gpu: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "Bo\x1b[2J\x1b]0;owned\x07\x9b31m\rnn\u202etxt.exe\U000e0041\nzwei\tdrei ä"
    answer = faults.SSE + chunk(event(hostile, "stop") + "data: [DONE]\n\n") + faults.END
    monkeypatch.setitem(faults.ANSWERS, "hostile", lambda key: answer)
    status, out, err = call("ask", "gpu/hostile", "Hauptstadt?")
    assert (status, err) == (0, "")
    assert out == "Bo�[2J�]0;owned��31m�nn�txt.exe�\nzwei\tdrei ä\n"


def test_the_terminal_says_where_thoughts_end_that_showed_late(
    call: Call, gpu: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [chunk(event(said)) for said in ("Am Rhein.", "\n</think>\n", "Bonn")]
    answer = faults.SSE + b"".join(events) + chunk(event("", "stop") + "data: [DONE]\n\n") + faults.END
    monkeypatch.setitem(faults.ANSWERS, "late", lambda key: answer)
    status, out, err = call("ask", "gpu/late", "Hauptstadt?")
    assert status == 0
    assert out.endswith("Bonn\n")
    assert ("its answer begins here" in err) == ("Am Rhein." in out)  # what arrives together is told apart at once


@pytest.mark.parametrize(
    ("arguments", "status", "hint"),
    [
        (("ask", "nowhere/x", "Hallo"), 2, "no connection 'nowhere'"),
        (("ask", "embedded/smolm2", "Hallo"), 1, "smollm2-135m-instruct"),
        (("ask", "embedded", " "), 2, "the prompt is empty"),
        (("ask", "embedded", "Hallo", "--schema", "none.json"), 2, "none.json"),
        (("ask", "gone/small", "Hallo"), 1, "no server answers"),
        (("ask", "gpu/echo-key", "Hallo"), 1, "bad header"),
        (("ask", "gpu/cut", "Hallo"), 1, "the connection ended in the middle"),
        (("models", "nowhere"), 2, "no connection 'nowhere'"),
        (("compare", "none.csv", "--model", "embedded", "--out", "o.csv"), 2, "No such file"),
        (("compare", "p.csv", "--model", "embedded", "--out", "o.txt"), 2, "use .csv, .parquet"),
        (("compare", "p.csv", "--model", "embedded", "--out", "no/o.csv"), 2, "cannot be written"),
        (("compare", "p.csv", "--model", "embedded", "--out", "o.csv", "--column", "promt"), 2, "'prompt'"),
        (("compare", "p.csv", "--model", "embedded", "--out", "o.csv", "--template", "{{ promt }}"), 2, "'prompt'"),
        (("compare", "p.csv", "--model", "embedded", "--out", "o.csv", "--template", "@no.txt"), 2, "no.txt"),
        (("compare", "p.csv", "--model", "embedded", "--out", "o.csv", "--repeats", "0"), 2, "repeats= must be"),
        (("compare", "p.csv", "--model", "embedded", "--out", "o.csv", "--concurrency", "0"), 2, "concurrency= must"),
    ],
)
def test_an_error_is_one_line_without_a_key(
    call: Call, gpu: Faulty, arguments: tuple[str, ...], status: int, hint: str
) -> None:
    connect("gone", "http://127.0.0.1:9/v1")
    table(["Hallo"], "p.csv")
    ended, out, err = call(*arguments)
    assert ended == status
    assert re.fullmatch(r"workbench: [^\n]+\n", err)
    assert hint in err
    assert SECRET not in out + err
    assert not Path("o.csv").exists()


@pytest.mark.parametrize("arguments", [("ask",), ("nothing",), ("ask", "embedded", "Hallo", "--temperature", "hot")])
def test_a_call_that_is_none_has_the_status_two(call: Call, arguments: tuple[str, ...]) -> None:
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert "Usage:" in err


def test_standard_input_that_is_no_text(call: Call) -> None:
    assert call("ask", "embedded", "-", stdin="Grüße".encode("cp1252")).err.startswith("workbench: the text is not UTF")


@pytest.mark.parametrize("out", ["run.csv", "run.parquet"])
def test_compare_writes_a_row_for_each_answer(call: Call, tmp_path: Path, out: str) -> None:
    (tmp_path / "letter.txt").write_text("Antworte {{ name }} aus {{ plz }}.", encoding="utf-8")
    (tmp_path / "people.csv").write_text("name;plz\nÄnne;01067\nBo;\n", encoding="utf-8")
    arguments = ("--template", "@letter.txt", "--repeats", "2", "--seed", "5", "--max-tokens", "3")
    status, printed, err = call("compare", "people.csv", "--model", "embedded", "--out", out, *arguments)
    assert (status, printed) == (0, f"4 of 4 answered, written to {out}\n")
    assert err.splitlines()[-1] == "4 of 4 done, 0 failed"
    frame = pd.read_csv(out, dtype={"plz": str}) if out.endswith("csv") else pd.read_parquet(out)
    assert frame["prompt"].tolist() == ["Antworte Änne aus 01067."] * 2 + ["Antworte Bo aus ."] * 2
    assert frame["repeat"].tolist() == [0, 1, 0, 1]
    assert frame["answer"].notna().all()
    assert frame["plz"].dropna().tolist() == ["01067", "01067"]


def test_compare_goes_on_under_a_name(call: Call) -> None:
    arguments = ("compare", table(["Hallo", "Moin"]), "--model", "embedded", "--max-tokens", "3", "--name", "greetings")
    call(*arguments, "--out", "first.csv")
    status, _, _ = call(*arguments, "--out", "second.csv")
    first, second = pd.read_csv("first.csv"), pd.read_csv("second.csv")
    assert status == 0
    pd.testing.assert_frame_equal(first, second)  # times too, as nothing was asked again


def test_a_failing_server_is_a_status_and_rows_but_no_loss(call: Call) -> None:
    connect("gone", "http://127.0.0.1:9/v1")
    models = ("--model", "gone/small", "--model", "embedded")
    status, out, err = call("compare", table(["Hallo", "Moin"]), *models, "--out", "o.csv", "--max-tokens", "3")
    assert (status, out) == (1, "2 of 4 answered, 2 failed, written to o.csv\n")
    assert re.search(r"^workbench: 2 failed: no server answers", err, re.MULTILINE)
    frame = pd.read_csv("o.csv")
    assert frame["error"].notna().tolist() == [True, False, True, False]


def test_a_folder_that_is_lost_meanwhile_costs_no_answer(
    call: Call, gpu: Faulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()

    def losing(key: str) -> bytes:
        folder.rmdir()
        return faults.ANSWERS["whole"](key)

    monkeypatch.setitem(faults.ANSWERS, "losing", losing)
    status, out, err = call("compare", table(["Hallo"]), "--model", "gpu/losing", "--out", "results/o.csv")
    assert status == 1
    assert "the file cannot be written" in err
    rescued = Path(out.partition("written to ")[2].strip())
    assert pd.read_csv(rescued)["answer"].tolist() == ["Bonn"]
    shutil.rmtree(rescued.parent)


def test_a_terminal_gets_a_bar(call: Call, gpu: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_terminal, "console", rich.console.Console(stderr=True, force_terminal=True, width=80))
    status, out, err = call("compare", table(["Hallo"]), "--model", "gpu/whole", "--out", "o.csv")
    assert (status, out) == (0, "1 of 1 answered, written to o.csv\n")
    assert "1/1" in err
    assert "0 failed" in err
    assert "done" not in err


def test_an_interrupt_writes_what_was_answered(tmp_path: Path) -> None:
    pd.DataFrame({"prompt": ["Say yes."] * 2 + [COUNTING] * 8}).to_csv(tmp_path / "p.csv", index=False)
    arguments = ["compare", "p.csv", "--model", "embedded", "--out", "o.csv", "--temperature", "0"]
    process = subprocess.Popen([*WORKBENCH, *arguments], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    with process.stderr:
        lines = iter(process.stderr.readline, "")
        assert next(line for line in lines if "done" in line).startswith("1 of 10 done, 0 failed, ")
        process.send_signal(signal.SIGINT)
        err = process.stderr.read()
    assert process.wait(30) == 130
    assert "Traceback" not in err
    frame = pd.read_csv(tmp_path / "o.csv")
    assert len(frame) == 10
    assert {"stop", "cancelled", "not asked"} <= set(frame["finish"])
    assert frame.loc[frame["finish"] == "stop", "answer"].notna().all()


def test_an_interrupt_of_an_answer_ends_it(tmp_path: Path) -> None:
    arguments = ["ask", "embedded", COUNTING, "--temperature", "0"]
    process = subprocess.Popen([*WORKBENCH, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        assert process.stdout.read(1)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        err = process.stderr.read()
        assert process.wait(30) == 130
    assert time.monotonic() - begin < 30
    assert b"Traceback" not in err


def test_lab_is_jupyterlab(tmp_path: Path) -> None:
    found = subprocess.run([*WORKBENCH, "lab", "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"4\.\d+\.\d+\n", found.stdout)


@pytest.mark.parametrize(
    ("arguments", "opened"),
    [(["--no-browser"], ["notebooks/00_start.ipynb"]), (["other.ipynb"], []), ([], ["notebooks/00_start.ipynb"])],
)
def test_lab_opens_the_first_notebook_unless_another_is_named(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], opened: list[str]
) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00_start.ipynb").touch()
    started: list[tuple[list[str], str]] = []
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/own")
    monkeypatch.setattr(
        os, "execve", lambda program, command, names: started.append((command, names["JUPYTER_CONFIG_PATH"]))
    )
    call("lab", *arguments)
    settings = Path(workbench.__file__).parent / "jupyter"
    assert started == [([sys.executable, "-m", "jupyterlab", *arguments, *opened], f"{settings}:/own")]
    assert (settings / "jupyter_lab_config.json").is_file()


def test_twenty_prompts_on_three_real_engines_give_sixty_answers(tmp_path: Path, ollama: Server, vllm: Server) -> None:
    (tmp_path / "workbench.toml").write_text(
        f'[connections.local]\nkind = "ollama"\nurl = "{ollama.url}"\n'
        f'[connections.gpu]\nkind = "openai"\nurl = "{vllm.url}"\nkey = "env:TEST_VLLM_KEY"\n'
    )
    pd.DataFrame({"prompt": TWENTY}).to_csv(tmp_path / "offices.csv", index=False)
    names = ["embedded/smollm2-135m-instruct", f"local/{ollama.model}", f"gpu/{vllm.model}"]
    models = [word for name in names for word in ("--model", name)]
    command = [*WORKBENCH, "compare", "offices.csv", *models, "--out", "offices.parquet", "--max-tokens", "8"]
    surroundings = {**os.environ, "WORKBENCH_CONFIG": str(tmp_path / "workbench.toml")}
    found = subprocess.run(command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "60 of 60 answered, written to offices.parquet\n"), found.stderr
    assert vllm.key not in found.stderr
    frame = pd.read_parquet(tmp_path / "offices.parquet")
    assert frame.groupby("model").size().to_dict() == dict.fromkeys(names, 20)
    assert frame["prompt"].unique().tolist() == TWENTY
    assert frame["error"].isna().all()
    for column in ("answer", "first_token_s", "total_s", "tokens", "tokens_per_s", "prompt_tokens"):
        assert frame[column].notna().all(), column
    assert (frame["answer"].str.strip() != "").all()
    assert frame["tokens"].between(1, 8).all()
