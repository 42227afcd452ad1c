"""Are other controls predicted than were measured? Differences gene by gene, beside those of two halves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.models import ModelStyle
from perturbdash.figures.numbers import number
from perturbdash.figures.placement import Frame, place, write_names
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, rgba, tokens
from perturbdash.figures.warnings.strips import short, style_for

HEIGHT = 400
WIDTH, PLOT = 520, 300
MOST_POINTS = 2500
NAMED = 12


def control_drift(
    points: pd.DataFrame,
    limits: pd.DataFrame,
    *,
    model: str,
    mode: Mode = "light",
    style: ModelStyle | None = None,
) -> go.Figure:
    """Draw predicted − observed control against the observed mean, over the band of two halves of the controls.

    Parameters
    ----------
    points
        Columns gene, observed, difference, between_halves (log1p units).
    limits
        Columns panel (``halves``, ``predicted``), value (root mean square over genes), words.
    """
    if points.empty or points["difference"].notna().sum() == 0:
        return nothing(mode, "No control is predicted, so nothing is drawn.", height=160)
    own, colour = style_for(model, style), tokens(mode)
    rms = dict(zip(limits["panel"], limits["value"].astype(float), strict=True))
    alt = (
        f"Predicted minus observed control of {len(points)} genes: typical difference "
        f"{short(rms.get('predicted', np.nan))}, between two halves {short(rms.get('halves', np.nan))} log1p units."
    )
    drawn = points.sort_values("difference", key=lambda values: -values.abs(), kind="stable").head(
        MOST_POINTS
    )
    figure = canvas(mode, alt=alt, height=HEIGHT, margin={"t": 46, "b": 44})
    figure.update_xaxes(title_text="observed control mean, log1p units")
    figure.update_yaxes(title_text="predicted − observed")
    _draw_bands(figure, limits, mode)
    for name, column, marker in (
        (
            "second − first half",
            "between_halves",
            {"symbol": "circle-open", "size": 4, "color": colour.baseline},
        ),
        (model, "difference", own.marker(mode, size=6) | {"opacity": 0.8}),
    ):
        figure.add_scatter(
            x=float32(drawn["observed"]),
            y=float32(drawn[column]),
            mode="markers",
            marker=marker,
            name=safe(name),
            hovertext=[
                f"<b>{safe(row['gene'])}</b><br>predicted − observed {number(row['difference'], 3)}<br>second − first "
                f"half {number(row['between_halves'], 3)}"
                for row in drawn.to_dict("records")
            ],
            hoverinfo="text",
        )
    _name_genes(figure, drawn)
    return figure


def _draw_bands(figure: go.Figure, limits: pd.DataFrame, mode: Mode) -> None:
    """Shade what two halves differ by, and draw both typical differences, above and below 0."""
    colour = tokens(mode)
    looks = {
        "halves": {"color": colour.warning_text, "width": 1.3, "dash": "dash"},
        "predicted": {"color": colour.ink, "width": 1.2},
    }
    for i, row in enumerate(limits.to_dict("records")):
        value = float(row["value"])
        if np.isnan(value):
            continue
        for y in (value, -value):
            figure.add_shape(
                type="line",
                xref="paper",
                x0=0,
                x1=1,
                y0=y,
                y1=y,
                layer="between",
                line=looks[str(row["panel"])],
            )
        if row["panel"] == "halves":
            fill = rgba(colour.baseline, 0.16)
            figure.add_hrect(y0=-value, y1=value, fillcolor=fill, line_width=0, layer="below")
        font = {"size": 11, "color": looks[str(row["panel"])]["color"]}
        words = f"{'dashed' if row['panel'] == 'halves' else 'line'}: ±{short(value)} a gene, {safe(row['words'])}"
        note(figure, words, x=0, y=1, xanchor="left", yanchor="bottom", yshift=2 + 15 * i, font=font)


def _name_genes(figure: go.Figure, drawn: pd.DataFrame) -> None:
    x, y = (drawn[name].to_numpy(dtype=float) for name in ("observed", "difference"))
    if not np.isfinite(y).any():
        return
    frame = Frame(
        (float(np.nanmin(x)), float(np.nanmax(x))), (float(np.nanmin(y)), float(np.nanmax(y))), WIDTH, PLOT
    )
    names = [str(name) for name in drawn["gene"]]
    labels = place(frame, x, y, texts=names, candidates=list(range(min(NAMED, len(names)))))
    write_names(figure, labels, x, y, texts=[f"<i>{safe(name)}</i>" for name in names])
