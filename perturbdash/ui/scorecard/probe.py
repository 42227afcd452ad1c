"""Which metric can be fooled: the model's own prediction made worse, and what the scores make of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.metric_words import KEPT_AS_WARNING, by_skill, in_order
from perturbdash.ui import background
from perturbdash.ui.blocks import note
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.markup import html
from perturbdash.ui.remembered import kept_model, one_model, segments
from perturbdash.ui.scorecard.board import Board
from perturbdash.vocabulary import POOLED

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.vocabulary import Progress

MODEL, TREATMENT, ROWS = "probe-model", "scorecard-treatment", "scorecard-probe-rows"
QUESTION = "Which metric can be fooled?"
A_WHILE = 90
ASKED = "pd-probe-asked"
AT_ONCE = 10
"""Seconds up to which another model follows without being asked for, once one was."""
SECONDS_A_CONTEXT, VALUES_A_SECOND = 0.9, 150_000
"""What the probe takes on two cores: for each context, and for perturbations × genes."""


def gameability(board: Board) -> None:
    """Draw how each metric and the model's rank answer when its prediction is made worse."""
    if not board.informative:
        return
    model = kept_model(MODEL, board.models)
    table = _computed(board, model)
    if table is None:
        return
    own = table[table["context"] == board.context]
    if own.empty or own["unchanged"].notna().sum() == 0:
        _nothing(board, model)
    else:
        _draw(board, model, own)


def _computed(board: Board, model: str) -> pd.DataFrame | None:
    values = len(board.result.genes) * sum(map(len, board.result.perturbations.values()))
    seconds = SECONDS_A_CONTEXT * len(board.result.contexts) + values / VALUES_A_SECOND

    def work(progress: Progress) -> pd.DataFrame:
        return board.result.gameability(model, progress=progress)

    found = background.computed(
        board.view,
        "probe",
        model,
        work,
        title=QUESTION,
        why=f"The prediction of {model} is scored again after it was rescaled, noised, shuffled and moved to the mean: "
        f"which metric notices, and does the rank depend on it? About {_price(seconds)}.",
        button="Probe the metrics",
        automatic=seconds <= AT_ONCE and st.session_state.get(ASKED, False),
    )
    st.session_state[ASKED] = st.session_state.get(ASKED, False) or found is not None
    return found


def _price(seconds: float) -> str:
    return f"{max(2, round(seconds))} s" if seconds < A_WHILE else f"{round(seconds / 60)} min"


def _draw(board: Board, model: str, own: pd.DataFrame) -> None:
    from perturbdash.figures.scorecard import probe_curves, probe_overview
    from perturbdash.judgement.sentences_gameability import overview, probe_answer
    from perturbdash.judgement.treatments import TREATMENTS

    extra = [KEPT_AS_WARNING] if KEPT_AS_WARNING in set(own["metric"]) else []
    said = probe_answer(own, extra)
    told = own[own["metric"].isin([*board.informative, *extra])]
    steps = overview(told)
    metrics = _metrics(board, steps)
    treatment = _treatment()
    chosen = TREATMENTS[treatment]
    draw_overview = partial(probe_overview, steps, context=board.context, metrics=metrics)
    draw_curves = partial(
        probe_curves,
        told,
        treatment=treatment,
        axis=chosen.axis,
        context=board.context,
        metrics=metrics,
        styles=board.view.styles,
    )
    with frame(
        QUESTION,
        f"{model}, its own prediction made worse; truth: all cells, {board.tested}{board.averaged}. Change of "
        "the score in units of the metric’s dynamic range, below it the rank among all models and baselines where it "
        f"changes; beside it {chosen.words}, step by step.",
        key="gameability",
        table=own,
        how_to_read="A good metric falls wherever the prediction is made worse. ▲: the score gets better although "
        "knowledge was taken away or the size is wrong; =: it does not fall although the treatment can only do harm; "
        "grey: it falls. 4→1 is the rank before and after; a rank that rises by a treatment that knows nothing of the "
        "perturbation is not earned by the model.",
        caption=(
            "Gameability",
            f"{board.source(model)}. Noise: Gaussian, its sd as a share of the sd of all predicted Δcontrol values; "
            "shuffled: each prediction handed to another perturbation, mean of three shufflings; mean: of the "
            "training perturbations. Ranks: 1 is best; the others as they are. –: no value or no dynamic range. The "
            "range is that of the calibration, each half of the cells once as truth, and a unit only. "
            "Curves end at −2 and 1; the CSV has all values.",
        ),
        printed=lambda: [draw_overview(), draw_curves()],
        across=2,
        subject=model,
    ):
        note(html("<b>{first}</b> {rest}", first=said.sentence, rest=said.muted))
        _controls(board, len(told["metric"].unique()))
        with st.container(key="pd-pair-probe"):
            left, right = st.columns(2, gap="medium")
        with left:
            plot(draw_overview(mode=board.view.mode), key="probe-overview")
        with right:
            plot(draw_curves(mode=board.view.mode), key="probe-curves")


def _treatment() -> str:
    from perturbdash.judgement.treatments import TREATMENTS

    kept = st.session_state.get(f"pd-kept-{TREATMENT}")
    return str(kept) if kept in TREATMENTS else next(iter(TREATMENTS))


def _metrics(board: Board, steps: pd.DataFrame) -> list[str]:
    """Return the rows: those that tell most, or all, headline metrics first."""
    from perturbdash.figures.scorecard.probe import telling_metrics

    if st.session_state.get(f"pd-kept-{ROWS}") != "all":
        return telling_metrics(steps)
    headline = [metric for metric in by_skill(board.headline) if metric in set(steps["metric"])]
    return [*headline, *(metric for metric in in_order(steps["metric"]) if metric not in headline)]


def _controls(board: Board, n: int) -> None:
    from perturbdash.figures.scorecard.probe import TELLING
    from perturbdash.judgement.treatments import TREATMENTS

    with st.container(horizontal=True, key="pd-controls-probe", gap="medium"):
        one_model(
            MODEL,
            board.view.styles,
            models=board.models,
            label="Probed model",
            help="Whose prediction is made worse.",
        )
        segments(
            TREATMENT,
            {name: one.words for name, one in TREATMENTS.items()},
            label="Step by step",
            help="Which treatment the curves at the right follow. Pushed from the mean is the same as blended with it, "
            "in the other direction.",
        )
        if n > TELLING:
            segments(
                ROWS,
                {"telling": f"{TELLING} that tell most", "all": f"all {n}"},
                label="Metrics",
                help="Headline metrics first, then those that a treatment makes better. Informative metrics, and "
                "Pearson on expression as a warning.",
            )


def _nothing(board: Board, model: str) -> None:
    where = "all contexts together" if board.context == POOLED else board.context
    with frame(
        QUESTION,
        f"{model}; {board.tested}.",
        key="gameability",
        how_to_read="It needs a prediction to make worse.",
    ):
        _controls(board, 0)
        empty_state(
            "Nothing to make worse.",
            f"{model} has no score in {where}.",
            "Choose another model or another context.",
        )
