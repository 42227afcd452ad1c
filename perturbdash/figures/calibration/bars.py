"""Dynamic range fraction of each metric with its gate, and how often a repeat beats the negative control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from perturbdash.figures.calibration.gate_marks import draw_gates
from perturbdash.figures.metric_words import FAMILIES, GATE_WORDS, family, in_order, tick_label, why_undefined
from perturbdash.figures.numbers import count, number
from perturbdash.figures.tables import float32, of_context, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, tokens
from perturbdash.vocabulary import BDS_GATE, DRF_GATE, HEADLINE, PositiveControl

ROW = 21
FAMILY_GAP = 1.05
FAMILY_HEAD = 0.85
REASON_GAP = 0.4
REASON_WIDTH = 34


def drf_bars(
    calibration_summary: pd.DataFrame,
    *,
    mode: Mode = "light",
    positive_control: PositiveControl = "interpolated_duplicate",
    order: Literal["drf", "family"] = "drf",
    context: str | None = None,
    reasons: Mapping[str, str] | None = None,
    headline: Sequence[str] = HEADLINE,
    marked: str | None = None,
) -> go.Figure:
    """Draw DRF with its 95 % interval and gate for each metric; beside it BDS with its Wilson interval, and n.

    Source: Miller et al. 2025, 10.1101/2025.10.20.683304; BDS: Schäfer et al. 2026, 10.64898/2026.07.23.740433.

    Parameters
    ----------
    calibration_summary
        Columns context, metric, positive_control, negative_control, drf_mean, drf_low, drf_high, bds, bds_low,
        bds_high, n, gate.
    order
        By DRF, the largest on top, or family by family.
    context
        By default the pooled rows, else the first context.
    reasons
        Why a metric has no value, in words, by metric; by default when it is undefined at all.
    headline
        Metrics that count in a verdict; their names are bold.
    marked
        A metric whose row is tinted, since another figure shows it.
    """
    table = of_context(calibration_summary, context)
    table = table[table["positive_control"] == positive_control]
    if table.empty:
        words = f"No calibration with the {positive_control.replace('_', ' ')} as positive control."
        return nothing(mode, words, height=300)
    table = _placed(table, order)
    figure = _axes(table, mode=mode, positive_control=positive_control, headline=headline)
    if order == "family":
        _draw_families(figure, table, mode=mode)
    _tint(figure, table[table["metric"] == marked], mode=mode)
    draw_gates(figure, table, mode=mode)
    _draw_counts(figure, table, mode=mode)
    _draw_reasons(figure, table[table["drf_mean"].isna()], mode=mode, reasons=reasons or {})
    return figure


def _placed(table: pd.DataFrame, order: str) -> pd.DataFrame:
    """Order the rows, top first, and give each its place on the axis."""
    ranks = {metric: rank for rank, metric in enumerate(in_order(table["metric"]))}
    table = table.assign(rank=table["metric"].map(ranks))
    if order == "drf":
        table = table.sort_values(["drf_mean", "rank"], ascending=[False, True], na_position="last")
        return table.assign(place=np.arange(len(table)) + _room_for_reasons(table))
    table = table.sort_values("rank")
    families = table["metric"].map(family)
    gaps = (families != families.shift()).cumsum()
    return table.assign(place=np.arange(len(table)) + FAMILY_GAP * gaps + _room_for_reasons(table))


def _room_for_reasons(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return how far rows move down, so that the two lines of a reason do not run into another reason."""
    lacking = table["drf_mean"].isna().to_numpy()
    return REASON_GAP * np.cumsum(lacking & np.append(False, lacking[:-1]))


