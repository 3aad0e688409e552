"""What was said and nobody has heard: shown, and changed before it is delivered."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.agents.autogen import chat_messages, said_otherwise
from workbench.agents.session._play import Play
from workbench.errors import UsageError


@dataclass(frozen=True, slots=True, repr=False)
class Queue:
    """What agents have said and the others have not heard; the next step delivers it.

    It is as long as there are messages in it, and is shown as its table.
    """

    _play: Play

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each message: `agent`, `kind`, `content`, `to` (who will hear it; nobody if empty)."""
        rows = []
        for held, deaf in zip(self._play.held, self._play.deaf, strict=True):
            hearing = [name for name in self._play.members() if name != held.name and name not in deaf]
            last = chat_messages(held)[-1]
            rows.append((held.name, type(last).__name__, last.to_text(), ", ".join(hearing)))
        return pd.DataFrame(rows, columns=["agent", "kind", "content", "to"]).astype("str")

    def edit(self, text: str, agent: str | None = None) -> None:
        """Change what a message says; it counts as what its agent has said.

        Args:
            text: The new text; JSON for a message of a form of its own.
            agent: Who said it; None for the last.

        Raises:
            UsageError: If nothing waits, or the message cannot have this text.
        """
        play, place = self._play, self._place(agent)
        assert play.rest is not None
        name = play.held[place].name
        play.rest, old, new = said_otherwise(play.rest, place, text)
        number = max(number for number, turn in enumerate(play.turns) if turn.agent == name)
        play.turns[number] = play.turns[number].edited(old, new, play.rest)
        play.keep()

    def drop(self, agent: str | None = None) -> None:
        """Keep a message from everybody but the manager.

        Args:
            agent: Who said it; None for the last.

        Raises:
            UsageError: If nothing waits.
        """
        self._play.deaf[self._place(agent)] = frozenset(self._play.members())
        self._play.keep()

    def redirect(self, to: str, agent: str | None = None) -> None:
        """Deliver a message to one member only, beside the manager.

        Args:
            to: The member.
            agent: Who said it; None for the last.

        Raises:
            UsageError: If nothing waits, or there is no such member.
        """
        hearing = frozenset(self._play.members(to))
        self._play.deaf[self._place(agent)] = frozenset(self._play.members()) - hearing
        self._play.keep()

    async def deliver(self) -> None:
        """Deliver what waits to the others, and take no turn yet: who speaks next is known then.

        Raises:
            UsageError: If nothing waits, others are to speak before that, or a turn is being taken.
            WorkbenchError, RuntimeError: What failed in the team; what waits is kept.
        """
        self._place(None)
        if self._play.next_agent is not None:
            raise UsageError(
                f"{self._play.next_agent} is to speak before anybody hears what waits", advice="take a step"
            )
        await self._play.hand_on()

    def __len__(self) -> int:
        return len(self._play.held)

    def __repr__(self) -> str:
        return self.frame.to_string() if len(self) else "nothing waits to be delivered"

    def _repr_html_(self) -> str | None:
        return self.frame.to_html() if len(self) else None

    def _place(self, agent: str | None) -> int:
        places = [place for place, one in enumerate(self._play.held) if agent is None or one.name == agent]
        if not places:
            raise UsageError("nothing waits to be delivered", advice="take a step with deliver=False first")
        return places[-1]
