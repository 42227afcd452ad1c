"""Controls of the page Perturbation: which perturbation, from where, at what scale, which gene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import streamlit as st

from perturbdash.ui import address, panels
from perturbdash.ui.blocks import note
from perturbdash.ui.gene_search import gene_search
from perturbdash.ui.markup import markdown
from perturbdash.ui.remembered import segments
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

Scale = Literal["linear", "root"]
TOPS = ("10", "15", "30")
GENE_HELP = (
    "A gene to look up, whatever the case of its letters: it is marked in every figure, and its shift in all "
    "perturbations is shown. A click on a gene in a figure does the same."
)


@dataclass(frozen=True)
class Choice:
    """What the reader chose on this page.

    Parameters
    ----------
    panels
        Models that have panels.
    top
        How many genes the figure of the top genes has.
    """

    perturbation: str
    reference: Reference
    scale: Scale
    gene: str | None
    drop_targets: bool
    panels: tuple[str, ...]
    top: int


def choices(view: View, result: Result) -> Choice:
    """Draw the page's controls and return what they say."""
    stats = result.stats[view.context]
    order = _order(view, result)
    with st.container(horizontal=True, key="pd-controls", gap="small", vertical_alignment="bottom"):
        with st.container(width=220):
            perturbation = _perturbation(view, order)
        _steps(order, perturbation)
        with st.container(width="content"):
            reference = view.reference()
        with st.container(width="content"):
            scale = _scale()
        with st.container(width=160):
            gene = gene_search(stats.genes, help=GENE_HELP)
        with st.container(width="content"):
            drop = _targets(result.settings.targets == "drop")
        models = tuple(view.models)
        if panels.several(models):
            with st.container(width="content"):
                models = panels.choose_models(models)
    return Choice(perturbation, reference, scale, gene, drop, models, top_chosen())


def _order(view: View, result: Result) -> tuple[str, ...]:
    """Return the perturbations in the order of the select: the selected ones first, each by strength."""
    assert view.record is not None
    everything = _by_strength(view.result_key, view.context, result)
    chosen = set(view.selection)
    return (
        *(name for name in everything if name in chosen),
        *(name for name in everything if name not in chosen),
    )


@st.cache_resource(show_spinner=False, max_entries=16)
def _by_strength(key: str, context: str, _result: Result) -> tuple[str, ...]:  # noqa: ARG001  the key names the result
    from perturbdash.judgement.perturbation_rows import by_strength

    return by_strength(_result, context)


def _perturbation(view: View, order: tuple[str, ...]) -> str:
    assert view.dataset is not None
    asked = address.read().perturbation
    if asked is not None and asked not in order and asked in view.dataset.perturbations:
        note(f"{asked} has no cells in context {view.context}; showing {order[0]}.")
        address.change(perturbation=order[0])
    few = " The selected ones stand first." if view.selection else ""
    return view.choose(
        "perturbation",
        order,
        default=order[0],
        label="Perturbation",
        help=f"Which perturbation the page shows; type to search. The strongest first: by DEGs, then by the length "
        f"of the shift; those that are tested before the others.{few}",
    )


def _steps(order: tuple[str, ...], shown: str) -> None:
    """Draw the buttons to the previous and the next perturbation; within the selection where there is one."""
    selected = _selected(order)
    within = [name for name in order if name in selected] or list(order)
    place = within.index(shown) if shown in within else -1
    before = within[place - 1] if place > 0 else None
    after = within[place + 1] if place + 1 < len(within) else None
    among = "selected perturbations" if len(within) < len(order) else "perturbations, by strength"
    with st.container(horizontal=True, width="content", gap="xxsmall", key="pd-steps", wrap=False):
        for words, icon, target in (
            ("Previous", ":material/chevron_left:", before),
            ("Next", ":material/chevron_right:", after),
        ):
            st.button(
                words,
                icon=icon,
                key=f"pd-step-{words.lower()}",
                disabled=target is None,
                on_click=_open,
                args=(target,),
                help=f"{words} of the {len(within):,} {among}: {markdown(target)}."
                if target
                else f"No {words.lower()} one.",
            )


def _selected(order: tuple[str, ...]) -> set[str]:
    from perturbdash.ui import selection

    return set(selection.current()).intersection(order)


def _open(perturbation: str | None) -> None:
    if perturbation is not None:
        address.change(perturbation=perturbation)


def _scale() -> Scale:
    chosen = segments(
        "scale",
        {"linear": "linear", "root": "root"},
        label="Scale",
        help="Root: the signed square root on both axes opens the crowd of genes around 0; identity stays a line.",
    )
    return cast("Scale", chosen)


def from_figure(key: str) -> Any:
    """Return the callback of a figure whose points have genes as ``customdata``: a click looks one up."""

    def take() -> None:
        event = st.session_state.get(key)
        found = event.get("selection", {}) if isinstance(event, Mapping) else {}
        points = found.get("points", ())
        if points:
            data = points[0].get("customdata")
            name = data[0] if isinstance(data, (list, tuple)) and data else data
            if name:
                address.change(gene=str(name))

    return take


def _targets(dropped: bool) -> bool:
    words = {"kept": "kept", "out": "out"}
    chosen = segments(
        "targets",
        dict(reversed(words.items())) if dropped else words,
        label="Target genes",
        help="Whether the genes that the perturbation targets are among those of this page: their own shift is easy "
        "to predict. Kept, they are marked by a square. The table of metrics is not changed by it; its rule is a "
        "setting on Start.",
    )
    return chosen == "out"


def top_chosen() -> int:
    """Return how many top genes were chosen."""
    kept = st.session_state.get("pd-kept-top", TOPS[1])
    return int(kept) if kept in TOPS else int(TOPS[1])


def choose_top() -> None:
    """Draw the choice of how many top genes a figure has; 15 to begin with."""
    st.session_state.setdefault("pd-kept-top", TOPS[1])
    segments(
        "top",
        {name: name for name in TOPS},
        label="Genes",
        help="How many of the genes with the largest |t| against control.",
    )
