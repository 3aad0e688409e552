"""The doctor in a notebook: one table that grows, and that an interrupt leaves with what was found."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from silent_model import silent_model

PROGRAM = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shown = []
def publish(data, metadata=None, **how):
    shown.append([data["text/html"], how.get("update", False)])
shell.display_pub.publish = publish
import workbench as wb
wb.connect("gpu", sys.argv[1])
found = wb.doctor("gpu")
json.dump([shown, found.reached, [step.name for step in found.steps], found.notes], sys.stdout)
"""


def test_rows_appear_as_they_are_found_and_an_interrupt_keeps_them() -> None:
    search = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with silent_model() as server:
        command = [sys.executable, "-c", PROGRAM, server.address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=search) as process:
            while not server.asked and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=60)
    shown, reached, steps, notes = json.loads(said)
    assert (reached, steps[-1], notes) == (False, "models", ["interrupted; not all was tried"])
    tables = [html for html, _ in shown]
    assert [is_update for _, is_update in shown] == [False] + [True] * (len(shown) - 1)
    assert [html.count('<th scope="row"') for html in tables] == [*range(len(steps) + 1), len(steps)]
    assert "now: One token …" in tables[-2]
    assert "now:" not in tables[-1]
    assert "interrupted" in tables[-1]
