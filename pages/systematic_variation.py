"""How much is one shared effect?"""

from perturbdash.ui.page import open_page

view = open_page("systematic_variation")
view.require_result()
