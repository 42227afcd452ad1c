"""What stands beside the figures of the page Calibration: one metric in words, and the numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.metric_words import (
    FAMILIES,
    GATE_WORDS,
    by_skill,
    family,
    in_order,
    label,
    tick_label,
)
from perturbdash.figures.numbers import interval, number
from perturbdash.judgement import sentences_data
from perturbdash.metrics.registry import METRICS
from perturbdash.ui import address, blocks
from perturbdash.ui.calibration import POSITIVE_WORDS, Choice, by_perturbation
from perturbdash.ui.data_table import Column, Numbers, Words, data_table, perturbation_table
from perturbdash.ui.frame import frame
from perturbdash.ui.markup import Html, gate_mark, html, join
from perturbdash.ui.menu import PAGES
from perturbdash.vocabulary import POOLED

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View


def below_bars(view: View, result: Result, chosen: Choice) -> None:
    """Draw the contexts where there are several, else the metric in words."""
    if len(result.contexts) > 1:
        contexts(view, result, chosen)
    else:
        metric_card(view, chosen)


def below_points(view: View, result: Result, chosen: Choice) -> None:
    """Draw the perturbations, below the metric in words where that does not stand below the bars."""
    if len(result.contexts) > 1:
        metric_card(view, chosen)
    perturbations(view, result, chosen)


def metric_card(view: View, chosen: Choice) -> None:
    """Say what the chosen metric asks, what it can tell here and what fools it; lead to its scores."""
    spec = METRICS[chosen.metric]
    row = chosen.rows[chosen.rows["metric"] == chosen.metric].iloc[0]
    drf = interval(*(float(row[name]) for name in ("drf_mean", "drf_low", "drf_high")))
    bds = interval(*(float(row[name]) for name in ("bds", "bds_low", "bds_high")))
    facts = {
        "asks": spec.summary,
        "here": html(
            "{mark} {gate}: DRF {drf}, BDS {bds}, n = {n}",
            mark=gate_mark(row["gate"]),
            gate=GATE_WORDS[str(row["gate"])],
            drf=drf,
            bds=bds,
            n=f"{int(row['n']):,}",
        ),
        "told from": str(row["negative_control"]).replace("_", " "),
        "no value": spec.undefined,
        "fooled by": spec.fooled_by,
    }
    with st.container(key="frame-metric_card", gap="xsmall"):
        blocks.heading(f"What does {spec.label} ask?", FAMILIES[spec.family])
        items = join(
            html("<dt>{term}</dt><dd>{fact}</dd>", term=term, fact=fact) for term, fact in facts.items()
        )
        st.html(html('<dl class="pd-facts">{items}</dl>', items=items))
        methods, asked = PAGES["methods"], {**address.read().parameters(), "card": chosen.metric}
        st.page_link(methods.file, label=f"{spec.label} on Methods", icon=methods.icon, query_params=asked)
        if view.all_models:
            page = PAGES["scorecard"]
            parameters = address.read().parameters()
            words = f"Scores of the models on {spec.label}"
            st.page_link(page.file, label=words, icon=page.icon, query_params=parameters)


def contexts(view: View, result: Result, chosen: Choice) -> None:
    """Draw DRF and gate of the headline metrics in every context, and of all together."""
    summary = result.calibration_summary
    own = summary[summary["positive_control"] == chosen.positive]
    names = list(dict.fromkeys(own["context"]))
    metrics = by_skill(result.settings.headline)
    if chosen.metric not in metrics:
        metrics.append(chosen.metric)
    own = own[own["metric"].isin(metrics)]
    with frame(
        "Does it hold in every context?",
        f"DRF and gate of the headline metrics and of {label(chosen.metric)}; positive control: "
        f"{POSITIVE_WORDS[chosen.positive]}. All together: the mean of the contexts’ means.",
        key="calibration_by_context",
        table=own,
        how_to_read="A metric that is informative in one context and not in another can judge models in the first "
        "only. The symbol is the gate; hover a header for what a metric asks.",
    ):
        cells = own.set_index(["context", "metric"])
        columns = [blocks.Column("context", "As the data set names it.", numeric=False)]
        columns += [blocks.Column(label(metric), METRICS[metric].summary) for metric in metrics]
        rows = [
            blocks.Row([_context_name(name, view), *(_cell(cells.loc[(name, metric)]) for metric in metrics)])
            for name in names
        ]
        blocks.table(columns, rows, caption="Dynamic range fraction and gate by context.")


def _context_name(name: str, view: View) -> Html:
    words = "all together" if name == POOLED else name
    return html("<b>{name}</b>" if name == view.context else "{name}", name=words)


def _cell(row: pd.Series) -> Html | None:
    """Return gate and DRF; a dash beside a number would read as a minus, so that too few is said in words."""
    drf, gate = float(row["drf_mean"]), row["gate"]
    if math.isnan(drf):
        return None
    if gate == "too_few":
        return html("{drf} <small>n = {n}, too few</small>", drf=number(drf), n=int(row["n"]))
    return html(
        '<span title="n = {n}">{mark} {drf}</span>', mark=gate_mark(gate), drf=number(drf), n=int(row["n"])
    )


def perturbations(view: View, result: Result, chosen: Choice) -> None:
    """Draw one row a perturbation, the ones that a repeat helps least first."""
    found = by_perturbation(view, result, chosen).perturbations
    columns = dict(PERTURBATIONS)
    if view.context == POOLED:
        columns |= OVER_CONTEXTS
    with frame(
        "Where does a repeat not help?",
        f"DRF of {label(chosen.metric)} by perturbation, the lowest first, those without a value last"
        + ("; means over contexts." if view.context == POOLED else "."),
        key="drf_of_perturbations",
        table=found,
        how_to_read="Negative and positive are the scores of the average and of the repeat, mean over the truths. "
        "Tick rows to select perturbations on all pages; click into a row to open the page Perturbation.",
        subject=chosen.metric,
    ):
        perturbation_table(found, columns, key="drf-perturbations")


def table(chosen: Choice) -> None:
    """Draw every column of the summary, in the order of the figure."""
    rows = chosen.rows.assign(
        label=[tick_label(metric) for metric in chosen.rows["metric"]],
        family=[FAMILIES[family(metric)] for metric in chosen.rows["metric"]],
        words=[GATE_WORDS[gate] for gate in chosen.rows["gate"]],
        control=[control.replace("_", " ") for control in chosen.rows["negative_control"]],
        remark=sentences_data.calibration_remarks(chosen.rows),
    )
    if chosen.order == "drf":
        rows = rows.sort_values("drf_mean", ascending=False, kind="stable", na_position="last")
    else:
        rows = rows.set_index("metric", drop=False).loc[in_order(rows["metric"])]
    with frame(
        "What are the numbers?",
        f"{len(rows)} metrics; positive control: {POSITIVE_WORDS[chosen.positive]}; n counts perturbations.",
        key="calibration_summary",
        table=chosen.rows,
        how_to_read="One row a metric. Click a header to sort; hover it for what the column holds.",
    ):
        data_table(rows, COLUMNS, key="calibration")


PERTURBATIONS: dict[str, Column] = {
    "perturbation": Words("perturbation", "As the data set names it.", width=108, pinned=True),
    "drf": Numbers("DRF", "Dynamic range fraction, mean over the truths that define it.", width=54),
    "negative": Numbers("average", "Score of the negative control.", decimals=4, width=72),
    "positive": Numbers("repeat", "Score of the positive control.", decimals=4, width=72),
    "n_degs": Numbers("DEGs", "Genes that differ from control in all cells.", decimals=0, width=52),
    "n_cells": Numbers("cells", "Cells of the perturbation.", decimals=0, width=52),
    "shift_norm": Numbers("norm", "Norm of the shift from control, log1p units.", width=58),
    "reason": Words("no value since", "Why a control is undefined.", width=150),
}
OVER_CONTEXTS: dict[str, Column] = {
    "lowest": Numbers("lowest", "The lowest DRF of a context.", width=66),
    "contexts": Numbers("contexts", "Contexts in which it has a value.", decimals=0, width=75),
}
COLUMNS: dict[str, Column] = {
    "label": Words("metric", "The metric, by its short name.", width=205, pinned=True),
    "words": Words("gate", "Informative: DRF interval above 0.05 and BDS interval above 0.5.", width=100),
    "drf_mean": Numbers("DRF", "Dynamic range fraction, mean over perturbations."),
    "drf_low": Numbers("DRF low", "Lower end of the 95 % BCa bootstrap interval of the mean."),
    "drf_high": Numbers("DRF high", "Upper end of the 95 % BCa bootstrap interval of the mean."),
    "drf_median": Numbers("DRF median", "Median over perturbations.", width=90),
    "bds": Numbers(
        "BDS",
        "Share of perturbations on which the repeat is better than the negative control; a tie counts half.",
    ),
    "bds_low": Numbers("BDS low", "Lower end of the Wilson 95 % interval."),
    "bds_high": Numbers("BDS high", "Upper end of the Wilson 95 % interval."),
    "n": Numbers("n", "Perturbations with a value.", decimals=0, width=55),
    "n_undefined": Numbers(
        "undefined",
        "Tested perturbations without a value: a control is undefined there.",
        decimals=0,
        width=85,
    ),
    "n_no_range": Numbers(
        "no range",
        "Perturbations for which the negative control leaves nothing to gain; their DRF is 0.",
        decimals=0,
        width=75,
    ),
    "median_range": Numbers(
        "median range",
        "Median distance of the negative control from a perfect score, in the metric’s own unit.",
        decimals=4,
        width=100,
    ),
    "control": Words("negative control", "What the repeat must be told from.", width=120),
    "family": Words("family", "What kind of question the metric asks.", width=210),
    "remark": Words(
        "remarks",
        "Approximate: fewer than 20 perturbations. Hardly any range: median range below 0.0001.",
        width=200,
    ),
}
