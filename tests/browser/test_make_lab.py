"""`make lab` from its start to the first notebook run: nobody outside is asked, and no question about news is put."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from browser.lab import NotebookPage
from conftest import require
from playwright.sync_api import Browser, expect

ROOT = Path(__file__).resolve().parents[2]
UP_S = 180
RUN_S = 600
SETTLED_MS = 5000  # JupyterLab looks for news shortly after its start


@contextmanager
def traced_lab(folder: Path, calls: Path) -> Iterator[str]:
    """The address of what `make lab` serves, with every call of it that reaches a socket written down."""
    strace = require("strace", shutil.which("strace"), "install Debian's package strace")
    told = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    own = {name: str(folder / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    own |= {name: str(folder / name.lower()) for name in ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")}
    served = folder / "served"  # a copy, as JupyterLab saves what has run
    shutil.copytree(ROOT / "notebooks", served / "notebooks")
    options = "--no-browser --port=0 --ServerApp.port_retries=0 --LabApp.expose_app_in_browser=True"
    options += f" --ServerApp.root_dir={served}"
    traced = ["-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(calls)]
    log = folder / "lab.log"
    with log.open("wb") as said:
        lab = subprocess.Popen(
            [strace, *traced, "make", "lab", f"LAB_ARGS={options}"],
            cwd=ROOT,
            env={**told, **own},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        end = time.monotonic() + UP_S
        while not (found := re.findall(r"http://127\.0\.0\.1:\d+/\S+", log.read_text(errors="replace"))):
            assert lab.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < end, log.read_text()[-2000:]
            time.sleep(0.2)
        yield found[0]
    finally:
        os.killpg(lab.pid, signal.SIGTERM)
        lab.wait(timeout=60)


def test_make_lab_asks_nobody_outside_and_nothing_about_news(browser: Browser, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    strays: list[str] = []
    with traced_lab(tmp_path, calls) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        own = address.partition("/lab")[0]
        context.route(
            lambda url: not url.startswith((own, own.replace("http", "ws", 1), "data:", "blob:")),
            lambda route: (strays.append(route.request.url), route.abort()),
        )
        page = context.new_page()
        page.goto(address, timeout=UP_S * 1000)
        opened = NotebookPage(page)
        opened.ready(kernel=True)
        opened.run_all(RUN_S)
        page.wait_for_timeout(SETTLED_MS)
        expect(page.get_by_text("Jupyter news")).to_have_count(0)
        expect(page.locator(".jp-Dialog")).to_have_count(0)
        context.close()
    reached = set(re.findall(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', calls.read_text()))
    hosts = {ipaddress.ip_address(v4 or v6) for v4, v6 in reached}
    assert hosts, "the kernel itself is reached over loopback, so something must have been seen"
    assert all(host.is_loopback for host in hosts), hosts
    assert strays == []
