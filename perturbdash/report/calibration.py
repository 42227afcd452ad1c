"""Which metrics can tell a repeated experiment from the average."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any

from perturbdash.figures.calibration import drf_bars
from perturbdash.figures.markup import Html, html, join
from perturbdash.figures.metric_words import FAMILIES, GATE_WORDS, arrow, family, in_order, label
from perturbdash.figures.numbers import count, interval
from perturbdash.figures.tables import across_contexts
from perturbdash.judgement import sentences_data
from perturbdash.report.blocks import Column, Row, answer, frame, gate, note, reading_table
from perturbdash.report.drawing import drawing
from perturbdash.report.scope import Scope
from perturbdash.vocabulary import BDS_GATE, DRF_GATE, POSITIVE_CONTROLS

NEGATIVE = {
    "default": "the average; the control mean for correlations on Δcentroid; the global mean for retrieval",
    "published": "the control mean for metrics on Δcentroid, the average for all others",
}
TRUTH = {
    "default": "Truth: each half once, mean of both",
    "published": "Truth: the first half alone, as published",
}
COLUMNS = (
    Column("metric", "The symbol is the gate; the arrow says whether more or less is better.", numeric=False),
    Column("gate", "Informative: DRF interval above 0.05 and BDS interval above 0.5.", numeric=False),
    Column("DRF", "Dynamic range fraction: mean over perturbations and 95 % BCa interval."),
    Column(
        "BDS", "Share of perturbations on which the repeat beats the negative control, with Wilson interval."
    ),
    Column("n", "Perturbations with a value."),
    Column("undefined", "Tested perturbations without a value."),
    Column(
        "no range", "Perturbations for which the negative control leaves nothing to gain; their DRF is 0."
    ),
    Column("negative control", "What the repeat must be told from.", numeric=False),
    Column("remarks", "What else to know of the row.", numeric=False),
)


def calibration(scope: Scope) -> Html:
    """Return how many metrics can tell, DRF and BDS of each as a figure, and the gates as a table."""
    rows = scope.calibration
    if rows.empty:
        return note("No perturbation was held out here, so no metric was compared with a repeat.")
    parts = [_answer(scope)]
    if rows["n"].any():
        parts.append(_bars(scope))
    return join([*parts, _table(scope)])


def _answer(scope: Scope) -> Html:
    from perturbdash.judgement.table_views import covariates

    settings, rows = scope.result.settings, scope.calibration
    found = sentences_data.calibration_answer(
        rows,
        headline=settings.headline,
        min_perturbations=settings.min_perturbations,
        positive_control=POSITIVE_CONTROLS[0],
    )
    advice = sentences_data.calibration_advice(
        rows,
        headline=settings.headline,
        min_perturbations=settings.min_perturbations,
        n_cells=across_contexts(covariates(scope.result), scope.context)["n_cells"],
    )
    parts = [answer(found.sentence, found.muted)]
    if settings.calibration == "published":
        parts.append(note(sentences_data.AS_PUBLISHED))
    if advice is not None:
        words = html(
            "<b>{title}.</b> {why} {helps}", title=advice.title, why=advice.why, helps=advice.what_helps
        )
        parts.append(note(words))
    return join(parts)


def _bars(scope: Scope) -> Html:
    mode = scope.result.settings.calibration
    draw = partial(drf_bars, scope.calibration, context=scope.context)
    return frame(
        "Which metrics can tell a repeat from the average?",
        "DRF: how much of the way from the average to a perfect score a repeated experiment gets; mean over "
        "perturbations, 95 % BCa interval. BDS: on which share of perturbations the repeat is the better one. Dotted: "
        f"the gates at {DRF_GATE} and {BDS_GATE}.",
        [drawing(lambda colours: draw(mode=colours), min_width=520)],
        caption=f"{scope.source}{scope.averaged}. {TRUTH[mode]}; positive control: interpolated duplicate; negative "
        f"control: {NEGATIVE[mode]}. n: perturbations with a value.",
    )


def _table(scope: Scope) -> Html:
    rows = scope.calibration
    remarks = dict(zip(rows["metric"], sentences_data.calibration_remarks(rows), strict=True))
    by_metric = {str(row["metric"]): row for row in rows.to_dict("records")}
    body: list[Row] = []
    last = ""
    for metric in in_order(by_metric):
        if family(metric) != last:
            last = family(metric)
            body.append(Row(heading=FAMILIES[last]))
        body.append(_row(metric, by_metric[metric], remarks[metric]))
    return frame(
        "What are the gates?",
        f"{len(by_metric)} metrics; 95 % intervals. {TRUTH[scope.result.settings.calibration]}.",
        [reading_table(COLUMNS, body, caption="Gate, DRF and BDS of every metric")],
    )


def _row(metric: str, row: Mapping[Hashable, Any], remark: str) -> Row:
    name = html(
        "{gate} {label} {arrow}", gate=gate(str(row["gate"])), label=label(metric), arrow=arrow(metric)
    )
    drf = interval(row["drf_mean"], row["drf_low"], row["drf_high"])
    bds = interval(row["bds"], row["bds_low"], row["bds_high"])
    counts = [count(row[name_]) for name_ in ("n", "n_undefined", "n_no_range")]
    negative = str(row["negative_control"]).replace("_", " ")
    css = "" if row["gate"] == "informative" else "pr-shut"
    return Row((name, GATE_WORDS[str(row["gate"])], drf, bds, *counts, negative, remark), css=css)
