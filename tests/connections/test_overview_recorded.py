"""What the overview tells of the machine is that of the one where it was recorded."""

from pathlib import Path

import psutil
import pytest
from cassettes import tape

from workbench.connections import overview


async def test_the_memory_is_that_of_the_machine_where_it_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tape(tmp_path / "a", "record"):
        told = await overview()

    def elsewhere() -> None:
        raise AssertionError("this machine was looked at")

    monkeypatch.setattr(psutil, "virtual_memory", elsewhere)
    with tape(tmp_path / "a", "replay"):
        played = await overview()
    assert (played.memory_total_bytes, played.memory_free_bytes) == (told.memory_total_bytes, told.memory_free_bytes)
    assert told.memory_total_bytes > told.memory_free_bytes > 0
