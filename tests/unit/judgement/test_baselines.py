from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from perturbdash.judgement.baselines import baselines, cell_means, centroids, global_mean, positive_controls
from perturbdash.judgement.linear import _leading_axes
from perturbdash.judgement.splits import Plan, calibration_plan, folds, judgement_plan
from perturbdash.metrics.prediction import Prediction
from perturbdash.statistics.context import ContextStatistics, Group
from perturbdash.statistics.de import rest, welch
from perturbdash.vocabulary import BASELINES

Floats = NDArray[np.float64]
GENES = tuple(f"g{i:02d}" for i in range(60))
SINGLES = GENES[:24]
COMBINATIONS = ("g00+g01", "g02+g03", "g04+g05+g06", "g07+lost", "g08+g09")
PARTS = {p: tuple(p.split("+")) for p in (*SINGLES, *COMBINATIONS, "drug")}
TARGETS = {p: tuple(part for part in parts if part in GENES) for p, parts in PARTS.items()}


def group(rng: np.random.Generator, mean: Floats, *, cells: tuple[int, int] = (4, 40)) -> Group:
    n = rng.integers(*cells, size=len(mean)).astype(float)
    m2 = rng.gamma(2, 0.2, size=mean.shape) * (n[:, None] - 1)
    return Group(*(torch.from_numpy(x) for x in (n, mean, m2)))


def make_stats(seed: int, perturbations: tuple[str, ...] = tuple(sorted(PARTS))) -> ContextStatistics:
    rng = np.random.default_rng(seed)
    base = rng.gamma(1, 1, size=len(GENES))
    shifts = rng.normal(0, 0.3, size=(len(perturbations), len(GENES))) + rng.normal(0, 0.2, size=len(GENES))
    halves = [group(rng, base + shifts + rng.normal(0, 0.05, size=shifts.shape)) for _ in range(2)]
    control = [group(rng, base[None] + rng.normal(0, 0.02, size=(1, len(GENES)))) for _ in range(2)]
    return ContextStatistics(
        context=f"c{seed}",
        perturbations=perturbations,
        genes=GENES,
        all_cells=halves[0].merged(halves[1]),
        first=halves[0],
        second=halves[1],
        control=control[0].merged(control[1]),
        control_first=control[0],
        control_second=control[1],
        control_blocks=control[0],
    )


@dataclass
class Naive:
    """The same numbers by plain loops over labels."""

    stats: ContextStatistics
    plan: Plan

    def __post_init__(self) -> None:
        self.control = self.stats.control.mean[0].numpy()
        self.centroid = dict(zip(self.stats.perturbations, self.stats.all_cells.mean.numpy(), strict=True))
        self.cells = dict(zip(self.stats.perturbations, self.stats.all_cells.n.numpy(), strict=True))

    def train(self, p: str) -> list[str]:
        fold = self.plan.fold[self.stats.perturbations.index(p)]
        return [q for q, t in zip(self.stats.perturbations, self.plan.train[fold], strict=True) if t]

    def others(self, p: str) -> list[str]:
        return [q for q in self.train(p) if q != p]

    def mean(self, p: str) -> Floats | None:
        return np.mean([self.centroid[q] for q in self.train(p)], axis=0) if self.train(p) else None

    def cell_mean(self, p: str) -> Floats:
        train = self.train(p)
        return np.average([self.centroid[q] for q in train], axis=0, weights=[self.cells[q] for q in train])

    def matching_mean(self, p: str) -> Floats | None:
        if len(PARTS[p]) == 1:
            return self.mean(p)
        found = [self.centroid[q] if q in self.others(p) else self.mean(p) for q in PARTS[p]]
        return np.mean(found, axis=0)

    def additive(self, p: str) -> Floats | None:
        if not all(q in self.others(p) for q in PARTS[p]):
            return None
        return self.control + sum(self.centroid[q] - self.control for q in PARTS[p])

    def linear(self, p: str) -> Floats | None:
        if PARTS[p] != (p,) or p not in GENES:
            return None
        train = self.train(p)
        conditions = np.stack([*(self.centroid[q] for q in train), self.control], axis=1)
        a = PCA(n_components=min(10, len(train) + 1), svd_solver="full").fit_transform(conditions)
        usable = [q for q in train if q in GENES]
        if not usable:
            return None
        y = np.stack([*(self.centroid[q] for q in usable), self.control], axis=1) - self.control[:, None]
        b_matrix = np.stack([*(a[GENES.index(q)] for q in usable), np.zeros(a.shape[1])], axis=1)
        b = y.mean(1, keepdims=True)
        ridge = 0.1 * np.eye(a.shape[1])
        w = np.linalg.inv(a.T @ a + ridge) @ a.T @ (y - b) @ b_matrix.T
        w = w @ np.linalg.inv(b_matrix @ b_matrix.T + ridge)
        return self.control + b[:, 0] + a @ w @ a[GENES.index(p)]


