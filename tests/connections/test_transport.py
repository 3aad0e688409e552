"""Own authorities, client certificates, secret headers and proxies, in front of the real vLLM."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from certificates import authority, signed
from loopback import served
from servers.run import Server

from workbench import errors
from workbench.connections import connect, model, models
from workbench.connections.doctor import doctor


@dataclass
class Front:
    """A front that hands every connection on to a server, and notes how each begins that brings a request."""

    port: int = 0
    begun: list[bytes] = field(default_factory=list)


@contextmanager
def front(target: str, context: ssl.SSLContext | None = None) -> Iterator[Front]:
    """A front of a server on loopback; with a context it speaks TLS."""
    state = Front()
    host, port = urlsplit(target).hostname, urlsplit(target).port

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(65536)
        if b" HTTP/1." in first.partition(b"\r\n")[0]:
            state.begun.append(first)
        behind_reader, behind_writer = await asyncio.open_connection(host, port)
        try:
            behind_writer.write(first)
            await asyncio.gather(pump(reader, behind_writer), pump(behind_reader, writer))
        finally:
            behind_writer.transport.abort()

    with served(hand_on, context) as state.port:
        yield state


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The certificate of an authority that no machine knows."""
    return authority(tmp_path)


def served_by(own: Path, *, wants_client: bool = False) -> ssl.SSLContext:
    certificate = signed(own.parent, own, "server")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(own))
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    if wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def test_an_authority_of_ones_own(vllm: Server, own: Path) -> None:
    with front(vllm.url, served_by(own)) as secure:
        address = f"https://127.0.0.1:{secure.port}/v1"
        connect("unknown", address, key="env:TEST_VLLM_KEY")
        with pytest.raises(errors.UnreachableError, match=r"no secure connection.*certificate"):
            await model("unknown/smollm2").ask("Hallo", max_tokens=2)
        step = (await asyncio.to_thread(doctor, "unknown")).steps[-1]
        assert (step.name, step.passed) == ("TLS", False)
        assert "ca=" in step.advice
        connect("known", address, key="env:TEST_VLLM_KEY", ca=str(own))
        assert (await model("known/smollm2").ask("Hallo", temperature=0, max_tokens=2)).text
        assert list((await asyncio.to_thread(models, "known"))["model"]) == ["known/smollm2"]


async def test_a_certificate_of_the_client(vllm: Server, own: Path) -> None:
    client = signed(own.parent, own, "client")
    with front(vllm.url, served_by(own, wants_client=True)) as secure:
        address = f"https://127.0.0.1:{secure.port}/v1"
        connect("without", address, key="env:TEST_VLLM_KEY", ca=str(own))
        with pytest.raises(errors.UnreachableError):
            await model("without/smollm2").ask("Hallo", max_tokens=2)
        connect(
            "with",
            address,
            key="env:TEST_VLLM_KEY",
            ca=str(own),
            certificate=str(client),
            certificate_key=str(client.with_suffix(".key")),
        )
        assert (await model("with/smollm2").ask("Hallo", temperature=0, max_tokens=2)).text


def test_certificates_that_cannot_be_read_are_told_at_once(tmp_path: Path, own: Path) -> None:
    with pytest.raises(errors.ConfigurationError, match="certificate file cannot be used"):
        connect("gpu", "https://127.0.0.1:1/v1", ca=str(tmp_path / "none.pem"))
    with pytest.raises(errors.ConfigurationError, match="certificate file cannot be used"):
        connect("gpu", "https://127.0.0.1:1/v1", certificate=str(own), certificate_key=str(own))


async def test_secret_headers_are_sent_and_never_shown(vllm: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_KEY", "geheim-4711")
    headers = {"X-Api-Key": "env:GATEWAY_KEY", "X-Tenant": "amt-7"}
    with front(vllm.url) as seen:
        made = connect("gpu", f"http://127.0.0.1:{seen.port}/v1", key="env:TEST_VLLM_KEY", headers=headers)
        reply = await model("gpu/smollm2").ask("Hallo", max_tokens=2)
    (head,) = seen.begun
    assert b"X-Api-Key: geheim-4711" in head
    assert b"X-Tenant: amt-7" in head
    assert "geheim" not in repr(made) + repr(made.settings) + repr(reply)


async def test_a_proxy_is_used_where_one_is_named_and_only_there(vllm: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    connect("straight", vllm.url, key="env:TEST_VLLM_KEY")
    assert (await model("straight/smollm2").ask("Hallo", temperature=0, max_tokens=2)).text
    with front(vllm.url) as proxy:
        connect("around", vllm.url, key="env:TEST_VLLM_KEY", proxy=f"http://127.0.0.1:{proxy.port}")
        assert (await model("around/smollm2").ask("Hallo", temperature=0, max_tokens=2)).text
    # A proxy is told the whole address of each request, from the first on.
    assert all(f" {vllm.url.removesuffix('/v1')}/".encode() in one.partition(b"\r\n")[0] for one in proxy.begun)
    assert proxy.begun
