"""Centroids and cells in the plane, against plain numpy on a small result."""

from __future__ import annotations

from types import SimpleNamespace

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import perturbdash as pdash
from perturbdash.errors import DataError
from perturbdash.judgement import embedding_cells, embedding_umap
from perturbdash.judgement.embedding_cells import (
    cell_components,
    cell_layout,
    sample_of,
    stored_cells,
    variable_genes,
)
from perturbdash.judgement.embedding_colours import (
    box_counts,
    chosen_by_rule,
    colour_columns,
    column_labels,
    column_numbers,
    gene_values,
    largest_levels,
    perturbation_names,
)
from perturbdash.judgement.embedding_umap import centroid_map
from perturbdash.judgement.embedding_view import centroid_view

GENES = [f"G{i:02d}" for i in range(30)]
LABELS = ["G00", "G01", "G00+G01", "drug1", "drug2", "G05", "G06", "G07", "G08"]
TESTED = LABELS[:6]


def made_cells(order: np.ndarray | None = None) -> ad.AnnData:
    rng = np.random.default_rng(5)
    base = rng.uniform(0.5, 2, len(GENES))
    blocks, names = [rng.normal(base, 0.3, (60, len(GENES)))], ["control"] * 60
    for label in LABELS:
        shift = 0.4 + rng.normal(0, 0.5, len(GENES)) * (rng.random(len(GENES)) < 0.4)
        blocks.append(rng.normal(base + shift, 0.3, (24, len(GENES))))
        names += [label] * 24
    values = np.maximum(np.concatenate(blocks), 0)
    values[values < 0.4] = 0
    n = len(values)
    obs = pd.DataFrame(
        {
            "perturbation": names,
            "batch": np.where(np.arange(n) % 3 == 0, "x", "y"),
            "depth": rng.gamma(2.0, 1.0, n),
            "constant": "same",
            "barcode": [f"b{i}" for i in range(n)],
        },
        index=[f"c{i}" for i in range(n)],
    )
    obs.loc[obs.index[:5], "batch"] = None
    obs.loc[obs.index[:4], "depth"] = np.nan
    found = ad.AnnData(sparse.csr_matrix(values), obs=obs, var=pd.DataFrame(index=GENES))
    found.obsm["X_umap"] = rng.normal(size=(n, 2)).astype(np.float32)
    found.obsm["X_umap"][7] = np.nan
    return found if order is None else found[order].copy()


@pytest.fixture(scope="module")
def cells() -> ad.AnnData:
    return made_cells()


@pytest.fixture(scope="module")
def means(cells) -> pd.DataFrame:
    whole = pd.DataFrame(cells.X.toarray(), columns=GENES)
    return whole.groupby(cells.obs["perturbation"].to_numpy()).mean()


@pytest.fixture(scope="module")
def models(means) -> dict[str, pd.DataFrame]:
    own = means.loc[TESTED]
    noise = np.random.default_rng(6).normal(0, 0.05, own.shape)
    one = pd.DataFrame([means.loc[LABELS[6:]].mean()] * len(own), index=own.index)
    return {"near": own + noise, "one spot": one, "few": own.iloc[:2] + 0.1}


@pytest.fixture(scope="module")
def result(cells, models):
    return pdash.evaluate(cells, models, store=False)


@pytest.fixture(scope="module")
def view(result):
    return centroid_view(result, "all", "control")


def test_the_plane_is_that_of_numpy_and_starts_at_the_reference(view, means, models):
    observed = means.loc[sorted(LABELS)]
    centred = observed - observed.mean()
    _, s, axes = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(view.explained, (s**2 / (s**2).sum())[:2])
    for name, rows in {"observed": observed, "near": models["near"]}.items():
        own = view.points[view.points["prediction"] == name].set_index("perturbation").loc[rows.index]
        expected = (rows - means.loc["control"]) @ axes[:2].T
        signs = np.sign((own[["x", "y"]].to_numpy() * expected.to_numpy()).sum(0))
        np.testing.assert_allclose(own[["x", "y"]], expected * signs, atol=1e-8)
    zero = view.anchors.set_index("anchor").loc["control mean"]
    assert zero["x"] == zero["y"] == 0


def test_another_reference_moves_zero_and_norms_but_no_distance(result, view, means):
    other = centroid_view(result, "all", "centroid")
    centroid = means.loc[LABELS[6:]].mean()
    zero = other.anchors.set_index("anchor").loc["perturbed centroid"]
    assert zero["x"] == pytest.approx(0, abs=1e-12)
    norms = other.distances.set_index("perturbation")["norm"]
    expected = np.linalg.norm(means.loc[TESTED] - centroid, axis=1)
    np.testing.assert_allclose(norms.loc[TESTED], expected)
    columns = [name for name in view.distances if name.startswith("distance_")]
    one, two = (v.distances.set_index("perturbation").loc[LABELS, columns] for v in (view, other))
    pd.testing.assert_frame_equal(one, two)