def assert_profiles(
    prediction: Prediction, stats: ContextStatistics, plan: Plan, expected: Callable[[str], Floats | None]
) -> None:
    assert prediction.rows.isfinite().all()
    assert prediction.rows.dtype == torch.float64
    used = set(prediction.index.tolist()) - {-1}
    assert used == set(range(len(prediction.rows)))
    for i, p in enumerate(stats.perturbations):
        wanted = expected(p) if plan.fold[i] >= 0 else None
        row = int(prediction.index[i])
        assert (row >= 0) == (wanted is not None), (prediction.name, p)
        if wanted is not None:
            np.testing.assert_allclose(prediction.rows[row], wanted, rtol=1e-9, atol=1e-11, err_msg=p)


@pytest.fixture(scope="module")
def stats() -> ContextStatistics:
    return make_stats(0)


def calibration(stats: ContextStatistics) -> Plan:
    return calibration_plan(stats.perturbations, folds(stats.perturbations, 5, 0))


def held_out(stats: ContextStatistics) -> Plan:
    predicted = {(stats.context, p) for p in (*COMBINATIONS, "g00", "g10", "g11", "drug")}
    return judgement_plan(stats.perturbations, stats.context, split=None, predicted=predicted, given=None)


def nothing_held_out(stats: ContextStatistics) -> Plan:
    predicted = {(stats.context, p) for p in stats.perturbations}
    return judgement_plan(stats.perturbations, stats.context, split=None, predicted=predicted, given=None)


PLANS = [calibration, held_out, nothing_held_out]


@pytest.mark.parametrize("make_plan", PLANS)
def test_baselines_agree_with_plain_loops(stats: ContextStatistics, make_plan) -> None:
    plan = make_plan(stats)
    naive = Naive(stats, plan)
    made = baselines(stats, plan, parts=PARTS, targets=TARGETS)
    assert list(made) == [name for name in BASELINES if name != "transfer_mean"]
    assert all(prediction.kind == "baseline" for prediction in made.values())
    for name in ("mean", "matching_mean", "additive"):
        assert_profiles(made[name], stats, plan, getattr(naive, name))
    assert_profiles(made["control"], stats, plan, lambda p: naive.control)
    within = calibration(stats) if plan.leave_one_out else plan
    assert_profiles(made["linear"], stats, plan, Naive(stats, within).linear)


def test_profiles_are_held_once(stats: ContextStatistics) -> None:
    made = baselines(stats, calibration(stats), parts=PARTS, targets=TARGETS)
    assert len(made["mean"].rows) == 5
    assert len(made["control"].rows) == 1
    assert len(made["matching_mean"].rows) == 5 + len(COMBINATIONS)


def test_the_mean_is_the_reference_itself(stats: ContextStatistics) -> None:
    plan = calibration(stats)
    mean = baselines(stats, plan, parts=PARTS, targets=TARGETS, only=("mean",))
    assert list(mean) == ["mean"]
    assert torch.equal(mean["mean"].rows[mean["mean"].index], centroids(stats, plan)[plan.fold])


def test_a_mean_may_count_cells(stats: ContextStatistics) -> None:
    plan = held_out(stats)
    made = baselines(stats, plan, parts=PARTS, targets=TARGETS, mean="cell")
    naive = Naive(stats, plan)
    assert_profiles(made["mean"], stats, plan, naive.cell_mean)
    lost = made["matching_mean"]
    row = lost.rows[lost.index[stats.perturbations.index("g07+lost")]]
    np.testing.assert_allclose(row, (naive.centroid["g07"] + naive.cell_mean("g07+lost")) / 2)
    assert not torch.allclose(cell_means(stats, plan), centroids(stats, plan))


def test_folds_of_combinations_see_every_single(stats: ContextStatistics) -> None:
    plan = calibration_plan(
        stats.perturbations, folds(stats.perturbations, 2, 0, combinations_only=True, parts=PARTS)
    )
    made = baselines(stats, plan, parts=PARTS, targets=TARGETS)
    assert_profiles(made["additive"], stats, plan, Naive(stats, plan).additive)
    assert len(made["additive"].rows) == len(COMBINATIONS) - 1
    assert len(made["linear"].rows) == 0


