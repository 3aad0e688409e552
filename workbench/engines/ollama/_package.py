"""The `ollama` package, imported so that the environment cannot spoil that.

On its import it makes a client for `OLLAMA_HOST`, which nobody here uses, and fails where it cannot read that address.
"""

from __future__ import annotations

import os

_host = os.environ.pop("OLLAMA_HOST", None)
try:
    import ollama
finally:
    if _host is not None:
        os.environ["OLLAMA_HOST"] = _host

__all__ = ["ollama"]
