"""The search for a gene: what is found stands in the address, so that it follows the reader over pages."""

from __future__ import annotations

import streamlit as st

from perturbdash.figures.names import cut
from perturbdash.judgement.gene_lookup import find_gene, near_genes
from perturbdash.judgement.sentences_gene import gene_not_here
from perturbdash.ui import address
from perturbdash.ui.blocks import note
from perturbdash.ui.sidebar import hold

KEY = "pd-choice-gene"
LONGEST = 60


def gene_search(genes: tuple[str, ...], *, help: str, said_below: bool = False) -> str | None:
    """Draw the search for a gene and return what was found; a name that no gene has is said.

    Parameters
    ----------
    said_below
        Say it below the field, where controls hang from their top edge.
    """
    asked = address.read().gene
    shown = find_gene(asked, genes) if asked else None
    unknown = asked if shown is None else None
    if asked != shown:
        address.change(gene=shown)
    if not said_below:
        _say(unknown, genes)
    hold(KEY, shown)
    st.selectbox(
        "Gene",
        genes,
        index=None,
        key=KEY,
        placeholder="none",
        accept_new_options=True,
        on_change=_look_up,
        help=help,
    )
    if said_below:
        _say(unknown, genes)
    return shown


def _say(unknown: str | None, genes: tuple[str, ...]) -> None:
    if unknown:
        note(gene_not_here(cut(unknown, LONGEST), len(genes), near_genes(unknown, genes)))


def _look_up() -> None:
    typed = st.session_state.get(KEY)
    address.change(gene=str(typed).strip() or None if typed else None)
