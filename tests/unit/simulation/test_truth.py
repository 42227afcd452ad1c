from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perturbdash.simulation.settings import SimulationSettings
from perturbdash.simulation.truth import draw_truth

BASE = SimulationSettings(n_genes=200, n_singles=10, n_combinations=6, contexts=("x", "y"), seed=3)


def test_labels_are_canonical_and_sorted():
    truth = draw_truth(BASE)
    assert list(truth.perturbations) == sorted(truth.perturbations)
    assert len(set(truth.perturbations)) == 16
    for label, parts in truth.parts.items():
        assert label == "+".join(sorted(parts))
        assert set(parts) <= set(truth.genes)


def test_the_same_seed_gives_the_same_truth_and_another_seed_another():
    first, again, other = draw_truth(BASE), draw_truth(BASE), draw_truth(replace(BASE, seed=4))
    np.testing.assert_array_equal(first.expected, again.expected)
    assert not np.array_equal(first.log_fold_changes, other.log_fold_changes)


def test_inert_perturbations_do_nothing_and_are_as_many_as_asked():
    truth = draw_truth(replace(BASE, inert_share=0.3))
    single = np.array([len(truth.parts[label]) == 1 for label in truth.perturbations])
    assert truth.inert[single].sum() == 3
    assert not truth.affected[:, truth.inert].any()
    assert truth.affected[:, ~truth.inert].any(axis=2).all()
    assert not truth.shifts[:, truth.inert].any()
    inert = {label for label, is_inert in zip(truth.perturbations, truth.inert, strict=True) if is_inert}
    for label in truth.perturbations:
        assert (label in inert) == (set(truth.parts[label]) <= inert)


def rows(truth, label):
    place = truth.perturbations.index
    both = [place(part) for part in truth.parts[label]]
    return truth.log_fold_changes[:, place(label)], truth.log_fold_changes[:, both].sum(axis=1)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_pairs_are_additive_to_the_degree_asked(share):
    truth = draw_truth(replace(BASE, non_additivity=share))
    pairs = [label for label in truth.perturbations if "+" in label]
    for label in pairs:
        pair, total = rows(truth, label)
        assert np.allclose(pair, total) == (share == 0)


def test_a_change_of_one_size_leaves_the_rest_in_place():
    strong, weak = (
        draw_truth(replace(BASE, specific_effect=1.0)),
        draw_truth(replace(BASE, specific_effect=0.5)),
    )
    assert strong.perturbations == weak.perturbations
    np.testing.assert_array_equal(strong.fractions, weak.fractions)
    np.testing.assert_array_equal(strong.affected, weak.affected)


def test_without_shared_effect_only_specific_genes_move():
    truth = draw_truth(replace(BASE, shared_effect=0.0, n_combinations=0, n_genes=2000, sparsity=0.05))
    assert truth.affected.mean() == pytest.approx(0.05, abs=0.01)
    assert (
        draw_truth(replace(BASE, shared_effect=0.0, sparsity=0.0, n_combinations=0)).affected.sum() == 2 * 10
    )


def test_a_shared_effect_makes_shifts_alike():
    def alike(settings):
        shifts = draw_truth(settings).shifts[0]
        return np.mean(np.corrcoef(shifts)[np.triu_indices(len(shifts), 1)])

    only_shared = replace(BASE, shared_effect=0.6, specific_effect=0.1)
    assert alike(only_shared) > 0.8 > 0.3 > alike(replace(BASE, shared_effect=0.0))


def test_effects_correlate_between_contexts_as_asked():
    for rho in (0.0, 0.9):
        settings = replace(BASE, context_correlation=rho, n_genes=3000, n_combinations=0, target_effect=0.0)
        lfc = draw_truth(settings).log_fold_changes
        moved = (lfc != 0).all(axis=0)
        assert np.corrcoef(lfc[0][moved], lfc[1][moved])[0, 1] == pytest.approx(rho, abs=0.1)


def test_a_control_bias_moves_control_alone():
    plain, biased = draw_truth(BASE), draw_truth(replace(BASE, control_bias=0.3))
    np.testing.assert_allclose(plain.expected, biased.expected, rtol=1e-4)
    assert not np.allclose(plain.expected_control, biased.expected_control, rtol=1e-2)


def test_the_targeted_gene_has_its_own_effect():
    truth = draw_truth(BASE)
    for i, label in enumerate(truth.perturbations):
        if "+" not in label:
            np.testing.assert_array_equal(truth.log_fold_changes[:, i, truth.genes.index(label)], -1.2)


def test_a_large_panel_takes_at_most_half_of_a_cell():
    fractions = draw_truth(replace(BASE, mean_expression=500.0)).fractions
    np.testing.assert_allclose(fractions.sum(axis=1), 0.5)


def test_the_table_has_a_row_for_each_condition():
    truth = draw_truth(replace(BASE, inert_share=0.2))
    table = truth.table()
    assert len(table) == 2 * 16
    row = table[(table["context"] == "y") & (table["perturbation"] == truth.perturbations[5])].iloc[0]
    np.testing.assert_array_equal(row[list(truth.genes)].to_numpy(dtype=float), truth.shifts[1, 5])
    assert set(table.loc[table["test"], "perturbation"]) == set(truth.held_out)
