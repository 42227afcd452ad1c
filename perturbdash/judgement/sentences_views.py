"""What the pages Reference and Perturbation say first, made by rule from their tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from perturbdash.judgement.sentences import counted

if TYPE_CHECKING:
    from perturbdash.judgement.gene_view import PerturbationView

OBSERVED = "observed"
MUCH_MORE_ALIKE = 0.3
ONE_ANSWER = 0.9
NAMED = 4
NBSP = "\N{NO-BREAK SPACE}"
FROM_CENTROID = "from the centroid"


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a prediction inside a sentence, which a screen shows with its symbol."""

    text: str

    def __str__(self) -> str:
        """Return the name."""
        return self.text


Words = tuple[str | Name, ...]
"""A sentence in pieces; ``plain`` joins them."""


@dataclass(frozen=True)
class Verdict:
    """The answer of a page in one sentence, and muted below it what stands behind the numbers."""

    sentence: Words
    muted: Words


def plain(words: Iterable[str | Name]) -> str:
    """Return a sentence as text.

    Examples
    --------
    >>> plain(("r of ", Name("sharp"), " is 0.96"))
    'r of sharp is 0.96'
    """
    return "".join(str(word) for word in words)


def reference_verdict(cosines: pd.DataFrame, models: Sequence[str], *, n_genes: int) -> Verdict:
    """Say how alike shifts are from both references, observed and of models.

    Parameters
    ----------
    cosines
        prediction, reference, mean_pairwise_cosine, n; as in ``ReferenceView``.
    models
        Those that are shown.
    """
    table = cosines.set_index(["prediction", "reference"])["mean_pairwise_cosine"]
    counts = cosines.groupby("prediction")["n"].max()
    names = [name for name in (OBSERVED, *models) if name in counts.index]
    control = {name: float(table[name, "control"]) for name in names}
    centroid = {name: float(table[name, "centroid"]) for name in names}
    return Verdict(
        _reference_sentence(control, centroid, {name: int(counts[name]) for name in names}),
        (
            f"Mean pairwise cosine of shifts, {counted(n_genes, 'gene')}, "
            f"{counted(int(counts[OBSERVED]), 'perturbation')}. Against control: ",
            *_listed(control, counts),
            f". Against the perturbed centroid: {', '.join(number(value) for value in centroid.values())}.",
        ),
    )


def _reference_sentence(
    control: dict[str, float], centroid: dict[str, float], counts: dict[str, int]
) -> Words:
    observed = control[OBSERVED]
    above = {
        name: value - observed
        for name, value in control.items()
        if name != OBSERVED and value - observed > MUCH_MORE_ALIKE
    }
    if not above:
        first: Words = (
            f"From control the {counted(counts[OBSERVED], 'observed shift')} are alike at a cosine of "
            f"{number(observed)}, {FROM_CENTROID} at {number(centroid[OBSERVED])}",
        )
        others = [name for name in control if name != OBSERVED and not math.isnan(control[name])]
        if not others:
            return (*first, ".")
        best = max(others, key=lambda name: control[name])
        return (
            *first,
            "; ",
            Name(best),
            f" at {number(control[best])} and {number(centroid[best])}.",
        )
    worst = max(above, key=lambda name: above[name])
    left = f"{number(centroid[worst])}, observed {number(centroid[OBSERVED])}"
    there = f"{number(control[worst])}, observed {number(observed)}"
    if control[worst] <= ONE_ANSWER:
        return (
            "Shifts of ",
            Name(worst),
            f" are more alike than the observed: from control ({there}), {FROM_CENTROID} ({left}).",
        )
    if centroid[worst] > ONE_ANSWER:
        still = "still do"
    elif centroid[worst] - centroid[OBSERVED] > MUCH_MORE_ALIKE:
        still = "are still too alike"
    else:
        still = "do not"
    return (
        Name(worst),
        f" has one answer: from control its {counted(counts[worst], 'shift')} point the same way ({there}); "
        f"{FROM_CENTROID} they {still} ({left}).",
    )


def _listed(values: dict[str, float], counts: pd.Series) -> list[str | Name]:
    """Name each value; a prediction with fewer shifts says how many."""
    found: list[str | Name] = []
    for name, value in values.items():
        few = f" (n = {int(counts[name])})" if counts[name] != counts[OBSERVED] else ""
        found += [", " if found else "", Name(name) if name != OBSERVED else name, f" {number(value)}{few}"]
    return found


def perturbation_verdict(view: PerturbationView) -> Verdict:
    """Say how well the best model and the mean agree with one perturbation; without models, what was observed."""
    rows = {row["prediction"]: row for row in view.agreement.to_dict("records")}
    models = [name for name, row in rows.items() if row["kind"] == "model"]
    ranked = sorted(
        (name for name in models if not math.isnan(rows[name]["r"])), key=lambda name: -rows[name]["r"]
    )
    if ranked:
        sentence = _prediction_sentence(view, rows, ranked[0])
    elif models:
        names = _names(models)
        verb = "predicts" if len(models) == 1 else "predict"
        sentence = (f"{view.perturbation}: ", *names, f" {verb} no shift that can be compared.")
    else:
        sentence = (_observed_sentence(view),)
    others = [*ranked[1:], *(name for name in models if name not in ranked)]
    return Verdict(
        sentence, (*_others(rows, others), *_missing(view), _setting(view), *_identity(view, rows))
    )


