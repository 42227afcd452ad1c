"""The table of the page Data sets: loaded ones first, then the published."""

from __future__ import annotations

from functools import partial

import pandas as pd

from perturbdash import published
from perturbdash.ui.data_table import Bars, Column, Numbers, Words, data_table
from perturbdash.ui.datasets.board import Board
from perturbdash.ui.frame import frame
from perturbdash.ui.signed_bars import signed_bar

SAME = (
    "n_perturbations",
    "n_cells",
    "cells_each",
    "mean_degs",
    "share_without_deg",
    "mean_degs_control",
    "cosine",
    "cosine_split_control",
    "score",
)


def table(board: Board) -> None:
    """Draw one row a data set or context; what was not published is a dash."""
    rows = _rows(board)
    draw = partial(signed_bar, reference="control", mode=board.view.mode)
    shown = rows.assign(
        bar=pd.Series([draw(value) for value in rows["cosine"]], index=rows.index, dtype=object),
        share_without_deg=(100 * rows["share_without_deg"]).round(),
        cells_each=rows["cells_each"].round(),
    )
    loaded = int((rows["kind"] == "loaded").sum())
    with frame(
        "Which data sets can tell models apart?",
        f"{loaded} loaded, then {len(rows) - loaded} published. DEGs: adjusted p < 0.05 against the other perturbed "
        "cells; systematic variation: mean cosine to the average effect, from control.",
        key="data_sets",
        table=rows,
        how_to_read="Many perturbations with DEGs and headline metrics that can tell: differences between models show. "
        "High systematic variation: Pearson Δcontrol rewards the average. Click a header to sort.",
        caption=(
            "Sources",
            f"Sizes and DEGs {published.MILLER} (doi {published.MILLER_DOI}); systematic variation and the score of "
            f"the average {published.SYSTEMA} (doi {published.SYSTEMA_DOI}).",
        ),
    ):
        data_table(shown, COLUMNS, key="data-sets")


def _rows(board: Board) -> pd.DataFrame:
    scores = board.tables.scores
    average = scores[(scores["kind"] != "model") & (scores["reference"] == "control")]
    own = board.tables.facts.merge(average[["name", "score"]], on="name", how="left")
    own = own.assign(
        kind="loaded",
        told=[f"{k} of {n}" for k, n in zip(own["informative"], own["n_headline"], strict=True)],
    )
    known = published.overview().rename(columns={"title": "name"})
    theirs = published.scores_against_cosine("nonctl_mean").rename(
        columns={"title": "name", "control": "score"}
    )
    known = known.merge(theirs[["name", "score"]], on="name", how="left")
    known["n_perturbations"] = known["n_perturbations"].fillna(known["n_cosine"])
    known = known.sort_values(["mean_degs", "cosine"], ascending=False).assign(kind="published", told=None)
    wanted = ["name", "kind", *SAME, "told"]
    parts = [part.reindex(columns=wanted) for part in (own, known) if len(part)]
    return pd.concat([part.astype(dict.fromkeys(SAME, float)) for part in parts], ignore_index=True)


COLUMNS: dict[str, Column] = {
    "name": Words("data set", "A context of a data set stands behind the dot.", width=215, pinned=True),
    "kind": Words("kind", "Loaded on this server, or published with numbers.", width=72),
    "n_perturbations": Numbers("perturbations", "Without control.", decimals=0, width=92),
    "n_cells": Numbers("cells", "Controls included.", decimals=0, width=70),
    "cells_each": Numbers("cells each", "Mean over perturbations.", decimals=0, width=72),
    "mean_degs": Numbers(
        "DEGs, mean", "Genes with adjusted p < 0.05 against the other perturbed cells.", decimals=1, width=80
    ),
    "share_without_deg": Numbers(
        "no DEG, %", "Share of perturbations without such a gene.", decimals=0, width=72
    ),
    "cosine": Numbers("shared effect", "Systematic variation: mean cosine to the average effect.", width=90),
    "bar": Bars("−1 … 1", "The cosine to the left, drawn from 0.", width=76),
    "cosine_split_control": Numbers(
        "controls split", "Without the noise that all shifts share by one control mean.", width=88
    ),
    "score": Numbers("average scores", "Mean Pearson Δcontrol of the average as prediction.", width=98),
    "told": Words("can tell", "Headline metrics that can tell a repeat from the average.", width=75),
}
