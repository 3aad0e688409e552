"""The notebook's side of agents: pictures of a session, its controls, and what teams on several models did."""

from workbench.notebook.agents._controls import controls
from workbench.notebook.agents._pictures import branch_tree, session_html, speakers, turn_html, waterfall
from workbench.notebook.agents._teams import roles, suffices

__all__ = ["branch_tree", "controls", "roles", "session_html", "speakers", "suffices", "turn_html", "waterfall"]
