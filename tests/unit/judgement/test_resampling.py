from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from perturbdash.judgement.bootstrap import bootstrap
from perturbdash.judgement.resampling import (
    bca_mean,
    bca_ratio,
    detectable_difference,
    holm,
    sign_flip,
    wilson,
)
from perturbdash.judgement.units import drawables

Floats = NDArray[np.float64]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def naive_mean(values: Floats) -> float:
    within = [context[~np.isnan(context)].mean() for context in values.T if not np.isnan(context).all()]
    return float(np.mean(within))


def scipy_bca(sample: tuple[Floats, ...], statistic, *, level: float = 0.95) -> tuple[float, float]:
    result = stats.bootstrap(
        sample,
        statistic,
        n_resamples=10_000,
        confidence_level=level,
        method="BCa",
        paired=len(sample) > 1,
        vectorized=False,
        rng=np.random.default_rng(3),
    )
    return result.confidence_interval.low, result.confidence_interval.high


@pytest.mark.parametrize("level", [0.95, 0.8])
@pytest.mark.parametrize("draw", ["normal", "skewed", "share"])
def test_interval_of_a_mean_agrees_with_scipy(rng: np.random.Generator, draw: str, level: float) -> None:
    sample = {
        "normal": lambda: rng.normal(size=40),
        "skewed": lambda: rng.exponential(size=40) ** 2,
        "share": lambda: (rng.random(40) < 0.3).astype(float),
    }[draw]()
    ours = bca_mean(sample[:, None], seed=0, level=level)
    low, high = scipy_bca((sample,), np.mean, level=level)
    width = high - low
    assert ours.mean[0] == pytest.approx(sample.mean())
    assert ours.low[0] == pytest.approx(low, abs=0.04 * width)
    assert ours.high[0] == pytest.approx(high, abs=0.04 * width)
    assert not ours.approximate[0]


def test_skewed_values_move_the_interval_off_the_percentile_one(rng: np.random.Generator) -> None:
    sample = rng.exponential(size=30) ** 2
    ours = bca_mean(sample[:, None], seed=0)
    drawn = np.random.default_rng(0).choice(sample, (10_000, 30)).mean(1)
    assert ours.high[0] - np.quantile(drawn, 0.975) > 0.05 * (ours.high[0] - ours.low[0])


def test_interval_of_a_ratio_agrees_with_scipy(rng: np.random.Generator) -> None:
    below = rng.gamma(4, size=35)
    above = 0.4 * below + rng.normal(0, 0.3, size=35)
    ours = bca_ratio(above[:, None], below[:, None], seed=0)
    low, high = scipy_bca((above, below), lambda a, b: a.mean() / b.mean())
    assert ours.mean[0] == pytest.approx(above.mean() / below.mean())
    assert ours.low[0] == pytest.approx(low, abs=0.04 * (high - low))
    assert ours.high[0] == pytest.approx(high, abs=0.04 * (high - low))


def test_a_ratio_uses_what_is_defined_in_both(rng: np.random.Generator) -> None:
    above, below = rng.gamma(4, size=(2, 30, 1))
    above[:5], below[3:9] = np.nan, np.nan
    ours = bca_ratio(above, below, seed=0)
    kept = bca_ratio(above[9:], below[9:], seed=0)
    assert ours.n[0] == 21
    assert (ours.mean, ours.low, ours.high) == (kept.mean, kept.low, kept.high)


def test_several_contexts_are_resampled_together(rng: np.random.Generator) -> None:
    values = rng.normal(size=(40, 1, 3)) + rng.normal(size=(40, 1, 1))
    values[:10, 0, 1] = np.nan
    ours = bca_mean(values, seed=0)
    table = values[:, 0]
    assert ours.mean[0] == pytest.approx(naive_mean(table))

    def statistic(rows: Floats) -> float:
        return naive_mean(table[rows.astype(int)])

    low, high = scipy_bca((np.arange(40.0),), statistic)
    assert ours.low[0] == pytest.approx(low, abs=0.05 * (high - low))
    assert ours.high[0] == pytest.approx(high, abs=0.05 * (high - low))


def test_a_context_without_values_is_left_out_also_in_a_resample() -> None:
    values = np.full((6, 2, 3), np.nan)
    values[:, :, 0] = np.arange(6.0)[:, None]
    values[0, 1, 1] = 100.0
    assert bca_mean(values, seed=0).mean.tolist() == [2.5, (2.5 + 100) / 2]
    (drawn,) = bootstrap(next(drawables((values,), None)), seed=0, n_resamples=1000)
    without = drawn[1] <= 5
    assert without.mean() == pytest.approx((5 / 6) ** 6, abs=0.05)
    np.testing.assert_array_equal(drawn[1][without], drawn[0][without])
    np.testing.assert_allclose(drawn[1][~without], (drawn[0][~without] + 100) / 2)


