from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
import torch
from scipy import stats

from perturbdash.statistics import de
from perturbdash.statistics.context import Group
from perturbdash.statistics.de import rest, welch, welch_t
from perturbdash.statistics.significance import significant
from tests.unit.statistics.naive import assert_same_group, naive_group

METHODS = ["t-test", "t-test_overestim_var"]


def cells_of_groups(sizes, n_genes=12, seed=0):
    rng = np.random.default_rng(seed)
    level = rng.gamma(1.0, 1.0, (len(sizes), n_genes))
    return [
        level[i] * (rng.random((n, n_genes)) < 0.5) * rng.gamma(3.0, 1.0, (n, n_genes))
        for i, n in enumerate(sizes)
    ]


def directly_rest(blocks):
    return naive_group(
        [np.concatenate([b for j, b in enumerate(blocks) if j != i]) for i in range(len(blocks))]
    )


def test_rest_equals_a_direct_merge_of_all_others():
    blocks = cells_of_groups([30, 1, 2, 0, 77, 12] * 12)
    assert_same_group(rest(naive_group(blocks)), directly_rest(blocks))


def test_rest_of_a_group_that_holds_nearly_all_cells():
    blocks = cells_of_groups([200_000, 3, 2, 4], n_genes=5)
    blocks[0] += 3.0
    assert_same_group(rest(naive_group(blocks)), directly_rest(blocks), rtol=1e-10)


def test_rest_keeps_its_digits_where_one_group_holds_nearly_all_variance():
    blocks = cells_of_groups([400, 40, 30])
    for block in blocks[1:]:
        block[:, :6] *= 1e-9
        block[:, 3:6] = 0.0
    blocks[0][:, :6] *= 1e3
    result = rest(naive_group(blocks))
    assert_same_group(result, directly_rest(blocks), rtol=1e-10, atol=0)
    assert (result.mean[0, 3:6] == 0).all()
    assert (result.m2[0, 3:6] == 0).all()


def test_rest_of_two_groups_is_the_other_one():
    blocks = [np.full((3, 2), 2.0), np.full((5, 2), 0.5), np.empty((0, 2))]
    result = rest(naive_group(blocks))
    assert_same_group(result.take([0, 1]), naive_group([blocks[1], blocks[0]]), rtol=0, atol=0)


def test_rest_of_a_single_group_is_empty():
    result = rest(naive_group(cells_of_groups([10])))
    assert result.n.tolist() == [0.0]
    assert torch.isnan(result.mean).all()
    assert torch.isnan(result.m2).all()


def scipy_welch(group, reference, method):
    one, two = (
        {"mean": g.mean.numpy(), "std": np.sqrt(g.variance().numpy()), "n": g.n.numpy()[:, None]}
        for g in (group, reference)
    )
    return stats.ttest_ind_from_stats(
        *(one["mean"], one["std"], one["n"], two["mean"], two["std"]),
        one["n"] if method == "t-test_overestim_var" else two["n"],
        equal_var=False,
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("against", ["one", "rest"])
def test_welch_equals_scipy(method, against):
    group = naive_group(cells_of_groups([30, 2, 3, 77, 12] * 12, n_genes=40))
    reference = naive_group(cells_of_groups([50], n_genes=40, seed=9)) if against == "one" else rest(group)
    tests, expected = welch(group, reference, method=method), scipy_welch(group, reference, method)
    there = np.isfinite(expected.statistic) & (expected.pvalue < 1)
    assert there.mean() > 0.95
    np.testing.assert_allclose(tests.t.numpy()[there], expected.statistic[there], rtol=1e-11)
    np.testing.assert_allclose(tests.p.numpy()[there], expected.pvalue[there], rtol=1e-8)
    torch.testing.assert_close(welch_t(group, reference, method=method), tests.t, rtol=0, atol=0)


def test_without_variance_equal_means_are_not_different_and_different_means_are():
    constant = np.tile([0.0, 1.5, 2.0, 0.3, 0.0], (4, 1))
    other = np.tile([0.0, 1.5, 1.0, 0.7, 0.0], (6, 1))
    constant[:, 4], other[:, 4] = [0, 1, 0, 1], 0.0
    group = naive_group([constant])
    residue = Group(group.n, group.mean * (1 - 1e-16) + 1e-17, group.m2 + 1e-30)
    for own in (group, residue):
        tests = welch(own, naive_group([other]), method="t-test")
        assert tests.t[0, 1:4].tolist() == [0.0, np.inf, -np.inf]
        assert tests.p[0, 1:4].tolist() == [1.0, 0.0, 0.0]
        assert 0 < tests.p[0, 4] < 1
    tests = welch(group, naive_group([other]), method="t-test")
    assert (tests.t[0, 0], tests.p[0, 0], tests.p_adj[0, 0]) == (0.0, 1.0, 1.0)
    assert tests.p_adj[0, 2] == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("n", "n_reference"), [(1, 9), (0, 9), (9, 1), (9, 0), (1, 1)])