def _prediction_sentence(view: PerturbationView, rows: dict[Any, dict[Any, Any]], best: str) -> Words:
    r, slope = rows[best]["r"], rows[best]["slope"]
    if r > 0:
        start: Words = (
            f"{view.perturbation}: ",
            Name(best),
            f" has the pattern at r{NBSP}{number(r)} and {percent(slope)} of its size; ",
        )
    else:
        start = (
            f"{view.perturbation}: no model has the pattern, ",
            Name(best),
            f" comes nearest with r{NBSP}{number(r)} and {percent(slope)}; ",
        )
    mean = rows.get("mean")
    if mean is None:
        return (*start, "there is no mean to compare with.")
    if math.isnan(mean["r"]):
        why = "is the reference itself and " if view.reference == "centroid" else ""
        return (*start, f"the mean {why}predicts no shift.")
    knows = "which holds it" if view.in_mean else "without knowing it"
    better = ", does better:" if mean["r"] > r else ","
    return (
        *start,
        f"the mean, {knows}{better} r{NBSP}{number(mean['r'])} and {percent(mean['slope'])}.",
    )


def _observed_sentence(view: PerturbationView) -> str:
    degs = view.genes[view.genes["deg"]]
    if view.genes["p_adj"].isna().all():
        return f"{view.perturbation}: too few cells for a test of its genes."
    if degs.empty:
        return f"{view.perturbation}: no gene differs from control."
    shift = (degs["mean_group"] - degs["mean_reference"]).to_numpy(dtype=float)
    largest = int(abs(shift).argmax())
    change = number(shift[largest])
    sign = "" if change.startswith("−") else "+"
    verb = "differs" if len(degs) == 1 else "differ"
    return (
        f"{view.perturbation}: {len(degs):,} of {counted(len(view.genes), 'gene')} {verb} from control, "
        f"{degs['gene'].iloc[largest]} most ({sign}{change} log1p units)."
    )


def _others(rows: dict[Any, dict[Any, Any]], models: Sequence[str]) -> list[str | Name]:
    found: list[str | Name] = []
    for name in models[:NAMED]:
        row = rows[name]
        found += [
            ", " if found else "",
            Name(name),
            f": r{NBSP}{number(row['r'])}, {percent(row['slope'])}",
        ]
    if len(models) > NAMED:
        found.append(f" and {len(models) - NAMED} more below")
    return [*found, ". "] if found else []


def _missing(view: PerturbationView) -> list[str | Name]:
    if not view.missing:
        return []
    verb = "does" if len(view.missing) == 1 else "do"
    return [*_names(view.missing), f" {verb} not predict {view.perturbation}. "]


def _setting(view: PerturbationView) -> str:
    n_degs = int(view.genes["deg"].sum())
    scored = (
        "" if view.tested or view.agreement.empty else " It is not among the test perturbations: not scored."
    )
    return (
        f"Δ{view.reference}, {counted(len(view.genes), 'gene')}, {counted(view.n_cells, 'cell')} against "
        f"{counted(view.n_control_cells, 'control cell')}, {counted(n_degs, 'DEG')} (adjusted p{NBSP}<{NBSP}0.05)."
        f"{targets_sentence(view)}{scored}"
    )


def targets_sentence(view: PerturbationView) -> str:
    """Say which genes the perturbation targets, how many of them are in the panel, and whether they count here."""
    kept = [str(gene) for gene in view.genes.loc[view.genes["target"], "gene"]]
    out = list(view.left_out)
    found, n = [*kept, *out], len(view.parts)
    if not found:
        return ""
    of = "" if len(found) == n else f" ({len(found)} of {n} in the panel)"
    return f" Targeted and {'left out' if out else 'kept'}{of}: {', '.join(found)}."


def _identity(view: PerturbationView, rows: dict[Any, dict[Any, Any]]) -> list[str | Name]:
    models = [name for name, row in rows.items() if row["kind"] == "model"][:NAMED]
    shown = [name for name in (*models, "mean") if name in rows and not math.isnan(rows[name]["nir"])]
    if not shown or not models:
        return []
    found: list[str | Name] = [f" NIR among {counted(view.n_others, 'other perturbation')}: "]
    for i, name in enumerate(shown):
        found += [", " if i else "", Name(name), f" {number(rows[name]['nir'])}"]
    return [*found, "."]


def _names(names: Sequence[str]) -> list[str | Name]:
    found: list[str | Name] = []
    for i, name in enumerate(names[:NAMED]):
        last = i == len(names) - 1
        found += [] if not i else [" and " if last else ", "]
        found.append(Name(name))
    return [*found, f" and {len(names) - NAMED} more"] if len(names) > NAMED else found


def number(value: float) -> str:
    """Write a number with two decimals and a true minus sign, a dash where it is undefined."""
    if math.isnan(value):
        return "–"
    written = f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return written.replace("-0.00", "0.00").replace("-", "−")


def percent(share: float) -> str:
    """Write a share as whole per cent."""
    if math.isnan(share):
        return "–"
    written = f"{100 * share:,.0f}"
    return f"{'0' if written == '-0' else written}{NBSP}%".replace("-", "−")
