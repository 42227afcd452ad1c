"""Predictions of simulated models, from knowing nothing to knowing the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.errors import SettingsError
from perturbdash.simulation.simulate import Simulated
from perturbdash.vocabulary import CONTROL, Purpose

Floats = NDArray[np.float64]

PredictedSpace = Literal["log1p", "linear"]


@dataclass(frozen=True)
class SimulatedModel:
    """How a simulated model predicts; the steps are taken in this order.

    Parameters
    ----------
    skill
        0: the average of the perturbations; 1: the expected profile.
    noise
        Error of a gene, as a multiple of the spread of its expected values over perturbations.
    collapse
        0: as it is; 1: everything is pulled to the average.
    scale
        Factor on the shift from control.
    space
        ``"linear"`` forgets the logarithm: counts per 10,000 in place of their log1p.
    with_control
        Also gives a row of control.
    draw
        Number of the noise; models with different numbers err independently.

    Raises
    ------
    SettingsError
        If a value is not allowed.
    """

    skill: float = 0.55
    noise: float = 0.9
    collapse: float = 0.0
    scale: float = 1.0
    space: PredictedSpace = "log1p"
    with_control: bool = False
    draw: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("skill", -1, 1),
            ("collapse", 0, 1),
            ("noise", 0, 100),
            ("scale", -100, 100),
        ):
            if not low <= getattr(self, name) <= high:
                raise SettingsError(
                    f"{name} is {getattr(self, name)!r}; expected a number from {low} to {high}."
                )
        if self.space not in ("log1p", "linear"):
            raise SettingsError(f"space is {self.space!r}; expected log1p or linear.")
        if self.draw < 0:
            raise SettingsError(f"draw is {self.draw!r}; expected 0 or more.")


MODELS: dict[str, SimulatedModel] = {
    "skilled": SimulatedModel(skill=0.55, noise=0.9, draw=0),
    "collapsed": SimulatedModel(skill=0.0, noise=1.0, collapse=0.85, draw=1),
    "wrong_scale": SimulatedModel(skill=0.55, noise=0.9, space="linear", draw=2),
}


def predict(
    simulated: Simulated, model: SimulatedModel, *, perturbations: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return what a simulated model predicts.

    The average that an unskilled model gives is that of the expected profiles of the perturbations it may have
    seen: those that are not predicted, or all where none is left.

    Parameters
    ----------
    perturbations
        What is predicted; the held-out perturbations of the simulation by default.

    Returns
    -------
    pandas.DataFrame
        One row a condition: ``perturbation``, ``context`` (where there are several), one column a gene.

    Raises
    ------
    SettingsError
        If a perturbation was not simulated, or none is named.
    """
    truth, settings = simulated.truth, simulated.settings
    labels = tuple(truth.held_out if perturbations is None else perturbations)
    place = {label: i for i, label in enumerate(truth.perturbations)}
    unknown = [label for label in labels if label not in place]
    if unknown or not labels:
        what = f"{unknown[0]!r} was not simulated" if unknown else "no perturbation is to be predicted"
        raise SettingsError(f"{what}; expected labels such as {truth.perturbations[0]!r}.")
    rows = np.array([place[label] for label in labels], dtype=np.intp)
    seen = np.setdiff1d(np.arange(len(place)), rows)
    rng = np.random.default_rng([settings.seed, Purpose.SIMULATED_PREDICTIONS, model.draw])
    noise = rng.standard_normal(truth.expected.shape)
    frames = []
    for v, context in enumerate(truth.contexts):
        values = _profiles(model, truth.expected[v], truth.expected_control[v], noise[v], seen)[rows]
        names = list(labels)
        if model.with_control:
            values = np.vstack([_in_space(truth.expected_control[v], model.space), values])
            names = [CONTROL, *names]
        frame = pd.DataFrame(values, columns=list(truth.genes))
        frame.insert(0, "perturbation", names)
        if len(truth.contexts) > 1:
            frame.insert(1, "context", context)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _profiles(
    model: SimulatedModel, expected: Floats, control: Floats, noise: Floats, seen: NDArray[np.intp]
) -> Floats:
    """Return predicted profiles of all perturbations of a context, ``(n_perturbations, n_genes)``."""
    average = expected[seen].mean(0) if len(seen) else expected.mean(0)
    answer = model.skill * (expected - average) + model.noise * expected.std(0) * noise
    profiles = average + (1 - model.collapse) * answer
    return _in_space(np.maximum(0, control + model.scale * (profiles - control)), model.space)


def _in_space(profiles: Floats, space: PredictedSpace) -> Floats:
    return np.expm1(profiles) if space == "linear" else profiles
