"""One row a perturbation and context: compact JSON, which the page itself sorts, searches and saves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from perturbdash.figures.markup import Html, html
from perturbdash.figures.metric_words import arrow, by_skill, in_order, label
from perturbdash.figures.models import baselines_in_order
from perturbdash.figures.numbers import decimals_for
from perturbdash.judgement.sentences import counted
from perturbdash.metrics.outcome import REASONS
from perturbdash.report.blocks import frame, scrolling
from perturbdash.report.drawing import script_safe
from perturbdash.report.scope import Scope
from perturbdash.vocabulary import POSITIVE_CONTROLS

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result

MOST_VALUES = 450_000
"""Scores that the page holds, about 6 bytes each; beyond it only those of the headline metrics."""
NOT_TESTED = "not tested"
WHY = (*REASONS[1:], NOT_TESTED)


@dataclass(frozen=True)
class Value:
    """A column of the table: its header, what it is, how many decimals, and the values row by row.

    Values are numbers; texts are places in ``WHY``, which says why there is no number.
    """

    label: str
    help: str
    decimals: int
    values: list[float | str | None]


@dataclass
class Store:
    """Columns by key, and what the reader can choose to see: groups of (name, keys)."""

    columns: dict[str, Value] = field(default_factory=dict)
    views: dict[str, list[tuple[str, list[str]]]] = field(default_factory=dict)


def perturbations(scope: Scope) -> Html:
    """Return the table of all perturbations, in all contexts."""
    result = scope.result
    names, store, only_headline = table_of(result)
    several = scope.several
    data = {
        "names": names["perturbation"].tolist(),
        "contexts": names["context"].tolist() if several else None,
        "columns": {key: asdict(column) for key, column in store.columns.items()},
        "views": store.views,
        "why": WHY,
        "file": "perturbations.csv",
    }
    left_out = (
        " Scores of the headline metrics only: all would make this page too large." if only_headline else ""
    )
    rows = (
        f"{counted(len(names), 'row')}, one a perturbation and context"
        if several
        else counted(len(names), "perturbation")
    )
    return frame(
        "Which perturbations, one by one?",
        f"{rows}. A header sorts; undefined values stand last, with the reason on hover. Scores: truth all "
        f"cells, {scope.tested}. DRF: truth each half once.{left_out}",
        [
            _controls(store, several=several),
            scrolling(
                Html(
                    '<table class="pd-table" id="pr-perturbations"><caption class="pd-aside">Perturbations with '
                    "their effect and their scores</caption><thead></thead><tbody></tbody></table>"
                ),
                "Perturbations",
            ),
            Html(
                '<p class="pr-more"><button type="button" id="pr-all" hidden>Show all rows</button></p>'
                "<noscript><p>This table needs JavaScript.</p></noscript>"
            ),
            html('<script type="application/json" id="pr-data">{data}</script>', data=script_safe(data)),
        ],
        caption=f"{scope.source}. Cosine: of the shift to the average effect of its context. Norm: Euclidean, "
        "log1p units. DEGs: genes that differ from control, adjusted p < 0.05.",
    )


def _controls(store: Store, *, several: bool) -> Html:
    groups = Html(
        "".join(
            html(
                '<optgroup label="{group}">{options}</optgroup>',
                group=group,
                options=Html(
                    "".join(
                        html('<option value="{g}:{i}">{name}</option>', g=place, i=i, name=name)
                        for i, (name, _) in enumerate(views)
                    )
                ),
            )
            for place, (group, views) in enumerate(store.views.items())
        )
    )
    return html(
        '<form class="pr-controls" id="pr-controls"><label>Search <input type="search" id="pr-search" '
        'placeholder="{hint}" autocomplete="off" spellcheck="false"></label><label>Show <select id="pr-view">{groups}'
        '</select></label><button type="button" data-save="pr-csv">Save as CSV</button>'
        '<span id="pr-count" role="status"></span></form>',
        hint="perturbation or context" if several else "perturbation",
        groups=groups,
    )


def table_of(result: Result) -> tuple[pd.DataFrame, Store, bool]:
    """Return the conditions, their columns, and whether only the headline metrics found room."""
    from perturbdash.judgement.table_views import covariates

    names = covariates(result)
    store = Store()
    effect = _effect_columns(result, names, store)
    scores = result.all_cells
    predictions = [*scores.names("model"), *baselines_in_order(scores.names("baseline"))]
    headline = by_skill(result.settings.headline)
    metrics = in_order(scores.metrics)
    only_headline = len(names) * len(metrics) * len(predictions) > MOST_VALUES
    if only_headline:
        metrics = headline
        if len(names) * len(metrics) * len(predictions) > MOST_VALUES:
            predictions = scores.names("model")
    for metric in metrics:
        _score_columns(result, names, store, metric, predictions)
    drf = _drf_columns(result, names, store, headline)
    if predictions:
        store.views["Headline metrics of one prediction"] = [
            (_words(name, scores.kinds[name]), [*effect, *_present(store, headline, [name])])
            for name in predictions
        ]
        store.views["One metric, all predictions"] = [
            (f"{label(metric)} {arrow(metric)}", [*effect[:3], *_present(store, [metric], predictions)])
            for metric in metrics
        ]
    store.views["Calibration"] = [("DRF of the headline metrics", [*effect, *drf])]
    return names, store, only_headline


def _present(store: Store, metrics: Sequence[str], predictions: Sequence[str]) -> list[str]:
    keys = [_key(metric, name) for metric in metrics for name in predictions]
    return [key for key in keys if key in store.columns]


def _key(metric: str, prediction: str) -> str:
    return f"{metric}/{prediction}"


def _words(prediction: str, kind: str) -> str:
    return prediction if kind == "model" else f"{prediction.replace('_', ' ')} (baseline)"


def _effect_columns(result: Result, names: pd.DataFrame, store: Store) -> list[str]:
    """Add cells, DEGs, norm and cosines of each condition."""
    table = result.systematic_variation
    keys = ["context", "perturbation"]
    for reference in ("control", "centroid"):
        own = table.loc[table["reference"] == reference, [*keys, "cosine"]]
        names[reference] = names[keys].merge(own, on=keys, how="left")["cosine"].to_numpy()
    found = {
        "n_cells": ("cells", "Cells with this perturbation.", 0),
        "n_degs": ("DEGs", "Genes that differ from control, adjusted p < 0.05.", 0),
        "shift_norm": ("norm", "Euclidean norm of the shift from the control mean, log1p units.", 2),
        "control": ("cosine, Δcontrol", "Of the shift from the control mean to the average effect.", 2),
        "centroid": ("cosine, Δcentroid", "Of the shift from the perturbed centroid to it.", 2),
    }
    for key, (words, help_, decimals) in found.items():
        store.columns[key] = Value(words, help_, decimals, _numbers(names[key]))
    return list(found)


def _places(result: Result, names: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the place of each condition among labels and contexts of the scores."""
    scores = result.all_cells
    by_label = {name: place for place, name in enumerate(scores.labels)}
    by_context = {name: place for place, name in enumerate(scores.contexts)}
    return (
        np.array([by_label[name] for name in names["perturbation"]], dtype=np.intp),
        np.array([by_context[name] for name in names["context"]], dtype=np.intp),
    )


