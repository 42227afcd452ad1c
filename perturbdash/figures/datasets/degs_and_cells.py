"""How much there is to see: DEGs against cells a perturbation, on loaded and on published data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.numbers import count, number, percent
from perturbdash.figures.placement import Frame, place, write_names
from perturbdash.figures.roots import root, root_ticks
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, nothing, tokens

HEIGHT = 380
WIDTH, AXES = 520, 96
TICKS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
MOST_NAMES = 16
LONGEST_NAME = 28
COLUMNS = ("name", "n_perturbations", "cells_each", "mean_degs", "share_without_deg")


def degs_and_cells(published: pd.DataFrame, own: pd.DataFrame, *, mode: Mode = "light") -> go.Figure:
    """Draw mean DEGs (root axis) against mean cells a perturbation (log axis); larger: more perturbations.

    Source of published values: Miller et al. 2025, 10.1101/2025.10.20.683304.

    Parameters
    ----------
    published, own
        Columns name, n_perturbations, cells_each, mean_degs, share_without_deg.
    """
    given = [
        rows.assign(loaded=loaded)[[*COLUMNS, "loaded"]] for rows, loaded in ((own, True), (published, False))
    ]
    given = [known for rows in given if len(known := rows.dropna(subset=["cells_each", "mean_degs"]))]
    if not given:
        return nothing(mode, "No data set has a number of DEGs to show.", height=HEIGHT)
    table = pd.concat(given, ignore_index=True)
    table = table.assign(
        x=np.log10(table["cells_each"].astype(float).clip(lower=1)),
        y=root(table["mean_degs"]),
        size=5 + 2.6 * np.log10(table["n_perturbations"].astype(float).clip(lower=1)),
    )
    loaded = table["loaded"].astype(bool)
    n = int(loaded.sum())
    alt = f"Mean number of DEGs against cells a perturbation: {n} loaded, {len(table) - n} published."
    figure = canvas(mode, alt=alt, height=HEIGHT, showlegend=True, margin={"t": 30})
    figure.update_layout(legend={"itemsizing": "constant"})
    frame = _draw_axes(figure, table)
    _draw(figure, table[~loaded], mode=mode, words="published")
    _draw(figure, table[loaded], mode=mode, words="yours")
    names = [_cut(str(name)) for name in table["name"]]
    x, y = table["x"].to_numpy(dtype=float), table["y"].to_numpy(dtype=float)
    labels = place(frame, x, y, texts=names, candidates=range(len(names)), most=MOST_NAMES)
    texts = [f"<b>{safe(name)}</b>" if own else safe(name) for name, own in zip(names, loaded, strict=True)]
    write_names(figure, labels, x, y, texts=texts)
    return figure


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _draw_axes(figure: go.Figure, table: pd.DataFrame) -> Frame:
    low, high = float(table["x"].min()) - 0.15, float(table["x"].max()) + 0.3
    most = max(1.0, float(table["mean_degs"].max()))
    places, words = root_ticks(0.0, most)
    frame = Frame((low, high), (-0.07 * most**0.5, 1.12 * most**0.5), width=WIDTH, height=HEIGHT - AXES)
    ticks = [tick for tick in TICKS if low <= np.log10(tick) <= high]
    figure.update_xaxes(
        title_text="cells a perturbation (mean, log scale)",
        range=list(frame.x),
        tickvals=float32(np.log10(ticks)),
        ticktext=[count(tick) for tick in ticks],
    )
    figure.update_yaxes(
        title_text="DEGs a perturbation (mean, root scale)",
        range=list(frame.y),
        tickvals=float32(places),
        ticktext=words,
    )
    return frame


def _draw(figure: go.Figure, rows: pd.DataFrame, *, mode: Mode, words: str) -> None:
    yours = words == "yours"
    colour = tokens(mode).ink if yours else tokens(mode).baseline
    figure.add_scatter(
        x=float32(rows["x"]),
        y=float32(rows["y"]),
        mode="markers",
        name=words,
        marker={
            "symbol": "circle" if yours else "circle-open",
            "size": float32(rows["size"]),
            "color": colour,
            "opacity": 1,
            "line": {"width": 1.6, "color": colour},
        },
        hovertext=[_hover(row, words) for row in rows.to_dict("records")],
        hoverinfo="text",
        cliponaxis=False,
    )


def _hover(row: Mapping[Any, Any], words: str) -> str:
    return (
        f"{safe(row['name'])}, {words}<br>{count(row['n_perturbations'])} perturbations of {count(row['cells_each'])} "
        f"cells<br>{number(row['mean_degs'])} DEGs each, none for {percent(row['share_without_deg'])}"
    )
