"""Counts or logarithms, from a sample; and totals of cells for counts of a panel."""

import anndata
import numpy as np
import pytest
from scipy import sparse

from perturbdash.errors import DataError, SchemaError, SettingsError
from perturbdash.io.dataset import read
from perturbdash.io.space import examine, propose_space
from tests.unit.io.made import screen


def with_values(x: np.ndarray, **columns) -> anndata.AnnData:
    adata = screen(**columns)
    adata.X = sparse.csr_matrix(x)
    return adata


def counts(scale: float = 3.0) -> np.ndarray:
    return np.random.default_rng(1).poisson(scale, size=(21, 7)).astype(np.float32)


def facts(x: np.ndarray):
    return examine(sparse.csr_matrix(x), "X")


@pytest.mark.parametrize(
    ("x", "space", "words"),
    [
        (counts(), "counts", "Integers with a maximum of"),
        (counts(200) * 1.5, "counts", "too large for a logarithm"),
        (np.log1p(counts() * 1.5), "log1p", "Not integers, maximum"),
        (np.log1p(counts() + 0.5) * 0 + np.log1p(10_000 / 7), "log1p", "sums to 10,000 in each cell"),
        (np.zeros((21, 7)), "counts", "Integers"),
    ],
)
def test_space_is_seen_in_the_values(x, space, words):
    proposal = propose_space(facts(x), 7, None)
    assert proposal.value == space
    assert words in proposal.reason


def test_a_panel_of_logarithms_is_named():
    x = np.log1p(counts() * 10.5)
    assert "less than 10,000 over these 7 genes" in propose_space(facts(x), 7, None).reason


def test_the_choice_counts():
    data = read(with_values(counts()), space="log1p")
    assert data.schema.space == "log1p"
    assert data.proposals["space"].reason.startswith("Chosen. Integers")
    with pytest.raises(SettingsError, match="'logs' is not known; expected counts or log1p"):
        read(screen(), space="logs")


@pytest.mark.parametrize(
    ("bad", "words"), [(np.nan, "missing"), (np.inf, "infinite"), (-1.5, r"negative.*-1\.5")]
)
@pytest.mark.parametrize("layer", [False, True])
def test_values_that_are_neither(bad, words, layer):
    x = counts()
    x[3, 2] = bad
    adata = with_values(x)
    if layer:
        adata.layers["raw"] = counts()
    with pytest.raises(DataError, match=words) as error:
        read(adata)
    assert ("choose another layer (raw)" in str(error.value)) == layer
    if layer:
        assert read(adata, layer="raw").schema.space == "counts"


def test_totals_are_proposed_for_counts_that_they_cover():
    x = counts()
    totals = x.sum(axis=1) * 4.0
    data = read(with_values(x, nCount_RNA=totals))
    assert data.schema.totals_key == "nCount_RNA"
    assert "The genes here hold 25% of a cell's counts" in data.proposals["totals_key"].reason
    np.testing.assert_array_equal(data.totals, totals)
    assert "agree" in read(with_values(x, n_counts=x.sum(axis=1))).proposals["totals_key"].reason


@pytest.mark.parametrize("name", ["ncounts", "n_counts", "total_counts", "nCount_RNA"])
def test_names_of_totals(name):
    x = counts()
    assert read(with_values(x, **{name: x.sum(axis=1)})).schema.totals_key == name
    assert read(with_values(np.log1p(x * 1.5), **{name: x.sum(axis=1)})).schema.totals_key is None


def test_totals_that_do_not_fit_are_offered_only():
    x = counts()
    for bad in (x.sum(axis=1) * 0.5, np.where(np.arange(21) == 20, 0, x.sum(axis=1))):
        data = read(with_values(x, n_counts=bad))
        assert data.schema.totals_key is None
        assert data.proposals["totals_key"].alternatives == ("n_counts",)
        assert "panel of 7 genes" in data.proposals["totals_key"].reason


def test_chosen_totals():
    x = counts()
    adata = with_values(x, size=x.sum(axis=1), kind=["a"] * 21)
    assert read(adata, totals_key="size").schema.totals_key == "size"
    assert read(adata, totals_key="none").totals is None
    with pytest.raises(SchemaError, match="'kind' is not a positive number in every cell"):
        read(adata, totals_key="kind")
    with pytest.raises(SchemaError, match=r"no column 'sise' .* are: size"):
        read(adata, totals_key="sise")
    with pytest.raises(SettingsError, match="scale counts, but the values are log1p"):
        read(adata, totals_key="size", space="log1p")
