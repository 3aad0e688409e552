"""The words of the doctor's views, in English and German; what was found is translated beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.arguments import in_language
from workbench.language import Language

# Two pairs of names, as a capability and a step may be named alike.
STEPS: Mapping[str, tuple[str, str]] = {
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
}
FINDINGS: Mapping[str, tuple[str, str]] = {
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
    "vision": ("Images", "Bilder"),
    "context": ("Context length", "Kontextlänge"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorWords:
    """The words of one language.

    Attributes:
        language: The language.
        said: What stands beside the mark of what works, of what does not, and of what could not be found out.
        way: Heads the steps to the server.
        findings: Heads what the model does.
        seen: Heads what was seen.
        to_do: Precedes what to do.
        working: Counts what works: of one, and of several.
        lacking: Counts what does not: of one, and of several.
        unknown: Counts what could not be found out.
        unreached: Names the step that failed.
        trying: Names what is tried now.
        to_stop: How it is stopped in a notebook.
    """

    language: Language
    said: Mapping[bool | None, str]
    way: str
    findings: str
    seen: str
    to_do: str
    working: tuple[str, str]
    lacking: tuple[str, str]
    unknown: str
    unreached: str
    trying: str
    to_stop: str

    def name(self, name: str) -> str:
        """What a step or a finding is called.

        >>> doctor_words("de").name("tools")
        'Eigene Werkzeugaufrufe'
        """
        return {**STEPS, **FINDINGS}[name][self.language == "de"]

    def counted(self, working: int, lacking: int, unknown: int) -> str:
        """Say in a phrase how much works.

        >>> doctor_words("en").counted(11, 4, 1), doctor_words("de").counted(1, 2, 0)
        ('11 work, 4 do not, 1 open', '1 geht, 2 gehen nicht')
        """
        parts = [self.working[working != 1].format(working)] if working else []
        parts += [self.lacking[lacking != 1].format(lacking)] if lacking else []
        parts += [self.unknown.format(unknown)] if unknown else []
        return ", ".join(parts)


_WORDS: Mapping[str, DoctorWords] = {
    "en": DoctorWords(
        language="en",
        said={True: "yes", False: "no", None: "open"},
        way="Way to the server",
        findings="What the model does",
        seen="Seen",
        to_do="What to do",
        working=("{} works", "{} work"),
        lacking=("{} does not", "{} do not"),
        unknown="{} open",
        unreached="not reached: {}",
        trying="now: {} …",
        to_stop="to stop: interrupt the kernel (■, or the key I twice); what was found stays",
    ),
    "de": DoctorWords(
        language="de",
        said={True: "ja", False: "nein", None: "offen"},
        way="Weg zum Server",
        findings="Was das Modell kann",
        seen="Gesehen",
        to_do="Was zu tun ist",
        working=("{} geht", "{} gehen"),
        lacking=("{} geht nicht", "{} gehen nicht"),
        unknown="{} offen",
        unreached="nicht erreicht: {}",
        trying="jetzt: {} …",
        to_stop="anhalten: den Kernel unterbrechen (■ oder zweimal die Taste I); was gefunden wurde, bleibt",
    ),
}


def doctor_words(language: str) -> DoctorWords:
    """Return the words of a language, "en" or "de". Raises UsageError for another.

    >>> doctor_words("de").way
    'Weg zum Server'
    """
    return in_language(_WORDS, language)
