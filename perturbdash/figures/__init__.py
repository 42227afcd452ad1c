"""Tidy tables in, plotly figures and HTML blocks out; nothing is loaded before the first figure is asked for."""

from __future__ import annotations

from importlib import import_module

_HOMES = {
    "agreement": "perturbation",
    "angle_strips": "reference",
    "blocks_css": "html",
    "compared_drf": "calibration",
    "calibration_across": "datasets",
    "cells_by_level": "embedding",
    "cells_by_value": "embedding",
    "centroid_panel": "embedding",
    "context_outcomes_html": "scorecard",
    "cosine_violins": "systematic_variation",
    "distance_matrix": "retrieval",
    "degs_and_cells": "datasets",
    "drf_bars": "calibration",
    "drf_by_perturbation": "calibration",
    "first_places": "retrieval",
    "forest": "scorecard",
    "gene_strips": "perturbation",
    "glyph_html": "html",
    "group_roc": "retrieval",
    "halving_strips": "calibration",
    "model_styles": "models",
    "nearest_stems": "perturbation",
    "negative_control_marks": "calibration",
    "norm_against_cosine": "systematic_variation",
    "null_marks": "calibration",
    "observed_against_predicted": "perturbation",
    "pairwise_cosines": "systematic_variation",
    "plane_ranges": "embedding",
    "playground_curve": "playground",
    "playground_shifts": "playground",
    "positions": "scorecard",
    "probe_curves": "scorecard",
    "probe_overview": "scorecard",
    "rank_strip": "retrieval",
    "reference_arrows": "reference",
    "score_against_shared_effect": "datasets",
    "score_strip_html": "scorecard",
    "scores_table_html": "scorecard",
    "shared_ranges": "reference",
    "shift_range": "perturbation",
    "strata_differences": "scorecard",
    "strata_means": "scorecard",
    "template": "theme",
    "titration_curve": "calibration",
    "tokens": "theme",
    "top_genes": "perturbation",
    "volcano": "perturbation",
    "warning_cards_html": "scorecard",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605  the table is the one list of names


def __getattr__(name: str) -> object:
    """Load a figure's module when its name is first used."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return __all__
