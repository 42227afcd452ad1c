"""Small data sets of cells that pages really read and score."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import perturbdash
from perturbdash.judgement.result import Result
from perturbdash.ui import demo
from perturbdash.ui.library import library
from perturbdash.ui.records import Option, Record, Source
from tests.pages.conftest import Visit, wait

N_GENES = 30


def write_noise(path: Path, n_perturbations: int, *, n_cells: int = 16) -> None:
    """Write cells of perturbations that do nothing, and as many cells without any."""
    names = ["control", *(f"P{i:02}" for i in range(n_perturbations))]
    labels = np.repeat(names, n_cells)
    counts = np.random.default_rng(0).poisson(4.0, size=(len(labels), N_GENES)).astype(np.float32)
    obs = pd.DataFrame({"perturbation": labels}, index=[f"c{i}" for i in range(len(labels))])
    var = pd.DataFrame(index=[f"G{i}" for i in range(N_GENES)])
    ad.AnnData(counts, obs=obs, var=var).write_h5ad(path)


@cache
def demo_result() -> Result:
    """Score the demo, once for all tests."""
    record = demo.record()
    predictions = {name: demo.folder() / source.name for name, source in record.predictions}
    return perturbdash.evaluate(demo.folder() / record.data.name, predictions, store=False)


def visit_demo(
    visit: Visit, page: str, monkeypatch: pytest.MonkeyPatch, /, **parameters: str | list[str]
) -> AppTest:
    """Open a page on the demo."""
    result = demo_result()
    monkeypatch.setitem(vars(perturbdash), "evaluate", lambda *_, **__: result)
    return wait(visit(page, dataset="demo", **parameters))


def visit_scored(visit: Visit, page: str, file: str, /, **settings: Option) -> AppTest:
    """Open a page on a file below the data root that is scored with these settings."""
    dataset = library().address(Record(Source("root", file)).only_settings(dict(settings)))
    return wait(visit(page, dataset=dataset))
