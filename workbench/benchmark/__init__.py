"""The server bench: how fast a server answers under growing load."""

from workbench.benchmark._bench import Bench
from workbench.benchmark._run import benchmark

__all__ = ["Bench", "benchmark"]
