from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from perturbdash.errors import DataError, SettingsError
from perturbdash.statistics import halves as module
from perturbdash.statistics.halves import assign_groups, control_blocks, given_halves, halves, hash_names
from tests.unit.statistics.cells import counts, dataset, permuted


def naive_parts(cells, seed):
    """METRICS.md section 1 word by word, a Python loop over conditions."""
    part = {}
    hashes = pd.util.hash_array(cells.cell_names, hash_key=f"{seed:016d}")
    for condition in set(zip(cells.context_of, cells.labels, strict=True)):
        rows = [i for i in range(cells.n_cells) if (cells.context_of[i], cells.labels[i]) == condition]
        rows.sort(key=lambda i: (int(hashes[i]), cells.cell_names[i]))
        for half, members in (("first", rows[: len(rows) // 2]), ("second", rows[len(rows) // 2 :])):
            for block, block_rows in enumerate(np.array_split(np.array(members, dtype=int), 10)):
                for i in block_rows:
                    part[i] = (*condition, f"{half}_{block}" if condition[1] == "control" else half)
    return part


def assigned(groups):
    rows = groups.conditions[["context", "perturbation", "part"]].itertuples(index=False, name=None)
    keys = list(rows)
    return [keys[code] if code >= 0 else None for code in groups.codes]


@pytest.mark.parametrize("seed", [0, 7, 10**16 - 1])
def test_groups_equal_a_loop_over_conditions(seed):
    cells = dataset(counts())
    expected = naive_parts(cells, seed)
    found = assigned(assign_groups(cells, seed=seed))
    assert found == [expected[i] if cells.labels[i] else None for i in range(cells.n_cells)]


def test_seed_changes_the_halves():
    cells = dataset(counts())
    assert assigned(assign_groups(cells, seed=0)) != assigned(assign_groups(cells, seed=1))


def test_groups_do_not_depend_on_row_order():
    cells = dataset(counts())
    other = permuted(cells)
    first = dict(zip(cells.cell_names, assigned(assign_groups(cells, seed=3)), strict=True))
    second = dict(zip(other.cell_names, assigned(assign_groups(other, seed=3)), strict=True))
    assert first == second


def test_conditions_are_counted_and_ordered_control_first():
    groups = assign_groups(dataset(counts()), seed=0)
    assert (np.bincount(groups.codes[groups.codes >= 0]) == groups.sizes).all()
    frame = groups.conditions
    order = frame.assign(treated=frame["perturbation"] != "control")
    assert order.sort_values(["context", "treated", "perturbation", "part"]).index.is_monotonic_increasing
    assert list(frame["part"][:20]) == [f"{half}_{i}" for half in ("first", "second") for i in range(10)]


def test_few_cells_still_have_halves():
    names = np.array(["a"], dtype=object)
    assert halves(names, np.zeros(1, dtype=int), seed=0).tolist() == [1]


@pytest.mark.parametrize("n", [1, 3, 9, 10, 11, 25, 40])
def test_blocks_are_those_of_array_split(n):
    names = np.array([f"c{i}" for i in range(n)], dtype=object)
    block = control_blocks(names, np.zeros(n, dtype=int), np.zeros(n, dtype=np.int8), seed=5)
    order = np.argsort(hash_names(names, 5))
    expected = np.concatenate(
        [np.full(part.size, i) for i, part in enumerate(np.array_split(np.arange(n), 10))]
    )
    assert (block[order] == expected).all()


def test_equal_hashes_are_ordered_by_name(monkeypatch):
    monkeypatch.setattr(module, "hash_names", lambda names, seed: np.zeros(len(names), dtype=np.uint64))
    names = np.array(["d", "a", "c", "b"], dtype=object)
    assert halves(names, np.zeros(4, dtype=int), seed=0).tolist() == [1, 0, 1, 0]


def test_repeated_name_is_refused():
    names = np.array(["a", "b", "a", "c"], dtype=object)
    with pytest.raises(DataError, match="'a' occurs more than once"):
        halves(names, np.zeros(4, dtype=int), seed=0)


@pytest.mark.parametrize("seed", [-1, 10**16])
def test_seed_out_of_range_is_refused(seed):
    with pytest.raises(SettingsError, match="whole number from 0"):
        hash_names(np.array(["a"], dtype=object), seed)


def given_table(cells, seed=9):
    half = np.where(np.random.default_rng(seed).random(cells.n_cells) < 0.4, "first", "second")
    return pd.DataFrame({"cell": cells.cell_names, "half": half})


def test_given_halves_take_the_place_of_the_seeded_ones():
    cells = dataset(counts())
    table = given_table(cells).sample(frac=1, random_state=0)
    half = dict(zip(table["cell"], table["half"], strict=True))
    found = assigned(assign_groups(cells, seed=0, given=table))
    for name, group in zip(cells.cell_names, found, strict=True):
        assert group is None or group[2].split("_")[0] == half[name]


def test_blocks_within_given_halves_follow_the_hash_order():
    cells = dataset(counts())
    table = given_table(cells)
    found = assigned(assign_groups(cells, seed=2, given=table))
    hashes = hash_names(cells.cell_names, 2)
    rows = [i for i, group in enumerate(found) if group and group[:2] == ("K562", "control")]
    rows = [i for i in rows if table["half"][i] == "first"]
    rows.sort(key=lambda i: int(hashes[i]))
    for block, members in enumerate(np.array_split(np.array(rows), 10)):
        assert {found[i][2] for i in members} == {f"first_{block}"}


def test_cells_that_are_left_out_need_no_row_in_the_table():
    cells = dataset(counts())
    table = given_table(cells)[cells.label_codes >= -1]
    assert (assign_groups(cells, seed=0, given=table).codes[cells.label_codes == -2] == -1).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="half"), "no column 'half'"),
        (lambda t: t.assign(half="third"), "other than first or second"),
        (lambda t: pd.concat([t, t.iloc[:1]]), "more than once"),
        (lambda t: t.iloc[5:], "has no row for"),
        (lambda t: pd.concat([t, pd.DataFrame({"cell": ["x"], "half": ["first"]})]), "does not have, 'x'"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(change, message):
    names = dataset(counts()).cell_names
    table = pd.DataFrame({"cell": names, "half": "first"})
    with pytest.raises(SettingsError, match=message):
        given_halves(names, change(table), used=np.ones(names.size, dtype=bool))


def test_no_labelled_cell_is_refused():
    cells = dataset(counts())
    nobody = replace(cells, labels=np.full(cells.n_cells, "", dtype=object))
    with pytest.raises(DataError, match="no cell with a label"):
        assign_groups(nobody, seed=0)
