"""What a gameability probe does to a prediction: scaled, noised, shuffled, moved to the mean and away from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from perturbdash.judgement.baselines import centroids
from perturbdash.vocabulary import Purpose

if TYPE_CHECKING:
    from perturbdash.judgement.scoring import ContextCase
    from perturbdash.judgement.splits import Plan
    from perturbdash.metrics.prediction import Prediction

Floats = NDArray[np.float64]

REPEATS = 3
"""Shufflings that are averaged."""


@dataclass(frozen=True)
class Treatment:
    """One way to change a prediction, in steps.

    Parameters
    ----------
    name
        As in tables.
    words, axis
        What is done, and what the steps are, for screens.
    levels
        Steps, the unchanged prediction among them.
    unchanged
        The step that changes nothing.
    harmful
        Whether it can only take knowledge away, so that a metric that does not fall was not looking.
    """

    name: str
    words: str
    axis: str
    levels: tuple[float, ...]
    unchanged: float
    harmful: bool = False


TREATMENTS: dict[str, Treatment] = {
    one.name: one
    for one in (
        Treatment(
            "scaled", "scaled", "predicted Δcontrol multiplied by", (0.0, 0.25, 0.5, 1.0, 1.5, 2.0), 1.0
        ),
        Treatment(
            "blended",
            "blended with the mean",
            "share of the mean of the training perturbations",
            (0.0, 0.25, 0.5, 0.75, 1.0),
            0.0,
        ),
        Treatment(
            "exaggerated", "pushed from the mean", "predicted Δcentroid multiplied by", (1.0, 1.5, 2.0), 1.0
        ),
        Treatment(
            "noised",
            "noised",
            "sd of the noise, as a share of the sd of predicted shifts",
            (0.0, 0.25, 0.5, 1.0, 2.0),
            0.0,
            harmful=True,
        ),
        Treatment(
            "shuffled", "shuffled", "share of the perturbations shuffled", (0.0, 0.5, 1.0), 0.0, harmful=True
        ),
    )
}
"""Below 1, scaling about the centroid is the same as blending with the mean, so it has steps above 1 only."""


def treated(
    case: ContextCase,
    plan: Plan,
    model: str,
    *,
    mean: Prediction,
    seed: int,
    labels: Sequence[str],
    contexts: Sequence[str],
    context: str,
) -> Iterator[tuple[str, float, int, Floats]]:
    """Yield treatment, level, repeat and the changed profiles of a model, all but the unchanged levels.

    Parameters
    ----------
    mean
        The baseline `mean` of the context.
    labels, contexts
        All perturbations and all contexts, from which random choices are dealt.

    Yields
    ------
    Profiles ``(n_perturbations, n_genes)`` log1p; NaN rows where the model predicts nothing.
    """
    profiles = np.asarray(case.models[model], dtype=np.float64)
    control = case.stats.control.mean[0].cpu().numpy()
    shifts = profiles - control
    for level in _changed("scaled"):
        yield "scaled", level, 0, control + level * shifts
    asked = plan.test & ~np.isnan(profiles).any(1)
    average = _rows(mean)
    reference = _by_fold(centroids(case.stats, plan).cpu().numpy(), plan.fold)
    for level in _changed("blended") if _defined(average, asked) else ():
        yield "blended", level, 0, (1 - level) * profiles + level * average
    for level in _changed("exaggerated") if _defined(reference, asked) else ():
        yield "exaggerated", level, 0, reference + level * (profiles - reference)
    spread = float(shifts[asked].std()) if asked.any() else 0.0
    names = case.stats.perturbations
    noise = spread * _noise(names, case.stats.genes, labels, seed=seed, place=sorted(contexts).index(context))
    for level in _changed("noised"):
        yield "noised", level, 0, profiles + level * noise
    known = {name: row for row, name in enumerate(names) if asked[row]}
    orders = shuffled_orders(list(known), seed)
    for level in _changed("shuffled") if len(known) > 1 else ():
        for repeat, order in enumerate(orders):
            yield "shuffled", level, repeat, _handed_on(profiles, [known[name] for name in order], level)


def _changed(name: str) -> list[float]:
    one = TREATMENTS[name]
    return [level for level in one.levels if level != one.unchanged]


def _defined(reference: Floats, asked: NDArray[np.bool_]) -> bool:
    """Whether there is an average to move to: one perturbation alone has none."""
    return bool(asked.any()) and not np.isnan(reference[asked]).any()


def _rows(prediction: Prediction) -> Floats:
    """Return the profile of each perturbation, NaN where there is none."""
    index = prediction.index.cpu().numpy()
    return _by_fold(prediction.rows.cpu().numpy(), index)


def _by_fold(rows: Floats, index: NDArray[np.int64]) -> Floats:
    nothing = np.full((1, rows.shape[1]), np.nan)
    return np.concatenate([rows, nothing])[np.where(index < 0, len(rows), index)]


def _noise(
    names: Sequence[str], genes: Sequence[str], labels: Sequence[str], *, seed: int, place: int
) -> Floats:
    """Draw standard normal noise on sorted perturbations and genes, ``(n_perturbations, n_genes)``.

    It depends on the names alone, not on the order of rows, on the model or on the level.
    """
    rng = np.random.default_rng([seed, Purpose.PROBE_NOISE, place])
    in_order = {name: i for i, name in enumerate(sorted(genes))}
    columns = [in_order[name] for name in genes]
    row = {name: i for i, name in enumerate(names)}
    noise = np.empty((len(names), len(genes)))
    for label in sorted(labels):
        drawn = rng.standard_normal(len(genes))
        if label in row:
            noise[row[label]] = drawn[columns]
    return noise


def shuffled_orders(names: Sequence[str], seed: int) -> list[list[str]]:
    """Return orders in which predictions are handed on, each to the next, the last to the first.

    Examples
    --------
    >>> shuffled_orders(["B", "A", "C"], 0) == shuffled_orders(["C", "B", "A"], 0)
    True
    """
    rng = np.random.default_rng([seed, Purpose.PROBE_SHUFFLE])
    ordered = sorted(names)
    return [[ordered[i] for i in rng.permutation(len(ordered))] for _ in range(REPEATS)]


def _handed_on(profiles: Floats, order: Sequence[int], share: float) -> Floats:
    """Give each of the first perturbations of an order the prediction of the one before it."""
    taken = np.asarray(order[: round(share * len(order))], dtype=np.intp)
    changed = profiles.copy()
    changed[taken] = profiles[np.roll(taken, 1)]
    return changed


def once(treatment: str, level: float) -> str:
    """Say what was done to a prediction, after “once”.

    Examples
    --------
    >>> once("blended", 0.5), once("scaled", 2.0)
    ('it is blended half with the mean', 'its Δcontrol is doubled')
    """
    times = {0.0: "set to zero", 0.5: "halved", 2.0: "doubled"}.get(level, f"multiplied by {level:g}")
    share = {0.5: "half", 1.0: "wholly"}.get(level, f"{100 * level:.0f} %")
    words: Mapping[str, str] = {
        "scaled": f"its Δcontrol is {times}",
        "exaggerated": f"its Δcentroid is {times}",
        "noised": f"noise of {level:g} sd of its shifts is added",
        "blended": f"it is blended {share} with the mean",
        "shuffled": "it is shuffled among perturbations"
        if level == 1
        else f"{share} of it is shuffled among perturbations",
    }
    return words[treatment]
