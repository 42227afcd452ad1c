"""Blocks of the page Playground: story, sliders, answers, arrows and curves."""

from perturbdash.ui.playground.answer import answer
from perturbdash.ui.playground.choices import curve_choices, foot
from perturbdash.ui.playground.figures import curve, shifts
from perturbdash.ui.playground.sliders import sliders
from perturbdash.ui.playground.state import read
from perturbdash.ui.playground.story import sides, stepper

__all__ = ["answer", "curve", "curve_choices", "foot", "read", "shifts", "sides", "sliders", "stepper"]
