"""How a data set compares with others, loaded and published."""

from perturbdash.ui import datasets
from perturbdash.ui.page import open_page
from perturbdash.ui.pair import pair

view = open_page("datasets")
board = datasets.compare(view, datasets.choose(view))

datasets.answer(board)
left, right = pair("datasets")
with left:
    datasets.shared_effect(board)
    datasets.sizes(board)
with right:
    datasets.heat_map(board)
datasets.table(board)
