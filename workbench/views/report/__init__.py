"""A comparison as one HTML file that opens anywhere, with no server and no network."""

from workbench.views.report._page import report_html
from workbench.views.report._verdict import verdict_table

__all__ = ["report_html", "verdict_table"]
