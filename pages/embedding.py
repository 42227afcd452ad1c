"""Centroids and cells in the plane, and how far predictions land from their truths."""

from perturbdash.ui import embedding
from perturbdash.ui.page import open_page
from perturbdash.ui.pair import pair
from perturbdash.ui.words import say_which_context

view = open_page("embedding")
result = view.require_profiles()
say_which_context(view)

choice = embedding.choices(view, result)
found = embedding.answer(view, result, choice)
embedding.centroids(view, result, found, choice)
if embedding.has_cells(result):
    of_cells = embedding.cell_choices(view, result)
    left, right = pair("embedding", (1.15, 1.0))
    with left:
        box = embedding.cells(view, result, found, of_cells)
    with right:
        embedding.in_the_box(view, box)
        embedding.table(view, found)
else:
    embedding.table(view, found)