def _axes(table: pd.DataFrame, *, mode: Mode, positive_control: str, headline: Sequence[str]) -> go.Figure:
    colour = tokens(mode)
    gates = table["gate"].value_counts()
    alt = f"Dynamic range fraction of {len(table)} metrics, positive control {positive_control.replace('_', ' ')}: "
    alt += ", ".join(f"{int(gates.get(gate, 0))} {words}" for gate, words in GATE_WORDS.items()) + "."
    last = float(table["place"].max())
    figure = canvas(mode, alt=alt, height=round(ROW * (last + 1)) + 96, showlegend=True, barmode="overlay")
    figure.update_layout(margin={"t": 44}, legend={"y": 0.995, "yanchor": "top", "yref": "container"})
    low = min(0.0, float(np.nanmin([0.0, *table["drf_low"], *table["drf_mean"]])))
    names = [_name(metric, metric in headline) for metric in table["metric"]]
    figure.update_layout(
        xaxis={"domain": [0, 0.58], "range": [low * 1.06 - 0.005, 1.05], "title": {"text": "DRF"}},
        xaxis2={
            "domain": [0.64, 0.89],
            "range": [0, 1.06],
            "title": {"text": "BDS"},
            "tickvals": [0, 0.5, 1],
        },
        xaxis3={"domain": [0.9, 1], "range": [0, 1], "visible": False},
        yaxis={
            "range": [last + 0.7, -0.7],
            "tickvals": float32(table["place"]),
            "ticktext": names,
            "ticks": "",
            "showline": False,
            "showgrid": False,
            "tickfont": {"color": colour.ink},
        },
    )
    for x, axis, dash in ((0, "x", None), (DRF_GATE, "x", "dot"), (BDS_GATE, "x2", "dot")):
        line = {"color": colour.ink, "width": 1.2, "dash": dash}
        figure.add_shape(type="line", x0=x, x1=x, y0=0, y1=1, xref=axis, yref="paper", line=line)
    return figure


def _name(metric: str, counts: bool) -> str:
    return f"<b>{safe(tick_label(metric))}</b>" if counts else safe(tick_label(metric))


def _draw_families(figure: go.Figure, table: pd.DataFrame, *, mode: Mode) -> None:
    """Write the name of each family above its first row."""
    font = {"size": 11, "color": tokens(mode).muted}
    for key, rows in table.groupby(table["metric"].map(family), sort=False):
        y = float(rows["place"].min()) - FAMILY_HEAD
        words = f"<b>{FAMILIES.get(str(key), safe(key))}</b>"
        note(figure, words, x=0, y=y, xref="x", yref="y", xanchor="left", yanchor="middle", font=font)


def _tint(figure: go.Figure, rows: pd.DataFrame, *, mode: Mode) -> None:
    for y in rows["place"].astype(float):
        ends = {"x0": 0, "x1": 1, "y0": y - 0.5, "y1": y + 0.5, "xref": "paper", "yref": "y"}
        colour = tokens(mode).widget
        figure.add_shape(type="rect", layer="below", fillcolor=colour, line={"width": 0}, **ends)


def _draw_counts(figure: go.Figure, table: pd.DataFrame, *, mode: Mode) -> None:
    """Write n at the right, in ink where it is below the total."""
    colour = tokens(mode)
    total = table["n"].max()
    figure.add_scatter(
        x=float32(np.full(len(table), 1.0)),
        y=float32(table["place"]),
        xaxis="x3",
        mode="text",
        text=[count(float(n)) for n in table["n"]],
        textposition="middle left",
        textfont={"size": 11.5, "color": [colour.ink if n < total else colour.muted for n in table["n"]]},
        hoverinfo="skip",
        showlegend=False,
    )
    grey = {"size": 11, "color": colour.muted}
    note(figure, "n", x=1, y=1, xanchor="right", yanchor="bottom", font=grey)


def _draw_reasons(figure: go.Figure, rows: pd.DataFrame, *, mode: Mode, reasons: Mapping[str, str]) -> None:
    """Keep the row of a metric without a value, with the reason."""
    for row in rows.itertuples():
        metric = str(row.metric)
        reason = reasons.get(metric) or why_undefined(metric) or "no perturbation has a value"
        words = f"{number(float('nan'))} {safe(reason)}"
        lines = "<br>".join(wrap(words, REASON_WIDTH, break_long_words=False))
        grey = {"size": 10, "color": tokens(mode).muted}
        y = float(str(row.place))
        note(figure, lines, x=0.07, y=y, xref="x", yref="y", xanchor="left", font=grey)
