"""Blocks of the page Perturbation: its controls and its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import streamlit as st

from perturbdash.ui import address
from perturbdash.ui.blocks import note
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.library import library
from perturbdash.ui.remembered import segments
from perturbdash.ui.sidebar import hold
from perturbdash.ui.words import across
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    from perturbdash.judgement.gene_view import PerturbationView
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

Scale = Literal["linear", "root"]
GENE = "pd-choice-gene"
NARROWEST = 255
ROOMY, SMALL_HEIGHT = 3, 335
"""Square panels: four side by side are smaller."""
MOST_WEBGL = 3
TOP = 15


@dataclass(frozen=True)
class Choice:
    """What the reader chose on this page."""

    perturbation: str
    reference: Reference
    scale: Scale
    gene: str | None
    drop_targets: bool


def choices(view: View, result: Result) -> Choice:
    """Draw the page's controls and return what they say."""
    stats = result.stats[view.context]
    with st.container(horizontal=True, key="pd-controls", gap="small"):
        with st.container(width=240):
            perturbation = view.choose(
                "perturbation",
                stats.perturbations,
                default=_first_shown(view, result),
                label="Perturbation",
                help="Which perturbation the page shows; type to search. At first the one with the most DEGs.",
            )
        with st.container(width="content"):
            reference = view.reference()
        with st.container(width="content"):
            scale = _scale()
        with st.container(width=180):
            gene = _gene(stats.genes)
        with st.container(width="content"):
            drop = _targets(result.settings.targets == "drop")
    return Choice(perturbation, reference, scale, gene, drop)


def _first_shown(view: View, result: Result) -> str:
    """Return what is shown where the address names nothing: the first selected one, else the strongest."""
    from perturbdash.judgement.gene_view import strongest

    there = result.stats[view.context].perturbations
    return next((name for name in view.selection if name in there), None) or strongest(result, view.context)


def _scale() -> Scale:
    chosen = segments(
        "scale",
        {"linear": "linear", "root": "root"},
        label="Scale",
        help="Root: the signed square root on both axes opens the crowd of genes around 0; identity stays a line.",
    )
    return cast("Scale", chosen)


def _gene(genes: tuple[str, ...]) -> str | None:
    shown = address.known("gene", genes, None, tell=note)
    hold(GENE, shown)
    st.selectbox(
        "Gene",
        genes,
        index=None,
        key=GENE,
        placeholder="none",
        on_change=address.chosen,
        args=("gene", GENE, None),
        help="A gene to mark in every figure and to put first in the table; type to search.",
    )
    return shown


def _targets(dropped: bool) -> bool:
    words = {"kept": "kept", "out": "out"}
    chosen = segments(
        "targets",
        dict(reversed(words.items())) if dropped else words,
        label="Target genes",
        help="Whether the gene that the perturbation targets is among the genes of this page: its own shift is "
        "easy to predict. Scores are not changed by it; their rule is a setting on Start.",
    )
    return chosen == "out"


def gene_by_gene(view: View, result: Result, choice: Choice) -> PerturbationView:
    """Return the tables of the chosen perturbation with the shown models; the last ones asked for are kept."""
    assert view.record is not None
    found = _computed(
        library().key(view.record),
        (view.context, choice.perturbation, choice.reference, choice.drop_targets),
        result,
    )
    return found.only(view.models)


@st.cache_resource(show_spinner=False, max_entries=64)
def _computed(key: str, asked: tuple[str, str, Reference, bool], _result: Result) -> PerturbationView:  # noqa: ARG001  the key names the result
    from perturbdash.judgement.gene_view import perturbation_view

    context, perturbation, reference, drop_targets = asked
    return perturbation_view(_result, context, perturbation, reference, drop_targets=drop_targets)


