"""A real Toxiproxy: a proxy on loopback in front of any server, whose network can be made to fail.

Its toxics are told at https://github.com/Shopify/toxiproxy (version 2.12): `latency`, `bandwidth`, `slow_close`,
`timeout`, `reset_peer`, `slicer` and `limit_data`.
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INSTALL = Path(__file__).parent / "servers" / "install-toxiproxy"
UP_S = 10.0
DOWN_S = 5.0


@dataclass(frozen=True)
class Proxy:
    """One proxied server.

    Attributes:
        name: Its name in Toxiproxy.
        port: The port on loopback at which it listens.
    """

    name: str
    port: int
    _api: str

    def toxic(self, kind: str, *, stream: str = "downstream", **attributes: int) -> None:
        """Let the network fail in this way from now on, for connections that stand and new ones.

        Args:
            kind: Toxiproxy's name of the fault.
            stream: "downstream" for what the server sends, "upstream" for what it is sent.
            attributes: Toxiproxy's names for the fault's measures: milliseconds, KB/s, bytes.
        """
        _call(
            f"{self._api}/{self.name}/toxics",
            {"name": f"{kind}-{stream}", "type": kind, "stream": stream, "toxicity": 1.0, "attributes": attributes},
        )

    def heal(self) -> None:
        """Take all faults away."""
        for toxic in _call(f"{self._api}/{self.name}/toxics"):
            _call(f"{self._api}/{self.name}/toxics/{toxic['name']}", method="DELETE")

    def down(self) -> None:
        """Refuse connections, and cut those that stand."""
        _call(f"{self._api}/{self.name}", {"enabled": False})

    def up(self) -> None:
        """Accept connections again."""
        _call(f"{self._api}/{self.name}", {"enabled": True})


@dataclass(frozen=True)
class Toxiproxy:
    """A running Toxiproxy.

    Attributes:
        url: Address of its HTTP interface.
    """

    url: str

    @contextmanager
    def proxy(self, upstream: int) -> Iterator[Proxy]:
        """A proxy in front of the server at this port of loopback, without faults yet, on a free port."""
        api = f"{self.url}/proxies"
        wanted = {"name": f"to-{upstream}", "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{upstream}"}
        made = _call(api, wanted)
        try:
            yield Proxy(made["name"], int(made["listen"].rpartition(":")[2]), api)
        finally:
            _call(f"{api}/{made['name']}", method="DELETE")


@contextmanager
def running(program: Path) -> Iterator[Toxiproxy]:
    """Start Toxiproxy on a free port, and end it by its process."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [program, "-host", "127.0.0.1", "-port", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_answer(url)
        yield Toxiproxy(url)
    finally:
        process.terminate()
        try:
            process.wait(DOWN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def installed() -> Path | None:
    """The program, built now if it was not yet; None where it cannot be built."""
    done = subprocess.run([INSTALL], stdout=subprocess.PIPE, text=True, check=False)
    return None if done.returncode else Path(done.stdout.strip().splitlines()[-1])


def _await_answer(url: str) -> None:
    end = time.monotonic() + UP_S
    while True:
        try:
            _call(f"{url}/version")
            return
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _call(url: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
    """The answer of Toxiproxy's interface, {} for an empty one."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=UP_S) as response:
        return json.loads(response.read() or b"{}")
