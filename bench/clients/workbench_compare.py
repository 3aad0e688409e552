"""Workbench as a script has it: a comparison of many prompts, and its table."""

from __future__ import annotations

from measure import IN_FLIGHT, QUESTION, report

import workbench as wb


async def run(address: str, model: str, replies: int) -> int:
    wb.connect("bench", address, kind="openai")
    prompts = [f"{QUESTION} ({number})" for number in range(replies)]
    frame = (await wb.compare(prompts, f"bench/{model}", concurrency=IN_FLIGHT)).frame
    return int(frame.loc[frame["error"].isna(), "answer"].str.count(" Amt").sum())


if __name__ == "__main__":
    report(run)
