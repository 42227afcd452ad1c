"""Small screens with effects, several contexts and predictions, scored once for all tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from perturbdash.ui.library import library
from perturbdash.ui.records import Record, Source

GENES = [f"G{i:02}" for i in range(30)]
LABELS = ["G00", "G01", "G02", "G00+G01", "P1", "P2", "P3", "P4"]
TESTED = LABELS[:6]


def write_screen(folder: Path, *, contexts: tuple[str, ...] = ("all",), labels: list[str] = LABELS) -> None:
    """Write ``screen.h5ad`` and predictions ``m0.csv`` ... ``m7.csv``; ``m1`` lacks the first perturbation."""
    rng = np.random.default_rng(3)
    base = rng.uniform(0.5, 2, len(GENES))
    blocks, rows, profiles = [], [], {}
    for context in contexts:
        for label in ["control", *labels]:
            shift = 0 if label == "control" else rng.normal(0.2, 0.6, len(GENES))
            profiles[label] = base + shift
            blocks.append(rng.normal(base + shift, 0.3, (20, len(GENES))))
            rows += [(label, context)] * 20
    obs = pd.DataFrame(rows, columns=["perturbation", "cell_type"], index=[f"c{i}" for i in range(len(rows))])
    obs = obs if len(contexts) > 1 else obs[["perturbation"]]
    cells = ad.AnnData(np.maximum(np.concatenate(blocks), 0), obs=obs, var=pd.DataFrame(index=GENES))
    cells.write_h5ad(folder / "screen.h5ad")
    tested = pd.DataFrame({label: profiles[label] for label in labels if label in TESTED}, index=GENES).T
    tested.index.name = "perturbation"
    for i in range(8):
        noisy = tested + rng.normal(0, 0.1 + i / 10, tested.shape)
        noisy.iloc[1 if i == 1 else 0 :].to_csv(folder / f"m{i}.csv")


def record_of(n_models: int) -> str:
    """Return the address of the screen with its first predictions."""
    predictions = tuple((f"m{i}", Source("root", f"m{i}.csv")) for i in range(n_models))
    schema = (("separator", "+"), ("space", "log1p"))
    settings = (("n_resamples", 200),)
    record = Record(Source("root", "screen.h5ad"), schema, predictions, settings)
    return library().address(record)


def result_of(app: AppTest) -> Any:
    """Return the result that a page shows."""
    return library().result(library().record(app.query_params["dataset"]))


def figures_of(app: AppTest) -> list[dict[str, Any]]:
    """Return the figures of a page as plotly's JSON."""
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def alts_of(app: AppTest) -> list[str]:
    """Return what each figure says that it shows."""
    return [figure["layout"]["meta"]["alt"] for figure in figures_of(app)]


def choose(app: AppTest, label: str, option: str) -> AppTest:
    """Press a button of a row of buttons."""
    next(group for group in app.main.get("button_group") if group.label == label).set_value(option)
    return app.run()
