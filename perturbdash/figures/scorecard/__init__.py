"""Figures and blocks of the question whether a model is better than the average."""

from perturbdash.figures.scorecard.context_table import context_outcomes_html
from perturbdash.figures.scorecard.forest_plot import forest
from perturbdash.figures.scorecard.position_plot import positions
from perturbdash.figures.scorecard.probe import probe_overview
from perturbdash.figures.scorecard.probe_curves import probe_curves
from perturbdash.figures.scorecard.score_table import scores_table_html
from perturbdash.figures.scorecard.strata_plot import strata_differences, strata_means
from perturbdash.figures.scorecard.strip import score_strip_html
from perturbdash.figures.scorecard.warning_cards import warning_cards_html

__all__ = [
    "context_outcomes_html",
    "forest",
    "positions",
    "probe_curves",
    "probe_overview",
    "score_strip_html",
    "scores_table_html",
    "strata_differences",
    "strata_means",
    "warning_cards_html",
]
