"""The panel of connections and models."""

from workbench.views.panel._static import panel_table, panel_text
from workbench.views.panel._widget import PanelActions, PanelView

__all__ = ["PanelActions", "PanelView", "panel_table", "panel_text"]
