"""One call of a model in a turn, taken out of it: as a prompt to compare, and as a test that asks it again."""

from workbench.agents.calls._again import ask_again
from workbench.agents.calls._record import call_of_turn, messages_of, record_of
from workbench.agents.calls._written import Check, written_test

__all__ = ["Check", "ask_again", "call_of_turn", "messages_of", "record_of", "written_test"]
