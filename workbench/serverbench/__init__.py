"""The server bench: how fast a server answers under growing load."""

from workbench.serverbench._bench import Bench
from workbench.serverbench._run import benchmark

__all__ = ["Bench", "benchmark"]