def test_a_column_does_not_depend_on_the_others(rng: np.random.Generator) -> None:
    values = rng.normal(size=(50, 40))
    values[rng.random(values.shape) < 0.1] = np.nan
    together = bca_mean(values, seed=5)
    flips = sign_flip(values, seed=5)
    for column in (0, 17, 39):
        alone = bca_mean(values[:, [column]], seed=5)
        np.testing.assert_allclose(together.low[column], alone.low[0], rtol=1e-12)
        np.testing.assert_allclose(together.high[column], alone.high[0], rtol=1e-12)
        assert flips[0][column] == sign_flip(values[:, [column]], seed=5)[0][0]


def test_a_column_resamples_exactly_its_own_units(rng: np.random.Generator) -> None:
    values = rng.normal(size=(50, 1))
    values[::3] = np.nan
    kept = values[~np.isnan(values)][:, None]
    with_gaps, without = bca_mean(values, seed=1), bca_mean(kept, seed=1)
    assert with_gaps.n[0] == len(kept)
    assert (with_gaps.low, with_gaps.high) == (without.low, without.high)
    assert sign_flip(values, seed=1) == sign_flip(kept, seed=1)


def test_the_seed_decides(rng: np.random.Generator) -> None:
    values = rng.normal(size=(30, 2))
    first, again, other = (bca_mean(values, seed=seed) for seed in (1, 1, 2))
    assert (first.low == again.low).all()
    assert (first.low != other.low).all()
    tests = [sign_flip(values, seed=seed)[0] for seed in (1, 1, 2)]
    assert (tests[0] == tests[1]).all()
    assert (tests[0] != tests[2]).any()


def test_columns_beyond_one_chunk_are_the_same(rng: np.random.Generator) -> None:
    values = np.tile(rng.normal(size=(12, 3)), 400)
    ours = bca_mean(values, seed=0, n_resamples=200)
    np.testing.assert_allclose(ours.high.reshape(400, 3), np.tile(ours.high[:3], (400, 1)), rtol=1e-12)
    assert ours.approximate.all()


def test_equal_values_have_no_width_and_one_value_no_interval() -> None:
    values = np.full((25, 3), np.nan)
    values[:, 0] = 0.1
    values[4, 1] = 2.0
    ours = bca_mean(values, seed=0)
    assert ours.n.tolist() == [25, 1, 0]
    assert ours.low[0] == ours.high[0] == ours.mean[0] == pytest.approx(0.1)
    assert ours.mean[1] == 2
    assert np.isnan([ours.low[1], ours.high[1], ours.mean[2], ours.low[2], ours.high[2]]).all()
    assert ours.approximate.tolist() == [False, True, True]


def test_blocks_are_drawn_as_one(rng: np.random.Generator) -> None:
    centres = rng.normal(size=20)
    codes = np.repeat(np.arange(20), 5)
    values = centres[codes][:, None]
    singly, in_blocks = bca_mean(values, seed=0), bca_mean(values, seed=0, blocks=codes)
    of_centres = bca_mean(centres[:, None], seed=0)
    assert in_blocks.n[0] == 100
    np.testing.assert_allclose(in_blocks.low, of_centres.low)
    np.testing.assert_allclose(in_blocks.high, of_centres.high)
    assert (in_blocks.high - in_blocks.low)[0] > 1.8 * (singly.high - singly.low)[0]
    shuffled = rng.permutation(100)
    again = bca_mean(values[shuffled], seed=0, blocks=codes[shuffled])
    np.testing.assert_allclose(again.low, in_blocks.low)


def test_blocks_of_their_own_change_nothing(rng: np.random.Generator) -> None:
    values = rng.normal(size=(30, 2, 2))
    values[:4, 0, 1] = np.nan
    codes = np.arange(30)
    assert (bca_mean(values, seed=0).low == bca_mean(values, seed=0, blocks=codes).low).all()
    assert (sign_flip(values, seed=0)[0] == sign_flip(values, seed=0, blocks=codes)[0]).all()
    np.testing.assert_allclose(detectable_difference(values), detectable_difference(values, blocks=codes))


def test_intervals_cover_the_mean(rng: np.random.Generator) -> None:
    trials = 600
    for sample, truth in ((rng.normal(size=(30, trials)), 0.0), (rng.exponential(size=(30, trials)), 1.0)):
        ours = bca_mean(sample, seed=0, n_resamples=2000)
        assert 0.90 < ((ours.low <= truth) & (truth <= ours.high)).mean() < 0.97


def test_values_need_units_and_columns() -> None:
    with pytest.raises(ValueError, match="axes"):
        bca_mean(np.ones(3), seed=0)


def exact_flip(differences: Floats) -> tuple[float, float]:
    """Over all signs; ``(n_units, n_contexts)`` without gaps."""
    observed = differences.mean(0).mean()
    signs = np.array(list(product([-1, 1], repeat=len(differences))))
    flipped = (signs[:, :, None] * differences[None]).mean(1).mean(1)
    return float((flipped >= observed - 1e-12).mean()), float((flipped <= observed + 1e-12).mean())


