"""The magics in a real kernel, on the embedded model: what they take, keep and say, and what the Tab key offers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

SECONDS = 120.0
BEATS = """
import asyncio
beats = []
async def beat():
    while True:
        beats.append(1)
        await asyncio.sleep(0.001)
beating = asyncio.create_task(beat())
"""
ASK = "%%ask --max-tokens 8 -t 0 --seed 1"


@dataclass
class Ran:
    """What came of a cell.

    Attributes:
        status: "ok" or "error".
        stdout: What it printed.
        stderr: What it printed as an error.
        error: Name, text and traceback of what it raised.
        shown: The texts of its other outputs.
    """

    status: str = ""
    stdout: str = ""
    stderr: str = ""
    error: tuple[str, str, list[str]] | None = None
    shown: list[str] = field(default_factory=list)


class Kernel:
    """A kernel with the magics."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def run(self, code: str) -> Ran:
        ran = Ran()

        def heard(message: dict[str, Any]) -> None:
            content = message["content"]
            match message["msg_type"]:
                case "stream":
                    name = content["name"]
                    setattr(ran, name, getattr(ran, name) + content["text"])
                case "error":
                    ran.error = content["ename"], content["evalue"], content["traceback"]
                case "execute_result" | "display_data" | "update_display_data":
                    ran.shown.append(content["data"].get("text/plain", ""))

        answer = self._client.execute_interactive(code, timeout=SECONDS, output_hook=heard, allow_stdin=False)
        ran.status = answer["content"]["status"]
        for payload in answer["content"].get("payload", []):
            ran.shown.append(payload.get("data", {}).get("text/plain", ""))
        return ran

    def value(self, expression: str) -> str:
        ran = self.run(f"print({expression})")
        assert ran.status == "ok", ran.error
        return ran.stdout.rstrip("\n")

    def completed(self, code: str, at: int) -> list[str]:
        """What is offered there, each as the whole line would be."""
        answer = self._client.complete(code, at, reply=True, timeout=SECONDS)["content"]
        assert answer["cursor_end"] == at
        return [code[: answer["cursor_start"]] + match for match in answer["matches"]]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("kernel")
    (folder / "workbench.toml").touch()
    own = {
        "IPYTHONDIR": folder / "ipython",
        "JUPYTER_RUNTIME_DIR": folder / "runtime",
        "PYTHONPATH": Path(__file__).parents[2],
        "WORKBENCH_CONFIG": folder / "workbench.toml",
        "WORKBENCH_JOURNAL": "off",
        "WORKBENCH_LANGUAGE": "en",
        "WORKBENCH_MODEL": "",
    }
    environment = {**os.environ, **{name: str(value) for name, value in own.items()}}
    manager, client = start_new_kernel(startup_timeout=SECONDS, kernel_name="python3", env=environment, cwd=str(folder))
    try:
        started = Kernel(client)
        assert started.run("%load_ext workbench").status == "ok"
        yield started
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_the_text_of_a_cell_is_asked_as_it_stands_there(kernel: Kernel) -> None:
    ran = kernel.run(f'{ASK} -s "Be brief." -o reply\nWas ist {{ein}} $Amt?\n\n  {{"a": [1]}}')
    assert (ran.status, ran.shown) == ("ok", [])
    assert ran.stdout == kernel.value("reply.text") + "\n"
    assert "⚠ the answer was cut by the limit of tokens" in ran.stderr
    sent = kernel.value("[one['content'] for one in reply.sent['messages']]")
    assert sent == repr(["Be brief.", 'Was ist {ein} $Amt?\n\n  {"a": [1]}'])


def test_variables_are_filled_in_only_where_that_is_asked_for(kernel: Kernel) -> None:
    kernel.run("word, braces = 'Amt', '{word}'")
    ran = kernel.run(f'{ASK} --vars -o filled\n{{word}} {{{{word}}}} {{braces}} {{"a": {{word}}}} {{}}')
    assert ran.status == "ok", ran.error
    assert kernel.value("filled.sent['messages'][0]['content']") == 'Amt {word} {word} {"a": Amt} {}'


