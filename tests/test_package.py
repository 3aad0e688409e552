"""The package as a whole: what it shows, and that importing it costs nothing."""

import pkgutil
import subprocess
import sys
from time import perf_counter
from types import ModuleType

import workbench

IMPORT_LIMIT_S = 0.15


def quickest(code: str) -> float:
    """Seconds that Python takes for a piece of code, the least of some runs."""
    times = []
    for _ in range(7):
        start = perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append(perf_counter() - start)
    return min(times)


def test_importing_costs_next_to_nothing() -> None:
    assert quickest("import workbench") - quickest("pass") <= IMPORT_LIMIT_S


def test_an_unknown_name_is_an_error_as_usual() -> None:
    assert not hasattr(workbench, "no_such_name")


def test_no_room_is_called_like_a_function() -> None:
    """Python would put the room in the function's place as soon as something imported it."""
    rooms = {module.name for module in pkgutil.iter_modules(workbench.__path__)}
    shown = {name for name in rooms & set(workbench.__all__) if not isinstance(getattr(workbench, name), ModuleType)}
    assert shown == set()