def test_distances_are_those_that_are_scored(result, view):
    scored = result.metrics
    scored = scored[(scored["metric"] == "rmse") & (scored["truth"] == "all_cells")]
    for name in ("near", "one spot", "few", "mean"):
        own = scored[scored["prediction"] == name].set_index("perturbation")["value"].dropna()
        found = view.distances.set_index("perturbation")[f"distance_{name}"].dropna()
        assert set(found.index) == set(own.index)
        np.testing.assert_allclose(found, own.loc[found.index] * np.sqrt(view.n_genes))


def test_targeted_genes_are_left_out_where_the_setting_says_so(cells, models):
    dropped = pdash.evaluate(cells, models, store=False, targets="drop")
    found = centroid_view(dropped, "all", "control").distances.set_index("perturbation")
    difference = (
        models["near"].loc["G00+G01"]
        - pd.DataFrame(cells.X.toarray(), columns=GENES)[
            cells.obs["perturbation"].to_numpy() == "G00+G01"
        ].mean()
    )
    assert found.loc["G00+G01", "distance_near"] == pytest.approx(
        np.linalg.norm(difference.drop(["G00", "G01"]))
    )


def test_the_summary_compares_with_the_average_on_the_same_perturbations(view):
    rows = view.summary.set_index("prediction")
    table = view.distances.set_index("perturbation")
    for name, n in (("near", 6), ("one spot", 6), ("few", 2)):
        own = table[f"distance_{name}"].dropna()
        average = table.loc[own.index, "distance_mean"]
        assert rows.loc[name, "n"] == rows.loc[name, "n_average"] == n
        assert rows.loc[name, "nearer"] == pytest.approx(1 - own.mean() / average.mean())
    assert rows.loc["one spot", "spread"] < 1e-9
    assert rows.loc["one spot", "nearer"] == pytest.approx(0, abs=1e-9)
    assert 0.9 < rows.loc["near", "spread"] < 1.1


def test_the_noise_of_a_truth_is_that_of_its_mean(view, cells):
    lengths = []
    for label in TESTED:
        own = cells.X.toarray()[cells.obs["perturbation"].to_numpy() == label]
        lengths.append(np.sqrt((own.var(0, ddof=1) / len(own)).sum()))
    assert view.noise == pytest.approx(np.mean(lengths))


def test_models_have_points_of_tested_perturbations_alone_the_tested_first(view):
    assert view.points.groupby("prediction").size().to_dict() == {
        "observed": 9,
        "near": 6,
        "one spot": 6,
        "few": 2,
    }
    assert view.distances["tested"].tolist() == [True] * 6 + [False] * 3
    assert (view.n, view.n_tested) == (9, 6)
    far = view.with_distances(view.points).set_index(["prediction", "perturbation"])["distance"]
    assert far["few", "G00"] == view.distances.set_index("perturbation").loc["G00", "distance_few"]
    assert far.loc["observed"].isna().all()