def test_a_cell_that_asks_lets_the_loop_go_on(kernel: Kernel) -> None:
    kernel.run(BEATS)
    kernel.run("beats.clear()")
    kernel.run("%%ask --max-tokens 60 --stop ENDED -o reply\nTell a story.")
    assert int(kernel.value("len(beats)")) > 10
    kernel.run("beating.cancel()")


def test_several_models_are_compared_with_the_usual_view(kernel: Kernel) -> None:
    ran = kernel.run("%%compare -m embedded --max-tokens 5 --repeats 2 -o run\nWas ist ein Amt?")
    assert ran.status == "ok", ran.error
    assert any("Comparison: 1 prompt, 1 model" in text for text in ran.shown)
    assert kernel.value("run") == "2 of 2 answered"
    assert kernel.value("run.frame['prompt'].tolist()") == "['Was ist ein Amt?', 'Was ist ein Amt?']"


@pytest.mark.parametrize(
    ("cell", "name", "said"),
    [
        ("%%ask -m nowhere\nx", "ConnectionUnknownError", "no connection 'nowhere'"),
        ("%%ask -m embedded/none\nx", "ModelUnknownError", "smollm2-135m-instruct"),
        ("%%ask --max-tokens few\nx", "UsageError", "invalid int value: 'few': %%ask? tells all options"),
        ("%%ask --max-tokens 0\nx", "UsageError", "max_tokens="),
        ("%%ask -s 'open\nx", "UsageError", "No closing quotation"),
        ("%%ask -o 1st\nx", "UsageError", "-o '1st' is not the name of a variable"),
        ("%%ask --vars\n{wordd}", "PromptError", "did you mean {word}?"),
        ("%%ask\n \n", "PromptError", "empty"),
        ("%%compare\nx", "UsageError", "there is no model to compare"),
        ("%models nowhere", "ConnectionUnknownError", "no connection 'nowhere'"),
        ("%doctor nowhere", "ConnectionUnknownError", "no connection 'nowhere'"),
    ],
)
def test_an_error_is_that_of_the_function_and_one_line(kernel: Kernel, cell: str, name: str, said: str) -> None:
    kernel.run("word = 'Amt'")
    ran = kernel.run(cell)
    assert ran.status == "error"
    assert ran.error is not None
    assert ran.error[0] == name
    assert said in ran.error[1]
    assert ran.error[2] == [f"{name}: {ran.error[1]}"]
    assert "\n" not in ran.error[2][0]


def test_lines_give_what_the_functions_give(kernel: Kernel) -> None:
    assert kernel.run("found = %models embedded").status == "ok"
    assert kernel.value("found['model'].tolist()") == "['embedded/smollm2-135m-instruct']"
    assert kernel.run("seen = %doctor").status == "ok"
    assert kernel.value("seen.reached") == "True"


def test_help_tells_the_options(kernel: Kernel) -> None:
    told = "".join(kernel.run("%%ask?").shown)
    assert "--max-tokens" in told
    assert "The text of the cell is the prompt, exactly as it stands there." in told


def test_tab_offers_connections_models_and_options_and_nothing_else(kernel: Kernel) -> None:
    both = ["%%ask -m embedded", "%%ask -m embedded/smollm2-135m-instruct"]
    deadline = time.monotonic() + SECONDS
    while (found := kernel.completed("%%ask -m \ntext", 9)) != both and time.monotonic() < deadline:
        assert found == both[:1]  # what takes longer than a moment is there at a later try
    assert found == both
    assert kernel.completed("%%ask -m embedded/sm\ntext", 20) == both[1:]
    assert kernel.completed("%%compare -m embedded -m emb", 28)[0] == "%%compare -m embedded -m embedded"
    assert kernel.completed("%models e", 9) == ["%models embedded"]
    assert kernel.completed("x = 1\n%doctor embedded/", 23) == ["x = 1\n%doctor embedded/smollm2-135m-instruct"]
    assert kernel.completed("%%ask --te", 10) == ["%%ask --temperature"]
    kernel.run("embargo = 1")
    assert kernel.completed("%%ask -m embedded\nemba", 22) == ["%%ask -m embedded\nembargo"]
