"""Every figure and every block with its tables, for properties that hold for all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pandas as pd
import plotly.graph_objects as go

from perturbdash import figures
from tests.unit.figures import depth_tables, retrieval_tables, tables, warning_tables

MANY = ("a", "b", "c", "d", "e", "f", "g", "h")
Tables = dict[str, pd.DataFrame]


def standard(n: int = 33, models: tuple[str, ...] = tables.MODELS, n_genes: int = 250) -> Tables:
    """Return tables for everything that is drawn; whoever puts other columns into one changes no other test's."""
    return {name: table.copy(deep=False) for name, table in _standard(n, models, n_genes).items()}


@cache
def _standard(n: int, models: tuple[str, ...], n_genes: int) -> Tables:
    points, anchors = tables.plane(n, models)
    genes = tables.genes(n_genes)
    return {
        "systematic_variation": tables.systematic_variation(n),
        "playground_curve": tables.playground_curve(),
        "playground_points": tables.playground_plane()[0],
        "playground_anchors": tables.playground_plane()[1],
        "centroids": tables.centroids(n, models),
        "centroid_anchors": tables.centroid_anchors(),
        "cells": tables.embedded_cells(n),
        "calibration": tables.calibration(n),
        "calibration_summary": tables.calibration_summary(n=n),
        "halvings": tables.halvings(n=n),
        "null_check": depth_tables.null_check(n=n),
        "titration_levels": depth_tables.titration_levels(),
        "titration_curve": depth_tables.titration_curve(),
        "halves_compared": tables.halves_compared(n=n),
        "negative_controls": tables.negative_controls(n=n),
        "covariate": tables.covariate(n),
        "verdict": tables.verdict(models),
        "metric_summary": tables.metric_summary(models),
        "dynamic_range": tables.dynamic_range(),
        "warnings": tables.warnings(),
        "strata": tables.strata(models),
        "context_outcomes": tables.context_outcomes(models),
        "points": points,
        "anchors": anchors,
        "cosines": tables.cosines(models),
        "genes": genes,
        "predicted": tables.predicted(genes, models),
        "angles": tables.angles(n, models),
        "nearest": tables.nearest(n, models),
        "ranks": retrieval_tables.ranks(n, models),
        "rank_matrix": retrieval_tables.rank_matrix(n),
        "group_curves": retrieval_tables.group_curves(models),
        "group_areas": retrieval_tables.group_areas(models),
        "gene_observed": tables.gene_observed(n),
        "across_calibration": tables.across_calibration(n),
        "published_scores": tables.published_scores(),
        "own_scores": tables.own_scores(models),
        "published_sizes": tables.sizes(n, ("Adamson", "RPE1", "Xu")),
        "own_sizes": tables.sizes(n),
        "gene_predicted": tables.gene_predicted(n, models),
        **warning_tables.warning_tables(n, models, n_genes),
    }


def _by_perturbation(t: Tables, mode: str) -> go.Figure:
    settings = {"metric": "nir", "x_label": "DEGs", "x_is_integer": True}
    return figures.drf_by_perturbation(t["calibration"], t["covariate"], mode=mode, **settings)


def _compared(t: Tables, mode: str) -> go.Figure:
    settings = {"sides": ("random", "column"), "words": ("random halves", "another guide")}
    return figures.compared_drf(t["halves_compared"], mode=mode, **settings)


def _centroids(t: Tables, mode: str, explained: tuple[float, float] | None = (0.6, 0.2)) -> go.Figure:
    anchors = t["centroid_anchors"] if explained else t["centroid_anchors"].iloc[:0]
    names = [name for name in t["centroids"]["prediction"].unique() if name != "observed"]
    return figures.centroid_panel(
        t["centroids"],
        anchors,
        prediction=names[0] if names else "observed",
        explained=explained,
        mean_length=0.6,
        mode=mode,
    )


def _arrows(t: Tables, mode: str, prediction: str = "observed") -> go.Figure:
    settings = {"prediction": prediction, "reference": "centroid", "marked": ["GENE0"]}
    return figures.reference_arrows(
        t["points"], t["anchors"], (0.6, 0.2), t["cosines"], mode=mode, **settings
    )


def _scatter(t: Tables, mode: str, prediction: str = "mean", scale: str = "linear") -> go.Figure:
    settings = {"prediction": prediction, "scale": scale, "gene": "G0003"}
    return figures.observed_against_predicted(t["genes"], t["predicted"], mode=mode, **settings)


