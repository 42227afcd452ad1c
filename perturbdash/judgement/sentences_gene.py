"""What the page Perturbation says of one gene, and of whose truth is nearest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from perturbdash.judgement.sentences import counted
from perturbdash.judgement.sentences_views import NBSP, Name, Words, number

if TYPE_CHECKING:
    from perturbdash.judgement.gene_everywhere import GeneEverywhere
    from perturbdash.judgement.gene_view import PerturbationView
    from perturbdash.judgement.nearest_view import NearestTruths

NAMED = 4
TOP = 3
SMALLEST = 0.001


def gene_sentence(view: PerturbationView, gene: str) -> Words:
    """Say what one gene did in one perturbation, what is predicted for it, and where it ranks.

    Parameters
    ----------
    gene
        One of ``view.genes``, or one that is left out.
    """
    if gene in view.left_out:
        return (f"{gene} is targeted by {view.perturbation} and left out of this page.",)
    strength = view.genes["t"].abs().fillna(-1.0)
    row = view.genes.loc[view.genes["gene"] == gene].iloc[0]
    rank = 1 + int((strength > strength[view.genes["gene"] == gene].iloc[0]).sum())
    kind = "a DEG" if row["deg"] else "not a DEG"
    target = ", targeted" if row["target"] else ""
    tested = (
        f"t {number(float(row['t']))}, adjusted p {p_in_words(float(row['p_adj']))}, {kind}{target}, rank {rank:,} of "
        f"{len(view.genes):,} by the size of t"
        if not math.isnan(float(row["t"]))
        else f"without a test{target}"
    )
    shifts = view.predicted.loc[view.predicted["gene"] == gene]
    own = dict(zip(shifts["prediction"], shifts["shift"].astype(float), strict=True))
    return (
        f"{gene} in {view.perturbation}: observed {number(float(row['observed']))} ({tested})",
        *_predicted(own),
        ".",
    )


def _predicted(shifts: dict[str, float]) -> list[str | Name]:
    if not shifts:
        return ["; not predicted"]
    found: list[str | Name] = ["; predicted "]
    for i, (name, value) in enumerate(list(shifts.items())[: NAMED + 1]):
        found += [", " if i else "", Name(name), f" {number(value)}"]
    if len(shifts) > NAMED + 1:
        found.append(f" and {len(shifts) - NAMED - 1} more in the table")
    return found


def gene_not_here(typed: str, n_genes: int, near: Sequence[str]) -> str:
    """Say that a gene is not in the panel, and which names are near.

    Examples
    --------
    >>> gene_not_here("HBG", 250, ["HBG1", "HBG2"])
    'No gene of the 250 in the panel is called “HBG”. Near it: HBG1, HBG2.'
    """
    others = f" Near it: {', '.join(near)}." if near else ""
    return f"No gene of the {n_genes:,} in the panel is called “{typed}”.{others}"


def everywhere_sentence(found: GeneEverywhere) -> str:
    """Say in how many perturbations a gene differs from control, and in which it moves most."""
    there = found.observed[found.observed["observed"].notna()]
    n_degs = int(there["deg"].sum())
    first = f"A DEG in {n_degs:,} of {counted(len(there), 'perturbation')}"
    if there.empty:
        return f"{first}."
    order = there["observed"].abs().sort_values(ascending=False, kind="stable").index[:TOP]
    largest = [
        f"{row['perturbation']} {number(float(row['observed']))}"
        for row in there.loc[order].to_dict("records")
    ]
    return f"{first}. Largest shift: {', '.join(largest)}."


def nearest_sentence(found: NearestTruths) -> Words:
    """Say at which rank each prediction finds the own truth."""
    own = found.table[found.table["own"].astype(bool)]
    parts: list[str | Name] = []
    for name, rank in zip(own["prediction"].head(NAMED + 1), own["rank"], strict=False):
        parts += [", " if parts else "", Name(str(name)), f" {_place(int(rank))}"]
    if not parts:
        return ("No prediction to compare.",)
    return ("Its own truth stands ", *parts, f" of {found.n_others + 1:,}.")


def _place(rank: int) -> str:
    """Return a rank as people say it.

    Examples
    --------
    >>> [_place(rank) for rank in (1, 2, 3, 4, 11, 22, 112)]
    ['1st', '2nd', '3rd', '4th', '11th', '22nd', '112th']
    """
    teens = 10 <= rank % 100 <= 20
    return f"{rank:,}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(rank % 10, 'th')}"


def p_in_words(p: float) -> str:
    """Write a p-value with two significant digits, below 0.001 with an exponent.

    Examples
    --------
    >>> p_in_words(0.034), p_in_words(4.6e-42), p_in_words(0.5), p_in_words(1.0)
    ('0.034', '4.6e−42', '0.50', '1.0')
    """
    if pd.isna(p):
        return "–"
    if p < SMALLEST:
        return f"{p:.1e}".replace("-", "−") if p > 0 else f"<{NBSP}1e−300"
    rounded = float(f"{p:.1e}")
    return f"{rounded:.{1 - math.floor(math.log10(rounded))}f}"
