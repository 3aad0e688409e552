"""Whoever shows a session is told that something has happened in it."""

from __future__ import annotations

from collections.abc import Callable

from workbench.agents.session._session import Session


def watch(session: Session, changed: Callable[[], None]) -> Callable[[], None]:
    """Call `changed` whenever something has happened in a session or one of its branches.

    Args:
        session: Any of its branches.
        changed: What is called, often, and in the thread in which it happened; it must be quick and must not fail.

    Returns:
        A function that ends it.
    """
    watchers = session._play.shared.watchers
    watchers.append(changed)

    def end() -> None:
        if changed in watchers:
            watchers.remove(changed)

    return end
