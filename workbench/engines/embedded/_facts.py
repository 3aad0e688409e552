"""What the answers of the embedded engine depend on beside the question; nothing is started for it."""

from __future__ import annotations

import asyncio
import hashlib
import mmap
import struct
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from workbench.engines.embedded._engine import packaged_model, quantization
from workbench.engines.embedded._llama_server import library
from workbench.model_info import ModelFacts
from workbench.texts import sha256

_MOST_BYTES = 4 << 30  # of a file whose fingerprint is worked out beside the answers
_TEMPLATE = b"tokenizer.chat_template"
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_TEXT, _ARRAY = 8, 9
# What llama.cpp's settings are called in requests.
_SAMPLING = {
    "temp": "temperature",
    "top_k": "top_k",
    "top_p": "top_p",
    "min_p": "min_p",
    "typ_p": "typical_p",
    "penalty_last_n": "repeat_last_n",
    "penalty_repeat": "repeat_penalty",
    "penalty_present": "presence_penalty",
    "penalty_freq": "frequency_penalty",
}


async def facts(file: Path | None) -> ModelFacts:
    """Read what the answers of a file depend on, None for that of the packaged model. Raises OSError, ValueError."""
    path = file or packaged_model()
    about = path.stat()
    digest, template = await asyncio.to_thread(_read, path, about.st_mtime_ns, about.st_size)
    return ModelFacts(
        product="llama.cpp",
        version=f"xllamacpp {version('xllamacpp')}",
        digest=digest,
        quantization=quantization(path),
        template_sha256=template,
        defaults=await asyncio.to_thread(_sampling),
    )


def _sampling() -> dict[str, Any]:
    """What llama.cpp takes where nothing is said, rounded to what its single precision holds."""
    xllamacpp, _ = library()
    usual = xllamacpp.CommonParams().sampling
    found = {said: getattr(usual, name) for name, said in _SAMPLING.items()}
    return {said: value if isinstance(value, int) else round(value, 6) for said, value in found.items()}


@cache
def _read(path: Path, _changed: int, size: int) -> tuple[str, str]:
    """The fingerprints of a file and of its chat template; "" for what is too large to be read, or not there."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
        template = chat_template(held)
        digest = ""
        if size <= _MOST_BYTES:
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    return digest, sha256(template) if template else ""


def chat_template(held: bytes | mmap.mmap) -> str:
    """The chat template of a GGUF file; "" where it has none.

    Raises ValueError for what is not such a file, and struct.error for one that ends too early.

    Source: ggml, docs/gguf.md.
    """
    if held[:4] != b"GGUF":
        raise ValueError("this is not a GGUF file")
    (count,) = struct.unpack_from("<Q", held, 16)
    place = 24
    for _ in range(count):
        name, place = _text(held, place)
        (kind,) = struct.unpack_from("<I", held, place)
        place += 4
        if name == _TEMPLATE and kind == _TEXT:
            return _text(held, place)[0].decode("utf-8", "replace")
        place = _behind(held, place, kind)
    return ""


def _behind(held: bytes | mmap.mmap, place: int, kind: int) -> int:
    """Where the value of this kind ends. Raises ValueError for an unknown kind."""
    if kind == _TEXT:
        (length,) = struct.unpack_from("<Q", held, place)
        return place + 8 + int(length)
    if kind == _ARRAY:
        of, count = struct.unpack_from("<IQ", held, place)
        place += 12
        if of in _SIZES:
            return place + _SIZES[of] * int(count)
        for _ in range(count):
            place = _behind(held, place, of)
        return place
    if kind not in _SIZES:
        raise ValueError(f"a GGUF file has no value of the kind {kind}")
    return place + _SIZES[kind]


def _text(held: bytes | mmap.mmap, place: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from("<Q", held, place)
    end = place + 8 + int(length)
    return held[place + 8 : end], end
