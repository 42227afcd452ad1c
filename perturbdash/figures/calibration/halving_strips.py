"""DRF of each metric by several halvings of the same cells, with the gate of each halving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.calibration.gate_marks import GATE_SYMBOLS, gate_words, outlined
from perturbdash.figures.calibration.lanes import (
    connect_all,
    draw_marks,
    in_lanes,
    lacking,
    lane_canvas,
    lanes,
    say_undefined,
)
from perturbdash.figures.metric_words import GATE_WORDS
from perturbdash.figures.tables import of_context
from perturbdash.figures.theme import Mode, nothing, tokens
from perturbdash.vocabulary import HEADLINE, PositiveControl


def halving_strips(
    halvings: pd.DataFrame,
    *,
    mode: Mode = "light",
    positive_control: PositiveControl = "interpolated_duplicate",
    context: str | None = None,
    by_size: bool = True,
    headline: Sequence[str] = HEADLINE,
    marked: str | None = None,
) -> go.Figure:
    """Draw the DRF of each metric once a halving, with the symbol of its gate, and a line over all of them.

    Parameters
    ----------
    halvings
        Columns halving, seed, context, metric, positive_control, drf_mean, drf_low, drf_high, bds, bds_low, bds_high,
        n, gate.
    by_size
        The largest mean on top, else family by family.
    headline
        Metrics whose names are bold.
    marked
        A metric whose lane is tinted.
    """
    rows = of_context(halvings, context)
    rows = rows[rows["positive_control"] == positive_control]
    if rows.empty or rows["drf_mean"].isna().all():
        return nothing(mode, "No metric has a DRF in any halving.", height=300)
    means = rows.groupby("metric")["drf_mean"].mean()
    places = lanes(list(dict.fromkeys(rows["metric"])), means, by_size=by_size)
    n = int(rows["halving"].nunique())
    several = rows.groupby("metric")["gate"].nunique()
    alt = (
        f"Dynamic range fraction of {len(places)} metrics by {n} halvings; {int((several > 1).sum())} have more than "
        "one gate."
    )
    figure = lane_canvas(places, rows["drf_mean"], alt=alt, mode=mode, headline=headline, marked=marked)
    colour = tokens(mode)
    connect_all(figure, rows, places, colour=colour.axis)
    defined = in_lanes(rows[rows["drf_mean"].notna()], places, _hover)
    for gate, words in GATE_WORDS.items():
        marker = outlined(GATE_SYMBOLS[gate], colour.gate(gate), size=8, width=1.4) | {"opacity": 0.8}
        draw_marks(figure, defined[defined["gate"] == gate], marker=marker, words=words)
    say_undefined(figure, lacking(rows, places), "no perturbation has a value", mode=mode)
    return figure


def _hover(row: Mapping[Any, Any]) -> str:
    return "<br>".join(gate_words(row, f"halving {int(row['halving'])}, seed {int(row['seed'])}"))
