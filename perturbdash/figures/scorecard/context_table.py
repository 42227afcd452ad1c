"""Outcomes of every model in each context: how many headline metrics, and which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from perturbdash.figures.html import escaped
from perturbdash.figures.metric_words import OUTCOME_WORDS, by_skill, label
from perturbdash.figures.models import ModelStyle, model_styles, style_of
from perturbdash.figures.numbers import count
from perturbdash.figures.scorecard.names import broken_name_html
from perturbdash.figures.scorecard.outcomes import Row, Said, say
from perturbdash.vocabulary import POOLED


def context_outcomes_html(
    outcomes: pd.DataFrame,
    verdict: pd.DataFrame,
    models: Sequence[str] | None = None,
    *,
    styles: Mapping[str, ModelStyle] | None = None,
) -> str:
    """Return a row a context and a column a model as an HTML table; classes are described in ``blocks.css``.

    Parameters
    ----------
    outcomes
        Columns context, n_test, model, beats, informative, lacks.
    verdict
        Columns context, model, metric, headline, gate, outcome and what `outcomes.say` needs.
    models
        Those that are shown, in the order of loading; by default all.
    """
    shown = list(dict.fromkeys(outcomes["model"])) if models is None else list(models)
    if outcomes.empty or not shown:
        return '<p class="pd-nothing">No model is loaded, so no context has a verdict.</p>'
    styles = styles or model_styles(shown)
    large = by_skill(verdict.loc[verdict["headline"].astype(bool), "metric"])
    said = {
        (str(row["context"]), str(row["model"]), str(row["metric"])): say(row, None)
        for row in verdict[verdict["metric"].isin(large)].to_dict("records")
    }
    heads = "".join(
        f'<th scope="col" class="pd-model">{broken_name_html(style_of(m, styles))}</th>' for m in shown
    )
    rows = "".join(
        _row(str(context), own, shown, large, said)
        for context, own in outcomes.groupby("context", sort=False)
    )
    skills = ", ".join(label(metric) for metric in large)
    return (
        '<table class="pd-scores pd-contexts"><caption class="pd-hidden">Outcomes of each model by context'
        f'</caption><thead><tr><th scope="col">context</th><th scope="col">n</th>{heads}</tr></thead>'
        f'<tbody>{rows}</tbody></table><p class="pd-legend">Marks from left to right: {escaped(skills)}.</p>'
    )


def _row(
    context: str,
    own: pd.DataFrame,
    models: Sequence[str],
    metrics: Sequence[str],
    said: Mapping[tuple[str, str, str], Said],
) -> str:
    rows = {str(row["model"]): row for row in own.to_dict("records")}
    name = "<b>all together</b>" if context == POOLED else escaped(context)
    cells = "".join(
        _cell(rows[model], [(m, said[context, model, m]) for m in metrics if (context, model, m) in said])
        for model in models
        if model in rows
    )
    return f'<tr><th scope="row">{name}</th><td>{count(own["n_test"].iloc[0])}</td>{cells}</tr>'


def _cell(row: Row, said: Sequence[tuple[str, Said]]) -> str:
    lacks = str(row["lacks"])
    small = f' <span class="pd-few">{escaped(lacks)}</span>' if lacks else ""
    if not row["informative"]:
        return f'<td class="pd-model"><span class="pd-undefined">–</span>{small}</td>'
    marks = "".join(
        f'<span class="pd-bar pd-bar-{_bar(words)} pd-grey" title="{escaped(label(metric))}: '
        f'{escaped(words.title)}"></span>'
        for metric, words in said
    )
    spoken = ", ".join(
        f"{label(metric)}: {OUTCOME_WORDS.get(words.state, words.lines[0])}" for metric, words in said
    )
    tally = f"{count(row['beats'])} of {count(row['informative'])}"
    return (
        f'<td class="pd-model">{tally} <span class="pd-hidden">({escaped(spoken)})</span>{marks}{small}</td>'
    )


def _bar(said: Said) -> str:
    return said.state if said.state in ("beats", "no_difference", "loses") else "shut"
