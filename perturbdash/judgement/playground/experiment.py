"""Centroids of a simulated experiment, and what a model predicts for it, from draws that no slider changes.

Every draw is a standard normal or a uniform number that follows from the seed alone and is scaled by the settings,
so that a slider moves everything smoothly, and the same settings give the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from perturbdash.judgement.means import centroids
from perturbdash.judgement.playground.knobs import (
    GUESS,
    N_GENES,
    N_PERTURBATIONS,
    NOISE,
    STRENGTH_SPREAD,
    PlaygroundSettings,
)
from perturbdash.judgement.settings import FOLDS
from perturbdash.judgement.splits import Plan, calibration_plan, folds
from perturbdash.statistics.context import ContextStatistics, Group
from perturbdash.vocabulary import ALL_CONTEXTS, BLOCKS_PER_HALF, Purpose

Floats = NDArray[np.float64]
MEDIAN_EXPRESSION, EXPRESSION_SPREAD = 1.1, 0.6


@dataclass(frozen=True)
class Draws:
    """Random numbers of a seed; all standard normal but the two places, which are uniform.

    Parameters
    ----------
    expression, shared, bias
        ``(n_genes,)``.
    specific, guess
        ``(n_perturbations, n_genes)``; NaN nowhere, genes that do not answer are left out by `place`.
    place
        ``(2, n_perturbations, n_genes)`` rank of each gene among those that answer first, 0 to n_genes − 1; of the
        effects and of the guesses.
    strength
        ``(n_perturbations,)``.
    inert
        ``(n_perturbations,)`` the order in which perturbations become inert, 0 first.
    halves
        ``(2, n_perturbations, n_genes)`` noise of the two halves.
    control
        ``(20, n_genes)`` noise of the control blocks.
    """

    expression: Floats
    shared: Floats
    bias: Floats
    specific: Floats
    guess: Floats
    place: NDArray[np.int64]
    strength: Floats
    inert: NDArray[np.int64]
    halves: Floats
    control: Floats


@dataclass(frozen=True)
class Experiment:
    """What was measured, what is true, and what a model can learn of it.

    Parameters
    ----------
    stats
        Centroids and variances of halves, of all cells and of control blocks, as of a data set of one context.
    truth
        ``(n_perturbations, n_genes)`` profiles without noise.
    effects
        ``(n_perturbations, n_genes)`` true shifts, without the bias of the control cells.
    average
        ``(n_perturbations, n_genes)`` measured mean of the training perturbations of each one's fold.
    folds
        Fold of each perturbation, as of a calibration.
    """

    stats: ContextStatistics
    truth: Floats
    effects: Floats
    average: Floats
    folds: dict[str, int]

    @property
    def plan(self) -> Plan:
        """Every perturbation tested once, in its fold."""
        return calibration_plan(self.stats.perturbations, self.folds)


@lru_cache(maxsize=8)
def draws(seed: int) -> Draws:
    """Return the random numbers of a seed, the same for all settings."""
    rng = np.random.default_rng([seed, Purpose.PLAYGROUND])
    n, g = N_PERTURBATIONS, N_GENES
    return Draws(
        expression=rng.standard_normal(g),
        shared=rng.standard_normal(g),
        bias=rng.standard_normal(g),
        specific=rng.standard_normal((n, g)),
        guess=rng.standard_normal((n, g)),
        place=rng.random((2, n, g)).argsort(axis=2).argsort(axis=2),
        strength=rng.standard_normal(n),
        inert=rng.random(n).argsort().argsort(),
        halves=rng.standard_normal((2, n, g)),
        control=rng.standard_normal((2 * BLOCKS_PER_HALF, g)),
    )


def experiment(settings: PlaygroundSettings) -> Experiment:
    """Measure a simulated experiment.

    Every perturbation that is not inert shifts all genes by the shared effect and its own genes by its specific
    effect, both times its strength. A centroid is the true profile and the noise of its number of cells.
    """
    drawn = draws(settings.seed)
    baseline = MEDIAN_EXPRESSION * np.exp(EXPRESSION_SPREAD * drawn.expression)
    strength = np.exp(STRENGTH_SPREAD * drawn.strength) * (drawn.inert >= _n_inert(settings))
    own = _sparse(drawn.specific, drawn.place[0], settings)
    effects = strength[:, None] * (settings.shared * _unit(drawn.shared) + settings.specific * own)
    truth = baseline + effects
    stats = _measured(truth, baseline + settings.bias * _unit(drawn.bias), drawn, settings)
    assigned = folds(stats.perturbations, FOLDS, settings.seed)
    return Experiment(stats, truth, effects, _average(stats, assigned), assigned)


def predict(made: Experiment, settings: PlaygroundSettings) -> Floats:
    """Predict a measured experiment, ``(n_perturbations, n_genes)`` profiles.

    The model has learnt the average of its fold's training perturbations; of what is specific to a perturbation it
    knows the share that is its skill, and puts a guess, half as long, in place of the rest.

    Parameters
    ----------
    settings
        Those of the experiment; knobs of the model may stand elsewhere.
    """
    drawn = draws(settings.seed)
    guess = GUESS * settings.specific * _sparse(drawn.guess, drawn.place[1], settings)
    known = settings.skill * (made.effects - made.effects.mean(0)) + (1 - settings.skill) * guess
    predicted: Floats = made.average + (1 - settings.collapse) * known
    control = made.stats.control.mean[0].numpy()
    return predicted if settings.scale == 1 else control + settings.scale * (predicted - control)


def _average(stats: ContextStatistics, assigned: dict[str, int]) -> Floats:
    """Return the perturbed centroid of the fold of each perturbation, ``(n_perturbations, n_genes)``."""
    plan = calibration_plan(stats.perturbations, assigned)
    found: Floats = centroids(stats, plan).numpy()[plan.fold]
    return found


def _n_inert(settings: PlaygroundSettings) -> int:
    return round(settings.inert / 100 * N_PERTURBATIONS)


def _unit(vector: Floats) -> Floats:
    found: Floats = vector / np.linalg.norm(vector)
    return found


def _sparse(values: Floats, place: NDArray[np.int64], settings: PlaygroundSettings) -> Floats:
    """Keep the genes that answer, each row with length 1."""
    kept = np.where(place < max(1, round(settings.sparsity / 100 * N_GENES)), values, 0.0)
    found: Floats = kept / np.linalg.norm(kept, axis=1, keepdims=True)
    return found


def _measured(
    truth: Floats, control: Floats, drawn: Draws, settings: PlaygroundSettings
) -> ContextStatistics:
    """Add the noise of a number of cells to true profiles."""
    cells = int(settings.cells)
    first, second = (
        _group(truth + NOISE / np.sqrt(n) * noise, np.full(len(truth), n))
        for n, noise in zip((cells // 2, cells - cells // 2), drawn.halves, strict=True)
    )
    controls = int(settings.controls)
    sizes = np.concatenate(
        [
            [len(block) for block in np.array_split(np.arange(half), BLOCKS_PER_HALF)]
            for half in (controls // 2, controls - controls // 2)
        ]
    )
    blocks = _group(control + NOISE / np.sqrt(sizes)[:, None] * drawn.control, sizes)
    order = torch.arange(2 * BLOCKS_PER_HALF)
    control_first, control_second = (
        blocks.take(rows).pooled() for rows in (order[:BLOCKS_PER_HALF], order[BLOCKS_PER_HALF:])
    )
    return ContextStatistics(
        context=ALL_CONTEXTS,
        perturbations=tuple(f"P{i + 1:02}" for i in range(N_PERTURBATIONS)),
        genes=tuple(f"G{i + 1:03}" for i in range(N_GENES)),
        all_cells=first.merged(second),
        first=first,
        second=second,
        control=control_first.merged(control_second),
        control_first=control_first,
        control_second=control_second,
        control_blocks=blocks,
    )


def _group(mean: Floats, n: NDArray[np.int64]) -> Group:
    """Return groups of n cells whose genes vary by the known noise."""
    m2 = np.repeat(NOISE**2 * (n - 1.0)[:, None], mean.shape[1], axis=1)
    return Group(*(torch.from_numpy(np.ascontiguousarray(a, dtype=np.float64)) for a in (n, mean, m2)))
