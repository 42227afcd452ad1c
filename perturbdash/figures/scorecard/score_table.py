"""All scores: every metric, baselines first, then each model with its outcome and what could have been shown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from perturbdash.figures.html import escaped, gate_html, gate_legend_html
from perturbdash.figures.metric_words import (
    FAMILIES,
    KEPT_AS_WARNING,
    OUTCOME_MARKS,
    OUTCOME_WORDS,
    arrow,
    baseline_label,
    baseline_summary,
    by_skill,
    family,
    in_order,
    is_error,
    label,
    summary,
    why_undefined,
)
from perturbdash.figures.models import ModelStyle, baselines_in_order, model_styles, style_of
from perturbdash.figures.numbers import UNDEFINED, count, decimals_for, number
from perturbdash.figures.scorecard.names import broken_name_html
from perturbdash.figures.scorecard.outcomes import Row, calibration_rows
from perturbdash.figures.tables import of_context
from perturbdash.vocabulary import ALL_CELLS

NO_PATTERN = " (no pattern: 0)"
MODELS_BESIDE_BASELINES = 2


@dataclass(frozen=True)
class Scores:
    """What the table is made from, by metric and by name."""

    summary: dict[tuple[str, str], Row]
    verdict: dict[tuple[str, str], Row]
    calibration: dict[str, Row]
    baselines: list[str]
    models: list[str]
    styles: Mapping[str, ModelStyle]

    def n(self, metric: str) -> float:
        """Test perturbations on which the truth defines a metric."""
        told = [self.verdict[metric, m]["n"] for m in self.models if (metric, m) in self.verdict]
        defined = [row["n_defined"] for (name, _), row in self.summary.items() if name == metric]
        return float(max(told or defined or [math.nan]))

    def gate(self, metric: str) -> str:
        """Gate of a metric."""
        row = self.calibration.get(metric)
        told = [self.verdict[metric, m]["gate"] for m in self.models if (metric, m) in self.verdict]
        return str(row["gate"]) if row is not None else str(told[0]) if told else "too_few"

    def hardest(self, metric: str) -> dict[str, str]:
        """Hardest baseline of a metric for each model."""
        rows = {m: self.verdict.get((metric, m)) for m in self.models}
        return {
            m: str(row["baseline"]) for m, row in rows.items() if row is not None and _named(row["baseline"])
        }

    def decimals(self, metric: str) -> int:
        """Decimals of a metric's row."""
        values = [float(row["mean"]) for (name, _), row in self.summary.items() if name == metric]
        return decimals_for(metric, values, error=is_error(metric))


def _named(baseline: object) -> bool:
    return isinstance(baseline, str) and baseline != ""


def scores_table_html(
    metric_summary: pd.DataFrame,
    verdict: pd.DataFrame,
    calibration_summary: pd.DataFrame,
    models: Sequence[str] | None = None,
    *,
    context: str | None = None,
    styles: Mapping[str, ModelStyle] | None = None,
) -> str:
    """Return all scores against all cells as an HTML table; classes are described in ``blocks.css``.

    Parameters
    ----------
    metric_summary
        Columns context, prediction, kind, metric, truth, mean, n_defined, n_missing; only all cells as truth is shown.
    verdict
        Outcome, hardest baseline, n and detectable difference by model and metric.
    calibration_summary
        DRF, n and gate by metric.
    models
        Those that are shown, in the order of loading; by default all.
    """
    scores = _scores(metric_summary, verdict, calibration_summary, (context, models, styles))
    metrics = in_order([metric for metric, _ in scores.summary])
    if not metrics:
        return '<p class="pd-nothing">There are no scores: no baseline and no model is defined here.</p>'
    headline = set(verdict.loc[verdict["headline"].astype(bool), "metric"]) if len(verdict) else set()
    bodies = "".join(
        f"<tbody{' class=pd-shut-rows' if shut else ''}>{_family_row(title, scores)}"
        + "".join(_row(scores, metric, metric in headline, shut) for metric in group)
        + "</tbody>"
        for title, group, shut in _groups(scores, metrics, headline)
    )
    folded = " pd-folded" if len(scores.models) > MODELS_BESIDE_BASELINES else ""
    return (
        f'<table class="pd-scores{folded}"><caption class="pd-hidden">All scores, truth: all cells</caption>'
        f"{_head(scores)}{bodies}</table>{gate_legend_html()}"
    )


