"""Which metric can be fooled: how each score changes when the prediction is changed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.metric_words import arrow, by_skill, in_order, is_error, label, tick_label
from perturbdash.figures.numbers import count, decimals_for, number
from perturbdash.figures.tables import of_context, safe
from perturbdash.figures.theme import Mode, canvas, nothing, rgba, tokens

ROW, HEAD, FOOT = 31, 46, 10
FULL = 1.0
"""Share of the dynamic range at which a cell has its full colour."""
BETTER = 0.02
STILL = 0.05
"""Changes, as shares of the dynamic range, from which a score is better, and below which it did not fall."""
TELLING = 12


def probe_overview(
    table: pd.DataFrame,
    *,
    mode: Mode = "light",
    context: str | None = None,
    metrics: Sequence[str] | None = None,
) -> go.Figure:
    """Draw metrics × treatments: the change of the score in units of the dynamic range, and of the model's rank.

    Warm with ▲: the score gets better; warm with =: it does not fall although the treatment can only do harm;
    grey: it falls. Below: the rank before and after, where it changes.

    Parameters
    ----------
    table
        Columns context, metric, headline, step (words of a treatment), harmful, change_in_range, value, unchanged,
        rank, rank_unchanged, n_ranked, n; steps in their order, one model.
    metrics
        Rows, from the top; by default `telling_metrics`.
    """
    own = of_context(table, context)
    rows = telling_metrics(own) if metrics is None else list(metrics)
    own = own[own["metric"].isin(rows)]
    if own.empty or own["change_in_range"].notna().sum() == 0:
        return nothing(
            mode, "No metric has a score and a dynamic range here, so nothing is drawn.", height=160
        )
    steps = list(dict.fromkeys(own["step"]))
    cells = {(str(row["metric"]), str(row["step"])): row for row in own.to_dict("records")}
    figure = canvas(mode, alt=_alt(own), height=HEAD + FOOT + ROW * len(rows))
    grid = [[cells.get((metric, step), {}) for step in steps] for metric in rows]
    figure.add_heatmap(
        z=np.array([[_shade(cell) for cell in row] for row in grid], dtype=np.float32),
        x=list(range(len(steps))),
        y=list(range(len(rows))),
        zmin=-1,
        zmax=1,
        colorscale=_colours(mode),
        showscale=False,
        xgap=3,
        ygap=3,
        text=[[_text(cell) for cell in row] for row in grid],
        texttemplate="%{text}",
        textfont={"size": 10.5, "color": tokens(mode).ink},
        hovertext=[[_hover(cell, step) for cell, step in zip(row, steps, strict=True)] for row in grid],
        hoverinfo="text",
        hoverongaps=True,
    )
    headline = set(own.loc[own["headline"].astype(bool), "metric"])
    _name(figure, rows, steps, headline, mode)
    return figure


def telling_metrics(table: pd.DataFrame, most: int = TELLING) -> list[str]:
    """Return the headline metrics, then those that a treatment makes better, the most first.

    Parameters
    ----------
    table
        As for `probe_overview`.
    """
    present = list(dict.fromkeys(table["metric"]))
    headline = by_skill(dict.fromkeys(table.loc[table["headline"].astype(bool), "metric"]))
    gain = table.groupby("metric", sort=False)["change_in_range"].max()
    others = [metric for metric in in_order(present) if metric not in headline]
    others.sort(key=lambda metric: -_or_less(gain[metric]))
    chosen = others[: max(0, most - len(headline))]
    return [*headline, *(metric for metric in in_order(present) if metric in chosen)]


def _or_less(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _defined(cell: Mapping[Any, Any]) -> bool:
    return bool(cell) and not math.isnan(float(cell["change_in_range"]))


def _fooled(cell: Mapping[Any, Any]) -> str:
    """Return ▲ where the score gets better, = where it should fall and does not, else nothing."""
    change = float(cell["change_in_range"])
    if change >= BETTER:
        return "▲"
    return "=" if bool(cell["harmful"]) and change > -STILL else ""


def _shade(cell: Mapping[Any, Any]) -> float:
    """Return -1 to 1 for the colour: falls as far as they go, what is fooled never paler than a third."""
    if not _defined(cell):
        return math.nan
    change = float(np.clip(float(cell["change_in_range"]) / FULL, -1, 1))
    if _fooled(cell):
        return max(change, 0.34)
    return min(change, 0.0)


def _text(cell: Mapping[Any, Any]) -> str:
    if not _defined(cell):
        return "–"
    lines = [_signed(float(cell["change_in_range"]))]
    below = f"{_fooled(cell)} {_moved(cell)}".strip()
    return "<br>".join([*lines, below] if below else lines)


def _moved(cell: Mapping[Any, Any]) -> str:
    before, after = float(cell["rank_unchanged"]), float(cell["rank"])
    if math.isnan(before) or math.isnan(after) or before == after:
        return ""
    words = f"{before:.0f}→{after:.0f}"
    return f"<b>{words}</b>" if after < before else words


def _signed(value: float) -> str:
    words = number(value)
    return f"+{words}" if value > 0 and words.strip("0.") else words


def _hover(cell: Mapping[Any, Any], step: str) -> str:
    if not cell:
        return safe(step)
    metric = str(cell["metric"])
    lines = [f"<b>{safe(label(metric))}</b> {arrow(metric)}", safe(step)]
    if not _defined(cell):
        return "<br>".join([*lines, "no value after it, or no dynamic range"])
    scores = [float(cell[name]) for name in ("unchanged", "value")]
    decimals = decimals_for(metric, scores, error=is_error(metric))
    lines.append(f"{number(scores[0], decimals)} before, {number(scores[1], decimals)} after")
    lines.append(f"{_signed(float(cell['change_in_range']))} of the dynamic range, n = {count(cell['n'])}")
    if not math.isnan(float(cell["rank"])):
        lines.append(
            f"rank {cell['rank_unchanged']:.0f} before, {cell['rank']:.0f} after, of {count(cell['n_ranked'])}"
        )
    return "<br>".join(lines)


def _colours(mode: Mode) -> list[list[Any]]:
    colour = tokens(mode)
    grey, warm = colour.baseline, colour.warning_text
    strong = 0.42 if mode == "light" else 0.5
    return [
        [0, rgba(grey, strong)],
        [0.5, rgba(grey, 0.06)],
        [0.5001, rgba(warm, 0.08)],
        [1, rgba(warm, strong)],
    ]


def _name(
    figure: go.Figure, rows: Sequence[str], steps: Sequence[str], headline: Collection[str], mode: Mode
) -> None:
    figure.update_layout(
        margin={"t": HEAD, "b": FOOT},
        xaxis={
            "side": "top",
            "tickvals": list(range(len(steps))),
            "ticktext": [safe(step).replace(" ", "<br>", 1) for step in steps],
            "autotickangles": [0, 90],
            "ticks": "",
            "showgrid": False,
            "showline": False,
            "fixedrange": True,
        },
        yaxis={
            "range": [len(rows) - 0.5, -0.5],
            "tickvals": list(range(len(rows))),
            "ticktext": [
                f"<b>{_two_lines(metric)}</b>" if metric in headline else _two_lines(metric)
                for metric in rows
            ],
            "ticks": "",
            "showgrid": False,
            "showline": False,
            "fixedrange": True,
            "tickfont": {"color": tokens(mode).ink},
        },
    )


def _two_lines(metric: str) -> str:
    return safe(tick_label(metric)).replace(", ", ",<br>", 1)


def _alt(table: pd.DataFrame) -> str:
    better = table[table["change_in_range"] >= BETTER]
    risen = table[table["rank"] < table["rank_unchanged"]]
    n = table["metric"].nunique()
    return (
        f"Change of {n} scores under {table['step'].nunique()} treatments of the prediction: "
        f"{better['metric'].nunique()} of the metrics get better under some treatment, and the rank rises on "
        f"{risen['metric'].nunique()}."
    )
