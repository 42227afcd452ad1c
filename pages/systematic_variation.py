"""How much of a screen is one effect that all perturbations share."""

from perturbdash.ui import systematic_tables, systematic_variation
from perturbdash.ui.page import open_page
from perturbdash.ui.pair import pair

view = open_page("systematic_variation")
result = view.require_result()
rows = systematic_variation.require_rows(view, result)

defined = systematic_variation.answer(view, result, rows)
if defined:
    reference = view.reference()
    left, right = pair("systematic")
    with left:
        systematic_variation.violins(view, result, rows)
    with right:
        systematic_variation.norms(view, rows, reference)
systematic_tables.table(view, result, rows)
if defined and view.has_profiles(result):
    left, right = pair("pairs")
    with left:
        systematic_tables.pairs(view, result)
    with right:
        systematic_tables.nearest(view, result)
