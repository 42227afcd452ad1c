"""The start page: load, check, go."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbdash.ui.page import View


def draw(view: View) -> None:
    """Draw the start page, before or after something is loaded."""
    from perturbdash.ui.blocks import note
    from perturbdash.ui.start import empty, loaded

    if view.record is None:
        if view.problem:
            note(view.problem, "finding")
        empty.draw()
    else:
        loaded.draw(view)
