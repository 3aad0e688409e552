from collections.abc import Callable, Iterator

import pytest
from engine_requests import KnownKey
from faulty import Faulty, faulty_server

from workbench.engines import Limits, Place


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    with faulty_server() as server:
        yield server


@pytest.fixture
def place(faulty: Faulty) -> Callable[..., Place]:
    """A place at the faulty server, with a key, where the pauses between tries are short."""
    return lambda path="": Place("gpu", faulty.address + path, KnownKey(), limits=Limits(pause_s=0.01))
