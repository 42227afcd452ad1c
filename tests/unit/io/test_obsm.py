"""Embeddings of a file: named without reading them, two columns read, whatever the file is."""

from __future__ import annotations

import warnings

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from perturbdash.errors import DataError
from perturbdash.io import obsm
from perturbdash.io.obsm import Embedding, embeddings, read_embedding
from perturbdash.io.opening import open_source
from tests.unit.io.made import screen, written


@pytest.fixture
def adata():
    made, rng = screen(), np.random.default_rng(1)
    made.obsm["X_umap"] = rng.normal(size=(made.n_obs, 2)).astype(np.float32)
    made.obsm["X_pca"] = rng.normal(size=(made.n_obs, 5))
    made.obsm["one"] = rng.normal(size=(made.n_obs, 1))
    made.obsm["table"] = pd.DataFrame({"a": 1.0, "b": 2.0}, index=made.obs_names)
    made.obsm["sparse"] = sparse.random(made.n_obs, 4, density=0.5, format="csr", random_state=0)
    return made


@pytest.fixture(params=["memory", "h5ad", "zarr"])
def source(request, adata, tmp_path):
    if request.param == "memory":
        return open_source(adata)
    path = tmp_path / f"cells.{request.param}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (adata.write_h5ad if request.param == "h5ad" else adata.write_zarr)(path)
    return open_source(path)


def test_arrays_of_two_columns_or_more_are_named_those_of_two_first(source):
    assert embeddings(source) == (Embedding("X_umap", 2), Embedding("X_pca", 5))


@pytest.mark.parametrize("name", ["X_umap", "X_pca"])
def test_the_first_two_columns_are_read(source, adata, name):
    found = read_embedding(source, name)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, adata.obsm[name][:, :2], rtol=1e-6)


@pytest.mark.parametrize("name", ["absent", "one", "../X", "table"])
def test_what_is_not_an_embedding_is_refused_in_a_sentence(source, name):
    with pytest.raises(DataError, match=r"has no embedding .* in obsm; found X_pca, X_umap\.$"):
        read_embedding(source, name)


def test_a_file_without_any_has_none(tmp_path):
    assert embeddings(open_source(written(screen(), tmp_path))) == ()


def test_no_more_than_two_columns_leave_the_file(adata, tmp_path, monkeypatch):
    source = open_source(written(adata, tmp_path))
    asked = []
    own = h5py.Dataset.__getitem__

    def watch(self, what, **options):
        asked.append((self.name, what))
        return own(self, what, **options)

    monkeypatch.setattr(h5py.Dataset, "__getitem__", watch)
    embeddings(source)
    assert not asked
    read_embedding(source, "X_pca")
    assert [what for name, what in asked if name == "/obsm/X_pca"] == [(slice(None), slice(None, obsm.PLANE))]
    assert not [name for name, _ in asked if name.startswith("/X") or "umap" in name]


def test_an_embedding_in_another_file_is_refused(adata, tmp_path):
    path, other = written(adata, tmp_path), tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["secret"] = np.zeros((adata.n_obs, 2))
    with h5py.File(path, "a") as file:
        file["obsm"]["X_evil"] = h5py.ExternalLink(str(other), "/secret")
    with pytest.raises(DataError, match="other files, which is refused"):
        embeddings(open_source(path))
