"""Why metrics fail: a simulated experiment to play with, and the story of two papers in five steps."""

from perturbdash.ui import playground
from perturbdash.ui.page import open_page
from perturbdash.ui.pair import pair
from perturbdash.ui.sidebar_models import read_models

view = open_page("playground")
state = playground.read()
playground.stepper(state)
left, right = playground.sides()
with left:
    playground.sliders(state)
with right:
    playground.answer(state)
    arrows, curve = pair("playground", (1.0, 1.0))
    with arrows:
        playground.shifts(view, state)
    with curve:
        playground.curve(view, state)
    playground.curve_choices(state)
    playground.foot()
read_models(view)
