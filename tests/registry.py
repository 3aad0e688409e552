"""A real registry of models on loopback: Debian's docker-registry, to which Ollama pushes and from which it pulls.

As Ollama's own registry does, it sends whoever asks for a blob on to a server of files on another host: Ollama fetches
blobs in no other way. Before that server stands a proxy, so that a pull can be slow.
"""

from __future__ import annotations

import asyncio
import json
import os
import queue
import secrets
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from toxiproxy import Proxy, Toxiproxy

from workbench.engines import OllamaModels
from workbench.engines.embedded._engine import packaged_model
from workbench.engines.ollama._models import Steps
from workbench.model_info import Progress

MB = 1_000_000
UP_S = 10.0
DOWN_S = 5.0
# A text in the head of the packaged model that means nothing to it: with another, the file has another fingerprint.
MARK = b"HuggingFaceTB"


@dataclass(frozen=True)
class Registry:
    """A running registry.

    Attributes:
        port: Its port on loopback.
        folder: Where it keeps what was pushed.
        version: What it says of itself.
        files: The network between Ollama and the blobs.
        asked: What the server of files was asked for: path and range.
    """

    port: int
    folder: Path
    version: str
    files: Proxy
    asked: list[tuple[str, str]]

    def __str__(self) -> str:
        return f"docker-registry {self.version} at http://127.0.0.1:{self.port}"

    def blob(self, digest: str) -> Path:
        """The file in which it keeps a blob."""
        kind, _, number = digest.partition(":")
        return self.folder / "docker/registry/v2/blobs" / kind / number[:2] / number / "data"

    def first_bytes(self, digest: str) -> list[int]:
        """The first byte that was wanted, each time that a blob was fetched."""
        path = "/" + str(self.blob(digest).relative_to(self.folder))
        ranges = [wanted for asked, wanted in self.asked if asked == path and wanted]
        return [int(wanted.removeprefix("bytes=").split("-")[0]) for wanted in ranges]


@contextmanager
def running(program: str, folder: Path, toxiproxy: Toxiproxy) -> Iterator[Registry]:
    """Start a registry that keeps all in this folder, and end it by its process."""
    with _file_server(folder) as (file_port, asked), toxiproxy.proxy(file_port) as files:
        port = _free_port()
        config = {
            "version": "0.1",
            "log": {"level": "error"},
            "storage": {"filesystem": {"rootdirectory": str(folder)}},
            # Another name of the same machine, as Ollama looks no further where the host stays the same.
            "middleware": {"storage": [{"name": "redirect", "options": {"baseurl": f"http://localhost:{files.port}"}}]},
            "http": {"addr": f"127.0.0.1:{port}"},
        }
        (folder / "config.yml").write_text(json.dumps(config))  # JSON is YAML
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("REGISTRY_", "OTEL_"))}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [program, "serve", folder / "config.yml"], env=clean, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            _await_answer(f"http://127.0.0.1:{port}/v2/")
            yield Registry(port, folder, version, files, asked)
        finally:
            process.terminate()
            try:
                process.wait(DOWN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def _file_server(folder: Path) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """A server of the files in a folder, whole or in part, in a thread of its own: its port, and what was asked."""
    asked: list[tuple[str, str]] = []
    loop, done, ports = asyncio.new_event_loop(), asyncio.Event(), queue.Queue[int]()

    async def answer(request: web.Request) -> web.FileResponse:
        asked.append((request.path, request.headers.get("Range", "")))
        return web.FileResponse(folder / request.path.lstrip("/"))

    async def serve() -> None:
        server = web.Server(answer)
        runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ports.put(runner.addresses[0][1])
        await done.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        yield ports.get(timeout=UP_S), asked
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


def unlike_model(folder: Path) -> Path:
    """The packaged model with another fingerprint, so that no server has a part of it."""
    content = packaged_model().read_bytes()
    assert MARK in content[:4096]
    file = folder / f"{secrets.token_hex(4)}.gguf"
    file.write_bytes(content.replace(MARK, secrets.token_hex(len(MARK))[: len(MARK)].encode(), 1))
    return file


async def drained(steps: Steps) -> list[Progress]:
    """All steps of a work, once it has ended."""
    return [step async for step in steps]


async def pushed(models: OllamaModels, registry: Registry, folder: Path, name: str) -> tuple[str, str]:
    """A model that only the registry has: its name there, and the digest of its weights."""
    file = unlike_model(folder)
    there = f"127.0.0.1:{registry.port}/library/test-managed-{name}"
    await drained(models.create("test-managed-local", file=file))
    await models.copy("test-managed-local", there)
    steps = await drained(models.push(there, insecure=True))
    assert steps[-1].status == "success"
    for local in ("test-managed-local", there):
        await models.delete(local)
    # A current Ollama writes the file anew when it makes a model of it, so its digest is not that of the file.
    digest = max(steps, key=lambda step: step.total_bytes or 0).digest
    assert abs(registry.blob(digest).stat().st_size - file.stat().st_size) < MB
    return there, digest


def _await_answer(url: str) -> None:
    end = time.monotonic() + UP_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=UP_S):
                return
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
