"""Results on a device are those of the processor: an emulated device everywhere, a card where there is one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse

import perturbdash as pdash
from perturbdash.judgement import evaluate as evaluating
from perturbdash.judgement.result import TABLES
from perturbdash.statistics import accumulate
from perturbdash.statistics.accumulate import moments
from tests.device.emulated import emulated_device
from tests.unit.statistics.cells import counts, dataset

LAYOUTS = {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix, "dense": np.ascontiguousarray}


def evaluated(folder: Path, device: str) -> pdash.Result:
    prediction = folder / "predictions" / "skilled.csv"
    return pdash.evaluate(folder / "data.h5ad", prediction, store=False, device=device)


def assert_same_tables(found: pdash.Result, expected: pdash.Result) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name), rtol=1e-8, atol=1e-10)


def assert_same_moments(found, expected) -> None:
    for name in ("mean", "m2"):
        values = getattr(expected, name)
        difference = np.abs(getattr(found, name) - values).max()
        assert difference <= 1e-10 * np.ptp(values), name
    assert (found.nnz == expected.nnz).all()


def test_the_emulated_device_refuses_what_a_card_refuses() -> None:
    with emulated_device() as device:
        ours = torch.tensor([1.0, 2.0], device=device)
        assert (ours + 1).device == device
        assert (ours * 2).cpu().tolist() == [2.0, 4.0]
        with pytest.raises(RuntimeError, match="on one device"):
            ours + torch.ones(2)
        with pytest.raises(RuntimeError, match="numpy"):
            ours.numpy()
        with pytest.raises(RuntimeError, match="on one device"):
            torch.where(ours > 1, ours, torch.zeros(2, dtype=torch.float32))


def test_evaluation_on_an_emulated_device(simulated: Path, monkeypatch) -> None:
    expected = evaluated(simulated, "cpu")
    with emulated_device() as device:
        for module in (evaluating, accumulate):
            monkeypatch.setattr(module, "resolve", lambda name="auto": device)
        found = evaluated(simulated, "cuda")
        assert found.cases["all"].stats.all_cells.mean.device == device
        assert_same_tables(found, expected)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("space", ["log1p", "counts"])
def test_moments_on_an_emulated_device(layout, space, monkeypatch) -> None:
    cells = dataset(LAYOUTS[layout](counts(500, 40)), space=space)
    cells.source.values = 3000
    expected = moments(cells, device="cpu")
    with emulated_device() as device:
        monkeypatch.setattr(accumulate, "resolve", lambda name="auto": device)
        assert_same_moments(moments(cells, device="cuda"), expected)


@pytest.mark.cuda
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("space", ["log1p", "counts"])
def test_moments_on_a_card(layout, space, card) -> None:
    cells = dataset(LAYOUTS[layout](counts(20_000, 400)), space=space, n_perturbations=60)
    cells.source.values = 100_000  # many chunks, so that slots are filled again while others are computed
    expected, found = moments(cells, device="cpu"), moments(cells, device="cuda")
    assert_same_moments(found, expected)
    again = moments(cells, device="auto")
    assert (again.mean == found.mean).all()
    assert (again.m2 == found.m2).all()


@pytest.mark.cuda
def test_evaluation_on_a_card(simulated: Path, card) -> None:
    assert_same_tables(evaluated(simulated, "cuda"), evaluated(simulated, "cpu"))
