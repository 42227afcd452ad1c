"""The start page: load, check, go."""

from __future__ import annotations

from perturbdash.ui import start_empty, start_loaded
from perturbdash.ui.page import View


def draw(view: View) -> None:
    """Draw the start page, before or after something is loaded."""
    if view.key is None:
        start_empty.draw()
    else:
        start_loaded.draw(view)
