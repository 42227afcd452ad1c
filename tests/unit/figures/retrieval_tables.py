"""Ranks, matrices and curves as the page Retrieval hands them to its figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.unit.figures.tables import MODELS, perturbation_names

CURVE_COLUMNS = ["group", "prediction", "false_positive", "true_positive"]
AREA_COLUMNS = ["group", "prediction", "auc", "n_members", "n_positive", "n_negative", "reason"]


def ranks(n: int = 33, models: tuple[str, ...] = MODELS) -> pd.DataFrame:
    """The first model finds most, the last baseline and others guess; a repeat against each half."""
    rng, names = np.random.default_rng(20), perturbation_names(n)
    kinds = {"matching_mean": "baseline", **dict.fromkeys(models, "model")}
    frames = []
    for place, (prediction, kind) in enumerate(kinds.items()):
        rank = np.ones(n) if place == 1 else rng.integers(1, n + 1, n)
        frames.append(
            pd.DataFrame({"prediction": prediction, "kind": kind, "truth": "all_cells", "rank": rank * 1.0})
        )
    for truth in ("first_half", "second_half"):
        own = {"prediction": "technical_duplicate", "kind": "positive_control", "truth": truth}
        frames.append(pd.DataFrame({**own, "rank": np.minimum(n, rng.integers(1, 4, n)) * 1.0}))
    table = pd.concat([frame.assign(perturbation=names) for frame in frames], ignore_index=True)
    return table.assign(value=1 - (table["rank"] - 1) / max(n - 1, 1), n_candidates=n)


def rank_matrix(n: int = 33) -> pd.DataFrame:
    """Every second row has its own truth first, the others the next one."""
    names, places = perturbation_names(n), np.arange(n, dtype=np.int32)
    first = np.where(places % 2 == 0, places, (places + 1) % n)
    values = ((places[None, :] - first[:, None]) % n + 1).astype(np.uint16)
    return pd.DataFrame(values, index=names, columns=names)


def group_curves(models: tuple[str, ...] = MODELS) -> pd.DataFrame:
    rows = [("group 1", model, x, min(1.0, x + 0.5)) for model in models for x in (0.0, 0.25, 0.5, 1.0)]
    return pd.DataFrame(rows, columns=CURVE_COLUMNS)


def group_areas(models: tuple[str, ...] = MODELS) -> pd.DataFrame:
    rows = [("group 1", model, 0.9 - 0.05 * i, 6, 5, 20, "") for i, model in enumerate(models)]
    return pd.DataFrame(rows, columns=AREA_COLUMNS)
