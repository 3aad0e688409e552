"""The words of the panel, in English and German."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.arguments import in_language

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Connections and models",
        "memory": "Memory of this machine: {used} of {total} used",
        "model": "Model",
        "can": "Can",
        "context": "Context",
        "size": "Size",
        "memory_head": "In memory",
        "stays": "Stays",
        "actions": "Actions",
        "adapter": "adapter of {model}",
        "runs_at": "runs at {host}",
        "loaded": "loaded",
        "not_loaded": "not loaded",
        "unknown": "–",
        "forever": "until unloaded",
        "seconds": "{n} s",
        "minutes": "{n} min",
        "tokens": "{n} tokens",
        "load": "Load",
        "unload": "Unload",
        "delete": "Delete…",
        "really": "Really delete {model}, {size}?",
        "yes_delete": "Delete it",
        "cancel": "Cancel",
        "keep_alive": "Stays loaded for",
        "context_field": "Context in tokens",
        "options": "Options",
        "fetch": "Fetch a model",
        "fetch_button": "Fetch",
        "fetch_hint": "such as qwen3:4b; fetching again goes on where it stopped",
        "cancelled": "cancelled; fetching again goes on from here",
        "done": "{what} {model}: done",
        "failed": "{what} {model}: {problem}",
        "running": "running",
        "waiting": "waiting",
        "cache": "cache",
        "per_second": "tokens/s",
        "empty": "No server but the embedded model. Start Ollama (`ollama serve`) and it appears here, "
        'or name one: wb.connect("gpu", "https://…/v1", key="env:GPU_KEY").',
        "snapshot": "Connections and models, as they were",
        "gone": "Kernel gone; connections and models as they were",
        "manages_not": "its models are chosen where it is started",
    },
    "de": {
        "title": "Verbindungen und Modelle",
        "memory": "Speicher dieses Rechners: {used} von {total} belegt",
        "model": "Modell",
        "can": "Kann",
        "context": "Kontext",
        "size": "Größe",
        "memory_head": "Im Speicher",
        "stays": "Bleibt",
        "actions": "Aktionen",
        "adapter": "Adapter von {model}",
        "runs_at": "läuft bei {host}",
        "loaded": "geladen",
        "not_loaded": "nicht geladen",
        "unknown": "–",
        "forever": "bis zum Entladen",
        "seconds": "{n} s",
        "minutes": "{n} min",
        "tokens": "{n} Token",
        "load": "Laden",
        "unload": "Entladen",
        "delete": "Löschen …",
        "really": "{model} wirklich löschen, {size}?",
        "yes_delete": "Löschen",
        "cancel": "Abbrechen",
        "keep_alive": "Bleibt geladen für",
        "context_field": "Kontext in Token",
        "options": "Optionen",
        "fetch": "Modell holen",
        "fetch_button": "Holen",
        "fetch_hint": "etwa qwen3:4b; erneutes Holen setzt fort, wo es endete",
        "cancelled": "abgebrochen; erneutes Holen setzt hier fort",
        "done": "{what} {model}: fertig",
        "failed": "{what} {model}: {problem}",
        "running": "in Arbeit",
        "waiting": "wartend",
        "cache": "Cache",
        "per_second": "Token/s",
        "empty": "Kein Server außer dem eingebauten Modell. Starten Sie Ollama (`ollama serve`), so erscheint er hier, "
        'oder nennen Sie einen: wb.connect("gpu", "https://…/v1", key="env:GPU_KEY").',
        "snapshot": "Verbindungen und Modelle, wie sie waren",
        "gone": "Kernel beendet; Verbindungen und Modelle, wie sie waren",
        "manages_not": "seine Modelle werden beim Start gewählt",
    },
}


def panel_words(language: str) -> dict[str, str]:
    """The words of a language, by their place in the panel.

    Raises:
        UsageError: No view speaks the language.

    >>> panel_words("de")["unload"]
    'Entladen'
    """
    return dict(in_language(_WORDS, language))
