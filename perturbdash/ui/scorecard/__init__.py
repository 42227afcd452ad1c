"""Blocks of the page Scorecard: answer, strip, warnings, figures, strata, and the tables of all scores."""

from perturbdash.ui.scorecard.answer import answer, argument, nothing_can_be_said, without_models
from perturbdash.ui.scorecard.board import board
from perturbdash.ui.scorecard.contexts import contexts
from perturbdash.ui.scorecard.figures import forest, positions, shown_metrics, strip
from perturbdash.ui.scorecard.perturbations import perturbations
from perturbdash.ui.scorecard.probe import gameability
from perturbdash.ui.scorecard.scores import scores
from perturbdash.ui.scorecard.strata import strata
from perturbdash.ui.scorecard.warnings import warnings

__all__ = [
    "answer",
    "argument",
    "board",
    "contexts",
    "forest",
    "gameability",
    "nothing_can_be_said",
    "perturbations",
    "positions",
    "scores",
    "shown_metrics",
    "strata",
    "strip",
    "warnings",
    "without_models",
]
