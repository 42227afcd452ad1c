"""Warnings as cards, each with the figure or the table that shows it one click away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui import address
from perturbdash.ui.data_table import Column, Numbers, Words, data_table
from perturbdash.ui.frame import csv
from perturbdash.ui.markup import Html
from perturbdash.ui.menu import PAGES
from perturbdash.ui.scorecard.board import Board
from perturbdash.vocabulary import POOLED

if TYPE_CHECKING:
    from perturbdash.figures.scorecard.warning_cards import Card

PAGE_OF = {
    "collapse": ("reference", "Pairwise cosines"),
    "is_the_mean": ("reference", "Angles to the average"),
    "scale": ("perturbation", "Gene by gene"),
    "no_effect": ("systematic_variation", "Systematic variation"),
}
"""Where a figure shows the finding."""
TABLE_OF = {
    "leakage": "By perturbation",
    "missing": "What is missing",
    "identical": "Which are identical",
    "train_predictions": "Which are training",
    "control_drift": "Drift by gene",
    "target_gene_only": "Without targets",
    "space": "Values",
}
WHAT = {
    "leakage": "Squared distance of the prediction to one half of the cells, divided by that of the other half, on "
    "genes that are not DEGs. A model that knows these cells has 0.5, honest models lie above 0.7.",
    "missing": "Test perturbations without a prediction, and genes of the data set that the file does not have.",
    "identical": "Perturbations with the same predicted profile; one group has one profile.",
    "train_predictions": "Training perturbations that are predicted; they are not scored.",
    "control_drift": "Mean of the predicted controls and of the measured ones, and how far two halves of the measured "
    "controls lie apart; log1p units, the largest difference first.",
    "target_gene_only": "Score of each perturbation with all genes, and once more without the targeted genes.",
    "space": "Lowest and highest value of each profile, and how its implied total, the sum of expm1, compares.",
}
COLUMNS: dict[str, Column] = {
    "model": Words("model", "Whose prediction.", width=120),
    "context": Words("context", "Cell line, cell type or donor.", width=100),
    "perturbation": Words("perturbation", "As the data set names it.", width=150),
    "missing": Words("missing", "Perturbation or gene, as the data set names it.", width=150),
    "kind": Words("kind", "Perturbation or gene.", width=100),
    "gene": Words("gene", "As the data set names it.", width=120),
    "targets": Words("targets", "Targeted genes.", width=120),
    "metric": Words("metric", "Headline metric whose outcome turns.", width=120),
    "ratio": Numbers("ratio", "Below 0.5: these very cells are known.", decimals=2),
    "genes": Numbers("genes", "Genes that are not DEGs, over which the ratio is taken.", decimals=0),
    "group": Numbers("group", "Perturbations of one group have one profile.", decimals=0),
    "same_profile": Numbers("same profile", "Perturbations with this profile.", decimals=0, width=100),
    "n_cells": Numbers("cells", "Cells of the perturbation in the data.", decimals=0),
    "predicted": Numbers("predicted", "Mean of the predicted controls, log1p.", decimals=3),
    "observed": Numbers("observed", "Mean of the measured controls, log1p.", decimals=3),
    "difference": Numbers("difference", "Predicted − observed.", decimals=3),
    "between_halves": Numbers(
        "halves apart", "Second half − first half of the measured controls.", decimals=3, width=100
    ),
    "predicted_lowest": Numbers("lowest", "Lowest predicted value.", decimals=2),
    "predicted_highest": Numbers("highest", "Highest predicted value.", decimals=2),
    "total_fold_log10": Numbers(
        "total, log10 fold",
        "log10 of the predicted over the observed implied total, the sum of expm1; 0 is right.",
        width=115,
    ),
    "observed_lowest": Numbers("observed lowest", "Lowest observed value.", decimals=2, width=120),
    "observed_highest": Numbers("observed highest", "Highest observed value.", decimals=2, width=125),
    "with_targets": Numbers("with targets", "Score over all genes.", decimals=3, width=100),
    "without_targets": Numbers("without", "Score without the targeted genes.", decimals=3),
    "lost": Numbers("lost", "How much worse without the targeted genes.", decimals=3),
}


def warnings(board: Board) -> None:
    """Draw the findings and what is close to one as cards, and one line for the checks without either."""
    from perturbdash.figures.scorecard.warning_cards import rest_html, warning_cards

    cards = warning_cards(
        board.result.warnings,
        board.models,
        near=board.result.near_warnings,
        context=board.context,
        styles=board.view.styles,
    )
    if cards:
        with st.container(key="pd-cards"):
            for place, card in enumerate(cards):
                kind = "near" if card.near else "found"
                with st.container(key=f"pd-{kind}-{place}", gap=None):
                    st.html(Html(f'<section class="pd-card pd-bare">{card.inner}</section>'))
                    _action(board, card, place)
    st.html(Html(rest_html(cards)))


def _action(board: Board, card: Card, place: int) -> None:
    if card.warning in TABLE_OF:
        words = TABLE_OF[card.warning]
        if st.button(words, key=f"pd-behind-{place}", type="tertiary", icon=":material/table_rows:"):
            st.dialog(words, width="large")(_behind)(board, card)
        return
    page, words = ("calibration", "Calibration") if card.untold else PAGE_OF[card.warning]
    parameters = address.read().parameters()
    st.page_link(PAGES[page].file, label=words, icon=PAGES[page].icon, query_params=parameters)


def _behind(board: Board, card: Card) -> None:
    """Draw the table behind a card, in a dialog."""
    from perturbdash.judgement.behind_warnings import behind_warning

    table = behind_warning(board.result, card.warning, context=board.context, models=card.models)
    st.markdown(WHAT[card.warning])
    if table.empty:
        st.markdown("No single perturbation or gene stands behind this.")
        return
    alone = {
        "model": len(card.models) == 1,
        "context": board.context != POOLED or len(board.result.contexts) == 1,
    }
    columns = {name: column for name, column in COLUMNS.items() if name in table and not alone.get(name)}
    data_table(table, columns, key=f"behind-{card.warning}")
    st.download_button(
        "CSV",
        lambda: csv(table),
        f"{card.warning}.csv",
        "text/csv",
        key="pd-behind-csv",
        on_click="ignore",
        icon=":material/download:",
    )
