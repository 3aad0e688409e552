"""What reaches into AutoGen (0.7.5, which gets no new features): a team at rest, one turn at a time."""

from workbench.agents.autogen._edits import asked_instead, said_otherwise
from workbench.agents.autogen._events import Entry, as_frame
from workbench.agents.autogen._failures import noting, originals
from workbench.agents.autogen._holders import Holder
from workbench.agents.autogen._kinds import Task, check, has_end, kinds_of_messages, messages_of
from workbench.agents.autogen._marks import read_only, unmarked
from workbench.agents.autogen._seams import DeskClient, ModelRequest, TellsRequestSettings
from workbench.agents.autogen._stage import MANAGER, Event, Held, Rest, Stage, chat_messages
from workbench.agents.autogen._state import GROWING, Grown, State, is_data

__all__ = [
    "GROWING",
    "MANAGER",
    "DeskClient",
    "Entry",
    "Event",
    "Grown",
    "Held",
    "Holder",
    "ModelRequest",
    "Rest",
    "Stage",
    "State",
    "Task",
    "TellsRequestSettings",
    "as_frame",
    "asked_instead",
    "chat_messages",
    "check",
    "has_end",
    "is_data",
    "kinds_of_messages",
    "messages_of",
    "noting",
    "originals",
    "read_only",
    "said_otherwise",
    "unmarked",
]
