"""Blocks of the page Methods: the answer, the search, the cards, and the drawer of one of them."""

from perturbdash.ui.methods.answer import answer
from perturbdash.ui.methods.drawer import drawer
from perturbdash.ui.methods.grid import grid
from perturbdash.ui.methods.searching import chosen

__all__ = ["answer", "chosen", "drawer", "grid"]
