"""Moments by plain numpy, one group at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from perturbdash.statistics.context import Group
from perturbdash.statistics.moments import Moments
from perturbdash.vocabulary import ALL_CONTEXTS, BLOCKS_PER_HALF, CONTROL, FIRST, SECOND, control_part


def naive_moments(cells, labels, *, contexts=None, halves=None):
    """Return the moments of labelled cells; halves alternate within a condition unless given by cell."""
    labels = np.asarray(labels, dtype=object)
    contexts = np.full(len(labels), ALL_CONTEXTS, dtype=object) if contexts is None else np.asarray(contexts)
    parts = np.empty(len(labels), dtype=object)
    for context, label in sorted(set(zip(contexts, labels, strict=True))):
        rows = np.flatnonzero((contexts == context) & (labels == label))
        own = np.array([FIRST, SECOND] * len(rows))[: len(rows)] if halves is None else halves[rows]
        parts[rows] = own
        if label == CONTROL:
            for half in (FIRST, SECOND):
                for block, chosen in enumerate(np.array_split(rows[own == half], BLOCKS_PER_HALF)):
                    parts[chosen] = control_part(half, block)
    groups = sorted(set(zip(contexts, labels, parts, strict=True)))
    members = [(contexts == c) & (labels == p) & (parts == h) for c, p, h in groups]
    conditions = pd.DataFrame(groups, columns=["context", "perturbation", "part"])
    conditions["n_cells"] = [int(m.sum()) for m in members]
    return Moments(
        conditions=conditions,
        genes=tuple(f"g{i}" for i in range(cells.shape[1])),
        mean=np.stack([cells[m].mean(axis=0) for m in members]),
        m2=np.stack([((cells[m] - cells[m].mean(axis=0)) ** 2).sum(axis=0) for m in members]),
        nnz=np.stack([(cells[m] > 0).sum(axis=0) for m in members]),
    )


def naive_group(blocks):
    """Return the Group of a list of arrays of cells, empty ones included."""
    mean, m2 = [], []
    for cells in blocks:
        empty = np.full(cells.shape[1], np.nan)
        mean.append(cells.mean(axis=0) if len(cells) else empty)
        m2.append(((cells - cells.mean(axis=0)) ** 2).sum(axis=0) if len(cells) else empty)
    n = torch.tensor([float(len(cells)) for cells in blocks], dtype=torch.float64)
    return Group(n, torch.tensor(np.array(mean)), torch.tensor(np.array(m2)))


def assert_same_group(actual, expected, rtol=1e-12, atol=1e-12):
    for name in ("n", "mean", "m2"):
        np.testing.assert_allclose(
            getattr(actual, name).numpy(), getattr(expected, name).numpy(), rtol=rtol, atol=atol, err_msg=name
        )
