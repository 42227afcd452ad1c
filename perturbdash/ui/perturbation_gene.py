"""The gene that is looked up, over all perturbations: strips and a table."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.numbers import small_p
from perturbdash.ui.blocks import note
from perturbdash.ui.data_table import Column, Numbers, Words, perturbation_table
from perturbdash.ui.frame import frame, plot
from perturbdash.ui.perturbation_choices import Choice
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    from perturbdash.judgement.gene_everywhere import GeneEverywhere
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View


class PValues(Numbers):
    """A column of p-values, sorted by value."""

    def write(self, value: float) -> str:
        """Return a p-value as it is written."""
        return small_p(value)


def everywhere(view: View, result: Result, choice: Choice) -> GeneEverywhere | None:
    """Return the looked-up gene over all perturbations; ``None`` where none is looked up."""
    assert view.record is not None
    if choice.gene is None:
        return None
    asked = (view.context, choice.gene, choice.reference)
    return _computed(view.result_key, asked, result).only(view.models)


@st.cache_resource(show_spinner=False, max_entries=64)
def _computed(key: str, asked: tuple[str, str, Reference], _result: Result) -> GeneEverywhere:  # noqa: ARG001  the key names the result
    from perturbdash.judgement.gene_everywhere import gene_everywhere

    return gene_everywhere(_result, *asked)


def gene_frame(view: View, found: GeneEverywhere | None, choice: Choice) -> None:
    """Draw the shift of the gene in each perturbation, observed and predicted; without a gene, say how to choose."""
    from perturbdash.figures.perturbation import gene_strips
    from perturbdash.judgement.sentences_gene import everywhere_sentence

    if found is None:
        with frame(
            "Where else does a gene move?",
            "No gene is looked up.",
            key="gene-everywhere",
            how_to_read="A gene that is looked up is shown here over all perturbations.",
        ):
            note(
                "Type its name into Gene above, or click a gene in one of the figures: this place then shows where it "
                "moves, and where models say that it does."
            )
        return
    draw = partial(
        gene_strips,
        found.observed,
        found.predicted,
        gene=found.gene,
        perturbation=choice.perturbation,
        reference=choice.reference,
        styles=view.styles,
        selected=view.selection,
    )
    with frame(
        f"Where else does {found.gene} move?",
        f"Δ{choice.reference}, log1p units. {everywhere_sentence(found)} Ring: {choice.perturbation}.",
        key="gene-everywhere",
        table=found.table(),
        how_to_read="One point a perturbation. A model whose points lie as wide as the observed ones, at the same "
        "perturbations, knows this gene; a model whose points stand in one place gives one answer. A click opens a "
        "perturbation, a box selects.",
        caption=("One gene everywhere", f"{found.gene} · {view.source_line()}. Truth: all cells."),
        printed=draw,
        subject=found.gene,
    ):
        plot(draw(mode=view.mode), key="gene-everywhere", selects=True)


def gene_everywhere_table(view: View, found: GeneEverywhere | None, choice: Choice) -> None:
    """Draw the gene in each perturbation as a table, the largest abs t first."""
    if found is None:
        return
    rows = found.table()
    with frame(
        f"In which perturbations does {found.gene} move?",
        f"Shifts Δ{choice.reference}, tests against control; {len(rows):,} perturbations, the largest |t| first.",
        key="gene-in-perturbations",
        table=rows,
        how_to_read="A click into a row opens that perturbation with this gene still marked; ticked rows are the "
        "selection of all pages.",
    ):
        shown = rows.assign(
            deg=["DEG" if deg else "" for deg in rows["deg"]],
            target=["target" if target else "" for target in rows["target"]],
        )
        perturbation_table(shown, _columns(view, found), key="gene-everywhere")


def _columns(view: View, found: GeneEverywhere) -> dict[str, Column]:
    from perturbdash.figures.models import style_of

    columns: dict[str, Column] = {
        "perturbation": Words("perturbation", "As the data set names it.", width=130, pinned=True),
        "observed": Numbers("observed shift", "Of this gene, in log1p units.", decimals=3, width=100),
    }
    for name in dict.fromkeys(found.predicted["prediction"]):
        label = style_of(name, view.styles).label
        columns[f"shift_{name}"] = Numbers(label, f"Shift that {label} predicts.", decimals=3, width=95)
    return columns | {
        "t": Numbers("t", "Welch's t against control.", width=70),
        "p_adj": PValues("adjusted p", "Benjamini–Hochberg over the genes of that perturbation.", width=85),
        "deg": Words("DEG", "Adjusted p below 0.05 against control.", width=55),
        "target": Words("target", "The perturbation acts on this gene.", width=60),
        "n_cells": Numbers("cells", "Cells with that perturbation.", decimals=0, width=60),
    }
