"""Figures of the page Data sets."""

from __future__ import annotations

from functools import partial

import streamlit as st

from perturbdash import published
from perturbdash.ui.blocks import note
from perturbdash.ui.datasets.board import VALUES, Board
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.numbers import plural
from perturbdash.ui.pair import pair


def shared_effect(board: Board) -> None:
    """Draw scores against systematic variation, published and loaded."""
    from perturbdash.figures.datasets import score_against_shared_effect

    draw = partial(
        score_against_shared_effect,
        board.published,
        board.own,
        reference=board.reference,
        method=published.METHODS[board.method],
        styles=board.styles,
        correlations=board.correlations,
    )
    with frame(
        "Do scores measure the model or the screen?",
        f"Mean Pearson Δ{board.reference}, a point a data set or context. Open grey: published; ink: yours, the "
        "average as prediction; colour: your models. Line: least squares over the published.",
        key="score_against_shared_effect",
        table=board.own,
        how_to_read="Where points follow the line, a score says how much one effect is shared, and not what a model "
        "knows: a model has to lie above the ink point of its data set. A dotted line leads to the cosine with the "
        "controls split: far left of the point, the shared effect is mostly noise of one control mean.",
        caption=("Score against systematic variation", _source(board)),
        printed=draw,
    ):
        plot(draw(mode=board.view.mode), key="score-against-shared-effect")


def _source(board: Board) -> str:
    loaded = (
        f"Yours: truth all cells, {_folds(board)}." if board.scored else "No loaded data set is scored yet."
    )
    return (
        f"After {published.SYSTEMA} (doi {published.SYSTEMA_DOI}), figure 3c: cosines read off the figure "
        f"(±{published.HALF_WIDTH}), scores from its tables (±{published.SCORE_HALF_WIDTH}); its average is weighted "
        f"by cells and scored on held-out single perturbations. {loaded}"
    )


def _folds(board: Board) -> str:
    alone = [member.name for member in board.scored if member.standing and not member.standing.models]
    if not alone:
        return "test perturbations"
    return f"test perturbations; without predictions ({', '.join(alone)}) every perturbation in its fold"


def heat_map(board: Board) -> None:
    """Draw DRF or BDS of every metric on every loaded data set."""
    from perturbdash.figures.datasets import BESIDE, calibration_across

    table = board.tables.calibration
    n = table["name"].nunique()
    draw = partial(calibration_across, table, value=board.value)
    with frame(
        "Which metric works on which data?",
        f"{VALUES[board.value]}, darker is better; symbol: the gate (disc informative, ring with a dot weak, ring "
        "uninformative, dash too few). Bold: headline metrics. Below a name: perturbations.",
        key="calibration_across",
        table=table,
        how_to_read="Read along a row: a metric that is informative here and not there cannot be compared over data "
        "sets. Below 0 has the colour of 0, and its number; – has no value. Only loaded data sets have columns: "
        "nobody has published such numbers.",
        caption=(
            "Calibration across data sets",
            f"After {published.MILLER} (doi {published.MILLER_DOI}), figure 2e. Positive control: interpolated "
            "duplicate; each data set with its own settings.",
        )
        if n
        else None,
        printed=draw if n else None,
    ):
        if not n:
            empty_state(
                "No data set is scored yet",
                "Each loaded data set is a column here; published ones have no such numbers.",
                "Add a data set above, or open one on Start.",
            )
            return
        if n == 1:
            note("One data set so far. Load a second data set to compare.")
        with st.container(key="pd-wide-figure" if n > BESIDE else "pd-narrow-figure"):
            plot(draw(mode=board.view.mode), key="calibration-across")


def sizes(board: Board) -> None:
    """Draw DEGs against cells, loaded and published."""
    from perturbdash.figures.datasets import degs_and_cells

    known = published.overview().rename(columns={"label": "name"}).dropna(subset=["mean_degs"])
    own = board.tables.facts
    draw = partial(degs_and_cells, known, own)
    with frame(
        "How much is there to see?",
        f"Mean DEGs against mean cells a perturbation; {plural(own['dataset'].nunique(), 'loaded', 'loaded')}, "
        f"{len(known)} published. Larger: more perturbations.",
        key="degs_and_cells",
        table=own,
        how_to_read="Left and low, metrics have little to tell: few cells show few genes that change. DEGs are genes "
        "with adjusted p < 0.05 against the other perturbed cells; the number also grows with the genes measured.",
        caption=(
            "DEGs and cells",
            f"Published: {published.MILLER} (doi {published.MILLER_DOI}), half of the cells, 8,192 variable genes and "
            "targets. Yours: all cells, all genes of the file.",
        ),
        printed=draw,
    ):
        plot(draw(mode=board.view.mode), key="degs-and-cells")


def figures(board: Board) -> None:
    """Draw the three figures; a heat map of many columns, or of none, has the whole width."""
    from perturbdash.figures.datasets import BESIDE

    many = not 0 < board.tables.calibration["name"].nunique() <= BESIDE
    left, right = pair("datasets")
    with left:
        shared_effect(board)
        if not many:
            sizes(board)
    with right:
        if many:
            sizes(board)
        else:
            heat_map(board)
    if many:
        heat_map(board)
