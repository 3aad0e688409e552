"""A real JupyterLab in a real Chromium, driven as a reader would: open a notebook, run its cells, look."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import nbformat
import psutil
from playwright.sync_api import Browser, BrowserContext, Locator, Page, WebSocket

import workbench

START_SECONDS = 90  # a busy machine with two cores
RUN_SECONDS = 120
RAN = re.compile(r"\[\d+\]")  # the prompt of a cell that has run
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "apputils-extension/themes": {"theme": "JupyterLab Light", "adaptive-theme": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}


@dataclass(frozen=True)
class Server:
    """A JupyterLab that serves one folder on loopback.

    Attributes:
        url: Its address.
        token: What opens it.
        root: The folder.
        process: Number of its process.
    """

    url: str
    token: str = field(repr=False)
    root: Path
    process: int


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """JupyterLab, started in `folder` with no configuration but its own, and ended with all its kernels."""
    root = folder / "notebooks"
    root.mkdir()
    settings = folder / "settings" / "@jupyterlab"
    for name, values in SETTINGS.items():
        target = settings / f"{name}.jupyterlab-settings"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(values))
    port, token = free_port(), secrets.token_urlsafe(24)
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": root,
        "IdentityProvider.token": token,
        "ServerApp.allow_root": True,
        "ServerApp.terminals_enabled": False,
        "LabApp.expose_app_in_browser": True,
        "LabApp.extension_manager": "readonly",
        "LabApp.news_url": "None",
    }
    with (folder / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyterlab",
                "--no-browser",
                *(f"--{name}={value}" for name, value in options.items()),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=root,
            env=environment(folder),
        )
        try:
            url = f"http://127.0.0.1:{port}"
            await_answer(f"{url}/api/status?token={token}", process, folder / "lab.log")
            yield Server(url, token, root, process.pid)
        finally:
            end(process)


@dataclass
class Lab:
    """A JupyterLab together with the Chromium that looks at it.

    Attributes:
        server: The JupyterLab.
        browser: The Chromium.
        strays: Addresses outside JupyterLab that a page asked for; none of these requests went out.
    """

    server: Server
    browser: Browser
    strays: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def write(self, name: str, cells: Sequence[str]) -> str:
        """Writes a notebook of code cells and returns its name."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.server.root / name)
        return name

    def read(self, name: str) -> nbformat.NotebookNode:
        """The notebook as it lies on disk."""
        return nbformat.read(self.server.root / name, as_version=4)

    def open(
        self,
        name: str,
        *,
        kernel: bool = True,
        dark: bool = False,
        on_websocket: Callable[[WebSocket], object] | None = None,
    ) -> NotebookPage:
        """Opens a notebook of the served folder in a fresh page.

        Args:
            name: Its path in the folder.
            kernel: False opens it as on another machine: a copy that is not trusted, and whose kernel is not there.
            dark: Whether JupyterLab wears its dark theme.
            on_websocket: Gets each websocket that the page opens; None for nobody.
        """
        if not kernel:
            name = self._foreign(name)
        context = self.browser.new_context(viewport={"width": 1280, "height": 900})
        self._contexts.append(context)
        context.route(
            lambda url: not self._own(url), lambda route: (self.strays.append(route.request.url), route.abort())
        )
        page = context.new_page()
        if on_websocket is not None:
            page.on("websocket", on_websocket)
        page.set_default_timeout(START_SECONDS * 1000)  # of clicks and the like
        page.goto(
            f"{self.server.url}/lab/workspaces/{secrets.token_hex(4)}/tree/{quote(name)}?token={self.server.token}"
        )
        opened = NotebookPage(page)
        opened.ready(kernel=kernel)
        if dark:
            opened.theme("JupyterLab Dark")
        return opened

    def _foreign(self, name: str) -> str:
        notebook = self.read(name)
        # Were the language Python, JupyterLab would start the only Python kernel that it has.
        notebook.metadata = {"kernelspec": {"name": "absent", "display_name": "Absent", "language": "absent"}}
        nbformat.write(notebook, self.server.root / f"foreign-{name}")
        return f"foreign-{name}"

    def close(self) -> None:
        """Closes all pages and shuts all kernels down."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()
        self.strays.clear()
        for session in self._api("GET", "sessions"):
            self._api("DELETE", f"sessions/{session['id']}")

    def kill_kernels(self) -> None:
        """Kills the processes of all kernels, as the system does where memory runs out; JupyterLab starts them anew."""
        for child in psutil.Process(self.server.process).children(recursive=True):
            if "ipykernel_launcher" in child.cmdline():
                child.kill()

    def _own(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in ("data", "blob") or parts.netloc == urlsplit(self.server.url).netloc

    def _api(self, method: str, path: str) -> list[dict[str, str]]:
        request = urllib.request.Request(f"{self.server.url}/api/{path}", method=method)
        request.add_header("Authorization", f"token {self.server.token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if body else []


@dataclass
class NotebookPage:
    """A notebook open in JupyterLab.

    Attributes:
        page: Playwright's page, for whatever is not named here.
    """

    page: Page

    def ready(self, *, kernel: bool | None) -> None:
        """Waits until the notebook is there and its kernel is idle; None does not wait for a kernel that works."""
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=START_SECONDS * 1000)
        if kernel is None:
            return
        if not kernel:
            self.page.get_by_role("dialog").get_by_role("button", name="No Kernel").click()
            return
        self.page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
            timeout=START_SECONDS * 1000,
        )

    def command(self, name: str) -> None:
        """Carries out a command of JupyterLab's and waits for its end."""
        self.page.evaluate("async (name) => { await window.jupyterapp.commands.execute(name); }", name)

    def start_cell(self, number: int) -> None:
        """Runs a cell, counted from 0, without waiting for its end."""
        self.page.evaluate(
            """(number) => {
                window.jupyterapp.shell.currentWidget.content.activeCellIndex = number;
                void window.jupyterapp.commands.execute("notebook:run-cell");
            }""",
            number,
        )

    def run_cell(self, number: int, seconds: float = RUN_SECONDS) -> None:
        """Runs a cell, counted from 0, and waits for its end."""
        self.start_cell(number)
        self.wait_cell(number, seconds)

    def run_all(self, seconds: float = RUN_SECONDS) -> None:
        """Runs all cells and waits for their end; a cell that raises fails the test with its traceback."""
        self.page.evaluate(
            """() => {
                window.ranAll = false;
                const all = window.jupyterapp.commands.execute("notebook:run-all-cells");
                void all.finally(() => { window.ranAll = true; });
            }"""
        )
        self.page.wait_for_function("window.ranAll", timeout=seconds * 1000)
        raised = self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets
                .flatMap((cell) => cell.model.outputs?.toJSON() ?? [])
                .filter((output) => output.output_type === "error")
                .map((output) => output.traceback.join("\\n"))"""
        )
        assert not raised, "\n".join(raised)

    def wait_cell(self, number: int, seconds: float = RUN_SECONDS) -> None:
        """Waits until a cell has run."""
        self.prompt(number).filter(has_text=RAN).wait_for(timeout=seconds * 1000)

    def is_running(self, number: int) -> bool:
        """Whether a cell is running now, as its star tells."""
        return "*" in self.prompt(number).inner_text()

    def cell(self, number: int) -> Locator:
        """A cell, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def prompt(self, number: int) -> Locator:
        """The number beside a cell, or the star while it runs."""
        return self.cell(number).locator(".jp-InputPrompt")

    def outputs(self, number: int) -> Locator:
        """The outputs of a cell."""
        return self.cell(number).locator(".jp-OutputArea-output")

    def save(self) -> None:
        """Saves the notebook."""
        self.command("docmanager:save")

    def theme(self, name: str) -> None:
        """Changes the theme: "JupyterLab Light" or "JupyterLab Dark"."""
        self.page.evaluate(
            "async (theme) => { await window.jupyterapp.commands.execute('apputils:change-theme', { theme }); }", name
        )
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def screenshot(self, path: Path | str, of: Locator | None = None) -> None:
        """Writes a picture of the page, or of a part of it."""
        (of or self.page).screenshot(path=path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path) -> dict[str, str]:
    package = str(Path(workbench.__file__).parents[1])
    own = {
        "JUPYTER_CONFIG_DIR": folder / "config",
        "JUPYTER_DATA_DIR": folder / "data",
        "JUPYTER_RUNTIME_DIR": folder / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": folder / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": folder / "workspaces",
        "IPYTHONDIR": folder / "ipython",
        "PYTHONPATH": os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")])),
    }
    return {**os.environ, **{name: str(value) for name, value in own.items()}}


def await_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(errors='replace')}")


def end(process: subprocess.Popen[bytes]) -> None:
    children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in psutil.wait_procs(children, timeout=5)[1]:
        child.kill()