def _scores(
    summary: pd.DataFrame,
    verdict: pd.DataFrame,
    calibration: pd.DataFrame,
    chosen: tuple[str | None, Sequence[str] | None, Mapping[str, ModelStyle] | None],
) -> Scores:
    context, models, styles = chosen
    summary = of_context(summary[summary["truth"] == ALL_CELLS], context)
    baselines = summary.loc[summary["kind"] == "baseline", "prediction"]
    present = list(dict.fromkeys(summary.loc[summary["kind"] == "model", "prediction"]))
    shown = present if models is None else [model for model in models if model in present]
    rows = summary[summary["kind"].isin(["baseline", "model"])].to_dict("records")
    told = of_context(verdict, context).to_dict("records")
    return Scores(
        {(str(row["metric"]), str(row["prediction"])): row for row in rows},
        {(str(row["metric"]), str(row["model"])): row for row in told},
        calibration_rows(calibration, context),
        baselines_in_order(baselines),
        shown,
        styles or model_styles(shown),
    )


def _groups(scores: Scores, metrics: list[str], headline: set[str]) -> list[tuple[str, list[str], bool]]:
    """Return families of metrics that can tell, then all that are shut or kept as a warning."""
    shut = [m for m in metrics if scores.gate(m) != "informative" or m == KEPT_AS_WARNING]
    open_ = [m for m in metrics if m not in shut]
    groups = [(title, [m for m in open_ if family(m) == key], False) for key, title in FAMILIES.items()]
    shut = by_skill([m for m in shut if m in headline]) + [m for m in shut if m not in headline]
    words = "Shut by the gate, or kept as a warning" if open_ else f"Shut by the gate: all {len(shut)}"
    return [group for group in [*groups, (words, shut, True)] if group[1]]


def _head(scores: Scores) -> str:
    n = max([float(row["n"]) for row in scores.calibration.values()], default=math.nan)
    baselines = "".join(
        f'<th scope="col" class="pd-baseline" title="{escaped(baseline_summary(name))}">'
        f"{escaped(baseline_label(name))}</th>"
        for name in scores.baselines
    )
    models = "".join(
        f'<th scope="col" class="pd-model">{broken_name_html(style_of(model, scores.styles))}</th>'
        f'<th scope="col" class="pd-could" title="smallest difference to the hardest baseline that n could show '
        f'with 80 % power">could show</th>'
        for model in scores.models
    )
    return (
        f"<thead>{_group_row(scores)}"
        '<tr><th scope="col">metric</th>'
        f'<th scope="col" class="pd-drf" title="dynamic range fraction; n of the calibration {count(n)} unless '
        'the cell says otherwise">DRF</th>'
        '<th scope="col" class="pd-n" title="test perturbations on which the truth defines the metric; a mean over '
        'another number says so">n</th>'
        f'{baselines}<th scope="col" class="pd-hardest" title="baseline with the largest p">hardest baseline</th>'
        f"{models}</tr></thead>"
    )


def _group_row(scores: Scores) -> str:
    """Head the columns of a wide table; the style sheet leaves this row out where columns fold."""
    baselines = (
        f'<th scope="colgroup" colspan="{len(scores.baselines)}">baselines</th>' if scores.baselines else ""
    )
    width = 2 * len(scores.models)
    models = f'<th scope="colgroup" colspan="{width}">mean score and outcome</th>' if width else ""
    return f'<tr class="pd-groups"><td></td><th scope="colgroup" colspan="2">calibration</th>{baselines}{models}</tr>'


def _family_row(title: str, scores: Scores) -> str:
    width = 4 + len(scores.baselines) + 2 * len(scores.models)
    return f'<tr class="pd-family"><th scope="rowgroup" colspan="{width}">{escaped(title)}</th></tr>'


