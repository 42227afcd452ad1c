"""Tables of a null check and a titration as figures get them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.unit.figures.tables import calibration_summary

SHINES = "pearson_delta_centroid_top20"


def null_check(*, n: int = 33, trials: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(21)
    frames = [calibration_summary(n=n).assign(trial=0, labels="observed")]
    for trial in range(1, trials + 1):
        own = calibration_summary(n=n)
        noise = rng.uniform(-0.1, 0.02, len(own))
        shines = own["metric"] == SHINES
        drf = np.where(own["drf_mean"].isna(), np.nan, np.where(shines, 0.2, noise))
        frames.append(
            own.assign(
                trial=trial,
                labels="permuted",
                drf_mean=drf,
                drf_low=drf - 0.05,
                drf_high=drf + 0.05,
                gate=np.where(shines, "informative", np.where(own["n"] < 10, "too_few", "uninformative")),
            )
        )
    return pd.concat(frames, ignore_index=True)


def titration_levels() -> pd.DataFrame:
    cells = np.array([6.0, 12.0, 24.0, 48.0, 72.0, 96.0])
    drf = cells / (cells + 40)
    return pd.DataFrame(
        {
            "share": cells / 96,
            "cells": cells,
            "drf_mean": drf,
            "drf_low": drf - 0.1,
            "drf_high": drf + 0.1,
            "n": 33,
            "gate": ["too_few", "uninformative", "weak", *["informative"] * 3],
            "fitted": [False, *[True] * 5],
        }
    )


def titration_curve() -> pd.DataFrame:
    cells = np.geomspace(12, 384, 60)
    drf = cells / (cells + 40)
    columns = {"cells": cells, "drf": drf, "low": drf - 0.05, "high": drf + 0.05}
    return pd.DataFrame(columns | {"beyond": cells > 96})
