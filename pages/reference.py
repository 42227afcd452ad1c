"""What changes when the reference moves?"""

from perturbdash.ui.page import open_page

view = open_page("reference")
view.require_result()
