"""Where a server passes on what it is sent, and whether it may.

An Ollama sends what is meant for some models to another host. Since version 0.17.6 the name alone decides that: one
that ends in `:cloud`, or whose tag ends in `-cloud`, goes to ollama.com, with the headers of the request and even where
only its description was asked for. So a name is judged before anything is sent that holds it. Other models say in their
description where they run; so that is looked at before such a model is sent anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any
from urllib.parse import unquote, urlsplit

from workbench.engines.sending._leaving import names_in
from workbench.engines.sending._once import once
from workbench.engines.sending._product import identify_at
from workbench.engines.wire._place import Place
from workbench.engines.wire._remembered import Remembered
from workbench.errors import EngineError, PolicyError

CLOUD = "https://ollama.com:443"
_HOLDS_S = 60.0  # somebody else may put another model or server in its place
_LOOK_S = 3.0
_LONGEST_NAME = 1024
_ANSWER_THEMSELVES = ("vLLM", "llama.cpp")
# What a server does with its own models: no model reads it.
_ABOUT_MODELS = ("/api/show", "/api/pull", "/api/push", "/api/create", "/api/copy")
_STAYS = "/api/delete"
# Letters beyond ASCII are in no name of Ollama's, but may look like those that are: each stands for any letter.
_ANY = "\N{REPLACEMENT CHARACTER}"
_CLOUD_PART = re.compile(f"(?:^|[-{_ANY}])" + "".join(f"[{letter}{_ANY}]" for letter in "cloud") + "$")

_products = Remembered[str](_LOOK_S)
_is_ollama = Remembered[bool](_HOLDS_S)
_hosts = Remembered[str](_HOLDS_S)


async def admit(place: Place, path: str, body: Mapping[str, Any] | None) -> None:
    """Raise PolicyError where nothing may be sent to a place, or where it would pass on what must not leave it.

    Args:
        place: The server.
        path: What it is asked for; under its address or at its root.
        body: What it is sent, with the names of models.
    """
    place.gate.admit(place.address)
    if not place.gate.minds_upstream or path == _STAYS:
        return
    for name in names_in(body):
        if address := await _upstream(place, name, works=path not in _ABOUT_MODELS):
            try:
                place.gate.admit_unnamed(address)
            except PolicyError as error:
                told = f"{address}, for the model {place.quote(name)!r} of {place.connection}"
                raise PolicyError(error.what, where=told, advice=error.advice) from None


async def runs_at(place: Place, name: str) -> str:
    """The host on which a model runs, by its name alone; "" where that is the server itself."""
    return urlsplit(await _upstream(place, name, works=False)).hostname or ""


async def _upstream(place: Place, name: str, *, works: bool) -> str:
    """The address to which the server passes on what it is sent for a model; "" where it passes nothing on."""
    found = ""
    if is_cloud_name(name):
        found = "" if await _answers_itself(place) else CLOUD
    elif works and await _speaks_ollama(place):
        found = await _hosts.get((place.connection, place.address, name), partial(_shown_host, place, name)) or ""
    # Whoever has named that host himself is not passed on.
    return "" if urlsplit(found).hostname == urlsplit(place.address).hostname else found


async def _answers_itself(place: Place) -> bool:
    """Whether the server is known to be one for which such a name means nothing."""
    product = place.product or await _products.get((place.connection, place.address), partial(_told_product, place))
    return product in _ANSWER_THEMSELVES


async def _told_product(place: Place) -> str | None:
    try:
        return (await identify_at(place, place.base)).product
    except EngineError:
        return None


async def _speaks_ollama(place: Place) -> bool:
    if place.product:
        return place.product == "Ollama"
    return await _is_ollama.get((place.connection, place.address), partial(_tells_version, place)) or False


async def _tells_version(place: Place) -> bool | None:
    try:
        address, limit_s = place.url("/api/version", place.base), min(_LOOK_S, place.limits.first_s)
        # The lightest of questions, as nearly all who are asked it are not an Ollama.
        if (await once(place, address, head_only=True, limit_s=limit_s)).status != 200:
            return False
        return bool((await once(place, address, limit_s=limit_s)).field("version"))
    except EngineError:
        return None  # what is to be sent will fail as this did


async def _shown_host(place: Place, name: str) -> str | None:
    shown = await once(place, place.url("/api/show", place.base), {"model": name})
    return shown.field("remote_host") if shown.status == 200 else None


def forget() -> None:
    """Ask all servers anew."""
    for kept in (_products, _is_ollama, _hosts):
        kept.forget()


@lru_cache(maxsize=4096)
def is_cloud_name(name: str) -> bool:
    """Whether a current Ollama would send to ollama.com what is meant for a model of this name.

    Ollama looks at the last part alone, in any case and with blanks around it. Here every part after a colon counts,
    and how a name looks, so that nobody on the way can read another name.

    Source: Ollama 0.33, internal/modelref.

    >>> [is_cloud_name(name) for name in ("gpt-oss:120b-cloud", "qwen3: Cloud ", "qwen3:4b", "my-cloud:4b")]
    [True, True, False, False]
    """
    return any(_is_cloud_part(part) for part in re.split("[:@]", _as_seen(name[-_LONGEST_NAME:]))[1:])


def _is_cloud_part(part: str) -> bool:
    part = re.sub(f"[^a-z0-9{_ANY}]+$", "", part)
    is_readable = part[-len("cloud") :].strip(_ANY) != ""
    return "/" not in part and is_readable and _CLOUD_PART.search(part) is not None


def _as_seen(name: str) -> str:
    """A name as somebody reads it: unescaped, in one case and width, without what cannot be seen."""
    while (plain := unquote(name)) != name:
        name = plain
    signs = []
    for sign in unicodedata.normalize("NFKC", name).casefold():
        kind = unicodedata.category(sign)
        if kind[0] in "CZM":
            continue
        signs.append("-" if kind == "Pd" else sign if sign.isascii() else _ANY)
    return "".join(signs)
