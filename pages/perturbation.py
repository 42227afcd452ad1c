"""What happened with this one?"""

from perturbdash.ui.page import open_page

view = open_page("perturbation")
view.require_result()
