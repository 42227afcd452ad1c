"""Where a model gains most over the average: the perturbation, and in it the gene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from perturbdash.judgement.gene_view import perturbation_view
from perturbdash.judgement.sentences import model_verdicts
from perturbdash.metrics.weights import gene_weights
from perturbdash.vocabulary import ALL_CELLS, POOLED

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

GAIN_METRIC = "wmse"
"""A sum over genes, so that each gene has its own part of the gain."""
AVERAGE = "mean"


@dataclass(frozen=True)
class Gain:
    """The perturbation on which a model's weighted squared error falls most below that of the average.

    Parameters
    ----------
    model_error, mean_error
        Weighted mean squared errors, squared log1p units.
    n
        How many perturbations of how many contexts were compared.
    """

    model: str
    context: str
    perturbation: str
    model_error: float
    mean_error: float
    n: int


@dataclass(frozen=True)
class GeneGain:
    """The gene with the largest part of a gain; shifts from control, log1p units.

    Parameters
    ----------
    share
        Part of the gain of all genes; above 1 where other genes lose.
    targeted
        Whether the perturbation targets it.
    """

    gene: str
    observed: float
    predicted: float
    mean: float
    share: float
    targeted: bool


def best_model(verdict: pd.DataFrame) -> str | None:
    """Return the model that beats every baseline on most headline metrics; the first loaded of several.

    Over all contexts together where there are several.
    """
    contexts = set(verdict["context"])
    shown = POOLED if POOLED in contexts else min(contexts, default="")
    found = model_verdicts(verdict, shown)
    return found[0].model if found else None


def largest_gain(metrics: pd.DataFrame, model: str) -> Gain | None:
    """Return where a model gains most over the average; of equal ones the first by context and name.

    Parameters
    ----------
    metrics
        The table ``metrics``.

    Returns
    -------
    Gain | None
        None where no perturbation has both values, or the model gains on none.
    """
    rows = metrics[(metrics["metric"] == GAIN_METRIC) & (metrics["truth"] == ALL_CELLS)]
    keys = ["context", "perturbation"]
    errors = [
        rows[rows["prediction"] == name].set_index(keys)["value"].rename(name) for name in (AVERAGE, model)
    ]
    both = pd.concat(errors, axis=1).dropna().sort_index()
    gain = both[AVERAGE] - both[model]
    if both.empty or not gain.max() > 0:
        return None
    best = int(gain.to_numpy().argmax())
    context, perturbation = both.reset_index().loc[best, keys]
    return Gain(
        model=model,
        context=str(context),
        perturbation=str(perturbation),
        model_error=float(both[model].iloc[best]),
        mean_error=float(both[AVERAGE].iloc[best]),
        n=len(both),
    )


def gene_gains(result: Result, gain: Gain) -> pd.DataFrame:
    """Return gene, observed, predicted, mean (shifts from control), weight, gain and target of every gene.

    The gains add up to the difference of the two weighted errors.
    """
    stats = result.stats[gain.context]
    row = stats.perturbations.index(gain.perturbation)
    found = perturbation_view(result, gain.context, gain.perturbation, "control")
    shifts = found.predicted.set_index(["prediction", "gene"])["shift"]
    table = found.genes[["gene", "observed", "target"]].copy()
    table["predicted"] = table["gene"].map(shifts.loc[gain.model])
    table["mean"] = table["gene"].map(shifts.loc[AVERAGE])
    without = None
    if result.settings.targets == "drop":
        import torch

        without = torch.as_tensor(table["target"].to_numpy()[None])
    weights = gene_weights(result.tests[gain.context].rest.t[row : row + 1].cpu(), without=without)
    table["weight"] = weights[0].numpy()
    errors = {name: (table[name] - table["observed"]) ** 2 for name in ("mean", "predicted")}
    table["gain"] = table["weight"] * (errors["mean"] - errors["predicted"])
    return table


def largest_gene(gains: pd.DataFrame) -> GeneGain | None:
    """Return the gene that makes most of a gain; one that the perturbation does not target, if any gains.

    That a targeted gene moves is known beforehand; what else moves is what a model has to predict.
    """
    known = gains.dropna(subset=["gain"])
    others = known[~known["target"]]
    among = others if (others["gain"] > 0).any() else known
    if among.empty or not among["gain"].max() > 0:
        return None
    row = among.iloc[int(among["gain"].to_numpy().argmax())]
    return GeneGain(
        gene=str(row["gene"]),
        observed=float(row["observed"]),
        predicted=float(row["predicted"]),
        mean=float(row["mean"]),
        share=float(row["gain"] / known["gain"].sum()),
        targeted=bool(row["target"]),
    )
