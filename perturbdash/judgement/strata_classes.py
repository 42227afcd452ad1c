"""Into which classes test perturbations fall: by size, cells, direction, number of genes, genes seen, selection."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

MOST_CLASSES = 4
UNITS_A_CLASS = 10
FEWEST = 4
"""Perturbations below which numbers are not cut into classes at all."""
GENES = {1: "single gene or drug", 2: "two genes"}
SEEN = {0: "no gene seen", 1: "one gene seen", 2: "both genes seen"}


@dataclass(frozen=True)
class Stratum:
    """What perturbations are told apart by.

    Parameters
    ----------
    label
        Words for a control.
    axis
        What the numbers are, with their unit; empty where classes are words.
    decimals
        Of the ends of a class; None where classes are words.
    """

    label: str
    axis: str = ""
    decimals: int | None = None


STRATA = {
    "shift_norm": Stratum("effect size", "norm of the observed Δcontrol, log1p units", 2),
    "n_cells": Stratum("cells", "number of cells", 0),
    "cosine": Stratum(
        "likeness to the average effect", "cosine of the observed Δcontrol to the average effect", 2
    ),
    "n_parts": Stratum("single or double"),
    "seen": Stratum("genes seen"),
    "selection": Stratum("selection"),
}


def judged_conditions(result: Result, selected: Collection[str]) -> pd.DataFrame:
    """Return the test conditions with what they are told apart by.

    Returns
    -------
    Columns context, perturbation, shift_norm, n_cells, cosine (published form, to the average over all
    perturbations), n_parts, seen (genes of a combination whose single is train; NaN for others), selected.
    """
    from perturbdash.judgement.parts_seen import parts_seen

    variation = result.systematic_variation
    variation = variation[variation["reference"] == "control"]
    known = variation.set_index(["context", "perturbation"])[["shift_norm", "n_cells", "cosine"]]
    frames = []
    for context, perturbations in result.perturbations.items():
        plan = result.plans[context]
        rows = parts_seen(perturbations, plan, result.dataset.parts)
        n_parts = np.array([len(result.dataset.parts[label]) for label in perturbations], dtype=np.int64)
        seen = np.where(n_parts > 1, (rows >= 0).sum(1), np.nan)
        frame = pd.DataFrame(
            {"context": context, "perturbation": list(perturbations), "n_parts": n_parts, "seen": seen}
        )
        frames.append(frame[plan.test])
    table = pd.concat(frames, ignore_index=True).join(known, on=["context", "perturbation"])
    return table.assign(selected=table["perturbation"].isin(list(selected)))


def classified(conditions: pd.DataFrame, stratum: str, contexts: Sequence[str]) -> pd.DataFrame:
    """Return the conditions of these contexts that fall into a class, with ``place``, ``class`` and ``value``.

    Numbers are cut at their quartiles over all these conditions together, into thirds or halves where a class
    would hold fewer than ten perturbations; equal numbers are never parted. There is no
    row where there is one class only.
    """
    own = conditions[conditions["context"].isin(list(contexts))]
    if stratum == "selection":
        value = (~own["selected"]).astype(float)
        place = (~own["selected"]).astype(int).to_numpy()
        words = np.where(own["selected"], "selected", "all others")
    elif STRATA[stratum].decimals is None:
        value = own[stratum].astype(float)
        whole = value.fillna(-1).astype(int)
        place = whole.to_numpy()
        named = GENES if stratum == "n_parts" else SEEN
        most = "genes" if stratum == "n_parts" else "genes seen"
        words = np.array([named.get(n, f"{n} {most}") for n in whole], dtype=object)
    else:
        value = own[stratum].astype(float)
        place = quantile_classes(
            np.asarray(value, dtype=np.float64), n_units=own.loc[value.notna(), "perturbation"].nunique()
        )
        words = np.full(len(own), "", dtype=object)
    found = own.assign(value=value.to_numpy(), place=place, **{"class": words})
    found = found[found["place"] >= 0]
    if found["place"].nunique() < 2:
        return found.iloc[:0]
    if STRATA[stratum].decimals is not None:
        found = _with_ends(found, STRATA[stratum].decimals or 0)
    return found


def available(conditions: pd.DataFrame, contexts: Sequence[str]) -> tuple[str, ...]:
    """Return the strata that part these conditions into several classes."""
    return tuple(name for name in STRATA if len(classified(conditions, name, contexts)))


def quantile_classes(values: NDArray[np.float64], *, n_units: int) -> NDArray[np.int64]:
    """Return the class of each value, from 0; -1 where it is NaN, or where there are too few to part.

    Parameters
    ----------
    n_units
        Different perturbations behind the values, ten of which a class should hold.

    Examples
    --------
    >>> quantile_classes(np.array([4.0, 1.0, 2.0, 3.0, np.nan]), n_units=4)
    array([ 1,  0,  0,  1, -1])
    >>> quantile_classes(np.arange(40.0), n_units=40)[::10]
    array([0, 1, 2, 3])
    """
    place = np.full(len(values), -1, dtype=np.int64)
    known = ~np.isnan(values)
    if n_units < FEWEST:
        return place
    n_classes = int(np.clip(n_units // UNITS_A_CLASS, 2, MOST_CLASSES))
    inner = np.quantile(values[known], np.arange(1, n_classes) / n_classes)
    place[known] = np.unique(np.searchsorted(inner, values[known], side="left"), return_inverse=True)[1]
    return place


def _with_ends(found: pd.DataFrame, decimals: int) -> pd.DataFrame:
    """Name each class by its least and greatest number."""
    words = {}
    for place, values in found.groupby("place")["value"]:
        low, high = (
            f"{end:,.{decimals}f}".replace("-", "\N{MINUS SIGN}") for end in (values.min(), values.max())
        )
        words[place] = low if low == high else f"{low} to {high}"
    return found.assign(**{"class": found["place"].map(words)})
