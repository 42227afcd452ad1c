"""What is true in a simulated experiment: effects of every perturbation, and the profiles that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.simulation.counts import PER, expected_log1p
from perturbdash.simulation.settings import SimulationSettings
from perturbdash.vocabulary import COMBINATION_SEPARATOR, Purpose

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LARGEST_PANEL = 0.5


@dataclass(frozen=True)
class SimulatedTruth:
    """The truth behind simulated cells; profiles are expectations of log1p counts per 10,000.

    Parameters
    ----------
    genes, contexts, perturbations
        Names; perturbations sorted, without control.
    parts
        The singles of each perturbation.
    inert
        ``(n_perturbations,)``: those that do nothing.
    held_out
        Perturbations that models predict, sorted.
    fractions
        ``(n_contexts, n_genes)`` share of each gene in an unperturbed cell.
    log_fold_changes
        ``(n_contexts, n_perturbations, n_genes)`` effect on that share; exactly 0 where there is none.
    control_bias
        ``(n_contexts, n_genes)`` log fold change that only control cells carry.
    """

    genes: tuple[str, ...]
    contexts: tuple[str, ...]
    perturbations: tuple[str, ...]
    parts: dict[str, tuple[str, ...]]
    inert: Bools
    held_out: tuple[str, ...]
    fractions: Floats
    log_fold_changes: Floats
    control_bias: Floats
    expected: Floats = field(repr=False)
    """``(n_contexts, n_perturbations, n_genes)`` expected centroids."""
    expected_control: Floats = field(repr=False)
    """``(n_contexts, n_genes)`` expected mean of control cells, technical effect included."""

    @property
    def shifts(self) -> Floats:
        """Expected centroid minus expected control mean, ``(n_contexts, n_perturbations, n_genes)``."""
        return self.expected - self.expected_control[:, None, :]

    @property
    def affected(self) -> Bools:
        """Which genes a perturbation moves, ``(n_contexts, n_perturbations, n_genes)``."""
        moved: Bools = self.log_fold_changes != 0
        return moved

    def table(self) -> pd.DataFrame:
        """Return one row a condition: context, perturbation, inert, test, and the expected shift of each gene."""
        n, held = len(self.contexts), set(self.held_out)
        frame = pd.DataFrame(self.shifts.reshape(-1, len(self.genes)), columns=list(self.genes))
        frame.insert(0, "context", np.repeat(self.contexts, len(self.perturbations)))
        frame.insert(1, "perturbation", list(self.perturbations) * n)
        frame.insert(2, "inert", np.tile(self.inert, n))
        frame.insert(3, "test", [label in held for label in self.perturbations] * n)
        return frame


def draw_truth(settings: SimulationSettings) -> SimulatedTruth:
    """Draw the truth of an experiment.

    Random numbers do not depend on sizes of effects, so that a change of one setting leaves the rest in place.
    """
    rng = np.random.default_rng([settings.seed, Purpose.SIMULATED_TRUTH])
    width = max(4, len(str(settings.n_genes)))
    genes = tuple(f"G{i + 1:0{width}d}" for i in range(settings.n_genes))
    fractions = _fractions(settings, rng)
    singles = _targets(fractions, settings, rng)
    pairs = _pairs(singles, settings, rng)
    inert_singles = _chosen(len(singles), settings.inert_share, rng)
    held_singles = _chosen(len(singles), settings.test_share, rng)
    single_lfc = _single_effects(singles, inert_singles, settings, rng)
    pair_lfc = _pair_effects(pairs, single_lfc, inert_singles, settings, rng)
    bias = settings.control_bias * rng.standard_normal((len(settings.contexts), settings.n_genes))

    names = [genes[i] for i in singles]
    parts: list[tuple[str, ...]] = [(name,) for name in names]
    parts += [(names[i], names[j]) if names[i] < names[j] else (names[j], names[i]) for i, j in pairs]
    labels = [COMBINATION_SEPARATOR.join(part) for part in parts]
    order = np.argsort(np.array(labels))
    held = [label for label, chosen in zip(labels, held_singles, strict=False) if chosen] + labels[
        len(singles) :
    ]
    inert = np.concatenate(
        [inert_singles, np.array([inert_singles[list(p)].all() for p in pairs], dtype=bool)]
    )
    lfc = np.concatenate([single_lfc, pair_lfc], axis=1)[:, order]
    moved = np.concatenate([bias[:, None, :], lfc], axis=1)
    expected = expected_log1p(fractions[:, None, :] * np.exp(moved), settings)
    return SimulatedTruth(
        genes=genes,
        contexts=settings.contexts,
        perturbations=tuple(labels[i] for i in order),
        parts={labels[i]: parts[i] for i in order},
        inert=inert[order],
        held_out=tuple(sorted(held)),
        fractions=fractions,
        log_fold_changes=lfc,
        control_bias=bias,
        expected=expected[:, 1:],
        expected_control=expected[:, 0],
    )


def _fractions(settings: SimulationSettings, rng: np.random.Generator) -> Floats:
    """Return lognormal shares of the genes; the panel takes at most half of a cell."""
    spread = settings.mean_spread * rng.standard_normal(settings.n_genes)
    between = settings.context_spread * rng.standard_normal((len(settings.contexts), settings.n_genes))
    fractions = (
        settings.mean_expression / PER * np.exp(spread + (between if len(settings.contexts) > 1 else 0))
    )
    fractions = np.broadcast_to(fractions, (len(settings.contexts), settings.n_genes))
    limited: Floats = fractions * np.minimum(1, LARGEST_PANEL / fractions.sum(1, keepdims=True))
    return limited


def _targets(fractions: Floats, settings: SimulationSettings, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return the targeted genes: drawn among the better expressed half, as guide libraries are."""
    n_candidates = max(settings.n_singles, settings.n_genes // 2)
    candidates = np.sort(np.argsort(-fractions.mean(0), kind="stable")[:n_candidates])
    return np.sort(rng.permutation(candidates)[: settings.n_singles])


def _pairs(
    singles: NDArray[np.intp], settings: SimulationSettings, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Return distinct pairs of positions among the singles."""
    first, second = np.triu_indices(len(singles), 1)
    chosen = rng.permutation(len(first))[: settings.n_combinations]
    return [(int(first[i]), int(second[i])) for i in chosen]


def _chosen(n: int, share: float, rng: np.random.Generator) -> Bools:
    """Mark a share of ``n``, rounded, at random."""
    mask = np.zeros(n, dtype=bool)
    mask[rng.permutation(n)[: round(share * n)]] = True
    return mask


def _between_contexts(
    shape: tuple[int, ...], settings: SimulationSettings, rng: np.random.Generator
) -> Floats:
    """Return standard normal numbers ``(n_contexts, *shape)`` that correlate between contexts."""
    rho = settings.context_correlation
    common = rng.standard_normal(shape)
    own = rng.standard_normal((len(settings.contexts), *shape))
    result: Floats = np.sqrt(rho) * common + np.sqrt(1 - rho) * own
    return result


def _single_effects(
    singles: NDArray[np.intp], inert: Bools, settings: SimulationSettings, rng: np.random.Generator
) -> Floats:
    """Return log fold changes of the singles, ``(n_contexts, n_singles, n_genes)``."""
    shape = (len(singles), settings.n_genes)
    reached = rng.random(settings.n_genes) < settings.shared_share
    shared = settings.shared_effect * reached * _between_contexts((settings.n_genes,), settings, rng)
    strength = np.exp(settings.strength_spread * rng.standard_normal(len(singles)))
    mask = rng.random(shape) < settings.sparsity
    specific = settings.specific_effect * mask * _between_contexts(shape, settings, rng)
    lfc = strength[None, :, None] * (shared[:, None, :] + specific)
    lfc[:, np.arange(len(singles)), singles] = settings.target_effect
    lfc[:, inert] = 0.0
    return lfc


def _pair_effects(
    pairs: list[tuple[int, int]],
    single_lfc: Floats,
    inert: Bools,
    settings: SimulationSettings,
    rng: np.random.Generator,
) -> Floats:
    """Return log fold changes of the pairs, ``(n_contexts, n_pairs, n_genes)``."""
    shape = (len(pairs), settings.n_genes)
    mask = rng.random(shape) < settings.sparsity
    own = settings.specific_effect * mask * _between_contexts(shape, settings, rng)
    first, second = (np.array([pair[i] for pair in pairs], dtype=np.intp) for i in (0, 1))
    own[:, inert[first] & inert[second]] = 0.0
    total = single_lfc[:, first] + single_lfc[:, second]
    return total * (1 - settings.non_additivity / 2) + settings.non_additivity * own
