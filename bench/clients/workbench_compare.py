"""Workbench as a user has it: a comparison of many prompts, without a view."""

from __future__ import annotations

from measure import IN_FLIGHT, QUESTION, report

from workbench.compare import Comparison, make_plan
from workbench.connections import connect


async def run(address: str, model: str, replies: int) -> int:
    connect("bench", address, kind="openai")
    plan = make_plan([f"{QUESTION} ({number})" for number in range(replies)], f"bench/{model}")
    result = await Comparison(plan, concurrency=IN_FLIGHT).run()
    answered = [reply for one in result.results.values() if (reply := one.reply) and one.error is None]
    return sum(reply.text.count(" Amt") for reply in answered)


if __name__ == "__main__":
    report(run)
