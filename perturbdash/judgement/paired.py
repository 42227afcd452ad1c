"""Is one prediction better than another on the same perturbations? Sign flips, and what they could show at all."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from perturbdash.judgement.bootstrap import product
from perturbdash.judgement.draws import signs_drawn
from perturbdash.judgement.units import (
    Blocks,
    Counts,
    Drawable,
    Floats,
    distinct_columns,
    drawables,
    with_contexts,
)

N_FLIPS = 10_000
SAME = 1e-12


def sign_flip(
    differences: Floats, *, seed: int, n_flips: int = N_FLIPS, blocks: Blocks | None = None
) -> tuple[Floats, Floats]:
    """Test paired differences by flipping their signs, one-sided each way.

    A perturbation, or a block, keeps one sign in all its contexts.

    Parameters
    ----------
    differences
        ``(n_units, n_columns)`` or ``(n_units, n_columns, n_contexts)``.
    seed
        The result of a column follows from it and the column alone.
    n_flips
        Number of random flips; the observed signs count as one more.
    blocks
        ``(n_units,)`` codes; perturbations of one code flip together.

    Returns
    -------
    One-sided p for a mean above zero, and for one below; ``(n_columns,)``, NaN where nothing is defined.

    Examples
    --------
    >>> greater, less = sign_flip(np.linspace(0.5, 1, 20)[:, None], seed=0)
    >>> greater < 0.001, less
    (array([ True]), array([1.]))
    """
    differences = with_contexts(differences)
    first, which = distinct_columns((differences,))
    greater, less = (np.full(len(first), np.nan) for _ in range(2))
    for drawable in drawables((differences[:, first],), blocks):
        if drawable.n_units:
            at_least, at_most = _flipped_beyond(drawable, seed=seed, n_flips=n_flips)
            greater[drawable.columns] = (1 + at_least) / (1 + n_flips)
            less[drawable.columns] = (1 + at_most) / (1 + n_flips)
    return greater[which], less[which]


def _flipped_beyond(drawable: Drawable, *, seed: int, n_flips: int) -> tuple[Counts, Counts]:
    """Count the flips whose mean is at least, and at most, the observed one, ``(n_columns,)``."""
    shares = drawable.contributions()
    observed = shares.sum(1, keepdims=True)
    tolerance = SAME * np.abs(shares).sum(1, keepdims=True)
    at_least, at_most = (np.zeros(len(shares), dtype=np.int64) for _ in range(2))
    for signs in signs_drawn(seed, drawable.n_units, n_flips):
        flipped = product(shares, signs)
        at_least += (flipped >= observed - tolerance).sum(1)
        at_most += (flipped <= observed + tolerance).sum(1)
    return at_least, at_most


def detectable_difference(
    differences: Floats, *, blocks: Blocks | None = None, alpha: float = 0.05, power: float = 0.8
) -> Floats:
    """Return the smallest mean paired difference that these perturbations can show.

    Normal theory with t quantiles: (t(1 - alpha) + t(power)) · standard error of the mean, n - 1 degrees of
    freedom, one-sided. With several contexts the standard error is that of the mean over contexts, from what
    each perturbation adds to it; for one context it is sd / √n. Source: Julious 2004, 10.1002/sim.1783.

    Parameters
    ----------
    differences
        ``(n_units, n_columns)`` or ``(n_units, n_columns, n_contexts)``.
    blocks
        ``(n_units,)`` codes; a block counts as one.

    Returns
    -------
    ``(n_columns,)``, NaN below 2 units.

    Examples
    --------
    >>> detectable_difference(np.array([[-1.0], [0.0], [1.0]])).round(3)
    array([2.298])
    """
    differences = with_contexts(differences)
    smallest = np.full(differences.shape[1], np.nan)
    for drawable in drawables((differences,), blocks):
        n = drawable.n_units
        if n > 1:
            quantiles = stdtrit(n - 1, 1 - alpha) + stdtrit(n - 1, power)
            smallest[drawable.columns] = quantiles * _standard_error(drawable)
    return smallest


def _standard_error(drawable: Drawable) -> Floats:
    """Return the standard error of a mean over contexts from what its units add, ``(n_columns,)``."""
    n = drawable.n_units
    totals = drawable.counts.sum(-1, keepdims=True)
    centre = drawable.sums[0].sum(-1, keepdims=True) / np.maximum(totals, 1)
    deviations = (drawable.sums[0] - drawable.counts * centre) / np.maximum(totals, 1)
    added = deviations.sum(1) / (totals > 0).sum(1)
    error: Floats = np.sqrt(n / (n - 1) * (added**2).sum(-1))
    return error
