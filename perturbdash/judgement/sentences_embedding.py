"""What the page Embedding says, made by rule from its tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from perturbdash.judgement.sentences import counted
from perturbdash.judgement.sentences_views import Name, Verdict, Words, number, percent

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.embedding_cells import CellMap
    from perturbdash.judgement.embedding_view import CentroidView

ONE_SPOT = 0.2
"""Spread of predictions, as a share of that of the truths, below which they are called one spot."""
TIMES = 2.0
NAMED = 3
LEAST_SHARE = 0.005


def embedding_verdict(view: CentroidView, models: Sequence[str]) -> Verdict:
    """Say how near predictions land to their truths, in the units that are scored, next to the average.

    Parameters
    ----------
    models
        Those that are shown.
    """
    rows = view.summary[view.summary["prediction"].isin(list(models)) & (view.summary["n"] > 0)]
    rows = rows.sort_values("distance", kind="stable")
    if rows.empty:
        return Verdict((_plane_sentence(view),), _without_models(view, models))
    sentence: list[str | Name] = []
    for i, row in enumerate(rows.head(NAMED).to_dict("records")):
        sentence += ["; " if i else "", Name(str(row["prediction"])), f" {_landing(row, first=i == 0)}"]
    more = len(rows) - NAMED
    sentence.append(f"; {more} more below." if more > 0 else ".")
    return Verdict(tuple(sentence), _behind(view, rows))


def _landing(row: dict[object, object], *, first: bool) -> str:
    nearer, spread = float(str(row["nearer"])), float(str(row["spread"]))
    if spread < ONE_SPOT:
        return "lands almost on one spot"
    if math.isnan(nearer):
        return f"lands {number(float(str(row['distance'])))} log1p units from its truth"
    than = " than the average does" if first else ""
    if abs(nearer) < LEAST_SHARE:
        return f"lands 0\u00a0% nearer to its truth{than}"
    if nearer > 0:
        return f"lands {percent(nearer)} nearer to its truth{than}"
    times = 1 - nearer
    if times >= TIMES:
        return f"lands {times:,.0f} times as far from its truth as the average"
    return f"lands {percent(-nearer)} farther from its truth{than}"


def _behind(view: CentroidView, rows: pd.DataFrame) -> Words:
    found: list[str | Name] = [
        f"Mean distance between predicted and observed centroid over all {counted(view.n_genes, 'gene')}, "
        f"{counted(view.n_tested, 'test perturbation')}, all cells: "
    ]
    averages = []
    for i, row in enumerate(rows.to_dict("records")):
        few = f" (n = {int(row['n']):,})" if int(row["n"]) != view.n_tested else ""
        found += [", " if i else "", Name(str(row["prediction"])), f" {number(float(row['distance']))}{few}"]
        averages.append(float(row["average"]))
    known = [value for value in averages if not math.isnan(value)]
    if known:
        words = (
            number(known[0]) if len({number(value) for value in known}) == 1 else "on the same perturbations "
        )
        words += "" if words[0].isdigit() else " to ".join(number(f(known)) for f in (min, max))
        found.append(f", the average {words}")
    else:
        found.append("; the average is undefined here")
    found.append(" log1p units. ")
    if not math.isnan(view.noise):
        found.append(f"The truths’ own sampling noise alone makes {number(view.noise)} of distance. ")
    found.append(_plane_words(view))
    return tuple(found)


def _plane_sentence(view: CentroidView) -> str:
    shares = sum(view.explained)
    if math.isnan(shares):
        return f"{counted(view.n, 'perturbation')}, and no variance between centroids to show."
    return f"Two components hold {percent(shares)} of the variance between {view.n:,} observed centroids."


def _plane_words(view: CentroidView) -> str:
    shares = sum(view.explained)
    if math.isnan(shares):
        return "Centroids that do not differ have no plane."
    return (
        f"The plane of the first two components shows {percent(shares)} of the variance between the {view.n:,} "
        "observed centroids; distances in it are not the distances that are scored."
    )


def _without_models(view: CentroidView, models: Sequence[str]) -> Words:
    why = (
        "None of the predictions that are shown has a perturbation that is tested here."
        if models
        else "No prediction is loaded, so nothing lands anywhere yet."
    )
    return (
        f"{why} All cells, {counted(view.n_genes, 'gene')}; the longest shift from "
        f"{'control' if view.reference == 'control' else 'the perturbed centroid'} is "
        f"{number(float(view.distances['norm'].max()))} log1p units.",
    )


def cells_in_words(cells: CellMap) -> str:
    """Say which cells are shown, out of how many, and how they were chosen.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> cells_in_words(SimpleNamespace(rows=range(10), of=10, quota=0, n_without=0))
    '10 cells'
    >>> cells_in_words(SimpleNamespace(rows=range(20000), of=68000, quota=27, n_without=0))
    '20,000 of 68,000 cells, at most 27 of each condition'
    """
    n = len(cells.rows)
    if cells.quota:
        return f"{n:,} of {cells.of:,} cells, at most {cells.quota:,} of each condition"
    if cells.n_without:
        verb = "has" if cells.n_without == 1 else "have"
        return f"{n:,} of {cells.of:,} cells; {cells.n_without:,} {verb} no place in this embedding"
    return counted(n, "cell")


def box_sentence(counts: pd.DataFrame, n: int, control: str) -> str:
    """Say what lies in a box that was drawn round cells.

    Parameters
    ----------
    counts
        As ``box_counts``.
    n
        Cells in the figure.
    control
        What untreated cells are called in it.
    """
    inside = int(counts["inside"].sum())
    if not inside:
        return f"None of the {counted(n, 'cell')} that are shown."
    kinds = int((counts["perturbation"] != control).sum())
    words = f"{inside:,} of the {counted(n, 'cell')} that are shown, of {counted(kinds, 'perturbation')}"
    return words + (" and of control." if (counts["perturbation"] == control).any() else ".")
