"""Components against a plain singular value decomposition; UMAP by seed, by structure, and stopped on the way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from perturbdash.statistics.layout import principal_components, umap_layout


class StoppedError(Exception):
    """Somebody asked to stop."""


@pytest.fixture(scope="module")
def groups() -> np.ndarray:
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 6, (4, 8))
    return np.concatenate([rng.normal(centre, 1.0, (40, 8)) for centre in centres]).astype(np.float32)


@pytest.fixture(scope="module")
def layout(groups):
    return umap_layout(groups, n_neighbours=15, seed=3)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("shape", [(60, 25), (25, 60), (12, 6)])
def test_components_are_those_of_numpy(form, shape):
    rng = np.random.default_rng(2)
    rows = np.where(rng.random(shape) < 0.4, rng.gamma(2.0, 1.0, shape), 0.0) * np.linspace(3, 1, shape[1])
    n = min(5, *shape)
    found = principal_components(form(rows), seed=1, n_components=n)
    centred = rows - rows.mean(0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs(found.scores), np.abs(u * s)[:, :n], atol=1e-4)
    np.testing.assert_allclose(found.shares, (s**2 / (s**2).sum())[:n], rtol=1e-5)


def test_components_without_variance_are_left_out():
    assert principal_components(np.ones((6, 4)), seed=0).scores.shape == (6, 0)
    line = np.outer(np.arange(6.0), np.ones(4))
    assert principal_components(line, seed=0).scores.shape == (6, 1)


def test_a_layout_is_the_same_by_seed_and_another_by_another(groups, layout):
    assert layout.shape == (len(groups), 2)
    assert np.isfinite(layout).all()
    np.testing.assert_array_equal(umap_layout(groups, n_neighbours=15, seed=3), layout)
    assert not np.allclose(umap_layout(groups, n_neighbours=15, seed=4), layout)


def test_near_rows_lie_together(groups, layout):
    label = np.repeat(np.arange(4), 40)
    far = np.linalg.norm(layout[:, None] - layout[None], axis=2)
    np.fill_diagonal(far, np.inf)
    assert (label[far.argmin(1)] == label).mean() > 0.95


def test_few_rows_few_columns_and_rows_that_are_alike():
    rng = np.random.default_rng(1)
    for rows in (rng.normal(size=(5, 1)), np.repeat(rng.normal(size=(4, 3)), 5, axis=0), np.ones((6, 0))):
        found = umap_layout(rows.astype(np.float32), n_neighbours=15, seed=0) if rows.shape[1] else None
        assert found is None or np.isfinite(found).all()
    with pytest.raises(ValueError, match="expected 5 or more"):
        umap_layout(np.zeros((4, 2), dtype=np.float32), n_neighbours=2, seed=0)


@pytest.mark.parametrize("at", ["Neighbours of", "Weighing", "epoch 7 of"])
def test_it_stops_between_its_steps(groups, at):
    seen = []

    def report(share: float, text: str) -> None:
        assert 0 <= share <= 1
        seen.append(text)
        if at in text:
            raise StoppedError

    with pytest.raises(StoppedError):
        umap_layout(groups, n_neighbours=15, seed=3, progress=report)
    assert at in seen[-1]
    assert len(seen) < 20


def test_every_epoch_is_told(groups):
    shares = []
    umap_layout(groups, n_neighbours=15, seed=3, progress=lambda share, text: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) > 500
