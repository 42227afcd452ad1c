from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from perturbdash.statistics.context import context_statistics
from perturbdash.statistics.systematic import (
    COLUMNS,
    control_divisions,
    summary,
    systematic_variation,
    zero_vectors,
)
from perturbdash.vocabulary import Purpose
from tests.unit.statistics.naive import naive_group, naive_moments


def statistics(cells, labels):
    return context_statistics(naive_moments(cells, labels), "all", torch.device("cpu"))


def screen(sizes, n_control, *, n_genes=20, effect=1.0, shared=0.0, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat([*(f"p{i:03d}" for i in range(len(sizes))), "control"], [*sizes, n_control])
    shift = np.zeros((len(sizes) + 1, n_genes))
    shift[:-1] = effect * rng.normal(size=(len(sizes), n_genes)) + shared * rng.normal(size=n_genes)
    cells = 5.0 + rng.normal(size=(len(labels), n_genes)) + np.repeat(shift, [*sizes, n_control], axis=0)
    return cells, labels


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def naive_table(cells, labels, seed):
    names = sorted(set(labels) - {"control"})
    centroids = {p: cells[labels == p].mean(axis=0) for p in names}
    control, mean = cells[labels == "control"].mean(axis=0), np.mean(list(centroids.values()), axis=0)
    own = cells[labels == "control"]
    blocks = [b for half in (own[::2], own[1::2]) for b in np.array_split(half, 10) if len(b)]
    rng = np.random.default_rng([seed, Purpose.CONTROL_DIVISIONS])
    divisions = [rng.permutation(len(blocks)) for _ in range(10)]
    rows = []
    for reference, vector in (("control", control), ("centroid", mean)):
        for p in names:
            others = np.mean([centroids[q] for q in names if q != p], axis=0)
            shift = centroids[p] - vector
            split = np.nan
            if reference == "control":
                values = []
                for order in divisions:
                    half = len(blocks) // 2
                    a, b = (
                        np.concatenate([blocks[i] for i in s]).mean(axis=0)
                        for s in (order[:half], order[half:])
                    )
                    values.append(cosine(centroids[p] - a, others - b))
                split = np.mean(values)
            cosines = cosine(shift, mean - control), cosine(shift, others - control), split
            rows.append(("all", p, reference, *cosines, np.linalg.norm(shift), int((labels == p).sum())))
    return pd.DataFrame(rows, columns=list(COLUMNS))


@pytest.mark.parametrize("n_control", [57, 7])
def test_every_column_equals_a_loop_over_perturbations_and_divisions(n_control):
    cells, labels = screen([30, 4, 1, 12] * 8, n_control)
    table = systematic_variation(statistics(cells, labels), seed=3)
    pd.testing.assert_frame_equal(table, naive_table(cells, labels, 3), rtol=1e-10)


def test_divisions_hang_on_the_seed_alone():
    cells, labels = screen([30, 4, 8], 40)
    first, again, other = (systematic_variation(statistics(cells, labels), seed=s) for s in (0, 0, 1))
    pd.testing.assert_frame_equal(first, again)
    split = "cosine_split_control"
    assert (first[split] != other[split])[: len(first) // 2].all()
    pd.testing.assert_frame_equal(first.drop(columns=split), other.drop(columns=split))


def test_divisions_take_every_control_cell_once():
    rng = np.random.default_rng(0)
    blocks = [rng.normal(size=(n, 4)) for n in [3] * 7 + [2] * 13]
    sides = control_divisions(naive_group(blocks), 5)
    assert [side.shape for side in sides] == [(10, 4), (10, 4)]
    assert len({tuple(row) for row in sides[0].tolist()}) == 10
    chosen = np.random.default_rng([5, Purpose.CONTROL_DIVISIONS]).permutation(20)
    for side, index in zip(sides, (chosen[:10], chosen[10:]), strict=True):
        expected = np.concatenate([blocks[i] for i in index]).mean(axis=0)
        np.testing.assert_allclose(side[0].numpy(), expected)


@pytest.mark.parametrize(("n_control", "published"), [(100, 0.71), (1000, 0.33)])
def test_without_effects_the_published_form_is_noise_and_the_split_form_is_zero(n_control, published):
    cells, labels = screen([100] * 60, n_control, n_genes=400, effect=0.0)
    rows = summary(systematic_variation(statistics(cells, labels), seed=0)).set_index("reference")
    control = rows.loc["control"]
    assert control["cosine"] == pytest.approx(published, abs=0.04)
    assert control["cosine_split_control"] == pytest.approx(0, abs=0.05)
    assert bool(control["part_is_noise"])
    assert not rows.loc["centroid", "part_is_noise"]


def test_with_a_strong_shared_effect_the_forms_agree():
    cells, labels = screen([100] * 30, 400, n_genes=200, effect=0.3, shared=1.0)
    control = summary(systematic_variation(statistics(cells, labels), seed=0)).iloc[0]
    assert control["cosine"] > 0.9
    assert control["cosine_split_control"] == pytest.approx(control["cosine"], abs=0.03)
    assert not control["part_is_noise"]


def test_a_zero_shift_has_cosine_zero_and_is_named():
    cells, labels = screen([6, 6, 6], 6, effect=2.0)
    cells[labels == "p001"] = cells[labels == "control"] * (1 + 1e-14)
    table = systematic_variation(statistics(cells, labels), seed=0)
    row = table[(table["perturbation"] == "p001") & (table["reference"] == "control")].iloc[0]
    assert (row["cosine"], row["cosine_leave_one_out"]) == (0.0, 0.0)
    assert zero_vectors(table).to_numpy().tolist() == [["all", "control", "p001"]]
    assert summary(table)["n_zero"].tolist() == [1, 0]


def test_where_nothing_differs_all_are_zero_and_named():
    cells = np.tile(np.random.default_rng(0).random(9), (40, 1))
    labels = np.repeat(["a", "b", "control"], [10, 10, 20])
    table = systematic_variation(statistics(cells, labels), seed=0)
    assert (table["cosine"] == 0).all()
    assert (table["cosine_leave_one_out"] == 0).all()
    assert (table["cosine_split_control"].dropna() == 0).all()
    assert len(zero_vectors(table)) == 4


def test_one_perturbation_is_undefined():
    cells, labels = screen([20], 20)
    table = systematic_variation(statistics(cells, labels), seed=0)
    cosines = table[["cosine", "cosine_leave_one_out", "cosine_split_control"]]
    assert cosines.isna().all(axis=None)
    assert table["shift_norm"].tolist() == [
        pytest.approx(np.linalg.norm(cells[:20].mean(axis=0) - cells[20:].mean(axis=0))),
        0.0,
    ]
    assert summary(table)["n"].tolist() == [0, 0]


def test_without_control_nothing_that_needs_it_is_defined():
    cells, labels = screen([20, 9], 0)
    table = systematic_variation(statistics(cells, labels), seed=0)
    assert table[["cosine", "cosine_leave_one_out", "cosine_split_control"]].isna().all(axis=None)
    assert table["shift_norm"].notna().tolist() == [False, False, True, True]
    assert zero_vectors(table).empty


def test_one_control_cell_cannot_be_split():
    cells, labels = screen([20, 9], 1)
    table = systematic_variation(statistics(cells, labels), seed=0)
    assert table["cosine_split_control"].isna().all()
    assert table["cosine"].notna().all()


def test_summary_is_mean_and_standard_error_over_defined_values():
    cells, labels = screen([20, 9, 14, 30], 40)
    table = systematic_variation(statistics(cells, labels), seed=0)
    table.loc[0, "cosine"] = np.nan
    row = summary(table).iloc[0]
    values = table.loc[1:3, "cosine"]
    assert row["n"] == 3
    assert row["cosine"] == pytest.approx(values.mean())
    assert row["cosine_se"] == pytest.approx(values.std(ddof=1) / np.sqrt(3))


def test_control_alone_gives_an_empty_table():
    cells, labels = screen([], 12)
    table = systematic_variation(statistics(cells, labels), seed=0)
    assert list(table.columns) == list(COLUMNS)
    assert table.empty
    assert summary(table).empty
