"""Spans on their way: to a real receiver, by the policy, with an audit line, and never in the way of the session."""

from __future__ import annotations

import asyncio
import json
import sys
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from agents.teams import KINDS, agent
from agents.traces.receiving import Received, receiving, told
from autogen_agentchat.teams import RoundRobinGroupChat
from cassettes import tape

from workbench import agents, connections
from workbench.agents.traces import SCHEMA_URL, spans_of
from workbench.errors import (
    AddressError,
    ConfigurationError,
    KeyReferenceError,
    KeyRefusedError,
    PolicyError,
    ServerError,
    UnreachableError,
    UnsupportedError,
    UsageError,
)

TASK = "Streng geheime Aufgabe"


@pytest.fixture
async def receiver() -> AsyncIterator[Received]:
    async with receiving() as received:
        yield received


async def arrived(received: Received, name: str) -> None:
    for _ in range(1000):
        if name in [one.name for one in received.spans]:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{name} did not come")


async def test_spans_are_sent_as_turns_end_and_each_once(receiver: Received) -> None:
    session = agents.session(KINDS["selector"](), TASK, traces=receiver.address)
    await session.step()
    await session.step()
    await arrived(receiver, "step 2")
    assert {one.name for one in receiver.spans} >= {"step 0", "step 1", "step 2", "invoke_agent manager"}
    assert "SelectorGroupChat" not in "".join(one.name for one in receiver.spans)
    await session.run()
    number = await agents.export_traces(session)
    assert number == len(receiver.spans)
    await agents.export_traces(session)
    assert number == len(receiver.spans)
    await session.fork(at=2, system={"a": "Neu."}).run()
    assert await agents.export_traces(session) == len(receiver.spans) > number
    assert len({one.span_id for one in receiver.spans}) == len(receiver.spans)
    known = {one.id for one in spans_of(session._tree)}
    assert {one.span_id.hex() for one in receiver.spans} == known
    assert {one.parent_span_id.hex() for one in receiver.spans} <= {"", *known}
    assert set(receiver.paths) == {"/v1/traces"}


async def test_what_is_sent_says_what_it_is_and_nothing_of_what_was_said(receiver: Received) -> None:
    session = await agents.session(KINDS["tools_in_a_turn"](), TASK, approve="allow").run()
    await agents.export_traces(session, receiver.address)
    (request,) = receiver.requests
    (resource,) = request.resource_spans
    (scope,) = resource.scope_spans
    assert (scope.schema_url, scope.scope.name) == (SCHEMA_URL, "workbench")
    assert {one.key: one.value.string_value for one in resource.resource.attributes}["service.name"] == "workbench"
    by_name = {one.name: one for one in receiver.spans}  # the last of each name
    chat = by_name["chat"]
    assert chat.kind == chat.SPAN_KIND_CLIENT
    assert by_name["execute_tool now"].kind == chat.SPAN_KIND_INTERNAL
    assert told(chat)["gen_ai.usage.input_tokens"] == 9
    assert told(chat)["gen_ai.response.finish_reasons"] == ["stop"]
    assert all(0 < one.start_time_unix_nano <= one.end_time_unix_nano for one in receiver.spans)
    assert len({one.trace_id for one in receiver.spans}) == 1
    assert len(chat.trace_id) == 16
    raw = request.SerializeToString()
    assert TASK.encode() not in raw
    assert b"12 Uhr" not in raw
    await agents.export_traces(session, agents.Receiver(f"{receiver.address}/v1/traces", content=True))
    assert TASK.encode() in receiver.requests[1].SerializeToString()
    assert b"12 Uhr" in receiver.requests[1].SerializeToString()


async def test_texts_that_are_no_unicode_are_sent_all_the_same(receiver: Received) -> None:
    team = RoundRobinGroupChat([agent("a", lambda *_: "x\ud800y")], max_turns=1)
    session = await agents.session(team, TASK).run()
    await agents.export_traces(session, agents.Receiver(receiver.address, content=True))
    assert len(receiver.spans) == 5


async def test_a_receiver_that_is_away_is_told_of_once_and_gets_all_later(receiver: Received) -> None:
    with warnings.catch_warnings(record=True) as told_of:
        warnings.simplefilter("always")
        receiver.status = 503
        session = await agents.session(KINDS["round_robin"](), TASK, traces=receiver.address).run()
        with pytest.raises(ServerError, match=r"does not take the spans \(status 503\): no spans today"):
            await agents.export_traces(session)
    assert session.finished
    assert [str(one.message) for one in told_of if "traces" in str(one.message)] == [
        "the session goes on, but its traces do not arrive: the receiver does not take the spans (status 503): no spans"
        f" today (traces, {receiver.address}/v1/traces): look into the receiver's own log"
    ]
    receiver.status = 200
    assert await agents.export_traces(session) == len(receiver.spans)


