"""What all live views share: how elements are made in the page, the colours, and what a page lacks."""

from workbench.views.page._assembly import new_place, placed, script, styles
from workbench.views.page._parts import Parts

__all__ = ["Parts", "new_place", "placed", "script", "styles"]
