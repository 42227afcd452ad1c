"""A small screen and predictions that really have each of the warnings about a model."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

import perturbdash
from perturbdash.judgement.result import Result

GENES = [f"G{i:02d}" for i in range(60)]
LABELS = GENES[:30]
TRAIN, TEST = LABELS[:12], LABELS[12:]
WARNED = {
    "collapse": "same",
    "is_the_mean": "same",
    "scale": "tripled",
    "space": "shifted",
    "control_drift": "partial",
    "leakage": "copied",
    "target_gene_only": "targeted",
    "train_predictions": "partial",
    "missing": "partial",
    "identical": "partial",
}
"""Who has which warning."""
BLANK = GENES[-1]
"""A gene that one file lacks."""


@cache
def cells() -> ad.AnnData:
    """Return cells whose perturbations share an effect, lose their own gene and move a few others."""
    rng = np.random.default_rng(5)
    base = rng.uniform(1.0, 2.5, len(GENES))
    shared = rng.normal(0, 0.25, len(GENES)) * (rng.random(len(GENES)) < 0.4)
    blocks = [rng.normal(base, 0.35, (240, len(GENES)))]
    names = ["control"] * 240
    for label in LABELS:
        specific = rng.normal(0, 0.25, len(GENES)) * (rng.random(len(GENES)) < 0.35)
        means = base + shared + specific
        means[GENES.index(label)] = 0.05
        blocks.append(rng.normal(means, 0.35, (40, len(GENES))))
        names += [label] * 40
    split = ["train" if name in ("control", *TRAIN) else "test" for name in names]
    obs = pd.DataFrame({"perturbation": names, "split": split}, index=[f"c{i}" for i in range(len(names))])
    values = np.maximum(np.concatenate(blocks), 0).astype(np.float64)
    return ad.AnnData(values, obs=obs, var=pd.DataFrame(index=GENES))


def predictions() -> dict[str, pd.DataFrame]:
    """Return the predictions by name, one row a perturbation."""
    data = cells()
    labels = data.obs["perturbation"].to_numpy()
    means = pd.DataFrame(data.X, columns=GENES).groupby(labels).mean()
    control, observed = means.loc["control"], means.loc[TEST]
    average = means.loc[TRAIN].mean()
    rng = np.random.default_rng(6)

    def noise(sd: float) -> np.ndarray:
        return rng.normal(0, sd, observed.shape)

    honest = control + 0.8 * (observed - control) + noise(0.12)
    targeted = pd.DataFrame(np.tile(average, (len(TEST), 1)), TEST, GENES) + noise(0.01)
    for label in TEST:
        targeted.loc[label, label] = observed.loc[label, label]
    partial = means.loc[[*TRAIN[:4], *TEST[3:]]] + rng.normal(0, 0.1, (4 + len(TEST[3:]), len(GENES)))
    partial.loc[TEST[6:9]] = partial.loc[TEST[5]].to_numpy()
    partial.loc["control"] = control + rng.normal(0, 0.2, len(GENES))
    return {
        "honest": honest.clip(lower=0),
        "same": pd.DataFrame(np.tile(average, (len(TEST), 1)), TEST, GENES) + noise(0.004),
        "tripled": (control + 3.2 * (observed - control)).clip(lower=0),
        "shifted": observed - control,
        "copied": observed,
        "targeted": targeted.clip(lower=0),
        "partial": partial.clip(lower=0).drop(columns=BLANK),
    }


@cache
def warned() -> Result:
    """Score them, once for all tests."""
    return perturbdash.evaluate(
        cells(), predictions(), store=False, genes="shared", n_resamples=400, split_key="split"
    )


def write(folder: Path) -> None:
    """Write cells and predictions into a folder."""
    cells().write_h5ad(folder / "warned.h5ad")
    for name, table in predictions().items():
        table.rename_axis("perturbation").to_csv(folder / f"{name}.csv")


def few_controls(n: int = 14) -> ad.AnnData:
    """Return cells of perturbations that do nothing, with few control cells that they are all compared with."""
    rng = np.random.default_rng(0)
    labels = np.repeat(["control", *(f"P{i:02}" for i in range(n))], 16)
    counts = rng.poisson(4.0, size=(len(labels), 30)).astype(np.float32)
    obs = pd.DataFrame({"perturbation": labels}, index=[f"c{i}" for i in range(len(labels))])
    return ad.AnnData(counts, obs=obs, var=pd.DataFrame(index=[f"G{i}" for i in range(30)]))