async def test_nobody_there_and_redirects_and_keys(receiver: Received, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await agents.session(KINDS["round_robin"](), TASK).run()
    with pytest.raises(UnreachableError):
        await agents.export_traces(session, "http://127.0.0.1:9")
    async with receiving() as other:
        receiver.status, receiver.location = 307, f"{other.address}/v1/traces"
        with pytest.raises(AddressError, match="points to another address"):
            await agents.export_traces(session, receiver.address)
        assert other.paths == []
    receiver.status, receiver.location = 401, ""
    with pytest.raises(KeyRefusedError, match="refuses the key"):
        await agents.export_traces(session, receiver.address)
    receiver.status = 404
    with pytest.raises(AddressError, match="no traces are taken"):
        await agents.export_traces(session, receiver.address)
    receiver.status = 200
    with_key = agents.Receiver(receiver.address, headers={"X-Key": "env:TRACES_KEY", "X-Tenant": "amt-7"})
    with pytest.raises(KeyReferenceError):
        await agents.export_traces(session, with_key)
    monkeypatch.setenv("TRACES_KEY", "geheim-4711")
    await agents.export_traces(session, with_key)
    assert (receiver.headers[-1]["X-Key"], receiver.headers[-1]["X-Tenant"]) == ("geheim-4711", "amt-7")
    assert receiver.headers[-1]["Content-Type"] == "application/x-protobuf"
    assert "geheim" not in repr(with_key)


async def test_the_standard_variables_count_where_nothing_else_is_said(
    receiver: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await agents.session(KINDS["round_robin"](), TASK).run()
    with pytest.raises(ConfigurationError, match="nothing says where traces are sent"):
        await agents.export_traces(session)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.address)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=geheim%204711,x-tenant=amt")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "amt")
    await agents.export_traces(session)
    assert receiver.headers[-1]["api-key"] == "geheim 4711"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{receiver.address}/own/path")
    await agents.export_traces(session)
    assert receiver.paths == ["/v1/traces", "/own/path"]
    await agents.export_traces(session, receiver.address)
    assert "api-key" not in receiver.headers[-1]  # a key for one receiver is not shown to another


async def test_the_policy_of_models_counts_for_traces_too(
    receiver: Received, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WORKBENCH_OFFLINE", "1")
    monkeypatch.setenv("WORKBENCH_AUDIT", str(tmp_path / "audit.jsonl"))
    team = KINDS["round_robin"]()
    with pytest.raises(PolicyError, match=r"WORKBENCH_OFFLINE is set.*name a receiver on this machine"):
        agents.session(team, TASK, traces="https://traces.example.org")
    session = await agents.session(team, TASK, traces=receiver.address).run()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "https://traces.example.org")
    with pytest.raises(PolicyError):
        await agents.export_traces(session, agents.Receiver())
    await agents.export_traces(session)
    lines = [json.loads(one) for one in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert {(one["connection"], one["host"], one["request"], one["outcome"]) for one in lines} == {
        ("traces", "127.0.0.1", "POST /v1/traces", "stop")
    }
    assert len(connections.audit()) == len(receiver.requests)
    for wrong in (7, "ftp://x", "https://user:secret@traces.example.org"):
        with pytest.raises(UsageError):
            agents.session(team, TASK, traces=wrong)  # type: ignore[arg-type]


async def test_nothing_is_sent_while_recorded_answers_are_played(receiver: Received, tmp_path: Path) -> None:
    async def said() -> list[str]:
        session = await agents.session(KINDS["round_robin"](), TASK, traces=receiver.address).run()
        return list(session.events["content"])

    with tape(tmp_path / "a", "record"):
        recorded = await said()
    await arrived(receiver, "invoke_agent RoundRobinGroupChat")
    before = len(receiver.spans)
    with tape(tmp_path / "a", "replay"):
        assert await said() == recorded
    await asyncio.sleep(0.2)
    assert len(receiver.spans) == before


def test_where_the_packages_are_missing_that_is_told_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(UnsupportedError, match="the packages that send traces are missing"):
        agents.session(KINDS["round_robin"](), TASK, traces="http://127.0.0.1:4318")
    assert agents.spans(agents.session(KINDS["round_robin"](), TASK)).empty


async def test_a_session_that_was_loaded_goes_on_in_the_same_trace(receiver: Received, tmp_path: Path) -> None:
    session = agents.session(KINDS["round_robin"](), TASK, file=tmp_path / "a.session", traces=receiver.address)
    await session.step()
    await arrived(receiver, "step 1")
    loaded = agents.load(tmp_path / "a.session", KINDS["round_robin"](), traces=receiver.address)
    await loaded.run()
    await agents.export_traces(loaded)
    assert len({one.trace_id for one in receiver.spans}) == 1
    ids = [one.span_id for one in receiver.spans if one.name == "step 1"]
    assert len(set(ids)) == 1  # told again as the very same span, that receivers take for one
    assert {"step 1", "step 2", "invoke_agent RoundRobinGroupChat"} <= {one.name for one in receiver.spans}
