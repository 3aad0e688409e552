from collections.abc import Callable, Iterator

import pytest
import toxiproxy as proxies
from engine_requests import KnownKey
from faulty import Faulty, faulty_server
from hostile import Hostile, hostile_server
from toxiproxy import Toxiproxy

from tests.conftest import require
from workbench.engines import Limits, Place


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    with faulty_server() as server:
        yield server


@pytest.fixture
def place(faulty: Faulty) -> Callable[..., Place]:
    """A place at the faulty server, with a key, where the pauses between tries are short."""
    return lambda path="": Place("gpu", faulty.address + path, KnownKey(), limits=Limits(pause_s=0.01))


@pytest.fixture(scope="session")
def toxiproxy() -> Iterator[Toxiproxy]:
    """A real Toxiproxy."""
    program = require(
        "Toxiproxy", proxies.installed(), "install Go, with which tests/servers/install-toxiproxy builds it"
    )
    with proxies.running(program) as running:
        yield running


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    """A hostile server; after the test no connection to it is left open."""
    with hostile_server() as server:
        yield server
