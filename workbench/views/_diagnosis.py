"""What the doctor found, as a table of ticks in HTML and as plain text."""

from __future__ import annotations

from typing import NamedTuple

from workbench.connections.doctor import Diagnosis
from workbench.errors import UsageError
from workbench.language import Language
from workbench.texts import plain
from workbench.views._plain import shown
from workbench.views._styles import CAPTION, CELL, COLUMN, TABLE

_SHAPES = {True: "✓", False: "✗", None: "?"}
_SAID = {"en": {True: "yes", False: "no", None: "unknown"}, "de": {True: "ja", False: "nein", None: "unbekannt"}}
_HEADS = {
    "en": ("Way to the server", "What the model does", "Seen", "What to do"),
    "de": ("Weg zum Server", "Was das Modell kann", "Gesehen", "Was zu tun ist"),
}
_NAMES = {
    "settings": ("Settings", "Einstellungen"),
    "policy": ("Policy", "Richtlinie"),
    "name": ("Name", "Name"),
    "port": ("Port", "Port"),
    "TLS": ("TLS", "TLS"),
    "path": ("Path", "Pfad"),
    "key": ("Key", "Schlüssel"),
    "health": ("Health", "Zustand"),
    "cloud": ("Cloud", "Cloud"),
    "models": ("Models", "Modelle"),
    "token": ("One token", "Ein Token"),
    "speed": ("Speed", "Tempo"),
    "streaming": ("Streaming", "Streaming"),
    "stream_usage": ("Token counts in a stream", "Tokenzahlen im Stream"),
    "tools_seen": ("Tools in the prompt", "Werkzeuge im Prompt"),
    "tools": ("Native tool calls", "Eigene Werkzeugaufrufe"),
    "forced_tools": ("Forced tool calls", "Erzwungene Werkzeugaufrufe"),
    "parallel_tools": ("Parallel tool calls", "Mehrere Werkzeugaufrufe zugleich"),
    "schema": ("JSON schema", "JSON-Schema"),
    "choice": ("Choice of texts", "Auswahl aus Texten"),
    "thinking": ("Reasoning", "Nachdenken"),
    "thinking_off": ("Reasoning switched off", "Nachdenken abschaltbar"),
    "logprobs": ("Logprobs", "Logprobs"),
    "seed": ("Seed", "Seed"),
    "stop": ("Stop texts", "Stopptexte"),
    "embedding": ("Embeddings", "Embeddings"),
    "tokenize": ("Tokenisation", "Tokenisierung"),
    "context": ("Context length", "Kontextlänge"),
}


class _Line(NamedTuple):
    works: bool | None
    name: str
    said: str
    advice: str


def diagnosis_table(found: Diagnosis, language: Language = "en") -> str:
    """Write a diagnosis as HTML that stays readable in a saved notebook. What a server said is shown as text.

    Args:
        found: What the doctor found.
        language: "en" or "de".

    Raises:
        UsageError: No view speaks the language.

    >>> from workbench.connections.doctor import Diagnosis, Step
    >>> step = Step(name="port", passed=False, said="connection refused", advice="start the server")
    >>> "✗" in diagnosis_table(Diagnosis(connection="gpu", address="", model="", steps=(step,)))
    True
    """
    rows = []
    for head, lines in _parts(found, language):
        heads = ("", head, *_HEADS[language][2:])
        cells = "".join(f'<th scope="col" style="{COLUMN}">{shown(text)}</th>' for text in heads)
        rows += [f"<tr>{cells}</tr>", *(_row(line, language) for line in lines)]
    return (
        f'<table lang="{language}" class="mathjax_ignore tex2jax_ignore" style="{TABLE}">'
        f'<caption style="{CAPTION}">{shown(_title(found))}</caption><tbody>{"".join(rows)}</tbody></table>'
    )


def _row(line: _Line, language: Language) -> str:
    mark = f'<span role="img" aria-label="{_SAID[language][line.works]}">{_SHAPES[line.works]}</span>'
    return (
        f'<tr><td style="{CELL}">{mark}</td><th scope="row" style="{CELL}; white-space: nowrap">{shown(line.name)}</th>'
        f'<td style="{CELL}">{shown(line.said)}</td><td style="{CELL}">{shown(line.advice)}</td></tr>'
    )


def diagnosis_text(found: Diagnosis, language: Language = "en") -> str:
    """Write the same for a terminal.

    Args:
        found: What the doctor found.
        language: "en" or "de".

    Raises:
        UsageError: No view speaks the language.

    >>> from workbench.connections.doctor import Diagnosis, Step
    >>> step = Step(name="port", passed=False, said="connection refused", advice="start the server")
    >>> print(diagnosis_text(Diagnosis(connection="gpu", address="", model="", steps=(step,))))
    gpu
    <BLANKLINE>
    Way to the server
      ✗ Port  connection refused
              → start the server
    """
    written = [_title(found)]
    for head, lines in _parts(found, language):
        width = max(len(line.name) for line in lines)
        written += ["", head]
        for line in lines:
            written.append(f"  {_SHAPES[line.works]} {line.name:<{width}}  {line.said}")
            written += [f"    {'':<{width}}  → {line.advice}"] if line.advice else []
    return plain("\n".join([*written, *(f"\n{note}" for note in found.notes)]))


def _title(found: Diagnosis) -> str:
    return " · ".join(part for part in (found.model or found.connection, found.server, found.address) if part)


def _parts(found: Diagnosis, language: str) -> list[tuple[str, list[_Line]]]:
    """Steps and findings with their headings, those that there are."""
    if language not in _HEADS:
        raise UsageError(f"no view speaks the language {language!r}", advice=f"choose one of {', '.join(_HEADS)}")
    number = int(language == "de")
    steps = [_Line(step.passed, _NAMES[step.name][number], step.said, step.advice) for step in found.steps]
    findings = [_Line(one.works, _NAMES[one.name][number], one.said, one.advice) for one in found.findings]
    return [(head, lines) for head, lines in zip(_HEADS[language][:2], (steps, findings), strict=True) if lines]
