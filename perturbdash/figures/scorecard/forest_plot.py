"""Forest of differences to the hardest baseline: on which metrics they are real."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.metric_words import OUTCOME_WORDS, baseline_label, is_error, label
from perturbdash.figures.models import ModelStyle
from perturbdash.figures.numbers import bounds, count, decimals_for, number, p_value
from perturbdash.figures.scorecard import rows as shared
from perturbdash.figures.tables import float32, of_context, safe
from perturbdash.figures.theme import Mode, note, nothing, tokens

LEAST, MOST = (-1.0, 1.5), (-2.0, 3.0)
CHARACTER = 6.2
SHORT = {"matching_mean": "matching", "transfer_mean": "transfer"}


def forest(
    verdict: pd.DataFrame,
    calibration_summary: pd.DataFrame | None = None,
    *,
    dynamic_range: pd.DataFrame | None = None,
    mode: Mode = "light",
    context: str | None = None,
    models: Sequence[str] | None = None,
    styles: Mapping[str, ModelStyle] | None = None,
    metrics: Collection[str] | None = None,
) -> go.Figure:
    """Draw each model's difference to the hardest baseline on the informative metrics, truth: all cells.

    Filled: beats or loses; open: no difference shown. The grey band is what the number of perturbations
    could not show, for the first model.

    Parameters
    ----------
    verdict
        Columns context, model, metric, headline, gate, baseline, difference, low, high, p_value, p_holm, n, outcome,
        detectable_difference.
    calibration_summary
        Adds the DRF to the hover.
    dynamic_range
        Columns metric, dynamic_range (distance from negative to positive control, in the metric's unit), by which
        differences are divided; without it each metric is divided by its largest bound.
    models
        Those that are shown, in this order; by default all.
    metrics
        Rows; by default all informative metrics.
    """
    board = shared.board(verdict, context=context, models=models, styles=styles, metrics=metrics)
    if board.table.empty:
        return nothing(mode, shared.NOTHING_INFORMATIVE, height=220)
    table = _scaled(board.table, dynamic_range)
    limits = shared.limits_of(
        table[["scaled", "scaled_low", "scaled_high"]].to_numpy(), least=LEAST, most=MOST
    )
    names = _baselines(table)
    figure = shared.start(board, mode=mode, alt=_alt(board), right=_room(names))
    last_line = (
        "1 = dynamic range of the metric" if dynamic_range is not None else "1 = largest bound of the row"
    )
    figure.update_xaxes(title_text=f"difference to the hardest baseline<br>({last_line})", range=list(limits))
    _draw_band(figure, table[table["model"] == board.models[0]], limits, mode=mode)
    shared.upright(figure, 0, mode=mode)
    drf = _drf(calibration_summary, context)
    for model in board.models:
        _draw_model(figure, table[table["model"] == model], board.style(model), limits, mode=mode, drf=drf)
    _draw_baselines(figure, names, limits[1], mode=mode)
    grey = {"size": 11, "color": tokens(mode).muted}
    note(figure, "← worse ", x=0, y=1, xref="x", xanchor="right", yanchor="bottom", font=grey)
    note(figure, " better →", x=0, y=1, xref="x", xanchor="left", yanchor="bottom", font=grey)
    note(figure, "hardest<br>baseline", x=1, y=1, xanchor="left", yanchor="bottom", xshift=4, font=grey)
    return figure


def _scaled(table: pd.DataFrame, dynamic_range: pd.DataFrame | None) -> pd.DataFrame:
    """Divide differences by the dynamic range of their metric."""
    if dynamic_range is not None:
        by_metric = dynamic_range.set_index("metric")["dynamic_range"].abs()
    else:
        largest = table[["difference", "low", "high"]].abs().max(axis=1)
        by_metric = largest.groupby(table["metric"]).max()
    scale = table["metric"].map(by_metric).astype(float)
    scale = scale.where(scale > 0)
    names = {
        "difference": "scaled",
        "low": "scaled_low",
        "high": "scaled_high",
        "detectable_difference": "band",
    }
    return table.assign(**{new: table[old].astype(float) / scale for old, new in names.items()})


def _alt(board: shared.Board) -> str:
    parts = []
    for model in board.models:
        outcomes = board.of(model)["outcome"].value_counts()
        told = [f"{words} on {outcomes[key]}" for key, words in OUTCOME_WORDS.items() if key in outcomes]
        parts.append(f"{model}: {', '.join(told)}")
    return (
        f"Difference to the hardest baseline on {len(board.places)} informative metrics. {'; '.join(parts)}."
    )


def _drf(calibration_summary: pd.DataFrame | None, context: str | None) -> dict[str, float]:
    if calibration_summary is None:
        return {}
    table = of_context(calibration_summary, context)
    table = table[table["positive_control"] == "interpolated_duplicate"]
    return dict(zip(table["metric"], table["drf_mean"].astype(float), strict=True))


def _draw_band(figure: go.Figure, rows: pd.DataFrame, limits: tuple[float, float], *, mode: Mode) -> None:
    rows = rows[rows["band"].notna()]
    low, high = (-rows["band"]).clip(lower=limits[0]), rows["band"].clip(upper=limits[1])
    figure.add_bar(
        x=float32(high - low),
        base=float32(low),
        y=float32(rows["place"]),
        orientation="h",
        width=0.82,
        marker={"color": tokens(mode).hair, "line": {"width": 0}, "opacity": 0.8},
        hoverinfo="skip",
        showlegend=False,
    )


def _draw_model(
    figure: go.Figure,
    rows: pd.DataFrame,
    style: ModelStyle,
    limits: tuple[float, float],
    *,
    mode: Mode,
    drf: Mapping[str, float],
) -> None:
    drawn = rows[rows["scaled"].notna()]
    middle = shared.within(drawn["scaled"], limits)
    inside = drawn["scaled"].between(*limits)
    line = {"color": style.line(mode), "thickness": 1.3, "width": 0, "type": "data", "symmetric": False}
    words = [shared.off_scale(v, limits) or shared.number_of(style) for v in drawn["scaled"]]
    figure.add_scatter(
        x=float32(middle),
        y=float32(drawn["y"]),
        mode="markers+text",
        marker=shared.symbols(style, mode, drawn["outcome"].isin(["beats", "loses"]).tolist())
        | {"opacity": np.where(inside, 1.0, 0.0).tolist()},
        error_x=line
        | {
            "array": float32((drawn["scaled_high"].clip(*limits) - middle).clip(lower=0).fillna(0)),
            "arrayminus": float32((middle - drawn["scaled_low"].clip(*limits)).clip(lower=0).fillna(0)),
        },
        text=words,
        textposition=["middle left" if v > limits[1] else "middle right" for v in drawn["scaled"]],
        textfont={"size": 10, "color": style.line(mode)},
        hovertext=[_hover(row, style, drf) for row in drawn.to_dict("records")],
        hoverinfo="text",
        showlegend=False,
    )
    shared.legend_entry(figure, style, mode)
    for row in rows[rows["scaled"].isna()].itertuples():
        reason = str(getattr(row, "reason", "") or "")
        text = f"– {OUTCOME_WORDS.get(str(row.outcome), '')}" + (f": {safe(reason)}" if reason else "")
        font = {"size": 10, "color": style.line(mode)}
        note(figure, text, x=0, y=float(str(row.y)), xref="x", yref="y", xanchor="left", xshift=4, font=font)


def _hover(row: dict[Any, Any], style: ModelStyle, drf: Mapping[str, float]) -> str:
    metric = str(row["metric"])
    decimals = decimals_for(metric, [row["difference"], row["low"], row["high"]], error=is_error(metric))
    p = p_value(row["p_value"])
    holm = "" if np.isnan(row["p_holm"]) else f", Holm {p_value(row['p_holm'])}"
    lines = [
        f"<b>{safe(style.label)}</b>: {OUTCOME_WORDS[row['outcome']]}",
        f"{safe(label(metric))} against {safe(baseline_label(str(row['baseline'])))}",
        f"difference {number(row['difference'], decimals)} {bounds(row['low'], row['high'], decimals)}",
        f"n = {count(row['n'])} could show {number(row['detectable_difference'], decimals)}",
        f"p {p}{holm}" if p.startswith("<") else f"p = {p}{holm}",
    ]
    if metric in drf:
        lines.append(f"DRF {number(drf[metric])}")
    return "<br>".join(lines)


def _baselines(table: pd.DataFrame) -> dict[float, str]:
    """Name the first model's hardest baseline in one word, with an ellipsis where models differ; the hover has all."""
    rows = table[table["baseline"].fillna("") != ""]
    words: dict[float, str] = {}
    for place, own in rows.groupby("place"):
        first, *others = dict.fromkeys(
            str(name).replace(" (no pattern: 0)", " (0)") for name in own["baseline"]
        )
        words[float(str(place))] = baseline_label(SHORT.get(first, first)) + (" …" if others else "")
    return words


def _room(names: Mapping[float, str]) -> float:
    """Pixels that the names need at the right."""
    return 16 + CHARACTER * max([len("baseline"), *map(len, names.values())])


def _draw_baselines(figure: go.Figure, names: Mapping[float, str], x: float, *, mode: Mode) -> None:
    edge = x - 1e-4 * abs(x)  # plotly leaves out what lies beyond the range
    figure.add_scatter(
        x=float32(np.full(len(names), edge)),
        y=float32(list(names)),
        mode="text",
        text=[f" {safe(text)}" for text in names.values()],
        textposition="middle right",
        textfont={"size": 11, "color": tokens(mode).muted},
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
