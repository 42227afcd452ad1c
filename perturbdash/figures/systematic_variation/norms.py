"""Are strong effects just more of the same? Norm of each shift against its cosine to the average effect."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.cloud import WEBGL_POINTS, Cloud, cloud, faded
from perturbdash.figures.placement import Frame, place, write_names
from perturbdash.figures.tables import across_contexts, is_combination, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, tokens, zero_line
from perturbdash.vocabulary import Reference

HEIGHT = 620
WIDTH, AXES = 390, 100
"""Pixels of the plotting area where it is narrow beside another figure, and of what stands around it."""
SHAPES = (("single", "circle", False), ("combination", "cross", True))


def norm_against_cosine(
    systematic_variation: pd.DataFrame,
    selected: Sequence[str] | None = None,
    *,
    mode: Mode = "light",
    reference: Reference = "control",
    context: str | None = None,
) -> go.Figure:
    """Draw the norm of each shift against its cosine to the average effect, to select from by box or lasso.

    Parameters
    ----------
    systematic_variation
        Columns context, perturbation, reference, cosine, shift_norm (log1p units), n_cells.
    selected
        Perturbations that keep their strength while the others fade.
    """
    table = across_contexts(systematic_variation, context)
    table = table[(table["reference"] == reference) & table["cosine"].notna() & table["shift_norm"].notna()]
    if table.empty:
        return nothing(mode, "No cosine is defined: it needs two perturbations or more.", height=HEIGHT)
    colour = tokens(mode)
    frame = _frame(table)
    alt = f"Norm of the shift against its cosine to the average effect, {len(table)} perturbations, Δ{reference}."
    figure = canvas(mode, alt=alt, height=HEIGHT, dragmode="select", showlegend=True, margin={"t": 34})
    figure.update_xaxes(title_text="norm of the shift ‖δ‖₂, log1p units", range=list(frame.x))
    figure.update_yaxes(
        title_text="cosine to the average effect", range=list(frame.y), **zero_line(colour.ink)
    )
    combination = is_combination(table["perturbation"])
    said = []
    for words, symbol, kind in SHAPES:
        drawn = _draw(table[combination == kind], mode=mode, symbol=symbol, selected=list(selected or ()))
        figure.add_traces([trace.update(name=words) for trace in drawn.traces])
        said += [drawn.note] if drawn.note else []
    if said:
        note(
            figure, "; ".join(said), x=1, y=1, xanchor="right", yanchor="bottom", font={"color": colour.muted}
        )
    _draw_names(figure, table, frame, list(selected or ()))
    return figure


def _frame(table: pd.DataFrame) -> Frame:
    low = min(0.0, float(table["cosine"].min()))
    return Frame(
        (0.0, float(table["shift_norm"].max()) * 1.08 or 1.0),
        (low - 0.08, 1.08),
        width=WIDTH,
        height=HEIGHT - AXES,
    )


def _draw(rows: pd.DataFrame, *, mode: Mode, symbol: str, selected: list[str]) -> Cloud:
    names = [str(name) for name in rows["perturbation"]]
    reference = str(rows["reference"].iloc[0]) if len(rows) else "control"
    marker = {
        "size": 8,
        "symbol": symbol,
        "color": tokens(mode).reference(reference),
        "opacity": faded(names, selected, opacity=0.85),
    }
    hover = "{name}<br>norm %{x:.2f} log1p units<br>cosine %{y:.2f}"
    text = [f"{int(n):,} cells" for n in rows["n_cells"]] if "n_cells" in rows else None
    return cloud(rows["shift_norm"], rows["cosine"], names=names, marker=marker, hover=hover, text=text)


def _draw_names(figure: go.Figure, table: pd.DataFrame, frame: Frame, selected: list[str]) -> None:
    """Name the strongest, those of a selection first."""
    names = [str(name) for name in table["perturbation"]]
    if len(names) > WEBGL_POINTS:
        return
    norms = table["shift_norm"].to_numpy(dtype=float)
    order = np.lexsort((-norms, ~np.isin(names, selected)))[:30]
    y = table["cosine"].to_numpy(dtype=float)
    labels = place(frame, norms, y, texts=names, candidates=order.tolist())
    write_names(figure, labels, norms, y, texts=[safe(name) for name in names])
