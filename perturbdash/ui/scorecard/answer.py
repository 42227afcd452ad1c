"""The answer of the scorecard: who is better than the average, or why that cannot be said."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, cast

import streamlit as st

from perturbdash.figures.metric_words import GATE_WORDS, arrow, by_skill, label, skill
from perturbdash.figures.numbers import count, interval
from perturbdash.figures.scorecard.names import breaking
from perturbdash.judgement import sentences_nothing as nothing
from perturbdash.judgement import sentences_remaining as remaining
from perturbdash.judgement import sentences_verdict
from perturbdash.judgement.sentences import FIT, Name, Sentence, Strong, model_verdicts
from perturbdash.judgement.sentences_scorecard import hero, losses
from perturbdash.ui.blocks import Column, Row, heading, note, table, verdict
from perturbdash.ui.downloads import prediction_template
from perturbdash.ui.frame import frame
from perturbdash.ui.markup import Html, bold, gate_mark, html, join
from perturbdash.ui.scorecard.board import Board
from perturbdash.ui.view import View
from perturbdash.ui.waiting import start_link
from perturbdash.vocabulary import Gate

GATE_COLUMNS = (
    Column("skill", "Which kind of skill the metric stands for.", numeric=False),
    Column("metric", "Headline metric; the arrow says whether more or less is better.", numeric=False),
    Column("gate", "Informative: DRF interval above 0.05 and BDS interval above 0.5.", numeric=False),
    Column("DRF", "Dynamic range fraction of a repeated experiment, with its 95 % interval."),
    Column("BDS", "Share of perturbations on which the repeat beats the average.", css="pd-wide"),
    Column("n", "Perturbations with a value.", css="pd-wide"),
)


def said(view: View, sentence: Sentence) -> Html:
    """Return a sentence as HTML: models with their symbol, stressed parts in bold."""
    return join(
        Html(breaking(view.tag(part)))
        if isinstance(part, Name)
        else bold(part)
        if isinstance(part, Strong)
        else part
        for part in sentence
    )


def answer(board: Board) -> None:
    """Draw the verdict on every model, what they lose, and what cannot be told."""
    headline = board.result.settings.headline
    ranked = model_verdicts(board.verdict, board.context)
    test = sentences_verdict.which_test(len(board.headline), board.n_tested, board.result.settings)
    parts = [said(board.view, losses(ranked, headline)), said(board.view, board.told), test]
    verdict(said(board.view, hero(ranked)), join(parts, " "))
    _fit(board)


def _fit(board: Board) -> None:
    if board.result.judges_a_fit and board.models:
        note(
            f"{FIT} The average then holds every perturbation. For a prediction, name on Start a column that says "
            "which perturbations were held out, or load predictions of those alone."
        )


def without_models(board: Board) -> None:
    """Say that no prediction is loaded, what the data could tell about one, and the next step."""
    able, headline = board.headline, board.result.settings.headline
    verdict(
        sentences_verdict.no_prediction(len(able), len(headline)),
        said(board.view, board.told) if able else nothing.nothing_reason(board.result, board.context),
    )
    with st.container(horizontal=True, key="pd-next", vertical_alignment="center"):
        start_link("Add a prediction on Start")
        prediction_template(board.result.dataset, "Template for a prediction", key="pd-scorecard-template")
    if able:
        headline_gates(board)
    else:
        argument(board)


def headline_gates(board: Board) -> None:
    """Draw what each headline metric could tell about a model, from the calibration."""
    rows = {row["metric"]: row for row in board.calibration.to_dict("records")}
    others = [metric for metric in rows if metric not in board.result.settings.headline]
    able = len([metric for metric in others if metric in board.informative])
    with frame(
        "What could be told about a model here?",
        f"Headline metrics; truth: each half once, mean of both; 95 % intervals. Of the {len(others)} other metrics, "
        f"{able} can tell something.",
        key="what_can_be_told",
        table=board.calibration,
        how_to_read="DRF says how much of the way from the average to a perfect score a repeated experiment gets, BDS "
        "on which share of perturbations the repeat is the better one. Calibration shows all metrics.",
        caption=("Gates", board.view.source_line()),
    ):
        table(
            GATE_COLUMNS,
            [
                _gate_row(rows[metric])
                for metric in by_skill(board.result.settings.headline)
                if metric in rows
            ],
            caption="Gate, DRF and BDS of each headline metric",
        )


def _gate_row(row: Mapping[Hashable, Any]) -> Row:
    metric, gate = str(row["metric"]), cast("Gate", row["gate"])
    words = html("{mark} {word}", mark=gate_mark(gate), word=GATE_WORDS[gate])
    drf = interval(row["drf_mean"], row["drf_low"], row["drf_high"])
    bds = interval(row["bds"], row["bds_low"], row["bds_high"])
    return Row((skill(metric) or "–", f"{label(metric)} {arrow(metric)}", words, drf, bds, count(row["n"])))


def nothing_can_be_said(board: Board) -> None:
    """Draw the page's answer where no headline metric can tell anything; `argument` follows the strip."""
    verdict(
        sentences_verdict.nothing_can_be_said(len(board.models)),
        nothing.nothing_reason(board.result, board.context),
    )
    _fit(board)


def argument(board: Board) -> None:
    """Draw why nothing can be said in three numbers, what can still be said, and what would help."""
    result, context = board.result, board.context
    heading("Why can nothing be said?", "Three numbers that do not depend on any model.")
    numbers = nothing.why_nothing_can_be_said(result, context)
    st.html(html('<div class="pd-evidence">{items}</div>', items=join(_evidence(one) for one in numbers)))
    lists = (
        ("What can still be said", remaining.still_said(result, context, board.models)),
        ("What would help", remaining.would_help(result, context)),
    )
    st.html(
        html(
            '<div class="pd-points">{lists}</div>',
            lists=join(_points(board.view, title, points) for title, points in lists if points),
        )
    )


def _evidence(one: nothing.Evidence) -> Html:
    return html(
        '<section><p class="pd-figure"><b>{value}</b> {unit}</p><h3>{title}</h3><p>{text}</p></section>',
        value=one.value,
        unit=one.unit,
        title=one.title,
        text=one.text,
    )


def _points(view: View, title: str, points: Sequence[remaining.Point]) -> Html:
    items = join(
        html("<li>{said} <span>{behind}</span></li>", said=said(view, point.said), behind=point.behind)
        for point in points
    )
    return html("<section><h2>{title}</h2><ul>{items}</ul></section>", title=title, items=items)
