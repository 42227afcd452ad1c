"""Many dimensions in two: principal components of sparse rows, and UMAP in steps that can be stopped."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.statistics.rowwise import row_blocks
from perturbdash.vocabulary import Purpose

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from perturbdash.vocabulary import Progress

Floats = NDArray[np.float32]

COMPONENTS = 30
FEWEST_ROWS = 5
MIN_DIST, SPREAD = 0.3, 1.0
EPOCHS, EPOCHS_OF_MANY, MANY = 500, 200, 10_000
ROWS_A_STEP = 1024
NEIGHBOURS_SHARE = 0.25


@dataclass(frozen=True, eq=False)
class Components:
    """Rows on their principal components.

    Parameters
    ----------
    scores
        ``(n_rows, n_components)`` float32.
    shares
        ``(n_components,)``: share of the variance of the rows on each.
    """

    scores: Floats
    shares: NDArray[np.float64]


def principal_components(
    rows: csr_matrix | NDArray[Any], *, seed: int, n_components: int = COMPONENTS
) -> Components:
    """Return rows on their first principal components; sparse rows stay sparse.

    scikit-learn's PCA: Lanczos iterations (ARPACK) that centre sparse rows without making them dense, a full
    decomposition where rows or columns are few. Rows without variance have no components.

    Parameters
    ----------
    rows
        ``(n_rows, n_columns)``.
    seed
        Of the first vector of the iterations.
    """
    from scipy.sparse import issparse
    from sklearn.decomposition import PCA

    fewest = min(rows.shape)
    n = min(n_components, fewest)
    if n < 1 or not _differ(rows):
        return Components(np.empty((rows.shape[0], 0), dtype=np.float32), np.empty(0))
    if n < fewest:
        settings = {"svd_solver": "arpack", "random_state": random_state(seed)}
    else:
        rows = rows.toarray() if issparse(rows) else rows  # type: ignore[union-attr]
        settings = {"svd_solver": "full"}
    with np.errstate(invalid="ignore", divide="ignore"):
        found = PCA(n, **settings).fit(rows)
        scores = np.asarray(found.transform(rows), dtype=np.float32)
        shares = np.nan_to_num(np.asarray(found.explained_variance_ratio_, dtype=np.float64))
    there = shares > np.finfo(np.float32).eps
    return Components(scores[:, there], shares[there])


def _differ(rows: csr_matrix | NDArray[Any]) -> bool:
    """Whether any column varies; sparse rows stay sparse."""
    return bool(abs(rows.max(axis=0) - rows.min(axis=0)).max() > 0)


def umap_layout(scores: Floats, *, n_neighbours: int, seed: int, progress: Progress | None = None) -> Floats:
    """Lay rows out in the plane by UMAP: the same for the same rows in the same order and the same seed.

    Neighbours are exact; the layout starts at the first two components (Kobak & Linderman 2021,
    10.1038/s41587-020-00809-z). It can be stopped after each block of neighbours and each epoch of the layout,
    not while UMAP is loaded and compiled, which takes up to half a minute the first time.

    Source: McInnes, Healy & Melville 2018, 10.48550/arXiv.1802.03426.

    Parameters
    ----------
    scores
        ``(n_rows, n_components)``, at least five rows.
    n_neighbours
        The row itself is one of them; at most all rows.
    progress
        Called between the steps; it may raise ``Cancelled``.

    Returns
    -------
    ndarray
        ``(n_rows, 2)``; only who is near to whom means something.

    Raises
    ------
    ValueError
        If there are fewer than five rows.
    """
    if len(scores) < FEWEST_ROWS:
        raise ValueError(f"UMAP of {len(scores)} rows; expected {FEWEST_ROWS} or more")
    report = progress or _nothing
    report(0.0, "Loading UMAP")
    umap = _umap()
    k = min(n_neighbours, len(scores))
    indices, distances = _neighbours(scores, k, report)
    state = random_state(seed)
    report(NEIGHBOURS_SHARE, "Weighing neighbours")
    graph, _, _ = umap.fuzzy_simplicial_set(
        scores, k, state, "euclidean", knn_indices=indices, knn_dists=distances
    )
    a, b = umap.find_ab_params(SPREAD, MIN_DIST)
    epochs = _Epochs(EPOCHS if len(scores) <= MANY else EPOCHS_OF_MANY, report)
    layout, _ = umap.simplicial_set_embedding(
        scores,
        graph,
        n_components=2,
        initial_alpha=1.0,
        a=a,
        b=b,
        gamma=1.0,
        negative_sample_rate=5,
        n_epochs=epochs,
        init=_start(scores, state),
        random_state=state,
        metric="euclidean",
        metric_kwds={},
        densmap=False,
        densmap_kwds={},
        output_dens=False,
    )
    return np.asarray(layout, dtype=np.float32)


def random_state(seed: int) -> np.random.RandomState:
    """Return the generator that UMAP and scikit-learn take, for layouts."""
    return np.random.RandomState(int(np.random.default_rng([seed, Purpose.LAYOUT]).integers(2**32)))


class _Epochs(list[int]):
    """The epochs of a layout: UMAP looks each one up among those whose layout it is to keep, and so tells of it."""

    def __init__(self, n: int, report: Progress) -> None:
        super().__init__([n])
        self._n, self._report = n, report

    def __contains__(self, epoch: object) -> bool:
        done = (int(str(epoch)) + 1) / self._n
        share = NEIGHBOURS_SHARE + (1 - NEIGHBOURS_SHARE) * done
        self._report(share, f"UMAP: epoch {int(str(epoch)) + 1} of {self._n}")
        return False


def _umap() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # it misses Tensorflow, which this does not use
        from umap import umap_
    return umap_


def _neighbours(scores: Floats, k: int, report: Callable[[float, str], None]) -> tuple[Any, Floats]:
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(scores)
    found = []
    for block in row_blocks(len(scores), ROWS_A_STEP):
        found.append(search.kneighbors(scores[block]))
        report(
            NEIGHBOURS_SHARE * block.stop / len(scores), f"Neighbours of {block.stop:,} of {len(scores):,}"
        )
    distances, indices = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return indices, distances.astype(np.float32)


def _start(scores: Floats, state: np.random.RandomState) -> Floats:
    """Return the first two components; where there is no second one, or none, random numbers in its place."""
    start = state.normal(size=(len(scores), 2)).astype(np.float32)
    width = min(2, scores.shape[1])
    start[:, :width] = scores[:, :width]
    return start


def _nothing(share: float, text: str) -> None:
    """Report nothing."""
