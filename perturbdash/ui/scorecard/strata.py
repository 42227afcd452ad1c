"""Does the verdict hold everywhere? Scores of one metric by class of perturbations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.metric_words import arrow, by_skill, in_order, label
from perturbdash.judgement.sentences import counted
from perturbdash.judgement.strata import NEEDED_FOR_INTERVAL
from perturbdash.judgement.strata_classes import MOST_CLASSES, STRATA, UNITS_A_CLASS
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.remembered import segments
from perturbdash.ui.scorecard.board import Board
from perturbdash.ui.scorecard.figures import legend
from perturbdash.vocabulary import POOLED

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result

NAME = "scorecard-strata"
Asked = tuple[str, str, str, tuple[str, ...], tuple[str, ...]]


@st.cache_resource(show_spinner=False, max_entries=64)
def _computed(key: str, asked: Asked, _result: Result) -> pd.DataFrame:  # noqa: ARG001  the key names the result
    from perturbdash.judgement.strata import strata

    metric, stratum, context, models, selected = asked
    return strata(_result, metric, stratum, context=context, models=models, selected=selected)


@st.cache_resource(show_spinner=False, max_entries=64)
def _kinds(key: str, context: str, selected: tuple[str, ...], _result: Result) -> tuple[str, ...]:  # noqa: ARG001
    from perturbdash.judgement.strata_classes import available, judged_conditions

    contexts = _result.contexts if context == POOLED else (context,)
    return available(judged_conditions(_result, selected), contexts)


def metrics_to_choose(board: Board) -> tuple[str, ...]:
    """Return the headline metrics, those first that can tell something, then all others, family by family."""
    headline = sorted(
        by_skill(board.result.settings.headline), key=lambda metric: metric not in board.informative
    )
    return (*headline, *(m for m in in_order(board.result.all_cells.metrics) if m not in headline))


def strata(board: Board) -> None:
    """Draw mean scores and differences to the hardest baseline by class of perturbations."""
    from perturbdash.figures.scorecard import strata_differences, strata_means

    selected = board.view.selection
    kinds = _kinds(board.view.result_key, board.context, selected, board.result)
    if not kinds:
        _nothing_to_part(board)
        return
    metric, stratum = _asked(board, kinds)
    table = _computed(
        board.view.result_key, (metric, stratum, board.context, board.models, selected), board.result
    )
    means = partial(strata_means, table, styles=board.view.styles)
    differences = partial(strata_differences, table, styles=board.view.styles)
    among = _among(board, stratum)
    shut = (
        ""
        if metric in board.informative
        else " Shut by the gate: here it cannot tell a repeat from the average."
    )
    with frame(
        "Does the verdict hold everywhere?",
        f"By {STRATA[stratum].label}: {label(metric)} {arrow(metric)}; truth: all cells, {among}. Mean, beside it "
        f"the paired difference to the hardest baseline. Line: 95 % BCa interval, from {NEEDED_FOR_INTERVAL} "
        f"perturbations on.{shut}",
        key="strata",
        table=table,
        how_to_read="A model that is good on strong effects only, or on combinations of genes that it has seen, shows "
        "it here. Classes are for looking, not for testing: there is no p-value, and with this many classes some "
        "interval lies beside 0 by chance. Take a class that stands out as a question for other data.",
        caption=("Strata", f"{board.source()}{board.averaged}. {_classes(stratum)}"),
        printed=lambda: [means(legend=True), differences(legend=True)],
        across=2,
    ):
        _controls(board, kinds)
        if table.empty:
            _nothing_selected()
            return
        legend(board, *dict.fromkeys(table.loc[table["kind"] == "baseline", "prediction"]))
        with st.container(key="pd-pair-strata"):
            left, right = st.columns(2, gap="medium")
        with left:
            plot(means(mode=board.view.mode), key="strata-means")
        with right:
            plot(differences(mode=board.view.mode), key="strata-differences")


def _asked(board: Board, kinds: tuple[str, ...]) -> tuple[str, str]:
    """Return what the controls below will show: the address and the visit decide before they are drawn."""
    metrics = metrics_to_choose(board)
    metric = board.view.address.metric
    kept = st.session_state.get(f"pd-kept-{NAME}")
    if kept not in kinds:
        st.session_state.pop(f"pd-kept-{NAME}", None)
        kept = None
    return (metric if metric in metrics else metrics[0]), str(kept or kinds[0])


def _controls(board: Board, kinds: tuple[str, ...]) -> None:
    with st.container(horizontal=True, key="pd-controls", gap="medium"):
        metrics = metrics_to_choose(board)
        board.view.choose(
            "metric",
            metrics,
            label="Metric",
            help="Whose scores are shown by class; headline metrics stand first.",
            labels={metric: f"{label(metric)} {arrow(metric)}" for metric in metrics},
        )
        segments(
            NAME,
            {kind: STRATA[kind].label for kind in kinds},
            label="Perturbations by",
            help="Numbers are cut at their quartiles, into fewer classes where perturbations are few. Genes seen: of a "
            "combination, how many are among the training perturbations as singles. What would be one class only is "
            "not offered.",
        )


def _among(board: Board, stratum: str) -> str:
    chosen = len(board.view.selection)
    if not chosen or stratum == "selection":
        return board.tested
    return f"the selected of {board.tested}"


def _classes(stratum: str) -> str:
    """Say what the classes are."""
    one = STRATA[stratum]
    if stratum == "selection":
        return "Classes: the selected perturbations, and all others that are tested."
    if one.decimals is None:
        return {
            "n_parts": "Classes: by the number of genes that are perturbed.",
            "seen": "Classes: by the genes of a combination that are among the training perturbations as singles.",
        }[stratum]
    return (
        f"Classes: {one.axis}, cut at quartiles (fewer classes where one would hold less than {UNITS_A_CLASS} "
        f"perturbations; at most {MOST_CLASSES}); least to greatest value."
    )


def _nothing_to_part(board: Board) -> None:
    with frame(
        "Does the verdict hold everywhere?",
        f"Scores by class of perturbations; {board.tested}.",
        key="strata",
        how_to_read="Perturbations are parted by effect size, cells, likeness to the average effect, number of genes "
        "and genes seen in train, where that gives several classes.",
    ):
        empty_state(
            "Too few perturbations to be parted.",
            f"{counted(board.n_tested, 'perturbation')} cannot be cut into classes, and all are of one kind.",
            "Load more perturbations, or look at each in the table below.",
        )


def _nothing_selected() -> None:
    empty_state(
        "No selected perturbation is tested.",
        "Scores are those of test perturbations, and none of the selected is among them.",
        "Clear the selection, or select others.",
    )
