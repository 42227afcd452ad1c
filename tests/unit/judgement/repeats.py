"""Screens whose truth is known: with an effect of guides, or without any effect at all."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd

import perturbdash

N_GENES = 60


def screen(
    *,
    n_perturbations: int = 16,
    n_cells: int = 24,
    n_controls: int = 120,
    effect: float = 0.6,
    guide_effect: float = 0.0,
    noise: float = 0.5,
    seed: int = 0,
) -> ad.AnnData:
    """Cells of log1p values: a base, an effect of the perturbation, one of its guide (two each), and noise."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(1.5, 3.0, N_GENES)
    labels = [f"P{i:02}" for i in range(n_perturbations)]
    rows, obs = [], []
    for label in ["control", *labels]:
        own = np.zeros(N_GENES) if label == "control" else effect * rng.normal(size=N_GENES)
        guides = guide_effect * rng.normal(size=(2, N_GENES)) * (label != "control")
        n = n_controls if label == "control" else n_cells
        guide = np.arange(n) % 2
        rows.append(base + own + guides[guide] + noise * rng.normal(size=(n, N_GENES)))
        obs += [(label, f"{label}_g{g}") for g in guide]
    frame = pd.DataFrame(obs, columns=["perturbation", "guide"])
    frame.index = [f"cell{i}" for i in range(len(frame))]
    values = np.clip(np.vstack(rows), 0, None)
    return ad.AnnData(X=values, obs=frame, var=pd.DataFrame(index=[f"G{i}" for i in range(N_GENES)]))


def scored(cells: ad.AnnData, **settings: object) -> perturbdash.Result:
    """Calibrate a screen."""
    chosen = {"store": False, "n_resamples": 200, "space": "log1p", "perturbation_key": "perturbation"}
    return perturbdash.evaluate(cells, **(chosen | settings))
