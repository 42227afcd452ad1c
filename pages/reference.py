"""What changes when the reference moves from the control to the perturbed centroid."""

from perturbdash.ui.page import open_page

view = open_page("reference")
view.require_result()
