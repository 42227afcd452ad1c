"""What proves that predictions are missing, repeated, or made for training perturbations: tables for strips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from perturbdash.judgement.finding import Judged
from perturbdash.judgement.proof import Proof, limits

if TYPE_CHECKING:
    from perturbdash.io.alignment import AlignedPrediction
    from perturbdash.judgement.result import Result

PREDICTED, MISSING = "predicted", "missing"
TRAIN_PREDICTED, TRAIN, NEITHER = "training, predicted", "training", "neither"


def missing(result: Result, prediction: AlignedPrediction, judged: Judged) -> Proof:
    """Say of each test perturbation and each gene of the data set whether the model has it."""
    tested = _tested(result, judged.context)
    present = set(judged.perturbations)
    absent = set(prediction.report.genes_missing)
    scored = result.stats[judged.context].genes
    known = set(scored)
    genes = [*scored, *(gene for gene in prediction.report.genes_missing if gene not in known)]
    table = pd.concat(
        [
            _strip(
                "test perturbations",
                tested,
                [MISSING if name not in present else PREDICTED for name in tested],
            ),
            _strip("genes", genes, [MISSING if gene in absent else PREDICTED for gene in genes]),
        ],
        ignore_index=True,
    )
    return Proof(table, limits(), len(tested))


def train_predictions(result: Result, prediction: AlignedPrediction, judged: Judged) -> Proof:
    """Say of each perturbation whether it is tested or trained on, and predicted."""
    context = judged.context
    plan, stats = result.plans[context], result.stats[context]
    present = ~np.isnan(result.cases[context].models[prediction.name]).any(1)
    train = plan.train.any(0) & ~plan.test
    state = np.select(
        [plan.test & present, plan.test, train & present, train],
        [PREDICTED, MISSING, TRAIN_PREDICTED, TRAIN],
        default=NEITHER,
    )
    rank = {PREDICTED: 0, MISSING: 1, TRAIN_PREDICTED: 2, TRAIN: 3, NEITHER: 4}
    order = sorted(range(len(state)), key=lambda i: (rank[str(state[i])], stats.perturbations[i]))
    names = [stats.perturbations[i] for i in order]
    return Proof(_strip("perturbations", names, [str(state[i]) for i in order]), limits(), len(names))


def identical(judged: Judged) -> Proof:
    """Count the perturbations of each distinct profile, the commonest profile first."""
    _, group, sizes = torch.unique(judged.predicted, dim=0, return_inverse=True, return_counts=True)
    members: dict[int, list[str]] = {}
    for name, own in zip(judged.perturbations, group.tolist(), strict=True):
        members.setdefault(own, []).append(name)
    order = sorted(members, key=lambda own: (-len(members[own]), members[own][0]))
    table = pd.DataFrame(
        {
            "profile": np.arange(1, len(order) + 1),
            "perturbations": [len(members[own]) for own in order],
            "names": [", ".join(members[own]) for own in order],
        }
    )
    assert int(sizes.sum()) == len(judged.perturbations)
    return Proof(
        table, limits(("profiles", 1.0, "1: every perturbation has its own")), len(judged.perturbations)
    )


def _tested(result: Result, context: str) -> list[str]:
    plan, stats = result.plans[context], result.stats[context]
    return sorted(label for label, test in zip(stats.perturbations, plan.test, strict=True) if test)


def _strip(strip: str, names: Sequence[str], states: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({"strip": strip, "name": list(names), "state": list(states)})
