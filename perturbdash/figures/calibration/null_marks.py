"""DRF of each metric with the labels as they are, beside that of permuted labels, where there is nothing to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.calibration.gate_marks import GATE_SYMBOLS, KEPT
from perturbdash.figures.calibration.lanes import lane_canvas, lanes, say_undefined
from perturbdash.figures.metric_words import GATE_WORDS, label
from perturbdash.figures.numbers import count, interval
from perturbdash.figures.tables import float32, of_context, safe
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
    quiet = permuted[(permuted["gate"] != PASSED) & permuted["drf_mean"].notna()]
    hollow = {
        "symbol": "diamond-open",
        "size": 7,
        "color": colour.ink,
        "line": {"color": colour.ink, "width": 1.2},
    }
    _draw(figure, quiet, places, marker=hollow, words="labels permuted")
    for gate, words in GATE_WORDS.items():
        own = observed[(observed["gate"] == gate) & observed["drf_mean"].notna()]
        shade = colour.gate(gate)
        disc = {
            "symbol": GATE_SYMBOLS[gate],
            "size": 9,
            "color": shade,
            "line": {"color": shade, "width": 1.6},
        }
        _draw(figure, own, places, marker=disc, words=words, whiskers=True)
    found = {"symbol": "diamond", "size": 9, "color": colour.warning_text}
    _draw(figure, passed, places, marker=found, words="permuted, passes its gate")
    n = rows.groupby("metric")["drf_mean"].count()
    say_undefined(figure, [places[str(m)] for m in n[n == 0].index], "no perturbation has a value", mode=mode)
    return figure


def _draw(
    figure: go.Figure,
    rows: pd.DataFrame,
    places: Mapping[str, float],
    *,
    marker: Mapping[str, object],
    words: str,
    whiskers: bool = False,
) -> None:
    if rows.empty:
        return
    bars = {
        "type": "data",
        "symmetric": False,
        "array": float32((rows["drf_high"] - rows["drf_mean"]).clip(lower=0).fillna(0)),
        "arrayminus": float32((rows["drf_mean"] - rows["drf_low"]).clip(lower=0).fillna(0)),
        "color": marker["color"],
        "thickness": 1.3,
        "width": 0,
    }
    figure.add_scatter(
        x=float32(rows["drf_mean"]),
        y=float32([places[m] for m in rows["metric"]]),
        mode="markers",
        name=words,
        marker=dict(marker),
        error_x=bars if whiskers else None,
        customdata=rows["metric"].tolist(),
        hovertext=[_hover(row) for row in rows.to_dict("records")],
        hoverinfo="text",
        cliponaxis=False,
        **KEPT,
    )


def _hover(row: Mapping[Any, Any]) -> str:
    drf = interval(*(float(row[c]) for c in ("drf_mean", "drf_low", "drf_high")))
    bds = interval(*(float(row[c]) for c in ("bds", "bds_low", "bds_high")))
    whose = f"labels permuted, trial {int(row['trial'])}" if row["trial"] else "labels as they are"
    return (
        f"<b>{safe(label(str(row['metric'])))}</b>: {GATE_WORDS[str(row['gate'])]}<br>{whose}<br>DRF {drf}<br>BDS {bds}"
        f"<br>n = {count(float(row['n']))} perturbations"
    )
