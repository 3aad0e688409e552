"""Names for whoever types one: what servers say soon or said before, and no waiting for those that say nothing."""

from __future__ import annotations

import socket
import threading
import time

from standin import standing_in

from workbench.connections import connect, model_names


def test_servers_are_asked_once_and_their_names_remembered() -> None:
    with standing_in(models=("small", "two words", "bell\x07")) as server:
        connect("gpu", f"{server.address}/v1")
        names = model_names(30)
        assert [name for name in names if name.startswith("gpu")] == ["gpu", "gpu/small"]
        asked = len(server.seen)
        assert model_names() == names
        assert len(server.seen) == asked


def test_a_server_that_says_nothing_costs_a_moment_and_is_not_asked_twice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connect("slow", f"http://127.0.0.1:{silent.getsockname()[1]}/v1")
        began = time.monotonic()
        assert "slow" in model_names(0.3)
        assert "slow" in model_names(0.0)
        assert time.monotonic() - began < 4.0
        assert [thread.name for thread in threading.enumerate()].count("workbench-names slow") == 1


def test_an_address_that_nobody_named_is_no_name_until_something_answers() -> None:
    assert not [name for name in model_names(10) if name.startswith("ollama")]