def test_nothing_held_out_never_shows_the_perturbation_itself(stats: ContextStatistics) -> None:
    made = baselines(stats, nothing_held_out(stats), parts=PARTS, targets=TARGETS)
    singles = [stats.perturbations.index(p) for p in SINGLES]
    assert (made["additive"].index[singles] == -1).all()
    own = stats.all_cells.mean[singles]
    for name in ("matching_mean", "linear"):
        assert ((made[name].rows[made[name].index[singles]] - own).abs().amax(1) > 0.05).all()


def test_linear_folds_can_be_given(stats: ContextStatistics) -> None:
    plan = nothing_held_out(stats)
    dealt = folds(stats.perturbations, 5, 9)
    made = baselines(stats, plan, parts=PARTS, targets=TARGETS, folds=dealt, only=("linear",))["linear"]
    assert_profiles(made, stats, plan, Naive(stats, calibration_plan(stats.perturbations, dealt)).linear)
    seeded = baselines(stats, plan, parts=PARTS, targets=TARGETS, seed=9, only=("linear",))["linear"]
    assert torch.equal(made.rows, seeded.rows)
    other = baselines(stats, plan, parts=PARTS, targets=TARGETS, seed=8, only=("linear",))["linear"]
    assert not torch.equal(other.rows, seeded.rows)


def test_linear_needs_a_target_in_the_panel() -> None:
    names = ("drug", "g00", "other")
    stats = make_stats(1, names)
    parts = {name: (name,) for name in names}
    targets = {"drug": (), "g00": ("g00",), "other": ()}
    for tested in names:
        predicted = {(stats.context, tested)}
        plan = judgement_plan(names, stats.context, split=None, predicted=predicted, given=None)
        assert len(baselines(stats, plan, parts=parts, targets=targets)["linear"].rows) == 0


def test_few_training_centroids_give_fewer_components() -> None:
    stats = make_stats(2, ("g00", "g01", "g02"))
    plan = judgement_plan(
        stats.perturbations, stats.context, split=None, predicted={(stats.context, "g02")}, given=None
    )
    made = baselines(stats, plan, parts=PARTS, targets=TARGETS, only=("linear",))["linear"]
    assert_profiles(made, stats, plan, Naive(stats, plan).linear)


def test_many_conditions_give_the_same_leading_space() -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(700, 20)) @ rng.normal(size=(20, 900)) + rng.normal(size=(700, 900))
    gram = data @ data.T
    axes = _leading_axes(torch.from_numpy(gram), 10).numpy()
    exact = np.linalg.eigh(gram)[1][:, -10:]
    np.testing.assert_allclose(axes @ axes.T, exact @ exact.T, atol=1e-10)
    assert np.array_equal(axes, _leading_axes(torch.from_numpy(gram), 10).numpy())


def test_one_perturbation_leaves_only_control() -> None:
    stats = make_stats(3, ("g00",))
    for plan in (calibration(stats), nothing_held_out(stats)):
        made = baselines(stats, plan, parts=PARTS, targets=TARGETS)
        assert centroids(stats, plan).isnan().all()
        assert {name for name, p in made.items() if (p.index >= 0).any()} == {"control"}
        controls = positive_controls(stats, "second", plan)
        assert controls["technical_duplicate"].index.tolist() == [0]
        assert controls["interpolated_duplicate"].index.tolist() == [-1]


@pytest.fixture(scope="module")
def three() -> list[ContextStatistics]:
    everything = tuple(sorted(PARTS))
    return [make_stats(0), make_stats(4, everything[:15]), make_stats(5, everything[10:])]


def naive_transfer(
    here: ContextStatistics, others: list[tuple[ContextStatistics, Plan]], *, all_others: bool
) -> Callable[[str], Floats | None]:
    def predict(p: str) -> Floats | None:
        shifts = []
        for other, plan in others:
            if p in other.perturbations:
                row = other.perturbations.index(p)
                if all_others or plan.train[0, row]:
                    shifts.append(other.all_cells.mean[row].numpy() - other.control.mean[0].numpy())
        return here.control.mean[0].numpy() + np.mean(shifts, axis=0) if shifts else None

    return predict


def test_transfer_takes_the_shift_from_contexts_where_it_was_train(three: list[ContextStatistics]) -> None:
    predicted = {("c0", p) for p in three[0].perturbations[:14]} | {("c4", p) for p in SINGLES[:5]}
    plans = [
        judgement_plan(s.perturbations, s.context, split=None, predicted=predicted, given=None) for s in three
    ]
    others = [(three[1], plans[1]), (three[2], plans[2])]
    made = baselines(three[0], plans[0], parts=PARTS, targets=TARGETS, others=others)
    assert list(made) == list(BASELINES)
    assert_profiles(
        made["transfer_mean"], three[0], plans[0], naive_transfer(three[0], others, all_others=False)
    )
    assert (made["transfer_mean"].index >= 0).any()
    assert (made["transfer_mean"].index[torch.from_numpy(plans[0].test)] == -1).any()


