"""How much of a screen is one effect that all perturbations share."""

from perturbdash.ui.page import open_page

view = open_page("systematic_variation")
view.require_result()
