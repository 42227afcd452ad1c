"""What the stops of the tour say: from the verdict to the gene behind it, every number from the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perturbdash.judgement.sentences import counted, joined, model_verdicts, two
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import ALL_CELLS, POOLED

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.exemplar import Gain, GeneGain
    from perturbdash.judgement.result import Result

FROM_CONTROL, FROM_CENTROID = "pearson_delta_control", "pearson_delta_centroid"
NONE_LEFT = 1e-9


def verdict_stop(result: Result) -> str:
    """Say who beats the average, and on how many metrics."""
    found = model_verdicts(result.verdict, _all_contexts(result))
    if not found or not found[0].informative:
        return "No headline metric can tell anything on this data, so nothing is said about the models."
    best, n = found[0], found[0].informative
    metrics = f"of the {n} headline metrics that can tell anything here" if n > 1 else "one headline metric"
    others = [f"{one.model} on {one.beats or 'none'}" for one in found[1:]]
    rest = f"; {joined(others)}" if others else ""
    return (
        f"{best.model} beats every baseline on {best.beats or 'none'} {metrics}{rest}. The baselines are averages and "
        "sums of what was seen."
    )


def calibration_stop(result: Result) -> str:
    """Say how many metrics may speak, and by which rule."""
    context = _all_contexts(result)
    gates = [gate for (where, _), gate in result.gates.items() if where == context]
    return (
        "Before a metric may judge a model, it must tell a repeat of the experiment from the average: "
        f"{gates.count('informative')} of {len(gates)} can on this data. The others are shown, and do not count."
    )


def average_stop(result: Result, context: str) -> str:
    """Say how much of each shift is shared, and what the average scores for it."""
    rows = result.systematic_variation
    cosine = rows.loc[(rows["context"] == context) & (rows["reference"] == "control"), "cosine"].mean()
    shared = (
        f"The shifts of the perturbations point along one shared effect{_where(result, context)}, with a mean "
        f"cosine of {two(cosine)}"
        if cosine == cosine
        else f"No cosine to a shared effect is defined{_where(result, context)}"
    )
    return f"{shared}. {_scores_of_the_average(result.metric_summary, context)}"


def _scores_of_the_average(summary: pd.DataFrame, context: str) -> str:
    rows = summary[
        (summary["context"] == context) & (summary["prediction"] == "mean") & (summary["truth"] == ALL_CELLS)
    ].set_index("metric")["mean"]
    control, centroid = rows.get(FROM_CONTROL), rows.get(FROM_CENTROID)
    if control is None or control != control:
        return f"{METRICS[FROM_CONTROL].label} of the average is undefined."
    first = f"So the average, one answer for all of them, reaches a Pearson of {two(control)} from control; "
    if centroid is None or centroid != centroid or abs(centroid) < NONE_LEFT:
        return first + "measured from the perturbed centroid it has no pattern left."
    return first + f"measured from the perturbed centroid it has {two(centroid)}."


def perturbation_stop(result: Result, gain: Gain) -> str:
    """Say on which perturbation the best model gains most, and how much."""
    among = f"Of {counted(gain.n, 'perturbation')} that {'was' if gain.n == 1 else 'were'} tested"
    if len(result.contexts) > 1:
        among = f"Of {gain.n} pairs of perturbation and context that were tested"
    return (
        f"{among}, {gain.perturbation}{_where(result, gain.context)} is the one on which {gain.model} gains most: its "
        f"weighted squared error is {two(gain.model_error)}, that of the average {two(gain.mean_error)}."
    )


def gene_stop(gain: Gain, gene: GeneGain) -> str:
    """Say which gene makes most of the gain, and what was observed and predicted."""
    part = (
        f"{100 * gene.share:.0f} % of this gain comes" if gene.share <= 1 else "The whole gain and more comes"
    )
    kind = "which the perturbation targets" if gene.targeted else "which the perturbation does not target"
    return (
        f"{part} from one gene, {gene.gene}, {kind}: its shift is {_signed(gene.observed)} log1p units, {gain.model} "
        f"predicts {_signed(gene.predicted)}, the average {_signed(gene.mean)}. It is marked in every figure here."
    )


def _signed(value: float) -> str:
    return f"+{two(value)}" if round(value, 2) > 0 else two(value)


def _where(result: Result, context: str) -> str:
    return f" in {context}" if len(result.contexts) > 1 else ""


def _all_contexts(result: Result) -> str:
    return POOLED if len(result.contexts) > 1 else result.contexts[0]