DRAW: dict[str, Callable[[Tables, str], go.Figure]] = {
    "cosine_violins": lambda t, mode: figures.cosine_violins(t["systematic_variation"], mode=mode),
    "norm_against_cosine": lambda t, mode: figures.norm_against_cosine(t["systematic_variation"], mode=mode),
    "drf_bars": lambda t, mode: figures.drf_bars(t["calibration_summary"], mode=mode),
    "drf_bars by family": lambda t, mode: figures.drf_bars(
        t["calibration_summary"], mode=mode, order="family"
    ),
    "drf_by_perturbation": _by_perturbation,
    "compared_drf": _compared,
    "halving_strips": lambda t, mode: figures.halving_strips(t["halvings"], mode=mode),
    "null_marks": lambda t, mode: figures.null_marks(t["null_check"], mode=mode),
    "titration_curve": lambda t, mode: figures.titration_curve(
        t["titration_levels"], t["titration_curve"], metric="nir", target=0.8, mode=mode
    ),
    "negative_control_marks": lambda t, mode: figures.negative_control_marks(
        t["negative_controls"], mode=mode
    ),
    "forest": lambda t, mode: figures.forest(t["verdict"], dynamic_range=t["dynamic_range"], mode=mode),
    "positions": lambda t, mode: figures.positions(t["verdict"], mode=mode),
    "strata_means": lambda t, mode: figures.strata_means(t["strata"], mode=mode),
    "strata_differences": lambda t, mode: figures.strata_differences(t["strata"], mode=mode),
    "playground_shifts": lambda t, mode: figures.playground_shifts(
        t["playground_points"], t["playground_anchors"], reference="centroid", mode=mode
    ),
    "playground_curve": lambda t, mode: figures.playground_curve(
        t["playground_curve"], now=2.5, x_label="shared effect", y_label="NIR", mode=mode
    ),
    "centroid_panel": _centroids,
    "centroid_panel, UMAP": lambda t, mode: _centroids(t, mode, explained=None),
    "cells_by_level": lambda t, mode: figures.cells_by_level(
        t["cells"], ("control", "GENE0", "GENE1"), axes=("UMAP 1", "UMAP 2"), mode=mode
    ),
    "cells_by_value, bins": lambda t, mode: figures.cells_by_value(
        t["cells"], label="mean G0001, log1p", axes=("PC 1", "PC 2"), binned=True, mode=mode
    ),
    "cells_by_value": lambda t, mode: figures.cells_by_value(
        t["cells"], label="total_counts", axes=("PC 1", "PC 2"), binned=False, mode=mode
    ),
    "reference_arrows": _arrows,
    "observed_against_predicted": _scatter,
    "observed_against_predicted, root": lambda t, mode: _scatter(t, mode, scale="root"),
    "volcano": lambda t, mode: figures.volcano(t["genes"], mode=mode, gene="G0003"),
    "angle_strips": lambda t, mode: figures.angle_strips(t["angles"], mode=mode),
    "reference_arrows, both references": lambda t, mode: figures.reference_arrows(
        t["points"],
        t["anchors"],
        (0.6, 0.2),
        t["cosines"],
        prediction="observed",
        reference=("control", "centroid"),
        marked=["GENE0"],
        mode=mode,
    ),
    "nearest_stems": lambda t, mode: figures.nearest_stems(t["nearest"], perturbation="GENE1", mode=mode),
    "first_places": lambda t, mode: figures.first_places(
        t["ranks"], n_candidates=len(t["rank_matrix"]), baseline="matching_mean", mode=mode
    ),
    "rank_strip": lambda t, mode: figures.rank_strip(
        t["ranks"], n_candidates=len(t["rank_matrix"]), baseline="matching_mean", mode=mode
    ),
    "distance_matrix": lambda t, mode: figures.distance_matrix(
        t["rank_matrix"], n_candidates=len(t["rank_matrix"]), mode=mode
    ),
    "group_roc": lambda t, mode: figures.group_roc(
        t["group_curves"], t["group_areas"], group="group 1", members="GENE0, GENE1", mode=mode
    ),
    "gene_strips": lambda t, mode: figures.gene_strips(
        t["gene_observed"], t["gene_predicted"], gene="G0001", perturbation="GENE0", mode=mode
    ),
    "calibration_across": lambda t, mode: figures.calibration_across(t["across_calibration"], mode=mode),
    "degs_and_cells": lambda t, mode: figures.degs_and_cells(t["published_sizes"], t["own_sizes"], mode=mode),
    "score_against_shared_effect": lambda t, mode: figures.score_against_shared_effect(
        t["published_scores"], t["own_scores"], correlations={"control": 0.99}, mode=mode
    ),
    "top_genes": lambda t, mode: figures.top_genes(t["genes"], t["predicted"], mode=mode, gene="G0100"),
    **warning_tables.WARNING_DRAW,
}

WRITE: dict[str, Callable[[Tables], str]] = {
    "score_strip_html": lambda t: figures.score_strip_html(t["verdict"], t["calibration_summary"]),
    "scores_table_html": lambda t: figures.scores_table_html(
        t["metric_summary"], t["verdict"], t["calibration_summary"]
    ),
    "context_outcomes_html": lambda t: figures.context_outcomes_html(t["context_outcomes"], t["verdict"]),
    "warning_cards_html": lambda t: figures.warning_cards_html(t["warnings"]),
}
