"""One gene over all perturbations: what was observed, what is predicted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.judgement.gene_view import fold_references
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

GENE_COLUMNS = ("perturbation", "observed", "t", "p", "p_adj", "deg", "target", "n_cells")


@dataclass(frozen=True)
class GeneEverywhere:
    """One gene in each perturbation of a context.

    Parameters
    ----------
    observed
        perturbation, observed (shift from the reference), t, p, p_adj, deg (against control), target (the
        perturbation acts on the gene), n_cells; the largest abs t first.
    predicted
        perturbation, prediction, kind, shift; a row where there is a prediction.
    """

    gene: str
    reference: Reference
    observed: pd.DataFrame
    predicted: pd.DataFrame

    def only(self, models: Collection[str]) -> GeneEverywhere:
        """Return the view with these models and the baseline."""
        kept = self.predicted["prediction"].isin(list(models)) | (self.predicted["kind"] != "model")
        return replace(self, predicted=self.predicted[kept].reset_index(drop=True))

    def table(self) -> pd.DataFrame:
        """Return one row a perturbation, with a column ``shift_NAME`` for each prediction."""
        by_name = self.predicted.groupby("prediction", sort=False)
        shifts = {f"shift_{name}": own.set_index("perturbation")["shift"] for name, own in by_name}
        return self.observed.assign(
            **{name: self.observed["perturbation"].map(own) for name, own in shifts.items()}
        )


def gene_everywhere(result: Result, context: str, gene: str, reference: Reference) -> GeneEverywhere:
    """Return one gene over the perturbations of a context.

    Parameters
    ----------
    gene
        As the data set names it.
    """
    stats, tests = result.stats[context], result.tests[context]
    column = stats.genes.index(gene)
    means, fold = fold_references(result, context, reference)
    subtracted = means[fold, column]
    t = tests.control.t[:, column].cpu().numpy()
    p_adj = tests.control.p_adj[:, column].cpu().numpy()
    names = np.array(stats.perturbations, dtype=object)
    observed = pd.DataFrame(
        {
            "perturbation": names,
            "observed": stats.all_cells.mean[:, column].cpu().numpy() - subtracted,
            "t": t,
            "p": tests.control.p[:, column].cpu().numpy(),
            "p_adj": p_adj,
            "deg": tests.degs("control")[:, column],
            "target": [gene in result.dataset.targets.get(name, ()) for name in stats.perturbations],
            "n_cells": stats.all_cells.n.cpu().numpy().astype(int),
        }
    )
    order = np.argsort(-np.nan_to_num(np.abs(t), nan=-1.0, posinf=np.inf), kind="stable")
    frames = [
        pd.DataFrame({"perturbation": names, "prediction": name, "kind": kind, "shift": values - subtracted})
        for name, kind, values in _profiles(result, context, column)
    ]
    predicted = pd.concat(frames, ignore_index=True) if frames else _no_predictions()
    return GeneEverywhere(
        gene,
        reference,
        observed.iloc[order].reset_index(drop=True),
        predicted[predicted["shift"].notna()].reset_index(drop=True),
    )


def _profiles(result: Result, context: str, column: int) -> list[tuple[str, str, np.ndarray]]:
    """Return (name, kind, values of the gene) of the mean and of the models; NaN where nothing is predicted."""
    stats = result.stats[context]
    found: list[tuple[str, str, np.ndarray]] = []
    mean = result.baselines[context]["mean"]
    if len(mean.rows):
        rows = np.maximum(mean.index.cpu().numpy(), 0)
        found.append(("mean", "baseline", mean.rows[:, column].cpu().numpy()[rows]))
    place = {name: i for i, name in enumerate(result.dataset.perturbations)}
    places = [place[name] for name in stats.perturbations]
    models = (model for model in result.aligned if context in model.profiles)
    return found + [(own.name, "model", own.profiles[context][places, column]) for own in models]


def _no_predictions() -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in ("perturbation", "prediction", "kind")}).assign(
        shift=np.empty(0)
    )
