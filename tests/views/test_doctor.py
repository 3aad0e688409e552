"""The doctor's views: a summary and problems first, marks by word and shape, all in German but what a server says."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import pytest

from workbench.connections.doctor import Diagnosis, Finding, Step, _probes, _steps, interrupted
from workbench.connections.kinds import _speaks
from workbench.views import DiagnosisLines, diagnosis_table, diagnosis_text
from workbench.views.doctor._german import german

HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J"
STEPS = (
    Step(name="port", passed=True, said="port 80 is open"),
    Step(name="token", passed=True, said="answered after 1.3 s"),
)
FINDINGS = (
    Finding(name="streaming", works=True, said="12 pieces"),
    Finding(name="thinking_off", works=None, said="there is nothing to switch off"),
    Finding(name="tools", works=False, said=HOSTILE, advice="ask a vLLM server"),
)
FOUND = Diagnosis(connection="gpu", address="http://h", model="gpu/m", steps=STEPS, findings=FINDINGS)


def in_order(text: str, *parts: str) -> bool:
    places = [text.index(part) for part in parts]
    return places == sorted(places)


@pytest.mark.parametrize("show", [diagnosis_table, diagnosis_text])
def test_it_is_summed_up_first_and_problems_come_before_the_rest(show: object) -> None:
    assert callable(show)
    text = show(FOUND)
    summary, names = "1 works, 1 does not, 1 open", ("Native tool calls", "Reasoning switched off", "Streaming", "Port")
    assert in_order(text, "gpu/m", summary, *names)
    for mark in ("✓ yes", "✗ no", "? open"):
        assert mark in text
    failed = replace(FOUND, findings=(), steps=(STEPS[0], Step(name="key", passed=False, said="no")))
    assert in_order(show(failed), "not reached: Key", "Way to the server", "✗ no", "✓ yes")
    assert "interrupted; not all was tried" in show(interrupted(FOUND))


def test_while_it_looks_rows_stay_where_they_came_and_it_says_what_is_tried_and_how_to_stop() -> None:
    html = diagnosis_table(FOUND, trying="seed")
    assert in_order(html, "now: Seed …", "interrupt the kernel", "Port", "Streaming", "Reasoning", "Native tool calls")
    assert "interrupt" not in diagnosis_table(FOUND)


def test_lines_come_once_each_and_end_with_what_does_not_work() -> None:
    lines = DiagnosisLines()
    first = list(lines.new(replace(FOUND, findings=())))
    second = list(lines.new(FOUND))
    assert first[0] == "Way to the server"
    assert [line.split("  ")[1] for line in first[1:]] == ["✓ yes", "✓ yes"]
    assert second[0] == "What the model does"
    assert len(second) == 1 + len(FINDINGS) + 1  # one has advice
    assert list(lines.new(FOUND)) == []
    assert lines.end(FOUND).endswith("1 works, 1 does not, 1 open\n✗ Native tool calls")


def test_what_a_server_says_is_text_and_stays_as_it_is_in_german_too() -> None:
    html = diagnosis_table(FOUND, "de")
    for text in ("1 geht, 1 geht nicht, 1 offen", "12 Stücke", "Antwort nach 1,3 s", "einen vLLM-Server fragen"):
        assert text in html
    assert "&lt;img src=x" in html
    assert "\x1b" not in html + diagnosis_text(FOUND, "de") + "".join(DiagnosisLines("de").new(FOUND))


def sentences(module: ModuleType) -> Iterator[str]:
    """All that a module of the doctor says of itself, with "7" for each value."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.Tuple(elts=[ast.Constant(value=bool() | None), said, advice]):
                yield from (text for one in (said, advice) if (text := sentence(one)))
            case ast.Assign(targets=[ast.Name(id="advice" | "said" | "_IMPOSED" | "_FLAGS" | "_SEEING")], value=value):
                yield from (text for text in [sentence(value)] if text)


def sentence(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(sentence(part) for part in parts)
        case ast.FormattedValue(value=ast.Name(id="_FLAGS")):
            return _probes._FLAGS
        case ast.FormattedValue():
            return "7"
    return ""


# Code and values alone are the same in every language, and a sentence of two parts is looked at below.
SAME = {"find_office(7)", "with thinking=True", "with thinking=False", "7: 77", 'wb.connect("7", …, key="env:NAME")'}
IN_PARTS = {
    "7, while other work takes 7 % of this machine": "4 tokens/s, while other work takes 95 % of this machine",
    "answered after 7 s7": "answered after 7.5 s, 1.5 s of it to load the model",
}


@pytest.mark.parametrize("module", [_probes, _steps, _speaks])
def test_every_sentence_of_the_doctor_has_a_german_form(module: ModuleType) -> None:
    said = {IN_PARTS.get(text, text) for text in sentences(module)} - SAME
    assert len(said) > 10
    assert {text for text in said if german(text) == text} == set()
