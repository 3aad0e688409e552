"""Workbench as a script has it: a comparison of many prompts that is kept in a journal, and its table."""

from __future__ import annotations

import tempfile
from contextlib import chdir
from pathlib import Path

from measure import IN_FLIGHT, QUESTION, report

import workbench as wb

FOLDER = Path(__file__).parent  # the journal is on the disk of the checkout, not in memory


async def run(address: str, model: str, replies: int) -> int:
    wb.connect("bench", address, kind="openai")
    prompts = [f"{QUESTION} ({number})" for number in range(replies)]
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder, chdir(folder):
        frame = (await wb.compare(prompts, f"bench/{model}", concurrency=IN_FLIGHT, name="bench")).frame
    return int(frame.loc[frame["error"].isna(), "answer"].str.count(" Amt").sum())


if __name__ == "__main__":
    report(run)
