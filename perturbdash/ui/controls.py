"""Controls of a page whose value stands in the address."""

from __future__ import annotations

from typing import Literal, cast

import streamlit as st

from perturbdash.ui import address
from perturbdash.ui.blocks import note
from perturbdash.ui.sidebar import hold
from perturbdash.vocabulary import Reference

Kind = Literal["select", "segments"]

REFERENCE_HELP = (
    "What a shift is measured from. Control: the mean of the control cells (Δcontrol). Perturbed centroid: the "
    "mean over perturbations (Δcentroid), which takes away the effect that all of them share."
)


def choose(
    name: str,
    options: tuple[str, ...],
    *,
    label: str,
    help: str,
    default: str | None = None,
    labels: dict[str, str] | None = None,
    kind: Kind = "select",
) -> str:
    """Draw a choice that the address keeps, and return it.

    Parameters
    ----------
    name
        The parameter: ``"perturbation"``, ``"gene"``, ``"metric"`` or ``"reference"``.
    options
        At least one.
    default
        Shown where the address says nothing, or something unknown; the first option where not given.
    labels
        How options are written on the screen.
    kind
        A select box, or buttons side by side for two to four options.
    """
    shown = address.known(name, options, default or options[0], tell=note)
    assert shown is not None
    key = f"pd-choice-{name}"
    hold(key, shown)
    words = labels or {}
    if kind == "segments":
        st.segmented_control(
            label,
            list(options),
            key=key,
            required=True,
            format_func=lambda option: words.get(option, option),
            help=help,
            on_change=address.chosen,
            args=(name, key, shown),
        )
    else:
        st.selectbox(
            label,
            list(options),
            key=key,
            format_func=lambda option: words.get(option, option),
            help=help,
            on_change=address.chosen,
            args=(name, key, shown),
        )
    return shown


def reference() -> Reference:
    """Draw the choice of the reference and return it."""
    chosen = choose(
        "reference",
        tuple(address.REFERENCES),
        label="Reference",
        help=REFERENCE_HELP,
        labels={str(key): words for key, words in address.REFERENCES.items()},
        kind="segments",
    )
    return cast("Reference", chosen)