def test_one_perturbation_has_distances_and_no_plane(cells):
    one = cells[cells.obs["perturbation"].isin(["control", "G00"]).to_numpy()].copy()
    result = pdash.evaluate(one, {"zero": pd.DataFrame(0.0, index=["G00"], columns=GENES)}, store=False)
    found = centroid_view(result, "all", "centroid")
    assert np.isnan(found.explained).all()
    assert found.summary["distance"].gt(0).all()
    assert found.points[["x", "y"]].notna().all().all()


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Leave the layout itself out: rows go in, their first components come out."""
    asked: list[np.ndarray] = []

    def layout(scores, *, n_neighbours, seed, progress=None):
        asked.append(scores)
        return scores[:, :2]

    monkeypatch.setattr(embedding_umap, "umap_layout", layout)
    return asked


def test_umap_lays_out_observed_and_predicted_together(result, stand_in):
    found = centroid_map(result, "all", seed=0)
    assert len(stand_in[0]) == 9 + 6 + 6 + 2
    assert found.n_neighbours == 8
    assert found.points.groupby("prediction").size().to_dict() == {
        "observed": 9,
        "near": 6,
        "one spot": 6,
        "few": 2,
    }
    assert not found.left_out


def test_the_order_of_models_changes_no_layout(result, cells, models, stand_in):
    turned = pdash.evaluate(cells, dict(reversed(models.items())), store=False)
    one, two = (centroid_map(r, "all", seed=0).points for r in (result, turned))
    pd.testing.assert_frame_equal(one, two)


def test_models_that_do_not_fit_into_the_layout_are_named(result, stand_in, monkeypatch):
    monkeypatch.setattr(embedding_umap, "MOST_ROWS", 12)
    assert centroid_map(result, "all", seed=0).left_out == ("near", "one spot")


def test_four_perturbations_have_no_umap(cells):
    few = cells[cells.obs["perturbation"].isin(["control", *LABELS[:4]]).to_numpy()].copy()
    with pytest.raises(ValueError, match="expected 5 or more"):
        centroid_map(pdash.evaluate(few, {}, store=False), "all", seed=0)


def test_cells_and_their_components_do_not_depend_on_the_order_of_rows(cells):
    order = np.random.default_rng(1).permutation(cells.n_obs)
    found = []
    for data in (cells, made_cells(order)):
        result = pdash.evaluate(data, {}, store=False)
        placed = cell_components(result, "all", seed=2)
        found.append((result.dataset.cell_names[placed.rows].tolist(), placed))
    assert found[0][0] == found[1][0]
    np.testing.assert_array_equal(found[0][1].scores, found[1][1].scores)
    np.testing.assert_array_equal(found[0][1].xy, found[1][1].xy)


def test_the_layout_of_cells_is_one_of_their_components(result, monkeypatch):
    placed = cell_components(result, "all", seed=2)
    monkeypatch.setattr(embedding_cells, "umap_layout", lambda scores, **given: (scores, given))
    scores, given = cell_layout(placed, seed=2)
    assert scores is placed.scores
    assert given == {"n_neighbours": 30, "seed": 2, "progress": None}


def test_components_of_cells_are_those_of_numpy(result, cells):
    placed = cell_components(result, "all", seed=0)
    rows = cells.X.toarray()[placed.rows]
    _, s, axes = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    np.testing.assert_allclose(np.abs(placed.xy), np.abs((rows - rows.mean(0)) @ axes[:2].T), atol=1e-3)
    np.testing.assert_allclose(placed.shares[:2], (s**2 / (s**2).sum())[:2], rtol=1e-4)
    assert (placed.of, placed.quota, placed.n_genes) == (cells.n_obs, 0, 30)


def test_the_most_variable_genes_are_kept(result, cells):
    found = variable_genes(result, ("all",), most=7)
    variances = cells.X.toarray().var(0, ddof=1)
    assert found.tolist() == sorted(np.argsort(-variances)[:7].tolist())


def test_an_embedding_of_the_file_is_drawn_as_it_is(result, cells):
    found = stored_cells(result.dataset, "X_umap", "all")
    assert 7 not in found.rows
    assert (found.n_without, found.of) == (1, cells.n_obs)
    np.testing.assert_array_equal(found.xy, cells.obsm["X_umap"][found.rows])
    with pytest.raises(DataError, match="no embedding"):
        stored_cells(result.dataset, "X_tsne", None)


def test_what_colours_cells(result, cells):
    data = result.dataset
    rows = np.array([70, 3, 200, 61])
    assert colour_columns(data) == ("perturbation", "batch", "depth")
    assert perturbation_names(data, rows).tolist() == cells.obs["perturbation"].iloc[rows].tolist()
    np.testing.assert_allclose(gene_values(data, rows, "G07"), cells.X.toarray()[rows, 7], rtol=1e-6)
    np.testing.assert_allclose(column_numbers(data, rows, "depth"), cells.obs["depth"].iloc[rows], rtol=1e-6)
    assert column_labels(data, rows, "batch").tolist() == ["y", "", "y", "y"]
    everything = np.arange(data.n_cells)
    assert largest_levels(column_labels(data, everything, "batch")) == ("y", "x")


def test_which_perturbations_are_coloured_without_a_choice():
    names = np.array(["control", "A", "B", "C"], dtype=object)
    assert chosen_by_rule(names, ["D", "C", "A", "B"], (), 2) == ("C", "A")
    assert chosen_by_rule(names, ["D", "C", "A", "B"], ("B", "D"), 2) == ("B",)


def test_a_box_counts_cells_by_perturbation():
    names = np.array(["B", "control", "A", "B", "A", "A"], dtype=object)
    table = box_counts(names, np.array([True, False, True, True, False, True]))
    assert table["perturbation"].tolist() == ["A", "B"]
    assert table["inside"].tolist() == [2, 2]
    assert table["shown"].tolist() == [3, 2]
    assert table["share"].tolist() == pytest.approx([2 / 3, 1])


def test_above_20000_cells_only_a_sample_is_drawn(monkeypatch):
    n = 30_000
    data = SimpleNamespace(
        contexts=("all",),
        context_codes=np.zeros(n, dtype=np.int32),
        label_codes=np.tile(np.arange(-1, 4, dtype=np.int32), n // 5),
        perturbations=("A", "B", "C", "D"),
        cell_names=np.array([f"c{i}" for i in range(n)], dtype=object),
    )
    drawn = sample_of(data, np.arange(n), seed=0, context=None)
    assert drawn.sum() == 20_000
    assert np.bincount(data.label_codes[drawn] + 1).tolist() == [4000] * 5
    assert sample_of(data, np.arange(100), seed=0, context=None).all()
