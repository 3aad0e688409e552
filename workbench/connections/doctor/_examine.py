"""Examining a connection: the way to the server, then what the model does, with what was found kept for others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter
from urllib.parse import urlsplit

from workbench.connections._registry import Connection, connection
from workbench.connections._wait import wait
from workbench.connections.asking._model import first_model
from workbench.connections.asking._records import remember
from workbench.connections.doctor import _cache
from workbench.connections.doctor._diagnosis import Diagnosis, Finding, Step
from workbench.connections.doctor._probes import LIMIT_S, PROBES, Probe, Subject, refused
from workbench.connections.doctor._steps import (
    api_of,
    models_step,
    network_steps,
    product_steps,
    same_model,
    settings_step,
    speed_step,
    token_step,
)
from workbench.connections.permissions._policy import is_loopback
from workbench.engines import Engine
from workbench.engines.cassette import as_recorded, call
from workbench.errors import EngineError, KeyReferenceError, UnsupportedError
from workbench.messages import Message, Options, Request

FIRST_TOKEN_S = 180.0  # a large model may have to be loaded

Progress = Callable[[Step | Finding], object]


def doctor(name: str = "embedded", *, again: bool = False) -> Diagnosis:
    """Find out what works on a connection, what does not, and what to do about it.

    The server is reached step by step, and the first step that fails ends it. Then the model is asked short questions,
    each of which shows one capability; no probe takes more than 30 seconds, and none leaves a request running. What
    was found is used by `ask`, `compare` and agents, and kept on disk until the server's version or the model changes.

    Args:
        name: "connection", or "connection/model" for another than its first model.
        again: Ask the model anew, though nothing has changed.

    Returns:
        The diagnosis; its `frame`, `advice`, `capabilities`, `model_info` and `json` say what was found.

    Raises:
        ConnectionUnknownError: If there is no such connection.

    >>> doctor("embedded").capabilities.schema
    True
    """
    return wait(examine(name, again=again))


async def examine(name: str, *, again: bool = False, progress: Progress = lambda _: None) -> Diagnosis:
    """Do the same as `doctor`, to be awaited.

    Args:
        name: "connection" or "connection/model".
        again: Ask the model anew, though nothing has changed.
        progress: Called with each step and finding as soon as it is there.

    Returns:
        The diagnosis.
    """
    chosen, _, wanted = name.partition("/")
    asked = connection(chosen)
    if asked.settings.problem is not None:
        step = settings_step(asked.settings.problem)
        progress(step)
        return Diagnosis(connection=chosen, address="", model="", steps=(step,))
    return await _examined(asked, wanted, again=again, progress=progress)


async def _examined(asked: Connection, wanted: str, *, again: bool, progress: Progress) -> Diagnosis:
    chosen, engine = asked.name, asked.engine()
    steps: list[Step] = []

    def keep(step: Step) -> bool:
        steps.append(step)
        progress(step)
        return step.passed

    def stopped(server: str = "") -> Diagnosis:
        return Diagnosis(
            connection=chosen,
            address=engine.address,
            model="",
            server=server,
            steps=tuple(steps),
            notes=_mended(asked),
        )

    server, is_reached = await _way_to(asked, keep)
    if not is_reached:
        return stopped(server)
    step, listed = await models_step(chosen, engine.models(), wanted)
    if not keep(step):
        return stopped(server)
    model = wanted or first_model(engine, listed)
    one = Request(model, (Message("user", "Hallo"),), Options(max_tokens=1))
    if not keep(await token_step(chosen, engine.ask(one), FIRST_TOKEN_S)):
        return stopped(server)
    api = asked.record.api
    if api and api.slow_advice and _is_local(asked):
        few = Request(model, (Message("user", "Count to thirty."),), Options(max_tokens=16, temperature=0))
        keep(await speed_step(chosen, lambda: engine.ask(few), api.slow_advice))
    digest = next((info.digest for info in listed if same_model(info.name, model)), "")
    found = Diagnosis(
        connection=chosen,
        address=engine.address,
        model=f"{chosen}/{model}",
        server=server,
        digest=digest,
        steps=tuple(steps),
    )
    return await _with_findings(asked, engine, model, found, again=again, progress=progress)


async def _way_to(asked: Connection, keep: Callable[[Step], bool]) -> tuple[str, bool]:
    """What a server says it is, and whether all steps on the way to it went well."""
    if asked.record.api is None:
        return str(asked.record.product), True
    async for step in network_steps(asked):
        if not keep(step):
            return "", False
    product = await api_of(asked).product(asked.place())
    async for step in product_steps(asked.place(), product):
        if not keep(step):
            return str(product), False
    return str(product), True


async def _with_findings(
    asked: Connection, engine: Engine, model: str, found: Diagnosis, *, again: bool, progress: Progress
) -> Diagnosis:
    known = None if again else _cache.read(found)
    if known is None:
        says = await _context(engine, model)
        subject = Subject(engine, model, says)
        findings = []
        for name, probe in PROBES.items():
            finding = await _probed(name, probe, subject)
            progress(finding)
            findings.append(finding)
        known = _as_recorded(asked, tuple(findings), datetime.now(UTC).isoformat(timespec="seconds"))
        if all(finding.seconds < LIMIT_S for finding in findings):  # what a busy server left open is asked again
            _cache.write(found, *known)
    else:
        for finding in known[0]:
            progress(finding)
    whole = Diagnosis(
        **{name: getattr(found, name) for name in ("connection", "address", "model", "server", "digest", "steps")},
        findings=known[0],
        found_at=known[1],
        notes=(*_mended(asked), *_notes(asked)),
    )
    remember(engine, model, whole.capabilities)
    return whole


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