@pytest.mark.parametrize("n_contexts", [1, 3])
def test_sign_flips_agree_with_all_signs(rng: np.random.Generator, n_contexts: int) -> None:
    columns = [rng.normal(mean, 1, size=(8, n_contexts)) for mean in (-0.5, 0.0, 0.3, 0.8)]
    columns.append(np.round(columns[0]))
    greater, less = sign_flip(np.stack(columns, axis=1), seed=0, n_flips=40_000)
    expected = np.array([exact_flip(column) for column in columns])
    np.testing.assert_allclose(greater, expected[:, 0], atol=0.01)
    np.testing.assert_allclose(less, expected[:, 1], atol=0.01)


def test_sign_flips_count_the_observed_signs(rng: np.random.Generator) -> None:
    greater, less = sign_flip(np.abs(rng.normal(size=(60, 1))) + 1, seed=0, n_flips=999)
    assert greater[0] == 1 / 1000
    assert less[0] == 1
    nothing = sign_flip(np.zeros((20, 1)), seed=0, n_flips=99)
    assert (nothing[0][0], nothing[1][0]) == (1, 1)
    assert np.isnan(sign_flip(np.full((5, 1), np.nan), seed=0)).all()


def test_sign_flips_hold_their_level(rng: np.random.Generator) -> None:
    greater, less = sign_flip(rng.normal(size=(15, 2000)), seed=0, n_flips=2000)
    assert 0.035 < (greater < 0.05).mean() < 0.065
    assert 0.035 < (less < 0.05).mean() < 0.065


def test_a_unit_keeps_its_sign_in_all_contexts() -> None:
    rng = np.random.default_rng(0)
    one = rng.normal(0.3, 1, size=(10, 1, 1))
    twice = np.concatenate([one, one], axis=2)
    assert sign_flip(one, seed=0)[0][0] == sign_flip(twice, seed=0)[0][0]


def test_blocks_flip_together(rng: np.random.Generator) -> None:
    codes = np.repeat(np.arange(8), 3)
    blocks = rng.normal(0.5, 1, size=(8, 1))
    values = blocks[codes]
    assert sign_flip(values, seed=0, blocks=codes)[0][0] == pytest.approx(exact_flip(blocks)[0], abs=0.015)
    assert sign_flip(values, seed=0)[0][0] < sign_flip(values, seed=0, blocks=codes)[0][0]


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (7, 10), (250, 400)])
def test_wilson_agrees_with_scipy(successes: int, n: int) -> None:
    expected = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    low, high = wilson(successes, n)
    assert (float(low), float(high)) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_takes_arrays_half_successes_and_nothing() -> None:
    low, high = wilson(np.array([5.0, 5.5, 0.0]), np.array([10, 10, 0]))
    assert low[0] < low[1]
    assert high[0] < high[1]
    assert np.isnan([low[2], high[2]]).all()


def naive_holm(p: list[float]) -> list[float]:
    """Smallest level at which the step-down procedure rejects each hypothesis."""
    adjusted = []
    for own in p:
        smaller = [q for q in p if q <= own]
        steps = [min(1.0, q * sum(r >= q for r in p)) for q in smaller]
        adjusted.append(max(steps))
    return adjusted


def test_holm_against_its_definition(rng: np.random.Generator) -> None:
    p = rng.random(12).tolist()
    np.testing.assert_allclose(holm(p), naive_holm(p))
    np.testing.assert_allclose(holm([0.01, 0.02, 0.03, 0.04]), [0.04, 0.06, 0.06, 0.06])


def test_holm_leaves_out_what_was_not_tested() -> None:
    adjusted = holm([np.nan, 0.02, np.nan, 0.01])
    np.testing.assert_allclose(adjusted, [np.nan, 0.02, np.nan, 0.02])
    assert holm([]).size == 0


def test_detectable_difference_is_found_with_the_power_it_says(rng: np.random.Generator) -> None:
    noise = rng.normal(0, 2, size=(25, 3000))
    shown = (stats.t.ppf(0.95, 24) + stats.t.ppf(0.8, 24)) * noise.std(0, ddof=1) / 5
    np.testing.assert_allclose(detectable_difference(noise), shown)
    shift = (stats.t.ppf(0.95, 24) + stats.t.ppf(0.8, 24)) * 2 / 5
    found = stats.ttest_1samp(noise + shift, 0, alternative="greater").pvalue < 0.05
    assert 0.77 < found.mean() < 0.84


def test_detectable_difference_over_contexts_uses_the_error_of_the_pooled_mean(
    rng: np.random.Generator,
) -> None:
    trials = rng.normal(size=(20, 4000, 2)) + rng.normal(size=(20, 4000, 1))
    trials[:8, :, 1] = np.nan
    pooled = np.nanmean(trials, axis=0).mean(1)
    quantiles = stats.t.ppf(0.95, 19) + stats.t.ppf(0.8, 19)
    assert detectable_difference(trials).mean() == pytest.approx(quantiles * pooled.std(), rel=0.05)


def test_detectable_difference_needs_two() -> None:
    values = np.array([[1.0, 1.0], [np.nan, 3.0]])
    assert np.isnan(detectable_difference(values)).tolist() == [True, False]
