"""Halves by a column, against a reference that loops over conditions."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import perturbdash
from perturbdash.errors import SettingsError
from perturbdash.judgement.column_halves import (
    FEW_CELLS,
    NO_VALUE,
    ONE_LEVEL,
    column_halves,
    matched_halves,
)
from perturbdash.judgement.halving_columns import halving_columns
from perturbdash.judgement.sentences import column_halves_line
from perturbdash.statistics.halves import hash_names

GENES = [f"G{i}" for i in range(24)]
LABELS = ["control", *GENES[:12]]


def screen(n_cells: int = 12, contexts: tuple[str, ...] = ("A", "B")) -> ad.AnnData:
    """A screen with two or three guides a gene, four batches, and a plate for each half of the cells."""
    rng = np.random.default_rng(7)
    rows = [(label, context, i) for context in contexts for label in LABELS for i in range(n_cells)]
    obs = pd.DataFrame(rows, columns=["perturbation", "cell_line", "number"])
    obs["guide"] = [f"{p}_{i % (2 + (p in GENES[:4]))}" for p, _, i in rows]
    obs["batch"] = [f"b{i % 4}" for _, _, i in rows]
    obs["plate"] = [("north", "south")[i % 2] for _, _, i in rows]
    obs.index = [f"cell{i}" for i in range(len(obs))]
    values = rng.gamma(4, 0.3, (len(obs), len(GENES)))
    for label in GENES[:12]:
        values[(obs["perturbation"] == label).to_numpy(), GENES.index(label)] += 2
    return ad.AnnData(X=values, obs=obs, var=pd.DataFrame(index=GENES))


@pytest.fixture(scope="module")
def cells() -> ad.AnnData:
    return screen()


def read(cells: ad.AnnData) -> perturbdash.Dataset:
    return perturbdash.read(cells, perturbation_key="perturbation", context_key="cell_line")


def naive(cells: ad.AnnData, column: str, seed: int) -> dict[str, str]:
    """The half of each cell, condition by condition; of two levels in all, by their names."""
    two = sorted(cells.obs[column].unique())
    half = {}
    for _, rows in cells.obs.groupby(["cell_line", "perturbation"]):
        names = sorted(rows[column].unique())
        if len(two) == 2:
            first = {two[0]}
        else:
            hashes = hash_names(np.array(names, dtype=object), seed)
            ordered = [name for _, name in sorted(zip(hashes.tolist(), names, strict=True))]
            first = set(ordered[: len(ordered) // 2])
        half |= {cell: "first" if level in first else "second" for cell, level in rows[column].items()}
    return half


@pytest.mark.parametrize("column", ["guide", "batch", "plate"])
@pytest.mark.parametrize("seed", [0, 5])
def test_levels_are_dealt_as_the_rule_says_whatever_the_order_of_rows(cells, column: str, seed: int) -> None:
    expected = naive(cells, column, seed)
    shuffled = cells[np.random.default_rng(1).permutation(cells.n_obs)].copy()
    for data in (cells, shuffled):
        found = column_halves(read(data), column, seed=seed)
        assert dict(zip(found.table["cell"], found.table["half"], strict=True)) == expected
        assert found.reasons == {}
        assert not found.random_controls


def test_no_level_lies_in_both_halves_and_sizes_are_counted(cells) -> None:
    found = column_halves(read(cells), "guide")
    half = cells.obs.assign(half=found.table.set_index("cell")["half"])
    assert half.groupby(["cell_line", "perturbation", "guide"])["half"].agg(set).map(len).eq(1).all()
    counted = pd.crosstab([half["cell_line"], half["perturbation"]], half["half"])
    for row in found.conditions.to_dict("records"):
        own = counted.loc[(row["context"], row["perturbation"])]
        assert (row["n_first"], row["n_second"]) == (own["first"], own["second"])
        assert row["n_levels"] == 2 + (row["perturbation"] in GENES[:4])
    assert found.n_levels == cells.obs["guide"].nunique()


def test_another_seed_deals_more_than_two_levels_otherwise(cells) -> None:
    data = read(cells)
    first, other = (column_halves(data, "batch", seed=seed).table["half"].tolist() for seed in (0, 1))
    assert first != other


def test_conditions_that_cannot_be_halved_are_left_out_with_their_reason(cells) -> None:
    changed = cells.copy()
    guide = changed.obs["guide"].astype(object)
    own = changed.obs["perturbation"] == "G5"
    guide[own] = "G5_0"
    thin = changed.obs.index[(changed.obs["perturbation"] == "G6") & (changed.obs["cell_line"] == "A")]
    guide[thin] = "G6_0"
    guide[thin[0]] = "G6_1"
    changed.obs["guide"] = guide
    found = column_halves(read(changed), "guide")
    assert found.reasons == {ONE_LEVEL: 2, FEW_CELLS: 1}
    result = perturbdash.evaluate(
        changed, store=False, n_resamples=50, halves_by="guide", perturbation_key="perturbation"
    )
    calibrated = set(zip(result.calibration["context"], result.calibration["perturbation"], strict=True))
    assert {("A", "G5"), ("B", "G5"), ("A", "G6")}.isdisjoint(calibrated)
    assert ("B", "G6") in calibrated
    assert result.run["halves_of_column"]["conditions_left_out"] == found.reasons
    assert result.run["contexts"]["A"]["too_few_cells_for_halves"] == 2
    line = column_halves_line(result.column_halves)
    assert (
        "3 of 24 conditions take no part in the calibration (one level 2, fewer than 2 cells in a half 1)"
        in line
    )


def test_controls_of_one_level_are_halved_at_random(cells) -> None:
    changed = cells.copy()
    control = changed.obs["perturbation"] == "control"
    guide = changed.obs["guide"].astype(object)
    guide[control & (changed.obs["cell_line"] == "A")] = "NT"
    guide[changed.obs.index[control & (changed.obs["cell_line"] == "B")][0]] = np.nan
    changed.obs["guide"] = guide
    found = column_halves(read(changed), "guide")
    assert found.random_controls == ("A", "B")
    halves = found.table.set_index("cell")["half"][changed.obs.index[control]]
    assert halves.value_counts().to_dict() == {"first": 12, "second": 12}


def test_perturbed_cells_without_a_value_are_refused_or_left_out(cells) -> None:
    changed = cells.copy()
    guide = changed.obs["guide"].astype(object)
    lacking = changed.obs.index[(changed.obs["perturbation"] == "G7").to_numpy()]
    guide[lacking] = None
    guide[changed.obs.index[15]] = ""
    changed.obs["guide"] = guide
    data = read(changed)
    with pytest.raises(SettingsError, match=r"25 of 288 perturbed cells have no value in column 'guide'"):
        column_halves(data, "guide")
    found = column_halves(data, "guide", leave_out=True)
    assert found.n_without_value == 25
    assert found.reasons == {NO_VALUE: 2}
    assert set(changed.obs_names) - set(found.table["cell"]) == {*lacking, changed.obs.index[15]}


def test_what_cannot_serve_is_refused_in_a_sentence(cells) -> None:
    data = read(cells)
    with pytest.raises(SettingsError, match="no obs column 'guides'"):
        column_halves(data, "guides")
    with pytest.raises(
        SettingsError, match=r"of any condition: 24 with one level; expected two levels or more"
    ):
        column_halves(data, "perturbation")


def test_matched_halves_have_the_same_cells_and_sizes_and_are_random(cells) -> None:
    data = read(cells)
    given = column_halves(data, "batch", seed=3)
    matched = matched_halves(data, given, seed=3).set_index("cell")["half"]
    column = given.table.set_index("cell")["half"]
    assert set(matched.index) == set(column.index)
    assert (matched != column.loc[matched.index]).any()
    groups = [cells.obs["cell_line"], cells.obs["perturbation"]]
    for _, rows in cells.obs.groupby(groups):
        assert matched[rows.index].value_counts().to_dict() == column[rows.index].value_counts().to_dict()
        hashes = hash_names(rows.index.to_numpy(dtype=object), 3)
        ordered = rows.index[np.argsort(hashes)]
        n_first = int((column[rows.index] == "first").sum())
        assert (matched[ordered[:n_first]] == "first").all()


def test_columns_that_can_serve_are_found_the_likely_ones_first(cells) -> None:
    changed = cells.copy()
    changed.obs["barcode"] = [f"x{i}" for i in range(cells.n_obs)]
    changed.obs["phase"] = [f"p{i % 3}" for i in range(cells.n_obs)]
    changed.obs["score"] = np.linspace(0, 1, cells.n_obs)
    found = halving_columns(read(changed), 10)
    assert list(found["column"]) == ["guide", "batch", "plate", "phase"]
    assert found.set_index("column").loc["guide", ["kind", "n_levels", "n_conditions"]].tolist() == [
        "guide",
        cells.obs["guide"].nunique(),
        24,
    ]
    assert halving_columns(read(changed), 25).empty
