"""What all live views share in the page: how elements are made, and the colours."""

from workbench.views.page._assembly import new_place, placed, script, styles

__all__ = ["new_place", "placed", "script", "styles"]
