"""The notebook's door: what is awaited in a cell, with a live view while it runs and a table that stays."""

from workbench.comparison import open_run
from workbench.notebook._bar import show_scorings
from workbench.notebook._bench import benchmark
from workbench.notebook._chat import chat, show_chats
from workbench.notebook._compare import compare, estimate, report
from workbench.notebook._doctor import doctor
from workbench.notebook._live import show_scores
from workbench.notebook._rerun import ask_again, rerun
from workbench.notebook._servers import create, delete, panel, pull
from workbench.notebook._shown import show_tables
from workbench.notebook._trust import trust
from workbench.notebook._vote import vote, votes

__all__ = [
    "ask_again",
    "benchmark",
    "chat",
    "compare",
    "create",
    "delete",
    "doctor",
    "estimate",
    "open_run",
    "panel",
    "pull",
    "report",
    "rerun",
    "trust",
    "vote",
    "votes",
]

show_chats()
show_scorings()
show_scores()
show_tables()  # whichever of these doors a run, a verdict, a bench or votes come through
