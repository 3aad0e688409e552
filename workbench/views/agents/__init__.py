"""How a session of agents looks: its turns, who speaks to whom, its branches, and what one turn asked."""

from workbench.views.agents._data import (
    Bar,
    BarKind,
    Branch,
    Conversation,
    Handed,
    Link,
    LinkKind,
    Mark,
    Part,
    Question,
    State,
    Turn,
    Way,
)
from workbench.views.agents._drawing import Drawing
from workbench.views.agents._inspector import inspector
from workbench.views.agents._speakers import speakers
from workbench.views.agents._timeline import branches_section, speakers_section, timeline, turn_row
from workbench.views.agents._tree import branch_tree
from workbench.views.agents._waterfall import waterfall
from workbench.views.agents._words import agent_words

__all__ = [
    "Bar",
    "BarKind",
    "Branch",
    "Conversation",
    "Drawing",
    "Handed",
    "Link",
    "LinkKind",
    "Mark",
    "Part",
    "Question",
    "State",
    "Turn",
    "Way",
    "agent_words",
    "branch_tree",
    "branches_section",
    "inspector",
    "speakers",
    "speakers_section",
    "timeline",
    "turn_row",
    "waterfall",
]
