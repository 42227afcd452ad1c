"""The strip: a row a model, four large cells for the headline metrics, small ones for all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from perturbdash.figures.html import escaped, gate_html
from perturbdash.figures.metric_words import arrow, by_skill, in_order, label, skill, summary
from perturbdash.figures.models import ModelStyle, model_styles, style_of
from perturbdash.figures.scorecard.names import broken_name_html
from perturbdash.figures.scorecard.outcomes import Row, Said, by_count, calibration_rows, counted, say
from perturbdash.figures.tables import of_context

LEGEND = (
    ("beats", "beats every baseline"),
    ("no_difference", "no difference shown"),
    ("loses", "loses to one"),
    ("shut", "shut by the gate, too few or undefined"),
)


def score_strip_html(
    verdict: pd.DataFrame,
    calibration_summary: pd.DataFrame | None = None,
    models: Sequence[str] | None = None,
    *,
    context: str | None = None,
    styles: Mapping[str, ModelStyle] | None = None,
) -> str:
    """Return the strip as an HTML table; classes are described in ``blocks.css``.

    Parameters
    ----------
    verdict
        Columns context, model, metric, headline, gate, baseline, difference, low, high, n, outcome,
        detectable_difference.
    calibration_summary
        Gives DRF and n of a metric that is shut.
    models
        Those that are shown, in the order of loading; by default all. Rows are sorted by what they beat.
    """
    table = of_context(verdict, context)
    present = list(dict.fromkeys(table["model"]))
    shown = present if models is None else [model for model in models if model in present]
    table = table[table["model"].isin(shown)]
    if table.empty:
        return '<p class="pd-nothing">No model is loaded, so there is no verdict.</p>'
    calibration = calibration_rows(calibration_summary, context)
    styles = styles or model_styles(shown)
    large = by_skill(table.loc[table["headline"].astype(bool), "metric"])
    small = [metric for metric in in_order(table["metric"]) if metric not in large]
    rows = [
        _model_row(table[table["model"] == model], style_of(model, styles), calibration, (large, small))
        for model in by_count(table, shown)
    ]
    return (
        f'<table class="pd-strip"><caption class="pd-hidden">Verdict on each model: headline '
        f"metrics, then all others</caption>{_head(table, large, len(small))}"
        f"<tbody>{''.join(rows)}</tbody></table>{_legend() if small else ''}"
    )


def _head(table: pd.DataFrame, large: list[str], n_small: int) -> str:
    gates = dict(zip(table["metric"], table["gate"], strict=True))
    cells = "".join(
        f'<th scope="col" title="{escaped(summary(metric))}">{gate_html(str(gates[metric]))} '
        f"<b>{escaped(skill(metric) or label(metric))}</b>"
        f"<br><span>{escaped(label(metric))} {arrow(metric)}</span></th>"
        for metric in large
    )
    others = (
        f'<th scope="col" class="pd-others">{n_small} other metrics,<br>not counted</th>' if n_small else ""
    )
    return f"<thead><tr><td></td>{cells}{others}</tr></thead>"


def _model_row(
    rows: pd.DataFrame,
    style: ModelStyle,
    calibration: Mapping[str, Row],
    metrics: tuple[list[str], list[str]],
) -> str:
    by_metric = {str(row["metric"]): row for row in rows.to_dict("records")}
    k, n = counted(rows)
    tally = f"<b>{k}</b> of {n}" if n else "nothing to count"
    head = f'<th scope="row">{broken_name_html(style)}<span class="pd-tally">{tally}</span></th>'
    large, small = metrics
    cells = "".join(
        _large(metric, str(by_metric[metric]["gate"]), say(by_metric[metric], calibration.get(metric)), style)
        for metric in large
    )
    said = [
        (metric, say(by_metric[metric], calibration.get(metric))) for metric in small if metric in by_metric
    ]
    return f"<tr>{head}{cells}{_small(said, style) if said else ''}</tr>"


def _large(metric: str, gate: str, said: Said, style: ModelStyle) -> str:
    first, *others = said.lines
    lines = "".join(
        f'<span class="pd-line pd-line-{place}">{escaped(line)}</span>'
        for place, line in enumerate(others, start=2)
    )
    inner = escaped(skill(metric) or label(metric))
    mark = f"{said.mark} " if said.mark else gate_html(gate) if said.state == "shut" else ""
    return (
        f'<td class="pd-cell pd-{said.state} {style.css_class}" title="{escaped(label(metric))}: '
        f'{escaped(said.title)}"><span class="pd-skill">{inner}</span>'
        f'<b class="pd-line">{mark}{escaped(first)}</b>{lines}</td>'
    )


def _small(said: list[tuple[str, Said]], style: ModelStyle) -> str:
    bars = "".join(
        f'<span class="pd-bar pd-bar-{_bar(words)}" title="{escaped(label(metric))}: {escaped(words.title)}"></span>'
        for metric, words in said
    )
    tallies = [(words, sum(_bar(s) == state for _, s in said)) for state, words in LEGEND]
    spoken = ", ".join(f"{words}: {n}" for words, n in tallies)
    return (
        f'<td class="pd-small {style.css_class}"><span class="pd-hidden">{escaped(spoken)}</span>{bars}</td>'
    )


def _bar(said: Said) -> str:
    return said.state if said.state in ("beats", "no_difference", "loses") else "shut"


def _legend() -> str:
    entries = "".join(
        f'<span><span class="pd-bar pd-bar-{state} pd-grey" aria-hidden="true"></span> {escaped(words)}</span>'
        for state, words in LEGEND
    )
    return f'<p class="pd-legend pd-strip-legend">{entries}</p>'
