"""Sending files to an Ollama server, which makes models of them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

from workbench.engines.ollama._client import raw_client, with_own_errors
from workbench.engines.wire._place import Place
from workbench.errors import UnsupportedError, UsageError
from workbench.model_info import Progress

_CHUNK = 1024 * 1024
_LOOK_S = 0.1
_MAGIC = b"GGUF"


async def digest_of(file: Path) -> str:
    """The fingerprint by which Ollama knows a file. Raises UsageError where it is not a GGUF file that can be read."""
    try:
        digest = await asyncio.to_thread(_sha256, file)
    except IsADirectoryError:
        what, advice = "a model is made from a file, not from a folder", "convert the folder to GGUF"
        raise UnsupportedError(what, where=str(file), advice=advice) from None
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", where=str(file), advice="check it") from None
    if digest is None:
        raise UsageError("this is not a GGUF file, so it is not sent", where=str(file), advice="name a GGUF file")
    return f"sha256:{digest}"


def _sha256(file: Path) -> str | None:
    with file.open("rb") as opened:
        # A stranger's Modelfile may name any file of this machine, and the server would keep it.
        if opened.read(len(_MAGIC)) != _MAGIC:
            return None
        opened.seek(0)
        return hashlib.file_digest(opened, "sha256").hexdigest()


async def upload(place: Place, file: Path, digest: str) -> AsyncGenerator[Progress, None]:
    """Send a file, unless the server has it; closing the generator ends the sending.

    Args:
        place: The server.
        file: The file.
        digest: Its fingerprint.

    Yields:
        How much of it was sent; nothing where the server has it.

    Raises:
        EngineError: If the server does not take it.
    """
    size, sent = (await asyncio.to_thread(file.stat)).st_size, 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        with file.open("rb") as opened:
            while chunk := await asyncio.to_thread(opened.read, _CHUNK):
                yield chunk
                sent += len(chunk)

    async with raw_client(place, place.limits.first_s) as asked:
        path = f"/api/blobs/{digest}"
        if (await with_own_errors(place, asked.head(path))).status_code == 200:
            return

        async def send() -> None:
            (await asked.post(path, content=chunks(), headers={"Content-Length": str(size)})).raise_for_status()

        sending = asyncio.create_task(with_own_errors(place, send()))
        try:
            while not sending.done():
                yield Progress("uploading", digest, sent, size)
                await asyncio.wait([sending], timeout=_LOOK_S)
            await sending
        finally:
            sending.cancel()
            await asyncio.wait([sending])
    yield Progress("uploading", digest, size, size)