def test_fewer_than_two_cells_are_undefined(method, n, n_reference):
    own, other = cells_of_groups([n, n_reference])
    tests = welch(naive_group([own, own]), naive_group([other]), method=method)
    for values in (tests.t, tests.p, tests.p_adj):
        assert torch.isnan(values).all()


def test_inputs_stay_as_they_were():
    group, reference = naive_group(cells_of_groups([5, 0, 8])), naive_group(cells_of_groups([7], seed=2))
    copies = [Group(g.n.clone(), g.mean.clone(), g.m2.clone()) for g in (group, reference)]
    rest(group)
    welch(group, reference, method="t-test")
    group.merged(group)
    for now, before in zip((group, reference), copies, strict=True):
        assert_same_group(now, before, rtol=0, atol=0)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", METHODS)
def test_equals_scanpy_on_the_same_cells(method):
    blocks = cells_of_groups([25, 60, 4, 110], n_genes=50, seed=5)
    names = np.array(["a", "b", "c", "control"])
    for block in blocks:
        block[:, 0], block[:, 1] = 0.0, 2.0
    blocks[0][:, 2], blocks[3][:, 2] = 1.0, 0.0
    cells = ad.AnnData(
        np.concatenate(blocks), obs=pd.DataFrame({"p": pd.Categorical(np.repeat(names, [25, 60, 4, 110]))})
    )
    cells.obs_names = cells.obs_names.astype(str)
    cells.uns["log1p"] = {"base": None}
    perturbed = naive_group(blocks[:3])
    for chosen, name, reference in (
        (cells, "control", naive_group(blocks[3:])),
        (cells[cells.obs["p"] != "control"].copy(), "rest", rest(perturbed)),
    ):
        sc.tl.rank_genes_groups(chosen, "p", reference=name, method=method)
        tests = welch(perturbed, reference, method=method)
        for row, label in enumerate(names[:3]):
            table = sc.get.rank_genes_groups_df(chosen, label).set_index("names").loc[cells.var_names]
            np.testing.assert_allclose(tests.t[row].numpy(), table["scores"], rtol=1e-6)
            np.testing.assert_allclose(tests.p[row].numpy(), table["pvals"], rtol=1e-6)
            np.testing.assert_allclose(tests.p_adj[row].numpy(), table["pvals_adj"], rtol=1e-6)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("against", ["one", "rest"])
def test_torch_gives_what_the_compiled_loops_give(method, against):
    blocks = cells_of_groups([30, 2, 1, 0, 12] * 7, n_genes=40)
    for block in blocks:
        block[:, 3] = 1.5
    group = naive_group(blocks)
    one, torch_rest = naive_group(cells_of_groups([50], n_genes=40, seed=9)), torch.empty_like(group.mean)
    reference = one if against == "one" else rest(group)
    n_as = group.n if method == "t-test_overestim_var" else reference.n.expand(len(group.n))
    compiled = de._t_and_df_compiled(group, reference, n_as)
    for ours, theirs in zip(compiled, de._t_and_df_torch(group, reference, n_as), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0, equal_nan=True)
    own, total, m2 = de._without_nan(group), group.pooled(), torch.empty_like(group.m2)
    de._subtract_torch(own, total, torch_rest, m2)
    mean, second = torch.empty_like(own.mean), torch.empty_like(own.m2)
    de._subtract_compiled(own, total, mean, second)
    torch.testing.assert_close(mean, torch_rest, rtol=1e-12, atol=0)
    torch.testing.assert_close(second, m2, rtol=1e-12, atol=1e-12)


def test_significant_genes_are_those_whose_adjusted_p_is_small():
    blocks = cells_of_groups([30, 2, 1, 0, 60] * 6, n_genes=90)
    tests = welch(naive_group(blocks), naive_group(cells_of_groups([80], n_genes=90)), method="t-test")
    for level in (1e-9, 0.01, 0.05, 0.3, 0.9):
        assert torch.equal(significant(tests.t, tests.df, level), tests.p_adj < level)
    assert torch.equal(tests.significant(0.05), tests.p_adj < 0.05)
    assert 0 < tests.significant(0.05).double().mean() < 1
