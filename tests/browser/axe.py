"""axe-core, the accessibility checker: fetched once from npm into the cache, as its source is not ours to commit."""

from __future__ import annotations

import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

from playwright.sync_api import Page

VERSION = "4.14.1"


def axe_core() -> str:
    """The source of axe-core. Raises OSError or RuntimeError where npm or its registry is missing."""
    kept = _cache() / f"axe-core-{VERSION}" / "axe.min.js"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            packed = subprocess.run(
                ["npm", "pack", "--silent", f"axe-core@{VERSION}"],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=120,
            )
            if packed.returncode:
                raise RuntimeError(f"npm pack axe-core: {packed.stderr.strip()}")
            with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
                source = archive.extractfile("package/axe.min.js")
                assert source is not None
                partial = kept.with_suffix(f".{os.getpid()}")
                partial.write_bytes(source.read())
        partial.replace(kept)
    return kept.read_text()


def violations(page: Page, source: str, selector: str) -> list[str]:
    """What axe-core finds within the elements of a selector, one line each; elements outside are not looked at."""
    page.evaluate(source)
    found = page.evaluate("selector => axe.run(selector)", selector)
    assert found["passes"], f"axe-core looked at nothing: {selector}"
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]
    ]


def _cache() -> Path:
    if own := os.environ.get("WORKBENCH_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "model-workbench"
