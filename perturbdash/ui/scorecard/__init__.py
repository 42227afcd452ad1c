"""Blocks of the page Scorecard: answer, strip, warnings, figures, and the table of all scores."""

from perturbdash.ui.scorecard.answer import answer, argument, nothing_can_be_said, without_models
from perturbdash.ui.scorecard.board import board
from perturbdash.ui.scorecard.figures import forest, positions, strip, warnings
from perturbdash.ui.scorecard.scores import scores

__all__ = [
    "answer",
    "argument",
    "board",
    "forest",
    "nothing_can_be_said",
    "positions",
    "scores",
    "strip",
    "warnings",
    "without_models",
]
