from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import cosine_similarity

from perturbdash.statistics import geometry
from perturbdash.statistics.geometry import (
    angles_to,
    cosines_to,
    mean_pairwise_cosine,
    pairwise_cosines,
    plane,
)


@pytest.fixture
def shifts():
    return np.random.default_rng(0).normal(size=(9, 30)) + 0.4


def test_pairwise_cosines_equal_sklearn(shifts):
    np.testing.assert_allclose(pairwise_cosines(torch.tensor(shifts)).numpy(), cosine_similarity(shifts))


def test_mean_pairwise_cosine_is_that_of_the_upper_triangle(shifts):
    upper = cosine_similarity(shifts)[np.triu_indices(9, 1)]
    assert mean_pairwise_cosine(torch.tensor(shifts)) == pytest.approx(upper.mean())
    with_missing = np.vstack([shifts, np.full(30, np.nan)])
    assert mean_pairwise_cosine(torch.tensor(with_missing)) == pytest.approx(upper.mean())


def test_mean_pairwise_cosine_needs_a_pair(shifts):
    assert np.isnan(mean_pairwise_cosine(torch.tensor(shifts[:1])))


def test_a_zero_vector_has_cosine_zero(shifts):
    shifts[2] = 0.0
    table = pairwise_cosines(torch.tensor(shifts)).numpy()
    assert (table[2] == 0).all()
    assert (table[:, 2] == 0).all()
    shifts[3] *= 1e-13
    norm = torch.full((9,), 5.0, dtype=torch.float64)
    cosines = cosines_to(torch.tensor(shifts), torch.tensor(shifts[0]), profile_norm=norm).numpy()
    assert (cosines == 0).tolist() == [i in (2, 3) for i in range(9)]


def test_cosines_and_angles_to_a_direction(shifts):
    direction = shifts.mean(axis=0)
    expected = cosine_similarity(shifts, direction[None])[:, 0]
    np.testing.assert_allclose(cosines_to(torch.tensor(shifts), torch.tensor(direction)).numpy(), expected)
    angles = angles_to(torch.tensor(shifts), torch.tensor(direction)).numpy()
    np.testing.assert_allclose(angles, np.degrees(np.arccos(expected)))
    along = angles_to(torch.tensor(direction[None]), torch.tensor(direction))
    assert along.item() == pytest.approx(0, abs=1e-5)


def make_plane(observed, predictions=None):
    rng = np.random.default_rng(1)
    n_genes = observed.shape[1]
    control, centroid = torch.tensor(rng.random(n_genes)), torch.tensor(observed.mean(axis=0))
    names = [f"p{i}" for i in range(len(observed))]
    tensors = {name: torch.tensor(values) for name, values in (predictions or {}).items()}
    return plane(names, torch.tensor(observed), tensors, control=control, centroid=centroid), control.numpy()


@pytest.mark.parametrize("shape", [(12, 40), (40, 12)])
def test_plane_equals_sklearn_up_to_sign(shape):
    observed = np.random.default_rng(2).gamma(1.0, 1.0, shape)
    predicted = observed + 0.3
    predicted[4, 3] = np.nan
    result, control = make_plane(observed, {"m": predicted})
    pca = PCA(2, svd_solver="full").fit(observed)
    sign = np.sign([axis[np.abs(axis).argmax()] for axis in pca.components_])
    there = np.arange(len(observed)) != 4
    points = result.points.set_index("prediction")
    for name, profiles in (("observed", observed), ("m", predicted[there])):
        own = points.loc[name, ["pc1", "pc2"]].to_numpy()
        np.testing.assert_allclose(own, pca.transform(profiles) * sign, atol=1e-9)
    assert "p4" not in set(points.loc["m", "perturbation"])
    np.testing.assert_allclose(result.explained, pca.explained_variance_ratio_)
    ends = pca.transform(np.stack([control, observed.mean(axis=0)])) * sign
    np.testing.assert_allclose(result.anchors[["pc1", "pc2"]], ends, atol=1e-9)
    assert result.anchors["anchor"].tolist() == ["control mean", "perturbed centroid"]


def test_plane_by_iteration_equals_the_dense_one(monkeypatch):
    observed = np.random.default_rng(3).gamma(1.0, 1.0, (60, 80))
    dense, _ = make_plane(observed)
    monkeypatch.setattr(geometry, "_DENSE_EIGENVECTORS", 10)
    iterated, _ = make_plane(observed)
    columns = ["pc1", "pc2"]
    np.testing.assert_allclose(iterated.points[columns], dense.points[columns], atol=1e-8)
    np.testing.assert_allclose(iterated.explained, dense.explained)


def test_plane_of_two_perturbations_is_a_line():
    result, _ = make_plane(np.random.default_rng(4).random((2, 6)))
    assert result.explained == (pytest.approx(1.0), 0.0)
    assert (result.points["pc2"] == 0).all()


def test_plane_of_one_perturbation_has_no_axes():
    result, _ = make_plane(np.random.default_rng(5).random((1, 6)))
    assert np.isnan(result.explained).all()
    assert (result.points[["pc1", "pc2"]] == 0).all(axis=None)
