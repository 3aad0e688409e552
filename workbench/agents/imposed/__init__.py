"""Tools for models that have none: two small questions, each held to a JSON schema, and their answers as a call."""

from workbench.agents.imposed._plain_turns import in_plain_turns
from workbench.agents.imposed._steps import called, chosen, filled, prepared, together

__all__ = ["called", "chosen", "filled", "in_plain_turns", "prepared", "together"]
