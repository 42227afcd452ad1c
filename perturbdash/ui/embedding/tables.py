"""Tables of the page Embedding: how far each prediction lands from its truth, and what a box round cells holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.models import style_of
from perturbdash.figures.theme import Mode, tokens
from perturbdash.judgement.sentences_embedding import box_sentence
from perturbdash.ui import selection
from perturbdash.ui.data_table import Bars, Column, Numbers, Words, data_table, perturbation_table
from perturbdash.ui.frame import frame
from perturbdash.ui.numbers import plural
from perturbdash.vocabulary import CONTROL

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.embedding_view import CentroidView
    from perturbdash.ui.embedding.cells import Box
    from perturbdash.ui.view import View

MOST_BARS, MODELS_WITH_BARS = 600, 2
WIDTH, HEIGHT = 42, 20
MOSTLY = 0.5
PANELS = "plot-centroids"


def table(view: View, found: CentroidView) -> None:
    """Draw one row a perturbation: the norm of its shift, and how far each prediction lands from its truth."""
    from perturbdash.judgement.embedding_view import DISTANCE

    from_where = "control" if found.reference == "control" else "the perturbed centroid"
    models = [name for name in view.models if DISTANCE + name in found.distances]
    tested = f", {found.n_tested:,} of them tested" if 0 < found.n_tested < found.n else ""
    distances = "; then the distance of the average and of each prediction to the truth" if models else ""
    with frame(
        "What lies in the box?"
        if _boxed_here(view)
        else "Which land far from their truth?"
        if models
        else "How strong?",
        f"{plural(found.n, 'perturbation', 'perturbations')}{tested}. Norm of the observed shift from {from_where}"
        f"{distances}; all cells, {found.n_genes:,} genes, log1p units.",
        key="distances",
        table=found.distances,
        how_to_read="A distance below that of the average means that the model knows something of this perturbation. "
        "Strong perturbations lie far from the average, so compare within a row.",
        caption=(
            "Distances",
            f"{view.source_line()}. A box in a panel filters this table and travels to the other pages.",
        ),
    ):
        shown, columns = _with_bars(view, found.distances, models)
        perturbation_table(shown, columns, key="distances")


def _boxed_here(view: View) -> bool:
    """Return whether the selection is a box in a panel of this page."""
    made = st.session_state.get(selection.MADE)
    return bool(view.selection) and str(getattr(made, "place", "")).startswith(PANELS)


def _with_bars(
    view: View, distances: pd.DataFrame, models: list[str]
) -> tuple[pd.DataFrame, dict[str, Column]]:
    from perturbdash.judgement.embedding_view import AVERAGE, DISTANCE

    shown = distances.copy()
    columns: dict[str, Column] = {
        "perturbation": Words("perturbation", "As the data set names it.", width=108, pinned=True),
        "norm": Numbers("norm", "Length of the observed shift from the reference, log1p units.", width=50),
    }
    if models:
        columns[DISTANCE + AVERAGE] = Numbers(
            "average", "Distance of the average of the train perturbations to this truth.", width=58
        )
    largest = float(shown[[DISTANCE + name for name in models]].max().max()) if models else math.nan
    bars = len(shown) <= MOST_BARS and len(models) <= MODELS_WITH_BARS
    for i, name in enumerate(models):
        if bars:
            colour = style_of(name, view.styles).line(view.mode)
            shown[f"bar{i}"] = [
                length_bar(v, largest, colour=colour, mode=view.mode) for v in shown[DISTANCE + name]
            ]
            columns[f"bar{i}"] = Bars("0 …", f"The distance of {name}, drawn from 0.", width=56)
        columns[DISTANCE + name] = Numbers(
            f"{name} ↓", f"Distance of the prediction of {name} to the truth; lower is better.", width=62
        )
    return shown, columns


def length_bar(value: float, largest: float, *, colour: str, mode: Mode) -> str | None:
    """Return a data address of a bar from 0; ``None`` where the value is undefined.

    Parameters
    ----------
    largest
        The value of a whole bar.

    Examples
    --------
    >>> length_bar(float("nan"), 1.0, colour="#000000", mode="light") is None
    True
    """
    if math.isnan(value):
        return None
    length = WIDTH * min(value / largest, 1.0) if largest > 0 else 0.0
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{HEIGHT}'>"
        f"<path d='M0 8h{WIDTH}v5h-{WIDTH}z' fill='{tokens(mode).hair}'/>"
        f"<path d='M0 8h{length:.1f}v5h-{length:.1f}z' fill='{colour}'/></svg>"
    )
    return "data:image/svg+xml;utf8," + svg.replace("#", "%23")


def in_the_box(view: View, box: Box | None) -> None:
    """Draw of which perturbations the cells in a box are; nothing where there is no box."""
    if box is None:
        return
    counts = box.counts
    with frame(
        "What lies in the box?",
        box_sentence(counts, box.n, CONTROL),
        key="in_the_box",
        table=counts,
        how_to_read="A perturbation with most of its cells in a small box is one that its cells are moved by. Compare "
        "the share with that of control.",
        caption=("Cells in the box", f"{view.source_line()}. Counted over the cells that are shown."),
    ):
        if counts.empty:
            return
        mostly = _mostly(counts)
        st.button(
            f"Select {plural(len(mostly), 'perturbation', 'perturbations')} with most cells here",
            key="pd-select-boxed",
            disabled=not mostly,
            on_click=selection.choose,
            args=(mostly,),
            help="On all pages: those with at least half of the cells that are shown in the box.",
        )
        data_table(counts.assign(per_cent=100 * counts["share"]), COUNTS, key="in_the_box")


def _mostly(counts: pd.DataFrame) -> list[str]:
    rows = counts[(counts["share"] >= MOSTLY) & (counts["perturbation"] != CONTROL)]
    return rows["perturbation"].astype(str).tolist()


COUNTS: dict[str, Column] = {
    "perturbation": Words("perturbation", "What was done to the cells.", width=150, pinned=True),
    "inside": Numbers("in the box", "Cells in the box.", decimals=0, width=85),
    "shown": Numbers("shown", "Cells of it in the figure.", decimals=0, width=75),
    "per_cent": Numbers(
        "% in the box", "Cells in the box, out of those that are shown.", decimals=0, width=95
    ),
}