def test_transfer_takes_all_others_where_nothing_is_held_out(three: list[ContextStatistics]) -> None:
    plans = [nothing_held_out(s) for s in three]
    others = [(three[1], plans[1]), (three[2], plans[2])]
    made = baselines(three[0], plans[0], parts=PARTS, targets=TARGETS, others=others)["transfer_mean"]
    assert_profiles(made, three[0], plans[0], naive_transfer(three[0], others, all_others=True))


def test_a_fully_predicted_context_shows_nothing_to_one_that_holds_out(
    three: list[ContextStatistics],
) -> None:
    plan, other = held_out(three[0]), (three[1], nothing_held_out(three[1]))
    made = baselines(three[0], plan, parts=PARTS, targets=TARGETS, others=[other])["transfer_mean"]
    assert (made.index == -1).all()


def test_transfer_knows_nothing_within_folds_that_all_contexts_share(three: list[ContextStatistics]) -> None:
    dealt = folds(three[0].perturbations, 5, 0)
    plans = [calibration_plan(s.perturbations, dealt) for s in three]
    others = [(three[1], plans[1])]
    made = baselines(three[0], plans[0], parts=PARTS, targets=TARGETS, others=others)["transfer_mean"]
    assert (made.index == -1).all()


@pytest.mark.parametrize("duplicate", ["first", "second"])
def test_positive_controls_come_from_the_given_half(stats: ContextStatistics, duplicate: str) -> None:
    plan = calibration(stats)
    controls = positive_controls(stats, duplicate, plan)
    assert list(controls) == ["interpolated_duplicate", "technical_duplicate"]
    assert {control.kind for control in controls.values()} == {"positive_control"}
    half = getattr(stats, duplicate)
    p_adj = welch(half, rest(half), method="t-test_overestim_var").p_adj.numpy()
    assert (p_adj < 0.05).any()
    assert (p_adj > 0.5).any()
    alpha = 1 - p_adj
    mean = centroids(stats, plan)[plan.fold].numpy()
    expected = dict(zip(stats.perturbations, alpha * half.mean.numpy() + (1 - alpha) * mean, strict=True))
    assert_profiles(controls["interpolated_duplicate"], stats, plan, expected.get)
    rows = dict(zip(stats.perturbations, half.mean.numpy(), strict=True))
    assert_profiles(controls["technical_duplicate"], stats, plan, rows.get)


def test_known_p_values_and_other_means_are_used(stats: ContextStatistics) -> None:
    plan = calibration(stats)
    means = centroids(stats, plan) + 1
    nothing = torch.full_like(stats.first.mean, torch.nan)
    nothing[0] = 0.0
    control = positive_controls(stats, "first", plan, means=means, p_adj=nothing)["interpolated_duplicate"]
    profiles = control.rows[control.index]
    assert torch.equal(profiles[0], stats.first.mean[0])
    assert torch.equal(profiles[1:], means[plan.fold][1:])


def test_an_empty_half_repeats_nothing(stats: ContextStatistics) -> None:
    first = stats.first
    n, mean, m2 = first.n.clone(), first.mean.clone(), first.m2.clone()
    n[3], mean[3], m2[3] = 0, torch.nan, torch.nan
    broken = replace(stats, first=Group(n, mean, m2))
    for control in positive_controls(broken, "first", calibration(stats)).values():
        assert control.index[3] == -1
        assert (control.index[[0, 1, 2, 4]] >= 0).all()


def test_the_global_mean_is_one_vector_for_all(stats: ContextStatistics) -> None:
    prediction = global_mean(stats)
    assert (prediction.name, prediction.kind) == ("global_mean", "negative_control")
    assert prediction.index.tolist() == [0] * len(stats.perturbations)
    np.testing.assert_allclose(prediction.rows[0], stats.all_cells.mean.numpy().mean(0))


def test_what_is_not_tested_is_not_predicted(stats: ContextStatistics) -> None:
    plan = held_out(stats)
    made = baselines(stats, plan, parts=PARTS, targets=TARGETS) | positive_controls(stats, "first", plan)
    for prediction in made.values():
        assert (prediction.index[torch.from_numpy(~plan.test)] == -1).all()
