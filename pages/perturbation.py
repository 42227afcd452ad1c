"""What happened with one perturbation, gene by gene."""

from perturbdash.ui.page import open_page

view = open_page("perturbation")
view.require_result()
