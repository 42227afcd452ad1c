"""The simulated experiment of the playground: its truth, its answers by the code of a data set, and its curves."""

from __future__ import annotations

import numpy as np
import pytest

from perturbdash.errors import SettingsError
from perturbdash.judgement.means import centroids
from perturbdash.judgement.playground.answers import MODEL, answers, levels, scored
from perturbdash.judgement.playground.curves import curve, point, with_now
from perturbdash.judgement.playground.experiment import Floats, experiment, predict
from perturbdash.judgement.playground.knobs import (
    GUESS,
    KNOBS,
    N_GENES,
    N_PERTURBATIONS,
    NOISE,
    PlaygroundSettings,
)
from perturbdash.judgement.playground.plane import SHOWN, plane
from perturbdash.judgement.playground.story import ANSWERED, DRAWN, FIRST, STEPS, TRICKS
from perturbdash.judgement.recalibration import calibrate
from perturbdash.judgement.scoring import ContextCase
from perturbdash.judgement.settings import Settings

SEEDS = (3, 0, 11)


def rows(settings: PlaygroundSettings):
    return answers(settings, ANSWERED).set_index("metric")


def predicted(settings: PlaygroundSettings) -> Floats:
    return predict(experiment(settings), settings)


def wide(settings: PlaygroundSettings, knob: str, drawn: str):
    return curve(settings, knob, drawn).pivot(index="at", columns="line", values="value")


@pytest.mark.parametrize("knob", KNOBS.values(), ids=lambda knob: knob.name)
def test_every_value_of_a_knob_can_be_written_and_read_again(knob):
    assert [knob.read(knob.write(value)) for value in knob.values] == list(knob.values)
    assert list(knob.values) == sorted(set(knob.values))
    assert set(knob.along(15)) <= set(knob.values)
    assert {knob.values[0], knob.values[-1]} <= set(knob.along(15))
    for text in ("", "nan", "inf", "-1", "1e9", "many", f"{knob.values[0] - 1}"):
        assert knob.read(text) is None


@pytest.mark.parametrize("wrong", [{"cells": 17}, {"skill": 2}, {"scale": 0}, {"seed": -1}, {"seed": 10_000}])
def test_what_is_not_among_the_values_is_refused(wrong):
    with pytest.raises(SettingsError, match=r"expected (one of its values|a whole number)"):
        PlaygroundSettings(**wrong)


def test_the_same_settings_give_the_same_numbers_and_another_seed_others():
    one, same, other = experiment(FIRST), experiment(PlaygroundSettings()), experiment(FIRST.at(seed=4))
    assert np.array_equal(predict(one, FIRST), predict(same, FIRST))
    assert np.array_equal(one.stats.all_cells.mean, same.stats.all_cells.mean)
    assert not np.allclose(one.truth, other.truth)


def test_effects_have_the_lengths_the_genes_and_the_perturbations_that_are_asked_for():
    still = experiment(FIRST.at(shared=0.0, specific=0.0)).truth
    assert np.ptp(still, axis=0).max() == 0
    shared = experiment(FIRST.at(specific=0.0)).truth - still
    own = experiment(FIRST.at(shared=0.0, inert=30)).truth - still
    active = np.linalg.norm(own, axis=1) > 0
    assert active.sum() == N_PERTURBATIONS - 18
    strength = np.linalg.norm(own[active], axis=1) / FIRST.specific
    assert np.allclose(np.linalg.norm(shared, axis=1)[active] / FIRST.shared, strength)
    assert np.log(strength).std() == pytest.approx(0.2, abs=0.06)
    assert ((own[active] != 0).sum(1) == 0.15 * N_GENES).all()


def test_a_slider_moves_the_truth_in_proportion_and_leaves_the_draws_alone():
    one, two = (experiment(FIRST.at(shared=0.0, specific=length)).truth for length in (1.0, 2.0))
    still = experiment(FIRST.at(shared=0.0, specific=0.0)).truth
    assert np.allclose(two - still, 2 * (one - still))


