"""Fixtures of the browser tests: one JupyterLab for all, one Chromium for each file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.axe import axe_core
from browser.lab import Lab, Server, serving
from playwright.sync_api import Browser, expect, sync_playwright

SHOWN_SECONDS = 60  # until an element is there on a busy machine; where a time is promised, its test measures it
expect.set_options(timeout=SHOWN_SECONDS * 1000)

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running JupyterLab."""
    with serving(tmp_path_factory.mktemp("lab")) as server:
        yield server


# Playwright keeps an event loop running in this thread; async tests of other files could not run beside it.
@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """A running Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def lab(lab_server: Server, browser: Browser) -> Iterator[Lab]:
    """JupyterLab in Chromium; after the test its pages are closed and its kernels ended."""
    lab = Lab(lab_server, browser)
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which checks accessibility in the page."""
    try:
        return axe_core()
    except (OSError, RuntimeError) as problem:
        if os.environ.get("CI") == "true":
            pytest.fail(f"axe-core was not had: {problem}")
        pytest.skip(f"axe-core was not had: {problem}")
