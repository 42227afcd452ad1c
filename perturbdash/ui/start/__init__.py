"""The start page: load, check, go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perturbdash.ui import preparing

if TYPE_CHECKING:
    from perturbdash.ui.view import View


def draw(view: View) -> None:
    """Draw the start page, before or after something is loaded."""
    preparing.prepare()
    if view.record is not None:
        from perturbdash.ui.start.loaded import draw as draw_loaded

        draw_loaded(view)
        return
    from perturbdash.ui.blocks import note
    from perturbdash.ui.start.empty import draw as draw_empty

    if view.problem:
        note(view.problem, "finding")
    draw_empty(headline=view.key is None)
