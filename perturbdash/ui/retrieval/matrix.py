"""The matrix of distances of one model, and for what its predictions are taken."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import pandas as pd
import streamlit as st

from perturbdash.figures.names import cut
from perturbdash.judgement import sentences_retrieval as sentences
from perturbdash.judgement.retrieval_words import REPEAT
from perturbdash.ui import address, pointer
from perturbdash.ui.background import computed
from perturbdash.ui.blocks import note
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.markup import html
from perturbdash.ui.words import marked_up

if TYPE_CHECKING:
    from perturbdash.judgement.groups import Groups, Tree
    from perturbdash.judgement.result import Result
    from perturbdash.judgement.retrieval_distances import Nearness
    from perturbdash.judgement.retrieval_matrix import MatrixView
    from perturbdash.ui.retrieval.choices import Choice
    from perturbdash.ui.retrieval.groups import Grouped
    from perturbdash.ui.view import View
    from perturbdash.vocabulary import Progress

QUICK = 2e9
"""Below so many differences the matrix is measured at once, above in the background."""
MOST_IN_CSV = 62_500
MOST_FULL = 250
MOST_NAMED = 60
SQUARE, ON_A_PHONE = 660, 460
UNITS = {"pds_cosine": "1 − cosine of the shifts", "pds_l1": "city-block distance, log1p units"}


def nearness_of(view: View, result: Result, choice: Choice) -> Nearness | None:
    """Return the ranks of all truths for the chosen model; where that takes long, draw its progress instead."""
    if choice.matrix is None:
        return None
    asked = (view.context, choice.matrix, choice.metric)
    stats = result.stats[view.context]
    if len(stats.perturbations) ** 2 * len(stats.genes) <= QUICK:
        return _near(view.result_key, asked, result)
    return computed(
        view,
        "nearness",
        asked,
        partial(_measure, result, asked),
        title="Which truths do the predictions come near to?",
        why=f"All {len(stats.perturbations):,} predictions are compared with all truths, gene by gene; it takes some "
        "seconds.",
        button="Measure the distances",
        automatic=True,
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def _near(key: str, asked: tuple[str, str, str], _result: Result) -> Nearness:  # noqa: ARG001  the key names the result
    return _measure(_result, asked)


def _measure(result: Result, asked: tuple[str, str, str], progress: Progress | None = None) -> Nearness:
    from perturbdash.judgement.retrieval_distances import nearness

    return nearness(result, *asked, progress=progress)


@st.cache_resource(show_spinner=False, max_entries=32)
def _of_one(key: str, asked: tuple[str, str, str], perturbation: str, _result: Result) -> pd.DataFrame:  # noqa: ARG001  the key names the result
    from perturbdash.judgement.retrieval_distances import nearness

    return nearness(_result, *asked, only=[perturbation]).nearest(perturbation)


def choose_perturbation(view: View, found: Nearness) -> str | None:
    """Draw the choice of the perturbation whose confusions are shown, the worst first."""
    if not found.rows:
        return None
    rank = dict(zip(found.rows, found.own_rank.tolist(), strict=True))
    worst, chosen = cast("str", found.worst()), set(view.selection)
    order = sorted(rank, key=lambda name: (name not in chosen, name != worst, -rank[name], name))
    asked = address.read().perturbation
    if asked is not None and asked not in rank:
        who = "a repeat has" if found.prediction == REPEAT else f"{found.prediction} has"
        note(f"{cut(asked, address.LONGEST_SHOWN)} is not among what {who} a rank for here; showing {worst}.")
        address.change(perturbation=None)
    return view.choose(
        "perturbation",
        tuple(order),
        default=worst,
        labels={name: f"{name} · rank {rank[name]:g}" for name in order},
        label="Perturbation",
        help="Whose confusions are shown, the worst rank first. A click on a row of the matrix chooses it, too."
        + (" The selected ones stand first." if chosen else ""),
    )


def _who(choice: Choice) -> str:
    return "a repeat" if choice.matrix == REPEAT else str(choice.matrix)


def matrix_frame(
    view: View, result: Result, choice: Choice, found: Nearness, shown: MatrixView, chosen: str | None
) -> None:
    """Draw the matrix of ranks or distances; a box selects, a click chooses a perturbation."""
    from perturbdash.figures.retrieval import distance_matrix

    draw = partial(
        distance_matrix,
        shown.ranks,
        shown.distances,
        n_candidates=shown.n_candidates,
        groups=shown.group_of,
        colour=choice.colour,
        selected=() if shown.alone else view.selection,
        chosen=chosen,
    )
    height = ON_A_PHONE if pointer.is_coarse() else SQUARE
    small = shown.ranks.size <= MOST_IN_CSV
    with frame(
        f"Which truths does {_who(choice)} come near to?",
        _subtitle(choice, shown),
        key="distance-matrix",
        table=shown.table if small else found.table,
        how_to_read="A dark diagonal is knowledge of the single perturbation; dark boxes along it are knowledge of "
        "the group only; dark columns are truths that everything is taken for. Drag a box to select its rows on all "
        "pages; a click chooses the row whose confusions are shown.",
        caption=("Distance matrix", _caption(view, result, choice, shown, small=small)),
        printed=partial(draw, handles=False, chosen=None),
        subject=str(choice.matrix),
    ):
        plot(draw(mode=view.mode, height=height), key="distance-matrix", selects=True, picks=True)


def _subtitle(choice: Choice, shown: MatrixView) -> str:
    n_rows, n_columns = shown.ranks.shape
    what = "as rank in its row" if choice.colour == "rank" else "as distance"
    words = f"Row: a prediction; dark: the truth is near, {what}. "
    if n_rows <= MOST_NAMED and n_columns <= MOST_FULL:
        words += "Boxed: its own truth. White disc: nearest and right; cross: nearest and wrong. "
    else:
        words += "A dark diagonal is knowledge, dark boxes are knowledge of the group only. "
    if shown.alone:
        rest = n_rows - shown.n_first_shown
        words += f"Only the {n_rows:,} selected are shown, ranks are among all {shown.n_candidates:,}"
        words += f"; for {rest:,} the nearest is another. " if rest else ". "
    elif max(n_rows, n_columns) > MOST_NAMED:
        words += "Names appear when 2 to 60 are selected. "
    return words + "Box: selects. Click: chooses a row."


def _caption(view: View, result: Result, choice: Choice, shown: MatrixView, *, small: bool) -> str:
    n_rows, n_columns = shown.ranks.shape
    distance = sentences.distance_words(choice.metric, sentences.measured(result, view.context))
    truth = "truth: the first half, prediction: the second" if choice.matrix == REPEAT else "truth: all cells"
    words = (
        f"{view.source_line()}. {_who(choice)}, {n_rows:,} × {n_columns:,}, {distance}; {truth}. "
        f"Order: {'groups of the table, within them ' if shown.by_table else ''}average linkage on 1 − cosine of "
        "observed Δcentroid (all perturbations of the context)"
        f"{'' if shown.group_of and max(n_rows, n_columns) <= MOST_NAMED else '; outlines: groups'}."
    )
    size = -(-max(n_rows, n_columns) // MOST_FULL)
    if size > 1:
        words += f" Drawn in blocks of {size} × {size}, the nearest of each."
    return words + (
        "" if small else " The CSV holds the five nearest truths and the own one of each prediction."
    )


def confusions_frame(
    view: View, result: Result, choice: Choice, found: Nearness, perturbation: str | None, groups: Groups
) -> None:
    """Draw the five nearest truths of one perturbation for two models, and say what is most often taken for what."""
    from perturbdash.figures.perturbation import nearest_stems
    from perturbdash.judgement.retrieval_confusions import confusions

    if perturbation is None:
        empty_state("Nothing to compare", f"{_who(choice)} has no prediction with a rank here.")
        return
    tables = [found.nearest(perturbation)]
    if choice.beside is not None:
        asked = (view.context, choice.beside, choice.metric)
        tables.append(_of_one(view.result_key, asked, perturbation, result))
    table = pd.concat([one for one in tables if len(one)], ignore_index=True)
    unit = f"{UNITS.get(choice.metric, 'distance, log1p units')}, to the truth of …"
    draw = partial(nearest_stems, table, perturbation=perturbation, styles=view.styles, unit=unit)
    distance = sentences.distance_words(choice.metric, sentences.measured(result, view.context))
    with frame(
        f"For what is {perturbation} taken?",
        "The five nearest truths and, in ink, its own. Number: rank. A click on an end opens that perturbation.",
        key="confusions",
        table=table,
        how_to_read="Stems above the one in ink are truths that the prediction is taken for before its own. Long "
        "stems of nearly one length say that nothing is near, and chance decides.",
        caption=(
            "Usual confusions",
            f"{perturbation} · {view.source_line()}. {distance[0].upper()}{distance[1:]}.",
        ),
        printed=draw,
        subject=perturbation,
    ):
        plot(draw(mode=view.mode), key="confusions", selects=True)
        said = marked_up(view, sentences.misses_sentence(confusions(found, groups), groups))
        st.html(html('<p class="pd-muted">{said}</p>', said=said))


def arranged(view: View, found: Nearness, grouped: Grouped, choice: Choice) -> MatrixView:
    """Return the matrix in the order in which it is drawn; the last ones asked for are kept."""
    asked = (view.context, str(choice.matrix), choice.metric, grouped.key)
    return _arranged(view.result_key, asked, view.selection, (found, grouped.tree, grouped.groups))


@st.cache_resource(show_spinner=False, max_entries=4)
def _arranged(
    key: str,  # noqa: ARG001  the key names the result
    asked: tuple[str, str, str, str],  # noqa: ARG001
    selected: tuple[str, ...],
    _parts: tuple[Nearness, Tree, Groups],
) -> MatrixView:
    from perturbdash.judgement.retrieval_matrix import matrix_view

    return matrix_view(*_parts, selected=selected)
