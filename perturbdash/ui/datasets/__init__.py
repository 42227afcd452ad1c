"""Blocks of the page Data sets: which ones, their scoring, the answer, figures and the table."""

from perturbdash.ui.datasets.board import answer, compare
from perturbdash.ui.datasets.choosing import choose, linked
from perturbdash.ui.datasets.figures import figures
from perturbdash.ui.datasets.table import table

__all__ = ["answer", "choose", "compare", "figures", "linked", "table"]
