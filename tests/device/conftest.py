from __future__ import annotations

from pathlib import Path

import pytest
import torch

from perturbdash.cli import main


@pytest.fixture(scope="session")
def simulated(tmp_path_factory) -> Path:
    """A simulated screen with combinations, and predictions of it."""
    folder = tmp_path_factory.mktemp("simulated")
    size = ["--genes", "40", "--perturbations", "11", "--combinations", "2"]
    size += ["--cells", "10", "--control-cells", "30", "--seed", "3"]
    assert main(["simulate", "--out", str(folder), *size]) == 0
    return folder


@pytest.fixture
def card() -> torch.device:
    """A CUDA device; the test skips where torch finds none."""
    if not torch.cuda.is_available():
        pytest.skip("torch finds no CUDA device here")
    return torch.device("cuda")
