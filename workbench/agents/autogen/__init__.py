"""What reaches into AutoGen (0.7.5, which gets no new features): a team at rest, one turn at a time."""

from workbench.agents.autogen._edits import asked_instead, said_otherwise
from workbench.agents.autogen._events import Entry, as_frame
from workbench.agents.autogen._failures import noting, originals
from workbench.agents.autogen._kinds import Task, check, has_end, messages_of
from workbench.agents.autogen._marks import read_only
from workbench.agents.autogen._stage import Event, Held, Rest, Stage, chat_messages

__all__ = [
    "Entry",
    "Event",
    "Held",
    "Rest",
    "Stage",
    "Task",
    "as_frame",
    "asked_instead",
    "chat_messages",
    "check",
    "has_end",
    "messages_of",
    "noting",
    "originals",
    "read_only",
    "said_otherwise",
]