@pytest.mark.parametrize(("cells", "controls"), [(8, 20), (50, 1000), (125, 32)])
def test_centroids_carry_the_noise_of_their_number_of_cells(cells, controls):
    made = experiment(FIRST.at(cells=cells, controls=controls))
    stats = made.stats
    halves = (stats.first, cells // 2), (stats.second, cells - cells // 2)
    for half, n in halves:
        assert (half.n == n).all()
        assert (half.mean.numpy() - made.truth).std() == pytest.approx(NOISE / np.sqrt(n), rel=0.02)
        assert np.allclose(half.variance(), NOISE**2)
    assert (stats.all_cells.n == cells).all()
    assert stats.control_blocks.n.sum() == stats.control.n.item() == controls
    still = experiment(FIRST.at(shared=0.0, specific=0.0)).truth[0]
    noise = stats.control.mean[0].numpy() - still
    assert noise.std() == pytest.approx(NOISE / np.sqrt(controls), rel=0.12)
    assert np.linalg.norm(
        experiment(FIRST.at(controls=controls, bias=2.0)).stats.control.mean[0].numpy() - still - noise
    ) == pytest.approx(2.0)


def test_the_model_says_the_average_a_guess_and_what_it_knows():
    made = experiment(FIRST)
    average = predicted(FIRST.at(collapse=1.0))
    assert np.allclose(average, centroids(made.stats, made.plan).numpy()[made.plan.fold])
    effects = made.truth - made.truth.mean(0)
    assert np.allclose(predicted(FIRST.at(skill=1.0)) - average, effects)
    guess = predicted(FIRST) - average
    assert np.allclose(np.linalg.norm(guess, axis=1), GUESS * FIRST.specific)
    assert np.allclose(predicted(FIRST.at(skill=0.5)) - average, 0.5 * effects + 0.5 * guess)
    control = made.stats.control.mean[0].numpy()
    assert np.allclose(predicted(FIRST.at(scale=2.0)) - control, 2 * (predicted(FIRST) - control))


def test_models_that_are_scored_together_are_scored_as_each_alone():
    for knob, drawn in (("skill", "nir"), ("collapse", "pearson_delta_centroid"), ("scale", "pds")):
        whole = curve(FIRST, knob, drawn)
        at = KNOBS[knob].along(15)[6]
        alone = point(FIRST.at(**{knob: at}), knob, drawn)
        assert np.allclose(whole.loc[whole["at"] == at, "value"], alone["value"], rtol=1e-12)


def test_answers_are_those_of_a_naive_computation():
    settings = FIRST.at(skill=0.35, bias=1.0, inert=20)
    made, calibration = scored(settings, ANSWERED)
    said = predict(made, settings)
    found = {level.metric: level.model for level in levels(calibration)}
    control = made.stats.control.mean[0].numpy()
    all_cells, plan = made.stats.all_cells.mean.numpy(), made.plan
    expected = {
        name: [] for name in ("pearson_expression", "pearson_delta_control", "pearson_delta_centroid", "nir")
    }
    for half in (made.stats.first.mean.numpy(), made.stats.second.mean.numpy()):
        for p in range(N_PERTURBATIONS):
            y, x = said[p], half[p]
            centroid = all_cells[plan.train[plan.fold[p]]].mean(0)
            distance = ((y - half) ** 2).sum(1)
            expected["pearson_expression"].append(np.corrcoef(y, x)[0, 1])
            expected["pearson_delta_control"].append(np.corrcoef(y - control, x - control)[0, 1])
            expected["pearson_delta_centroid"].append(np.corrcoef(y - centroid, x - centroid)[0, 1])
            expected["nir"].append((distance[p] < np.delete(distance, p)).mean())
    for name, values in expected.items():
        assert found[name] == pytest.approx(np.mean(values), rel=1e-9), name


def test_ranges_and_gates_are_those_of_the_calibration_of_a_data_set():
    found = rows(FIRST)
    made = experiment(FIRST)
    case = ContextCase(0, made.stats, {MODEL: predict(made, FIRST)}, {}, {})
    context = made.stats.context
    whole = calibrate(
        {context: case},
        made.folds,
        Settings(seed=FIRST.seed),
        judged={context: made.plan},
        labels=made.stats.perturbations,
    ).summary
    chosen = (
        whole[whole["positive_control"] == "interpolated_duplicate"].set_index("metric").loc[list(ANSWERED)]
    )
    for column in ("drf_mean", "drf_low", "drf_high", "bds", "n", "gate", "negative_control"):
        assert found[column].tolist() == chosen[column].tolist(), column


def test_weighted_mse_is_the_share_of_the_averages_error_that_is_removed():
    found = rows(FIRST.at(skill=1.0)).loc["wmse"]
    assert found["average"] == found["negative"] == 0
    _, calibration = scored(FIRST.at(skill=1.0), ("wmse",))
    error = {
        name: np.mean([half.value[name][0, :, 0].mean() for half in calibration.halves])
        for name in (MODEL, "mean", "interpolated_duplicate")
    }
    assert found["model"] == pytest.approx(1 - error[MODEL] / error["mean"])
    assert found["repeat"] == pytest.approx(1 - error["interpolated_duplicate"] / error["mean"])
    assert found["model"] > found["repeat"] > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_the_story_is_true(seed):
    high, average, moved, few, skilled = (rows(step.settings.at(seed=seed)) for step in STEPS)
    control = high.loc["pearson_delta_control"]
    assert control["model"] > 0.75
    assert high.loc["pearson_expression", "model"] > 0.98
    control = average.loc["pearson_delta_control"]
    assert control["average"] > control["model"]
    assert control["repeat"] - control["average"] < 0.03
    assert control["gate"] == "weak"
    centroid = moved.loc["pearson_delta_centroid"]
    assert abs(centroid["model"]) < 0.03
    assert np.isnan(centroid["average"])
    assert centroid["repeat"] > 0.2
    assert centroid["gate"] == "informative"
    assert few.loc["pearson_delta_centroid", "repeat"] < 0.2
    assert not (few["gate"] == "informative").any()
    assert (skilled["gate"] == "informative").all()
    assert (skilled["model"] > skilled["negative"]).all()
    assert (
        0.5 < skilled.loc["pearson_delta_centroid", "model"] < skilled.loc["pearson_delta_centroid", "repeat"]
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_pulling_the_shared_effect_to_nothing_lets_the_score_fall(seed):
    found = wide(FIRST.at(seed=seed), "shared", "pearson_delta_control")
    assert (np.diff(found["model"]) > 0).all()
    assert found["model"].iloc[0] < 0.15


def trick(name: str, seed: int):
    found = TRICKS[name]
    return wide(FIRST.at(**found.changes, seed=seed), found.over, found.drawn)


@pytest.mark.parametrize("seed", SEEDS)
def test_growing_control_bias_lifts_the_correlation_of_the_mean_prediction(seed):
    found = trick("bias", seed)
    assert (np.diff(found["average"]) > 0).all()
    assert found["average"].iloc[0] < 0.25
    assert found["average"].iloc[-1] > 0.8


@pytest.mark.parametrize("seed", SEEDS)
def test_scaling_predicted_shifts_moves_pds_l1_and_not_pds_cosine(seed):
    found = trick("scale", seed)
    assert np.ptp(found["pds_cosine"]) < 1e-12
    assert found["pds_cosine"].iloc[0] > 0.6
    assert np.ptp(found["pds_l1"]) > 0.2


@pytest.mark.parametrize("seed", SEEDS)
def test_fewer_control_cells_lift_systematic_variation_where_there_is_none(seed):
    found = trick("controls", seed)
    assert (np.diff(found["cosine"]) < 0).all()
    assert found["cosine"].iloc[0] > 0.7
    assert found["cosine"].iloc[-1] < 0.25
    assert found["cosine_split_control"].abs().max() < 0.12
    assert found["cosine_split_control"].loc[100:].abs().max() < 0.06


def test_a_model_that_says_the_average_has_no_pattern_of_its_own():
    found = rows(FIRST.at(collapse=1.0))
    assert np.isnan(found.loc["pearson_delta_centroid", "model"])
    assert found.loc["pearson_delta_control", "model"] == found.loc["pearson_delta_control", "average"]
    assert found.loc["wmse", "model"] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("drawn", DRAWN)
def test_a_curve_passes_through_the_place_where_its_slider_stands(drawn):
    settings = FIRST.at(skill=0.25)
    now = point(settings, "skill", drawn)
    short = point(FIRST, "skill", drawn), point(FIRST.at(skill=1.0), "skill", drawn)
    both = with_now(with_now(short[1], short[0]), now)
    assert both["at"].is_monotonic_increasing
    assert both[both["at"] == 0.25]["value"].tolist() == now["value"].tolist()
    assert len(with_now(both, now)) == len(both) == 3 * len(now)


def test_the_plane_keeps_lengths_along_the_average_effect():
    made = experiment(FIRST)
    found = plane(made, predict(made, FIRST))
    control, centroids_ = made.stats.control.mean[0].numpy(), made.stats.all_cells.mean.numpy()
    effect = centroids_.mean(0) - control
    length = np.linalg.norm(effect)
    assert found.anchors["along"].tolist() == [0.0, pytest.approx(length)]
    assert found.anchors["across"].tolist() == [0.0, 0.0]
    observed = found.points[found.points["prediction"] == "observed"]
    assert len(observed) == SHOWN
    assert np.allclose(observed["along"], (centroids_[:SHOWN] - control) @ effect / length)
    rest = centroids_ - centroids_.mean(0)
    assert (
        np.hypot(observed["along"] - length, observed["across"]) <= np.linalg.norm(rest[:SHOWN], axis=1)
    ).all()
