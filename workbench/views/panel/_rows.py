"""An overview as the panel shows it: every number already a text."""

from __future__ import annotations

from typing import Any

from workbench.connections import ModelState, Overview, ServerState
from workbench.texts import plain
from workbench.views._progress_words import progress_words
from workbench.views.panel._words import panel_words


def rows(overview: Overview, language: str) -> dict[str, Any]:
    """The overview as plain data with texts.

    >>> rows(Overview((), 8_000_000_000, 2_000_000_000), "en")["memory"]
    'Memory of this machine: 6.0 GB of 8.0 GB used'
    """
    words, size = panel_words(language), progress_words(language).size
    total, free = overview.memory_total_bytes, overview.memory_free_bytes
    return {
        "memory": words["memory"].format(used=size(total - free), total=size(total)),
        "memory_used": round(1 - free / total, 3) if total else 0.0,
        "servers": [_server(server, language) for server in overview.servers],
    }


def _server(server: ServerState, language: str) -> dict[str, Any]:
    busy = server.gauges
    return {
        "name": plain(server.name),
        "product": plain(server.product or server.kind),
        "address": plain(server.address),
        "problem": plain(server.problem),
        "manages": server.manages,
        "models": [_model(model, language) for model in server.models],
        "gauges": busy
        and {
            "running": busy.running,
            "waiting": busy.waiting,
            "cache": busy.cache_used,
            "generated": busy.generated_tokens,
        },
    }


def _model(model: ModelState, language: str) -> dict[str, Any]:
    words, size = panel_words(language), progress_words(language).size
    held = model.loaded
    state = {True: words["loaded"], False: words["not_loaded"], None: words["unknown"]}[model.is_loaded]
    context = held.context if held and held.context else model.context
    remarks = {
        words["runs_at"].format(host=plain(model.runs_at)): model.runs_at,
        words["adapter"].format(model=plain(model.adapter_of)): model.adapter_of,
    }
    return {
        "name": plain(model.name),
        "can": ", ".join((*(remark for remark, applies in remarks.items() if applies), *model.can)),
        "context": f"{context:,}".replace(",", "\u202f") if context else words["unknown"],
        "size": size(model.size_bytes) if model.size_bytes is not None else words["unknown"],
        "loaded": model.is_loaded,
        "memory": f"{size(held.memory_bytes)}" if held else state,
        "stays": _stays(model, words),
    }


def _stays(model: ModelState, words: dict[str, str]) -> str:
    held = model.loaded
    if held is None:
        return words["unknown"]
    if held.expires_s is None:
        return words["forever"]
    if held.expires_s < 90:
        return words["seconds"].format(n=max(round(held.expires_s), 0))
    return words["minutes"].format(n=round(held.expires_s / 60))
