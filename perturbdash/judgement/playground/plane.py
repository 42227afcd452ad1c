"""The shifts of the playground in a plane: along the average effect, and across it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from perturbdash.judgement.playground.experiment import Experiment, Floats

SHOWN = 24


@dataclass(frozen=True)
class Plane:
    """Heads of shifts, and where they can start; log1p units, the control mean at (0, 0).

    Parameters
    ----------
    points
        Columns prediction (``"observed"``, ``"model"``), perturbation, along, across.
    anchors
        Columns anchor (``"control"``, ``"average"``), along, across.
    """

    points: pd.DataFrame
    anchors: pd.DataFrame


def plane(made: Experiment, predicted: Floats) -> Plane:
    """Project observed centroids of all cells, and what the model predicts, for the first 24 perturbations.

    The first axis is the direction from the control mean to the mean of all centroids; the second that in which
    observed centroids differ most from their mean, at a right angle to the first.

    Parameters
    ----------
    predicted
        ``(n_perturbations, n_genes)`` profiles of the model.
    """
    centroids, control = made.stats.all_cells.mean.numpy(), made.stats.control.mean[0].numpy()
    average = centroids.mean(0)
    length = float(np.linalg.norm(average - control))
    along = (average - control) / length
    rest = centroids - average
    rest = rest - np.outer(rest @ along, along)
    across = np.linalg.svd(rest, full_matrices=False)[2][0]
    across = across * np.sign(across[np.abs(across).argmax()])
    names = list(made.stats.perturbations[:SHOWN])
    frames = []
    for prediction, profiles in (("observed", centroids), ("model", predicted)):
        x, y = _coordinates(profiles[:SHOWN] - control, along, across)
        frames.append(
            pd.DataFrame({"prediction": prediction, "perturbation": names, "along": x, "across": y})
        )
    anchors = pd.DataFrame({"anchor": ["control", "average"], "along": [0.0, length], "across": [0.0, 0.0]})
    return Plane(pd.concat(frames, ignore_index=True), anchors)


def _coordinates(shifts: Floats, along: Floats, across: Floats) -> tuple[Floats, Floats]:
    return shifts @ along, shifts @ across