def _row(scores: Scores, metric: str, headline: bool, shut: bool) -> str:
    words = escaped(label(metric))
    name = f"<b>{words}</b>" if headline else words
    gate = gate_html(scores.gate(metric))
    words = f'{gate} {name} <span class="pd-arrow">{arrow(metric)}</span>'
    head = f'<th scope="row" title="{escaped(summary(metric))}">{words}</th>'
    n = scores.n(metric)
    hardest = scores.hardest(metric)
    cells = "".join(_baseline_cell(scores, metric, name, set(hardest.values())) for name in scores.baselines)
    models = "".join(_model_cells(scores, metric, model, shut) for model in scores.models)
    return (
        f'<tr>{head}{_drf_cell(scores, metric)}<td class="pd-n">{count(n)}</td>{cells}'
        f"{_hardest_cell(scores, metric, hardest)}{models}</tr>"
    )


def _drf_cell(scores: Scores, metric: str) -> str:
    row = scores.calibration.get(metric)
    if row is None:
        return f'<td class="pd-drf">{UNDEFINED}</td>'
    usual = max(float(other["n"]) for other in scores.calibration.values())
    small = f'<span class="pd-few">n = {count(row["n"])}</span> ' if row["n"] != usual else ""
    return f'<td class="pd-drf">{small}{number(row["drf_mean"])}</td>'


def _mean(scores: Scores, metric: str, name: str) -> str:
    """Write a mean, before it the number of perturbations where that is not the row's."""
    row = scores.summary.get((metric, name))
    if row is None or math.isnan(row["mean"]):
        why = why_undefined(metric) or "undefined for every test perturbation"
        return f'<span class="pd-undefined" title="{escaped(why)}">{UNDEFINED}</span>'
    few = row["n_defined"] != scores.n(metric)
    small = f'<span class="pd-few">n = {count(row["n_defined"])}</span> ' if few else ""
    return f"{small}{number(row['mean'], scores.decimals(metric))}"


def _baseline_cell(scores: Scores, metric: str, name: str, hardest: set[str]) -> str:
    row = scores.summary.get((metric, name))
    if name not in hardest and name + NO_PATTERN not in hardest:
        return f'<td class="pd-baseline">{_mean(scores, metric, name)}</td>'
    title = _why_hardest(row, scores.n(metric), no_pattern=name not in hardest)
    return f'<td class="pd-baseline"><u title="{title}">{_mean(scores, metric, name)}</u></td>'


def _why_hardest(row: Row | None, n: float, *, no_pattern: bool) -> str:
    """Say how the verdict counts a baseline that is undefined for some or all perturbations."""
    if no_pattern:
        return "hardest to beat; it predicts no pattern, which counts as 0"
    if row is not None and row["n_defined"] < n:
        return "hardest to beat; where it predicts no pattern it counts as 0, the mean shown leaves these out"
    return "hardest to beat"


def _hardest_cell(scores: Scores, metric: str, hardest: dict[str, str]) -> str:
    """Write the hardest baseline of the first model, for tables without a column for each baseline."""
    if not hardest:
        return f'<td class="pd-hardest">{UNDEFINED}</td>'
    label_ = next(iter(hardest.values()))
    name = label_.removesuffix(NO_PATTERN)
    others = sorted({baseline_label(other) for other in hardest.values() if other != label_})
    why = _why_hardest(
        scores.summary.get((metric, name)), scores.n(metric), no_pattern=label_.endswith(NO_PATTERN)
    )
    title = why + (f"; for other models: {', '.join(others)}" if others else "")
    more = " and others" if others else ""
    words = f'<span class="pd-few" title="{escaped(title)}">{escaped(baseline_label(label_))}{more}</span>'
    return f'<td class="pd-hardest">{words} {_mean(scores, metric, name)}</td>'


def _model_cells(scores: Scores, metric: str, model: str, shut: bool) -> str:
    row = scores.verdict.get((metric, model))
    mark = "" if row is None or shut else OUTCOME_MARKS.get(str(row["outcome"]), "")
    words = OUTCOME_WORDS.get(str(row["outcome"]), "") if row is not None else ""
    shown = (
        f' <span class="pd-mark" role="img" aria-label="{words}" title="{words}">{mark}</span>'
        if mark
        else ""
    )
    blank = "" if mark else ' <span class="pd-mark"></span>'
    detectable = math.nan if row is None else float(row["detectable_difference"])
    return (
        f'<td class="pd-model">{_mean(scores, metric, model)}{shown}{blank}</td>'
        f'<td class="pd-could">{number(detectable, scores.decimals(metric))}</td>'
    )
