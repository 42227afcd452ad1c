"""Answer of the page Retrieval, and at which ranks the own truths stand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from perturbdash.figures.metric_words import label
from perturbdash.judgement import sentences_retrieval as sentences
from perturbdash.judgement.retrieval_words import REPEAT
from perturbdash.judgement.sentences import FIT
from perturbdash.ui.blocks import note
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.waiting import start_link
from perturbdash.ui.words import say

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.judgement.retrieval_view import RankView
    from perturbdash.judgement.sentences_retrieval import Measured
    from perturbdash.ui.retrieval.choices import Choice
    from perturbdash.ui.view import View

BY_RANK = (
    "A curve far up at the left finds the right perturbation among its first guesses; one along the thin line guesses. "
    "The first places are drawn wide, since it is they that matter. A repeat is the other half of the cells: no model "
    "needs to do better."
)


def require_candidates(view: View, result: Result) -> None:
    """Say that there is nothing to tell apart, and end the page, where a context has one perturbation or none."""
    if len(result.stats[view.context].perturbations) < 2:
        _nothing(
            "One perturbation: nothing to tell apart.", "Retrieval compares a prediction with several truths."
        )


def _nothing(title: str, why: str) -> NoReturn:
    empty_state(
        title, why, "Load data with two or more perturbations in a context, or choose another context."
    )
    start_link("Go to Start")
    st.stop()


def ranks_of(view: View, result: Result, choice: Choice) -> RankView:
    """Return the ranks by the chosen variant; the last ones asked for are kept."""
    found = _ranks_of(view.result_key, (view.context, choice.metric), result)
    if found.ranks.empty:
        _nothing(
            "No rank is defined here",
            "There is no prediction of a test perturbation with other candidates beside it, and no perturbation with "
            "enough cells for two halves.",
        )
    return found


@st.cache_resource(show_spinner=False, max_entries=32)
def _ranks_of(key: str, asked: tuple[str, str], _result: Result) -> RankView:  # noqa: ARG001  the key names the result
    from perturbdash.judgement.retrieval_view import rank_view

    return rank_view(_result, *asked)


def over(result: Result, context: str) -> Measured:
    """Return over which genes distances are."""
    return sentences.measured(result, context)


def answer(view: View, result: Result, found: RankView) -> None:
    """Say how often the models find their own perturbation first, and what stands behind it."""
    say(view, sentences.retrieval_verdict(found, view.models, over(result, view.context)))
    if result.plans[view.context].leave_one_out and view.models:
        note(FIT)
    if not view.models:
        note("No prediction is loaded: this is what a repeated experiment gives. Add predictions on Start.")


def _shown(view: View, found: RankView) -> RankView:
    from dataclasses import replace

    kept = found.ranks["prediction"].isin([*view.models, found.best_baseline, REPEAT])
    return replace(found, ranks=found.ranks[kept].reset_index(drop=True))


def _selected(view: View, found: RankView) -> tuple[RankView, str]:
    """Return the ranks of the selected perturbations where there are any, and which ones that are, in words."""
    from dataclasses import replace

    shown = _shown(view, found)
    own = shown.ranks[shown.ranks["perturbation"].isin(list(view.selection))]
    if own.empty:
        return shown, f"{found.n_tested or own_n(shown):,} perturbations"
    n = own["perturbation"].nunique()
    return replace(shown, ranks=own.reset_index(drop=True)), f"the {n:,} selected perturbations"


def own_n(found: RankView) -> int:
    """Return how many perturbations have a rank."""
    return int(found.ranks["perturbation"].nunique())


def _caption(view: View, result: Result, found: RankView) -> str:
    distance = sentences.distance_words(found.metric, over(result, view.context))
    repeat = found.of(REPEAT)
    among = "" if repeat is None else f", among {int(repeat['n_candidates']):,}"
    return (
        f"{view.source_line()}. {distance[0].upper()}{distance[1:]}; candidates: {sentences.candidates_words(found)}. "
        f"Truth: all cells; of the repeat one half of the cells, {found.half_words}{among}."
    )


def steps_frame(view: View, result: Result, found: RankView) -> None:
    """Draw how often the own truth is among the first k."""
    from perturbdash.figures.retrieval import first_places

    shown, who = _selected(view, found)
    draw = partial(
        first_places,
        shown.ranks,
        n_candidates=found.n_candidates,
        baseline=found.best_baseline,
        styles=view.styles,
    )
    best = (
        f" Dotted: {found.best_baseline.replace('_', ' ')}, the best baseline." if found.best_baseline else ""
    )
    with frame(
        "How often is the right one among the first k?",
        f"Share of {who} whose own truth is among the k nearest, by {label(found.metric)}. Left edge: first place."
        f"{best} Dashed: a repeat, whose truth is a half.",
        key="first-places",
        table=shown.ranks,
        how_to_read=BY_RANK,
        caption=("Rank curves", f"{_caption(view, result, found)} Log axis. Thin line: chance."),
        printed=draw,
    ):
        plot(draw(mode=view.mode), key="first-places")


def strip_frame(view: View, result: Result, found: RankView) -> None:
    """Draw counts by rank, one row a prediction."""
    from perturbdash.figures.retrieval import rank_strip

    shown, who = _selected(view, found)
    draw = partial(
        rank_strip,
        shown.ranks,
        n_candidates=found.n_candidates,
        metric=found.metric,
        baseline=found.best_baseline,
        styles=view.styles,
    )
    with frame(
        "Where does the right one stand?",
        f"Number of perturbations at each rank, root scale, {who}. Ink tick below the line: median. Right: mean "
        f"{label(found.metric)}.",
        key="rank-strip",
        table=shown.ranks,
        how_to_read="Bars at the left are perturbations whose own truth is near the prediction. A flat row is "
        "guessing; a row that leans right takes others for its own.",
        caption=(
            "Rank strip",
            f"{_caption(view, result, found)} One row a model in the order of the sidebar, then the best baseline; "
            "below the dotted line a repeat.",
        ),
        printed=draw,
    ):
        plot(draw(mode=view.mode), key="rank-strip")
