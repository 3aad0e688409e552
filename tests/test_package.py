"""The package as a whole: what it shows, and that importing it costs nothing."""

import subprocess
import sys
from time import perf_counter

import pytest

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


def test_every_public_name_is_there() -> None:
    assert workbench.__all__ == [
        "Connection",
        "Message",
        "Model",
        "Reply",
        "Tool",
        "WorkbenchError",
        "__version__",
        "agents",
        "audit",
        "benchmark",
        "charts",
        "compare",
        "connect",
        "copy",
        "create",
        "delete",
        "dialogue",
        "doctor",
        "embed",
        "errors",
        "estimate",
        "load",
        "loaded",
        "model",
        "models",
        "open",
        "panel",
        "pull",
        "read_table",
        "report",
        "runs",
        "scorers",
        "show",
        "statistics",
        "trust",
        "unload",
    ]
    for name in workbench.__all__:
        assert getattr(workbench, name) is not None


def test_an_unknown_name_is_an_error_as_usual() -> None:
    assert not hasattr(workbench, "no_such_name")


@pytest.mark.parametrize(
    "before", ["wb.estimate", "wb.scorers", "wb.runs", "import workbench.comparison, workbench.serverbench"]
)
def test_names_that_are_rooms_too_can_be_called_whatever_was_imported_before(before: str) -> None:
    code = f"import workbench as wb; {before}; print(wb.compare.__name__, wb.benchmark.__name__)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["compare", "benchmark"]
