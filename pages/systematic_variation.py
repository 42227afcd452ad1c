"""How much of a screen is one effect that all perturbations share."""

from perturbdash.ui import systematic_variation
from perturbdash.ui.page import open_page
from perturbdash.ui.pair import pair

view = open_page("systematic_variation")
result = view.require_result()
rows = systematic_variation.require_rows(view, result)

if systematic_variation.answer(view, result, rows):
    reference = view.reference()
    left, right = pair("systematic")
    with left:
        systematic_variation.violins(view, rows)
    with right:
        systematic_variation.norms(view, rows, reference)
systematic_variation.table(view, result, rows)
