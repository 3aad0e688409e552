"""Examining a connection: the way to the server, then what the model does, with what was found kept for others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter
from urllib.parse import urlsplit

from workbench.arguments import as_flag, as_name
from workbench.connections._registry import Connection, connection
from workbench.connections._wait import wait_told
from workbench.connections.asking._model import first_model
from workbench.connections.asking._records import remember
from workbench.connections.doctor import _cache
from workbench.connections.doctor._diagnosis import Diagnosis, Finding
from workbench.connections.doctor._growing import Growing, Progress, unwatched
from workbench.connections.doctor._probes import LIMIT_S, PROBES, Probe, Subject, refused
from workbench.connections.doctor._steps import (
    Look,
    api_of,
    models_step,
    network_steps,
    product_steps,
    same_model,
    settings_step,
    speed_step,
    timed,
    token_step,
)
from workbench.connections.permissions._policy import is_loopback
from workbench.engines import Engine
from workbench.engines.cassette import as_recorded, call
from workbench.errors import EngineError, KeyReferenceError, UnsupportedError
from workbench.messages import Message, Options, Request

FIRST_TOKEN_S = 180.0  # a large model may have to be loaded


def doctor(name: str = "embedded", *, again: bool = False, progress: Progress = unwatched) -> Diagnosis:
    """Find out what works on a connection, what does not, and what to do about it.

    The server is reached step by step, and the first step that fails ends it. Then the model is asked short questions,
    each of which shows one capability; no probe takes more than 30 seconds, and none leaves a request running. What
    was found is used by `ask`, `compare` and agents, and kept on disk until the server's version or the model changes.
    An interrupt ends it at once.

    Args:
        name: "connection", or "connection/model" for another than its first model.
        again: Ask the model anew, though nothing has changed.
        progress: Called in this thread with all that was found until now, and the name of the step or finding that is
            tried next; at the end "".

    Returns:
        The diagnosis; its `frame`, `advice`, `capabilities`, `model_info` and `json` say what was found.

    Raises:
        ConnectionUnknownError: If there is no such connection.

    >>> doctor("embedded").capabilities.schema
    True
    """

    async def examining(tell: Callable[[tuple[Diagnosis, str]], object]) -> Diagnosis:
        return await examine(name, again=again, progress=lambda found, trying: tell((found, trying)))

    return wait_told(examining, lambda told: progress(*told))


async def examine(name: str, *, again: bool = False, progress: Progress = unwatched) -> Diagnosis:
    """Do the same as `doctor`, to be awaited.

    Args:
        name: "connection" or "connection/model".
        again: Ask the model anew, though nothing has changed.
        progress: As for `doctor`.

    Returns:
        The diagnosis.
    """
    again = as_flag("again=", again)
    chosen, _, wanted = as_name("name", name).partition("/")
    asked = connection(chosen)
    if asked.settings.problem is not None:
        growing = Growing(Diagnosis(connection=chosen, address="", model=""), progress)
        growing.keep(settings_step(asked.settings.problem))
    else:
        engine = asked.engine()
        growing = Growing(Diagnosis(connection=chosen, address=engine.address, model=""), progress)
        model = await _model_reached(asked, engine, wanted, growing)
        if model is None:
            growing.know(notes=_mended(asked))
        else:
            await _find(asked, engine, model, growing, again=again)
    return growing.end()


async def _model_reached(asked: Connection, engine: Engine, wanted: str, growing: Growing) -> str | None:
    """The model that is examined, once it has answered; None where a step on the way to it failed."""
    chosen = asked.name
    is_reached = await _way_to(asked, growing)
    growing.know(address=engine.address)  # which is another where it was found out on the way what answers
    if not is_reached:
        return None
    growing.tries("models")
    step, listed = await models_step(chosen, engine.models(), wanted)
    if not growing.keep(step):
        return None
    model = wanted or first_model(engine, listed)
    growing.tries("token")
    one = Request(model, (Message("user", "Hallo"),), Options(max_tokens=1))
    if not growing.keep(await token_step(chosen, engine.ask(one), FIRST_TOKEN_S)):
        return None
    digest = next((info.digest for info in listed if same_model(info.name, model)), "")
    growing.know(model=f"{chosen}/{model}", digest=digest)
    api = asked.record.api
    if api and api.slow_advice and _is_local(asked):
        growing.tries("speed")
        few = Request(model, (Message("user", "Count to thirty."),), Options(max_tokens=16, temperature=0))
        growing.keep(await speed_step(chosen, lambda: engine.ask(few), api.slow_advice))
    return model


async def _way_to(asked: Connection, growing: Growing) -> bool:
    """Whether all steps on the way to a server went well, which says what it is."""
    if asked.record.api is None:
        growing.know(server=str(asked.record.product))
        return True
    if not await _taken(asked.name, network_steps(asked), growing):
        return False
    product = await api_of(asked).product(asked.place())
    growing.know(server=str(product))
    return await _taken(asked.name, product_steps(asked.place(), product), growing)


async def _taken(connection: str, steps: Iterable[tuple[str, Look]], growing: Growing) -> bool:
    """Whether all of some steps went well; the first that does not ends them."""
    for name, look in steps:
        growing.tries(name)
        if not growing.keep(await timed(connection, name, look)):
            return False
    return True


async def _find(asked: Connection, engine: Engine, model: str, growing: Growing, *, again: bool) -> None:
    """Fill in what the model does, by asking it or from what is kept."""
    reached = growing.found
    known = None if again else _cache.read(reached)
    if known is None:
        says = await _context(engine, model)
        subject = Subject(engine, model, says)
        for name, probe in PROBES.items():
            growing.tries(name)
            growing.find(await _probed(name, probe, subject))
        findings = growing.found.findings
        known = _as_recorded(asked, findings, datetime.now(UTC).isoformat(timespec="seconds"))
        if all(finding.seconds < LIMIT_S for finding in findings):  # what a busy server left open is asked again
            _cache.write(reached, *known)
    growing.know(findings=known[0], found_at=known[1], notes=(*_mended(asked), *_notes(asked)))
    remember(engine, model, growing.found.capabilities)


def _as_recorded(asked: Connection, findings: tuple[Finding, ...], at: str) -> tuple[tuple[Finding, ...], str]:
    """The findings with the seconds and the time of day of the recording, where one is played."""
    about, made = call("look", asked.name, "", "findings"), call("look", asked.name, "", "findings made")
    return as_recorded(about, findings, tuple[Finding, ...]), as_recorded(made, at, str)


async def _probed(name: str, probe: Probe, subject: Subject) -> Finding:
    begun = perf_counter()
    try:
        async with asyncio.timeout(LIMIT_S):
            works, said, advice = await probe(subject)
    except TimeoutError:
        works, said, advice = None, f"not found out within {LIMIT_S:.0f} s", "ask again when the server is less busy"
    except (EngineError, UnsupportedError) as error:
        works, said, advice = refused(error)
    value = subject.says if name == "context" else None
    return Finding(name=name, works=works, said=said, advice=advice, value=value, seconds=perf_counter() - begun)


async def _context(engine: Engine, model: str) -> int | None:
    """The length of the context with which the model is really loaded, or else what its server says of it."""
    with suppress(EngineError, UnsupportedError):
        for one in await engine.loaded():
            if same_model(one.name, model) and one.context:
                return one.context
    with suppress(EngineError, UnsupportedError):
        return (await engine.capabilities(model)).context
    return None


def _mended(asked: Connection) -> tuple[str, ...]:
    try:
        return asked.settings.all_notes()
    except KeyReferenceError:  # told by the step of the key
        return asked.settings.notes


def _notes(asked: Connection) -> tuple[str, ...]:
    if asked.record.api and asked.settings.url.startswith("http://") and not _is_local(asked):
        return ("what is asked goes over the network in clear text; use https://",)
    return ()


def _is_local(asked: Connection) -> bool:
    return is_loopback(urlsplit(asked.settings.url).hostname or "")
