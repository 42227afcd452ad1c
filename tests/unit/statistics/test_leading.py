"""Leading eigenvectors from products, against the decomposition of the whole matrix."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from perturbdash.statistics.leading import leading_eigenvectors


def gram(n: int, n_genes: int, *, signals: int = 0, rank: int | None = None) -> torch.Tensor:
    rng = np.random.default_rng(4)
    table = rng.normal(size=(n, n_genes))
    if rank is not None:
        table = rng.normal(size=(n, rank)) @ rng.normal(size=(rank, n_genes))
    table += (
        rng.normal(size=(n, max(signals, 1))) @ rng.normal(size=(max(signals, 1), n_genes)) * (signals > 0)
    )
    return torch.from_numpy(table @ table.T)


@pytest.mark.parametrize(
    ("n", "n_genes", "signals", "rank", "k"),
    [
        (300, 200, 12, None, 10),
        (300, 900, 3, None, 2),
        (300, 200, 0, None, 10),
        (200, 100, 0, 12, 10),
        (40, 100, 0, None, 10),
        (12, 100, 0, None, 10),
    ],
)
def test_values_and_space_are_those_of_the_whole_matrix(n, n_genes, signals, rank, k):
    matrix = gram(n, n_genes, signals=signals, rank=rank)
    values, vectors = leading_eigenvectors(lambda columns: matrix @ columns, n, k, like=matrix)
    expected, axes = np.linalg.eigh(matrix.numpy())
    np.testing.assert_allclose(values.numpy(), expected[::-1][:k], rtol=1e-10)
    space = vectors.numpy() @ vectors.numpy().T
    np.testing.assert_allclose(space, axes[:, -k:] @ axes[:, -k:].T, atol=1e-7)


def test_the_same_matrix_gives_the_same_bits():
    matrix = gram(120, 300, signals=2)
    one, other = (
        leading_eigenvectors(lambda columns: matrix @ columns, 120, 3, like=matrix) for _ in range(2)
    )
    assert torch.equal(one[1], other[1])


def test_few_products_are_enough_where_the_leading_ones_stand_out():
    matrix, calls = gram(400, 500, signals=4), []

    def product(columns: torch.Tensor) -> torch.Tensor:
        calls.append(columns.shape[1])
        return matrix @ columns

    leading_eigenvectors(product, 400, 2, like=matrix)
    assert len(calls) <= 13
