"""DRF of each metric with the labels as they are, beside that of permuted labels, where there is nothing to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.calibration.gate_marks import GATE_SYMBOLS, gate_words, outlined, whiskers
from perturbdash.figures.calibration.lanes import (
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

PASSED = "informative"


def null_marks(
    null_check: pd.DataFrame,
    *,
    mode: Mode = "light",
    positive_control: PositiveControl = "interpolated_duplicate",
    context: str | None = None,
    by_size: bool = True,
    headline: Sequence[str] = HEADLINE,
    marked: str | None = None,
) -> go.Figure:
    """Draw the DRF of each metric with interval and gate, and a diamond for each trial with permuted labels.

    It is open; where the metric passes its gate all the same, full and in the colour of a finding.

    Parameters
    ----------
    null_check
        Columns trial (0: labels as they are), context, metric, positive_control, drf_mean, drf_low, drf_high, bds,
        bds_low, bds_high, n, gate.
    by_size
        The largest DRF on top, else family by family.
    headline
        Metrics whose names are bold.
    marked
        A metric whose lane is tinted.
    """
    rows = of_context(null_check, context)
    rows = rows[rows["positive_control"] == positive_control]
    if rows.empty or rows["drf_mean"].isna().all():
        return nothing(mode, "No metric has a DRF with these labels or with permuted ones.", height=300)
    observed, permuted = rows[rows["trial"] == 0], rows[rows["trial"] > 0]
    sizes = observed.set_index("metric")["drf_mean"]
    places = lanes(list(dict.fromkeys(rows["metric"])), sizes, by_size=by_size)
    passed = permuted[permuted["gate"] == PASSED]
    alt = (
        f"Dynamic range fraction of {len(places)} metrics, and of {permuted['trial'].nunique()} trials with permuted "
        f"labels; {passed['metric'].nunique()} metrics pass their gate in one of them."
    )
    figure = lane_canvas(places, rows["drf_mean"], alt=alt, mode=mode, headline=headline, marked=marked)
    colour = tokens(mode)
    defined = in_lanes(rows[rows["drf_mean"].notna()], places, _hover)
    own, chance = defined[defined["trial"] == 0], defined[defined["trial"] > 0]
    hollow = outlined("diamond-open", colour.ink, size=7, width=1.2)
    draw_marks(figure, chance[chance["gate"] != PASSED], marker=hollow, words="labels permuted")
    for gate, words in GATE_WORDS.items():
        of_gate, shade = own[own["gate"] == gate], colour.gate(gate)
        bars = whiskers(of_gate, "drf_mean", "drf_low", "drf_high", shade)
        draw_marks(figure, of_gate, marker=outlined(GATE_SYMBOLS[gate], shade), words=words, error_x=bars)
    found = {"symbol": "diamond", "size": 9, "color": colour.warning_text}
    draw_marks(figure, chance[chance["gate"] == PASSED], marker=found, words="permuted, passes its gate")
    say_undefined(figure, lacking(rows, places), "no perturbation has a value", mode=mode)
    return figure


def _hover(row: Mapping[Any, Any]) -> str:
    whose = f"labels permuted, trial {int(row['trial'])}" if row["trial"] else "labels as they are"
    return "<br>".join(gate_words(row, whose))
