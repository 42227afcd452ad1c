"""The largest eigenvalues of a large symmetric matrix that is known by its products."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.linalg
import torch
from torch import Tensor

from perturbdash.vocabulary import Purpose

COLUMNS_AT_ONCE = 16
MOST_STEPS = 60
STEPS_BETWEEN = 4
TOLERANCE = 1e-12


def leading_eigenvectors(
    product: Callable[[Tensor], Tensor], n: int, k: int, *, like: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the k largest eigenvalues, falling, and their eigenvectors, by block Lanczos from a fixed start.

    It ends when each residual is below 1e-12 of the largest eigenvalue, or after 60 products: what has not settled by
    then lies among eigenvalues that do not differ.

    Parameters
    ----------
    product
        Multiplies the matrix, positive semidefinite, by ``(n, n_columns)``.
    n, k
        Size of the matrix, and how many are asked for, 16 at most.
    like
        Gives type and device.

    Returns
    -------
    ``(k,)`` and ``(n, k)``.

    References
    ----------
    Golub & Underwood, The block Lanczos method for computing eigenvalues, Mathematical Software III, 361-377 (1977),
    10.1016/B978-0-12-587260-7.50018-2.

    Examples
    --------
    >>> matrix = torch.diag(torch.arange(100.0, dtype=torch.float64))
    >>> values, vectors = leading_eigenvectors(lambda columns: matrix @ columns, 100, 2, like=matrix)
    >>> values.numpy().round(9).tolist(), vectors.abs().argmax(0).tolist()
    ([99.0, 98.0], [99, 98])
    """
    start = np.random.default_rng([0, Purpose.PCA]).standard_normal((n, min(COLUMNS_AT_ONCE, n)))
    basis = torch.linalg.qr(torch.from_numpy(start).to(like))[0]
    image = product(basis)
    most = min(n, MOST_STEPS * COLUMNS_AT_ONCE)
    while True:
        values, turned = _largest(basis.T @ image, k)
        vectors = basis @ turned
        residual = (image @ turned - vectors * values).norm(dim=0)
        if basis.shape[1] >= most or bool((residual <= TOLERANCE * values[0].abs()).all()):
            return values, vectors
        for _ in range(STEPS_BETWEEN):
            fresh = _orthogonal(image[:, -COLUMNS_AT_ONCE:], basis)[:, : n - basis.shape[1]]
            basis, image = torch.cat([basis, fresh], dim=1), torch.cat([image, product(fresh)], dim=1)


def _largest(matrix: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the k largest eigenvalues, falling, and eigenvectors of a small matrix, symmetric but for rounding."""
    small, size = matrix.cpu().numpy(), len(matrix)
    found = scipy.linalg.eigh((small + small.T) / 2, subset_by_index=[size - k, size - 1])
    values, vectors = (torch.from_numpy(np.ascontiguousarray(part[..., ::-1])).to(matrix) for part in found)
    return values, vectors


def _orthogonal(columns: Tensor, basis: Tensor) -> Tensor:
    """Take the basis out of the columns, twice for rounding, and make them orthonormal."""
    for _ in range(2):
        columns = torch.linalg.qr(columns - basis @ (basis.T @ columns))[0]
    return columns
