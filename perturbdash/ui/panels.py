"""Which models have panels, where there are more than stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import streamlit as st

from perturbdash.ui.remembered import segments

AT_A_TIME = 3
"""Models; with the panel of the observation or of the mean four stand side by side."""


def groups_of(names: Sequence[str], most: int = AT_A_TIME) -> list[tuple[str, ...]]:
    """Deal names to as few groups as possible, the larger ones first.

    Examples
    --------
    >>> [len(group) for group in groups_of("abcdefgh")], groups_of([])
    ([3, 3, 2], [()])
    """
    n = max(1, -(-len(names) // most))
    size, longer = divmod(len(names), n)
    ends = [i * size + min(i, longer) for i in range(n + 1)]
    return [tuple(names[a:b]) for a, b in pairwise(ends)]


def several(names: Sequence[str]) -> bool:
    """Return whether there is a choice to draw."""
    return len(names) > AT_A_TIME


def choose_models(names: Sequence[str]) -> tuple[str, ...]:
    """Draw the choice of the models that have panels, where not all fit, and return them."""
    groups = groups_of(names)
    if len(groups) == 1:
        return groups[0]
    words, start = {}, 1
    for group in groups:
        end = start + len(group) - 1
        words[f"{start}-{end}"] = f"{start}–{end}" if end > start else f"{start}"
        start = end + 1
    if st.session_state.get("pd-kept-panels") not in words:
        st.session_state.pop("pd-kept-panels", None)
    chosen = segments(
        "panels",
        words,
        label="Models in the panels",
        help="Panels are drawn for three models at a time, in the order of loading. Tables have all of them.",
    )
    return groups[list(words).index(chosen)]
