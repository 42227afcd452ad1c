"""Figures of the page Perturbation: observed against predicted, volcano, top genes, nearest truths."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui.blocks import note
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.markup import html
from perturbdash.ui.perturbation_choices import Choice, choose_top, from_figure
from perturbdash.ui.words import across, marked_up
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from perturbdash.judgement.gene_view import PerturbationView
    from perturbdash.judgement.nearest_view import NearestTruths
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

MEAN = "mean"
NARROWEST = 255
ROOMY, SMALL_HEIGHT, HEIGHT = 3, 335, 400
"""Square panels: four side by side are smaller."""
MOST_WEBGL = 3


def gene_by_gene(view: View, result: Result, choice: Choice) -> PerturbationView:
    """Return the tables of the chosen perturbation with the shown models; the last ones asked for are kept."""
    assert view.record is not None
    found = _genes_of(
        view.result_key,
        (view.context, choice.perturbation, choice.reference, choice.drop_targets),
        result,
    )
    return found.only(view.models)


@st.cache_resource(show_spinner=False, max_entries=64)
def _genes_of(key: str, asked: tuple[str, str, Reference, bool], _result: Result) -> PerturbationView:  # noqa: ARG001  the key names the result
    from perturbdash.judgement.gene_view import perturbation_view

    context, perturbation, reference, drop_targets = asked
    return perturbation_view(_result, context, perturbation, reference, drop_targets=drop_targets)


@st.cache_resource(show_spinner=False, max_entries=64)
def _nearest_of(key: str, asked: tuple[str, str, bool], _result: Result) -> NearestTruths:  # noqa: ARG001  the key names the result
    from perturbdash.judgement.nearest_view import nearest_truths

    context, perturbation, drop_targets = asked
    return nearest_truths(_result, context, perturbation, drop_targets=drop_targets)


def genes_plot(figure: go.Figure, choice: Choice, key: str) -> None:
    """Draw a figure whose points are genes: a click on one looks it up."""
    own = f"{key}-{choice.gene}" if choice.gene else key
    plot(figure, key=own, select=from_figure(f"plot-{own}"))


def agreement_panels(view: View, found: PerturbationView, choice: Choice) -> None:
    """Draw observed against predicted shift: the mean, then the models that have panels."""
    means = list(found.agreement.loc[found.agreement["kind"] != "model", "prediction"])
    drawn = [*means, *choice.panels]
    n_degs = int(found.genes["deg"].sum())
    with frame(
        "Is the predicted shift of each gene the observed one?",
        f"Δ{choice.reference}, log1p units; {len(found.genes):,} genes. Large, outlined: the {n_degs:,} DEGs. "
        f"{_marks(found, choice)}Line: identity.",
        key="agreement",
        table=found.predicted.merge(found.genes[["gene", "observed", "deg"]], on="gene"),
        how_to_read="Genes on the line are predicted right; a flatter cloud is a shift predicted too small. The mean "
        "is the baseline that every perturbation gets; a model should look unlike it. A click on a gene looks it up.",
        caption=(
            "Observed against predicted",
            f"{choice.perturbation} · {view.source_line()}. {found.n_cells:,} cells, truth: all cells. r: Pearson "
            f"over {len(found.genes):,} genes; DEGs: over the {n_degs:,} against control; slope: of predicted on "
            "observed, 1 is the right size.",
        ),
        printed=partial(_panels, view, found, choice, drawn, light=True),
        across=across(len(drawn)),
        subject=choice.perturbation,
    ):
        if not drawn or _without_reference(found):
            _nothing_to_compare(view, found)
            return
        with st.grid(across(len(drawn)), min_column_width=NARROWEST, gap="xsmall", key="pd-panels"):
            for i, figure in enumerate(_panels(view, found, choice, drawn)):
                genes_plot(figure, choice, f"agreement-{i}")


def _panels(
    view: View, found: PerturbationView, choice: Choice, drawn: list[str], *, light: bool = False
) -> list[go.Figure]:
    from perturbdash.figures.perturbation import observed_against_predicted, shift_range

    numbers = found.agreement.set_index("prediction")[["r", "r_degs", "slope"]].T.to_dict()
    ranges = shift_range(found.genes, found.predicted[found.predicted["prediction"].isin(drawn)])
    return [
        observed_against_predicted(
            found.genes,
            found.predicted,
            prediction=name,
            mode="light" if light else view.mode,
            scale=choice.scale,
            reference=choice.reference,
            styles=view.styles,
            ranges=ranges,
            gene=choice.gene,
            numbers=numbers.get(name),
            webgl=len(drawn) <= MOST_WEBGL,
            height=HEIGHT if across(len(drawn)) <= ROOMY else SMALL_HEIGHT,
        )
        for name in drawn
    ]


def _marks(found: PerturbationView, choice: Choice) -> str:
    targets = int(found.genes["target"].sum())
    words = f"Square: the {targets} targeted gene{'' if targets == 1 else 's'}. " if targets else ""
    return words + (f"Ring: {choice.gene}. " if choice.gene in set(found.genes["gene"]) else "")


def _without_reference(found: PerturbationView) -> bool:
    return bool(found.genes["observed"].isna().all())


def _nothing_to_compare(view: View, found: PerturbationView) -> None:
    if _without_reference(found):
        _no_centroid()
    elif view.all_models:
        empty_state("Nothing to compare", "No model that is shown predicts this perturbation.")
    else:
        empty_state(
            "No prediction is loaded",
            "What was observed is below: which genes answered, with their tests.",
            "Add predictions on Start to see each gene's predicted shift here.",
        )


def _no_centroid() -> None:
    empty_state(
        "There is no perturbed centroid",
        "It is the mean over the training perturbations, and here there is none, so no shift can be taken from it.",
        "Choose the control as reference.",
    )


def volcano_frame(view: View, found: PerturbationView, choice: Choice) -> None:
    """Draw observed shift against control and adjusted p, whatever the reference."""
    from perturbdash.figures.perturbation import volcano

    genes = found.genes
    n_degs = int(genes["deg"].sum())
    draw = partial(volcano, genes, gene=choice.gene, webgl=len(choice.panels) < MOST_WEBGL)
    with frame(
        "Which genes answered?",
        f"Against control: {found.n_cells:,} and {found.n_control_cells:,} cells; Welch t, Benjamini–Hochberg over "
        f"{len(genes):,} genes.",
        key="volcano",
        table=genes,
        how_to_read="Far out: a large shift; high up: one that chance does not explain. Only observed cells are in "
        "this figure, no model. A click on a gene looks it up.",
        caption=(
            "Volcano",
            f"{choice.perturbation} · {view.source_line()}. t with overestimated variance. {n_degs:,} DEGs "
            "(adjusted p < 0.05). Observed data only.",
        ),
        printed=draw,
        subject=choice.perturbation,
    ):
        genes_plot(draw(mode=view.mode), choice, "volcano")


def top_genes_frame(view: View, found: PerturbationView, choice: Choice) -> None:
    """Draw observed and predicted shift of the genes with the largest abs t."""
    from perturbdash.figures.perturbation import top_genes

    n = min(choice.top, len(found.genes))
    draw = partial(
        top_genes,
        found.genes,
        found.predicted,
        choice.top,
        reference=choice.reference,
        styles=view.styles,
        gene=choice.gene,
    )
    with frame(
        "How far off are the top genes?" if len(found.predicted) else "How large are the top genes?",
        f"Δ{choice.reference}, log1p units; {n} genes with the largest |t| against control; bold: DEG.",
        key="top-genes",
        table=found.table().head(choice.top),
        how_to_read="The bar in ink is what was observed, symbols are predictions. A long line is a gene on which "
        "predictions and observation lie far apart. A click on a symbol looks its gene up.",
        caption=(
            "Top genes",
            f"{choice.perturbation} · {view.source_line()}. Bar: observed. Line: from the smallest to the largest.",
        ),
        printed=draw,
        subject=choice.perturbation,
    ):
        if _without_reference(found):
            _no_centroid()
            return
        choose_top()
        genes_plot(draw(mode=view.mode), choice, "top-genes")


def nearest_frame(view: View, result: Result, choice: Choice) -> None:
    """Draw whose observed profile lies nearest to each prediction, and how far the own one is."""
    from perturbdash.figures.perturbation import nearest_stems
    from perturbdash.judgement.sentences_gene import nearest_sentence

    assert view.record is not None
    asked = (view.context, choice.perturbation, choice.drop_targets)
    found = _nearest_of(view.result_key, asked, result)
    table = found.table[found.table["prediction"].isin([MEAN, *choice.panels])]
    whose = "test set" if result.settings.candidates == "test" else "context"
    draw = partial(nearest_stems, table, perturbation=choice.perturbation, styles=view.styles)
    with frame(
        "Whose truth is nearest?",
        f"Euclidean distance over {found.n_genes:,} genes, as in NIR; the five nearest of {found.n_others + 1:,} "
        f"observed profiles of the {whose} and, in ink, its own. Number: rank.",
        key="nearest",
        table=table,
        how_to_read="A model that knows the perturbation comes nearest to its own truth: rank 1. A click on a stem's "
        "end opens that perturbation. A tie counts as nearer than the own truth.",
        caption=(
            "Nearest truths",
            f"{choice.perturbation} · {view.source_line()}. Truth: all cells. Mean, and the models of the panels.",
        ),
        printed=draw,
        subject=choice.perturbation,
    ):
        if found.n_others < 1:
            empty_state("One perturbation", "There is no other truth that a prediction could be nearer to.")
            return
        if table.empty:
            empty_state("Nothing to compare", "There is no prediction of this perturbation, nor a mean.")
            return
        said = marked_up(view, nearest_sentence(replace(found, table=table)))
        st.html(html('<p class="pd-muted">{said}</p>', said=said))
        plot(draw(mode=view.mode), key="nearest", selects=True)


def say_gene(view: View, found: PerturbationView, choice: Choice) -> None:
    """Say what the gene that is looked up did here."""
    from perturbdash.judgement.sentences_gene import gene_sentence

    if choice.gene is not None:
        note(marked_up(view, gene_sentence(found, choice.gene)))
