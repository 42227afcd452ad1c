"""What every number is: formula, source, what makes it undefined, and what others call it."""

from perturbdash.judgement.cards import cards
from perturbdash.ui import methods
from perturbdash.ui.methods.answer import headline_of
from perturbdash.ui.page import open_page
from perturbdash.ui.sidebar_models import read_models

view = open_page("methods")
every = cards(headline_of(view))

methods.drawer(view, every)
methods.answer(view, every)
methods.grid(methods.chosen(every), len(every))
read_models(view)
