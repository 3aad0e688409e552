"""Whoever shows a session is told that something has happened in it."""

from __future__ import annotations

from collections.abc import Callable

from workbench.agents.session._session import Session


def watch(session: Session, told: Callable[[], None]) -> Callable[[], None]:
    """Call `told` whenever something has happened in a session or one of its branches.

    Args:
        session: Any of its branches.
        told: What is called, often, and in the thread in which it happened; it must be quick and must not fail.

    Returns:
        A function that ends it.
    """
    watchers = session._play.shared.watchers
    watchers.append(told)

    def end() -> None:
        if told in watchers:
            watchers.remove(told)

    return end
