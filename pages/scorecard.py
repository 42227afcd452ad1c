"""Whether a model is better than the average."""

from perturbdash.ui.page import open_page

view = open_page("scorecard")
view.require_result()