def _score_columns(
    result: Result, names: pd.DataFrame, store: Store, metric: str, predictions: Sequence[str]
) -> None:
    scores = result.all_cells
    place, where = scores.metrics.index(metric), _places(result, names)
    for name in predictions:
        if not scores.computed[name][place]:
            continue
        values = scores.value[name][place][where]
        codes = np.where(scores.scope_of[name][where], scores.reason[name][place][where], len(WHY))
        decimals = decimals_for(metric, values[np.isfinite(values)], error=_error(metric))
        kind = scores.kinds[name]
        store.columns[_key(metric, name)] = Value(
            f"{label(metric)} {arrow(metric)}, {_words(name, kind)}",
            f"{label(metric)} of {_words(name, kind)}, truth: all cells.",
            decimals,
            _numbers(values, codes),
        )


def _error(metric: str) -> bool:
    return arrow(metric) == "↓"


def _drf_columns(result: Result, names: pd.DataFrame, store: Store, headline: Iterable[str]) -> list[str]:
    """Add the DRF of each headline metric, the mean over both truths."""
    from perturbdash.judgement.scores import mean_of_defined

    chosen = [one.drf for one in result.ranges if one.positive_control == POSITIVE_CONTROLS[0]]
    drf = mean_of_defined(chosen)
    where = _places(result, names)
    keys = []
    for metric in headline:
        values = drf[result.halves[0].metrics.index(metric)][where]
        keys.append(f"drf/{metric}")
        store.columns[keys[-1]] = Value(
            f"DRF, {label(metric)}",
            "Dynamic range fraction of this perturbation, mean over both truths; positive control: interpolated "
            "duplicate.",
            2,
            _numbers(values),
        )
    return keys


def _numbers(values: Iterable[Any], codes: Iterable[int] | None = None) -> list[float | str | None]:
    """Return numbers of four digits; what is undefined is the place of its reason, or None where none is known.

    Examples
    --------
    >>> _numbers([0.123456, float("nan"), 3.0], [0, 1, 0])
    [0.1235, '0', 3]
    """
    found: list[float | str | None] = []
    for value, code in zip(values, codes if codes is not None else iter(int, 1), strict=False):
        if math.isfinite(value):
            number = float(f"{value:.4g}") if abs(value) < 1e4 else round(float(value))
            found.append(int(number) if number == int(number) else number)
        else:
            found.append(str(code - 1) if code else None)
    return found
