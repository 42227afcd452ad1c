"""Which metrics can tell anything on this data set."""

from perturbdash.ui.page import open_page

view = open_page("calibration")
view.require_result()