def agreement_panels(view: View, found: PerturbationView, choice: Choice) -> None:
    """Draw observed against predicted shift: the mean, then each shown model that has a colour."""
    from perturbdash.figures.perturbation import observed_against_predicted, shift_range

    coloured = [name for name in view.models if view.styles[name].slot is not None]
    means = list(found.agreement.loc[found.agreement["kind"] != "model", "prediction"])
    drawn = [*means, *coloured]
    numbers = found.agreement.set_index("prediction")[["r", "r_degs", "slope"]].T.to_dict()
    n_degs = int(found.genes["deg"].sum())
    with frame(
        "Is the predicted shift of each gene the observed one?",
        f"Δ{choice.reference}, log1p units; {len(found.genes):,} genes. Large, outlined: the {n_degs:,} DEGs. "
        "Line: identity.",
        key="agreement",
        table=found.predicted.merge(found.genes[["gene", "observed", "deg"]], on="gene"),
        how_to_read="Genes on the line are predicted right; a flatter cloud is a shift predicted too small. The mean "
        "is the baseline that every perturbation gets; a model should look unlike it.",
        caption=(
            "Observed against predicted",
            f"{choice.perturbation} · {view.source_line()}. {found.n_cells:,} cells, truth: all cells. r: Pearson "
            f"over {len(found.genes):,} genes; DEGs: over the {n_degs:,} against control; slope: of predicted on "
            "observed, 1 is the right size.",
        ),
    ):
        if not drawn or _without_reference(found):
            _nothing_to_compare(view, found)
            return
        ranges = shift_range(found.genes, found.predicted[found.predicted["prediction"].isin(drawn)])
        with st.grid(across(len(drawn)), min_column_width=NARROWEST, gap="xsmall", key="pd-panels"):
            for name in drawn:
                figure = observed_against_predicted(
                    found.genes,
                    found.predicted,
                    prediction=name,
                    mode=view.mode,
                    scale=choice.scale,
                    reference=choice.reference,
                    styles=view.styles,
                    ranges=ranges,
                    gene=choice.gene,
                    numbers=numbers.get(name),
                    webgl=len(drawn) <= MOST_WEBGL,
                )
                if across(len(drawn)) > ROOMY:
                    figure.update_layout(height=SMALL_HEIGHT)
                plot(figure, key=f"agreement-{drawn.index(name)}")
        rest = [name for name in view.models if name not in drawn]
        if rest:
            note(
                f"Not drawn: {', '.join(rest)}. Panels are drawn for six models; choose them in the sidebar."
            )


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
    with frame(
        "Which genes answered?",
        f"Against control: {found.n_cells:,} and {found.n_control_cells:,} cells; Welch t, Benjamini–Hochberg over "
        f"{len(genes):,} genes.",
        key="volcano",
        table=genes,
        how_to_read="Far out: a large shift; high up: one that chance does not explain. Only observed cells are in "
        "this figure, no model.",
        caption=(
            "Volcano",
            f"{choice.perturbation} · {view.source_line()}. t with overestimated variance. {n_degs:,} DEGs "
            "(adjusted p < 0.05). Observed data only.",
        ),
    ):
        plot(volcano(genes, mode=view.mode, gene=choice.gene), key="volcano")


def top_genes_frame(view: View, found: PerturbationView, choice: Choice) -> None:
    """Draw observed and predicted shift of the genes with the largest abs t."""
    from perturbdash.figures.perturbation import top_genes

    n = min(TOP, len(found.genes))
    with frame(
        "How far off are the top genes?" if len(found.predicted) else "How large are the top genes?",
        f"Δ{choice.reference}, log1p units; {n} genes with the largest |t| against control; bold: DEG.",
        key="top-genes",
        table=found.table().head(TOP),
        how_to_read="The bar in ink is what was observed, symbols are predictions. A long line is a gene on which "
        "predictions and observation lie far apart.",
        caption=(
            "Top genes",
            f"{choice.perturbation} · {view.source_line()}. Bar: observed. Line: from the smallest to the largest.",
        ),
    ):
        if _without_reference(found):
            _no_centroid()
            return
        figure = top_genes(
            found.genes,
            found.predicted,
            TOP,
            mode=view.mode,
            reference=choice.reference,
            styles=view.styles,
            gene=choice.gene,
        )
        plot(figure, key="top-genes")
