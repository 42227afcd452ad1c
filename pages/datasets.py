"""How a data set compares with others, loaded and published."""

from perturbdash.ui import datasets
from perturbdash.ui.page import open_page

view = open_page("datasets", linked=datasets.linked)
board = datasets.compare(view, datasets.choose(view))

datasets.answer(board)
datasets.figures(board)
datasets.table(board)
