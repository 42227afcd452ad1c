"""The picture that proves a warning, in a dialog, with the table below it and the way to the page that shows more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from perturbdash.figures.models import style_of
from perturbdash.figures.numbers import count
from perturbdash.ui import address, session
from perturbdash.ui.data_table import data_table
from perturbdash.ui.frame import csv, empty_state, frame, plot
from perturbdash.ui.menu import PAGES
from perturbdash.ui.scorecard.behind_words import COLUMNS, NO_METRIC, PICTURES, WHAT
from perturbdash.ui.scorecard.board import Board
from perturbdash.vocabulary import ALL_CONTEXTS, POOLED

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from perturbdash.figures.scorecard.warning_cards import Card
    from perturbdash.judgement.proof import Proof
    from perturbdash.judgement.result import Result

Draw = Callable[..., "go.Figure"]
Asked = tuple[str, str, str]
"""Warning, context, model."""


def name_of(card: Card) -> str:
    """Return the name of the picture behind a card."""
    return NO_METRIC if card.untold else card.warning


@st.cache_resource(show_spinner=False, max_entries=32)
def _computed(key: str, asked: Asked, _result: Result) -> Proof | None:  # noqa: ARG001  the key names the result
    from perturbdash.judgement.behind_figures import proof

    warning, context, model = asked
    return proof(_result, warning, context=context, model=model)


def behind(board: Board, card: Card) -> None:
    """Draw what proves a card: the sentence, the picture, its table, and a link."""
    from perturbdash.judgement.behind_figures import cases

    warning = name_of(card)
    rows = cases(board.result, card.warning, models=card.models, untold=card.untold)
    if board.context != POOLED:
        rows = rows[rows["context"] == board.context]
    case = _case(rows.reset_index(drop=True))
    asked = (warning, str(case["context"]), str(case["model"]))
    if not board.view.has_profiles(board.result):
        return
    found = _computed(board.view.result_key, asked, board.result)
    if found is None or found.points.empty:
        empty_state(
            "There is no picture of this.",
            "What the warning measured is not there any more for this model and context.",
            "Choose another model or context.",
        )
        return
    _picture(board, asked, found, str(case["sentence"]))
    _table(board, card, asked, found)
    _link(warning)


def _case(rows: pd.DataFrame) -> pd.Series:
    """Draw the choice of model and context, where the card stands for several, and return its row."""
    place = 0
    if len(rows) > 1:
        words = [_words(row["model"], row["context"]) for row in rows.to_dict("records")]
        place = st.selectbox(
            "Shown",
            range(len(rows)),
            format_func=lambda i: words[i],
            key="pd-behind-case",
            help="Model and context; the card stands for all of them.",
        )
    return rows.iloc[place]


def _words(model: str, context: str) -> str:
    where = "" if context == ALL_CONTEXTS else "all contexts together" if context == POOLED else context
    return ", ".join(part for part in (model or "data set", where) if part)


def _picture(board: Board, asked: Asked, found: Proof, sentence: str) -> None:
    warning, context, model = asked
    words = PICTURES[warning]
    figures = pictures(board, asked, found)
    with frame(
        words.question,
        words.marks,
        key=f"behind-{warning}",
        table=found.points,
        how_to_read=words.how_to_read,
        caption=(words.button, _source(board, context, model, found)),
        printed=lambda: [draw() for draw in figures],
        across=2,
        subject="_".join(part for part in (model, context if context != ALL_CONTEXTS else "") if part),
    ):
        st.html(_plain(sentence))
        columns = st.columns(len(figures), gap="medium") if len(figures) > 1 else [st.container()]
        for i, (draw, column) in enumerate(zip(figures, columns, strict=True)):
            with column:
                plot(draw(mode=board.view.mode), key=f"behind-{warning}-{i}")


def _plain(sentence: str) -> str:
    from perturbdash.ui.markup import html

    return html('<p class="pd-behind">{sentence}</p>', sentence=sentence)


def pictures(board: Board, asked: Asked, found: Proof) -> Sequence[Draw]:
    """Return what draws the panels of a picture, each a function of the mode."""
    from perturbdash.figures import warnings as draw
    from perturbdash.figures.calibration import drf_bars

    warning, context, model = asked
    own: dict[str, Any] = {"model": model, "style": style_of(model, board.view.styles) if model else None}
    points, lines, values = found.points, found.limits, found.values
    if warning == NO_METRIC:
        return [partial(drf_bars, points, context=context)]
    if warning == "no_effect":
        return [partial(draw.published_against_split, points, lines)]
    makers: dict[str, list[Draw]] = {
        "collapse": [partial(draw.collapse, points, lines, values, **own)],
        "is_the_mean": [partial(draw.cosines_to_the_average, points, lines, **own)],
        "scale": [partial(draw.norms, points, lines, **own), partial(draw.slopes, points, lines, **own)],
        "space": [
            partial(draw.value_counts, points, lines, **own),
            partial(draw.implied_totals, values, lines, **own),
        ],
        "control_drift": [partial(draw.control_drift, points, lines, **own)],
        "leakage": [partial(draw.leakage_ratios, points, lines, **own)],
        "target_gene_only": [partial(draw.with_and_without_targets, points, lines, **own)],
        "train_predictions": [partial(draw.presence, points, **own)],
        "missing": [partial(draw.presence, points, **own)],
        "identical": [partial(draw.shared_profiles, points, lines, **own)],
    }
    return makers[warning]


def _source(board: Board, context: str, model: str, found: Proof) -> str:
    record = board.view.record
    assert record is not None
    unit = "genes" if "gene" in found.points else "perturbations"
    parts = [
        session.title(record),
        *([] if context == ALL_CONTEXTS else [_words("", context).split(", ", 1)[-1]]),
    ]
    parts += [model or "data set", f"n = {count(found.n)} {unit}", f"seed {board.result.settings.seed}"]
    lines = [f"{row['words']}" for row in found.limits.to_dict("records")]
    drawn = f". Lines: {'; '.join(lines)}" if lines else ""
    return f"{' · '.join(parts)}{drawn}."


def _table(board: Board, card: Card, asked: Asked, found: Proof) -> None:
    """Draw the perturbations or genes behind it, to look through and to take along."""
    from perturbdash.judgement.behind_warnings import behind_warning

    warning, context, model = asked
    table = (
        behind_warning(board.result, warning, context=context, models=[model]) if warning in WHAT else None
    )
    if table is None or table.empty:
        table = found.points if "perturbation" in found.points and warning in WHAT else None
    if table is None:
        return
    st.markdown(WHAT[warning])
    data_table(
        table, {name: column for name, column in COLUMNS.items() if name in table}, key=f"behind-{warning}"
    )
    st.download_button(
        "CSV of the table",
        lambda: csv(table),
        f"{card.warning}.csv",
        "text/csv",
        key="pd-behind-csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _link(warning: str) -> None:
    page = PICTURES[warning].page
    if page is not None:
        where = PAGES[page[0]]
        st.page_link(where.file, label=page[1], icon=where.icon, query_params=address.read().parameters())
