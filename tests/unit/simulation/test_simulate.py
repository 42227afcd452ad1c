from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perturbdash.errors import Cancelled
from perturbdash.io.dataset import read
from perturbdash.simulation.settings import SimulationSettings
from perturbdash.simulation.simulate import simulate

SETTINGS = SimulationSettings(
    n_genes=80,
    n_singles=6,
    n_combinations=2,
    cells_per_perturbation=150,
    n_control_cells=400,
    contexts=("x", "y"),
)


@pytest.fixture(scope="module")
def simulated():
    return simulate(SETTINGS)


def test_the_same_settings_give_the_same_cells(simulated):
    again, other = simulate(SETTINGS), simulate(replace(SETTINGS, seed=1))
    assert (simulated.counts != again.counts).nnz == 0
    assert simulated.obs.equals(again.obs)
    assert simulated.counts.nnz != other.counts.nnz


def test_centroids_agree_with_the_truth_within_their_error(simulated):
    cells, obs, truth = simulated.to_anndata("log1p"), simulated.obs, simulated.truth
    labels = {"control": None} | {label: i for i, label in enumerate(truth.perturbations)}
    z = []
    for v, context in enumerate(truth.contexts):
        for label, p in labels.items():
            chosen = ((obs["perturbation"] == label) & (obs["cell_line"] == context)).to_numpy()
            values = cells.X[chosen].toarray().astype(float)
            expected = truth.expected_control[v] if p is None else truth.expected[v, p]
            error = values.std(0, ddof=1) / np.sqrt(len(values))
            z.append(((values.mean(0) - expected) / error)[error > 0.01])
    z = np.concatenate(z)
    assert abs(z.mean()) < 0.15
    assert z.std() == pytest.approx(1, abs=0.12)


def test_sizes_are_as_asked(simulated):
    sizes = simulated.obs.groupby(["cell_line", "perturbation"], observed=True).size().unstack()
    assert (sizes["control"] == 400).all()
    perturbed = sizes.drop(columns="control")
    assert perturbed.shape == (2, 8)
    assert perturbed.min().min() >= 120
    assert perturbed.max().max() <= 180
    assert not simulated.obs["perturbation"].iloc[:400].eq("control").all()


def test_counts_are_whole_numbers_below_the_total_of_their_cell(simulated):
    assert simulated.counts.dtype == np.int32
    left = simulated.obs["total_counts"].to_numpy() - simulated.counts.sum(axis=1).A1
    assert (left >= 0).mean() > 0.99


def test_the_reader_finds_the_schema_of_simulated_cells(simulated):
    for space in ("counts", "log1p"):
        dataset = read(simulated.to_anndata(space))
        schema = dataset.schema
        assert (schema.perturbation_key, schema.control, schema.space) == ("perturbation", "control", space)
        assert (schema.context_key, schema.separator) == ("cell_line", "+")
        assert dataset.perturbations == simulated.truth.perturbations
        if space == "counts":
            assert schema.totals_key == "total_counts"


def test_it_can_be_stopped():
    def stop(share, text):
        if share > 0.3:
            raise Cancelled(text)

    with pytest.raises(Cancelled):
        simulate(SETTINGS, progress=stop)
