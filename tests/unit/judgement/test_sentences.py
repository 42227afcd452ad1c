"""Sentences made by rule from tables: counts, singular and plural, and every reason in numbers."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from perturbdash.judgement import sentences_nothing, sentences_remaining
from perturbdash.judgement.sentences import (
    ModelVerdict,
    Name,
    Strong,
    model_verdicts,
    plain,
    some_labels,
    two,
    why_nothing,
)
from perturbdash.judgement.sentences_scorecard import (
    hero,
    left_out_baselines,
    losses,
    rule,
    what_can_be_told,
    why_shut,
)
from perturbdash.judgement.settings import Settings
from perturbdash.vocabulary import ALL_CELLS, HEADLINE


def verdict_rows(model: str, outcomes: dict[str, str], *, gate: str = "informative") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "context": "all",
            "model": model,
            "metric": list(outcomes),
            "headline": [metric in HEADLINE for metric in outcomes],
            "gate": gate,
            "outcome": list(outcomes.values()),
            "n": 33,
            "baseline": "mean",
        }
    )


def calibration_rows(**gates: str) -> pd.DataFrame:
    """A row a metric; gates other than informative have intervals that reach below their threshold."""
    rows = []
    for metric, gate in gates.items():
        good = gate == "informative"
        rows.append(
            {
                "context": "all",
                "metric": metric,
                "positive_control": "interpolated_duplicate",
                "negative_control": "mean",
                "drf_mean": 0.5 if good else 0.02,
                "drf_low": 0.4 if good else -0.01,
                "drf_high": 0.6 if good else 0.05,
                "bds": 0.9 if good else 0.55,
                "bds_low": 0.8 if good else 0.38,
                "bds_high": 0.95 if good else 0.71,
                "n": 4 if gate == "too_few" else 33,
                "n_undefined": 29 if gate == "too_few" else 0,
                "gate": gate,
            }
        )
    return pd.DataFrame(rows)


def ranked(*beats: int, informative: int = 3) -> list[ModelVerdict]:
    return [ModelVerdict(f"m{i}", k, informative, (), ()) for i, k in enumerate(beats)]


def test_models_are_counted_on_informative_headline_metrics_alone() -> None:
    a = verdict_rows("a", {"wmse": "no_difference", "nir": "loses", "mae": "loses", "mse": "beats"})
    b = verdict_rows("b", {"wmse": "beats", "nir": "beats", "mae": "no_difference", "mse": "beats"})
    b.loc[b["metric"] == "nir", "gate"] = "weak"
    first, second = model_verdicts(pd.concat([a, b]), "all")
    assert (first.model, first.beats, first.informative) == ("b", 1, 1)
    assert (second.beats, second.loses_headline, second.loses_other) == (0, ("nir",), ("mae",))
    assert second.losses == "a loses to a baseline on NIR and MAE"


def test_the_hero_names_models_best_first() -> None:
    sentence = hero(ranked(3, 2, 0))
    assert plain(sentence) == (
        "m0 beats every baseline on 3 of the 3 headline metrics that can tell anything here; m1 on 2, m2 on none."
    )
    assert [part for part in sentence if isinstance(part, Name)] == ["m0", "m1", "m2"]


@pytest.mark.parametrize(
    ("beats", "end"),
    [
        ((3, 2, 2, 1, 0), "; m1 on 2, m2 on 2, m3 on 1, m4 on none."),
        ((3, 2, 2, 1, 1, 0, 0), "; m1 on 2, m2 on 2, m3 on 1, the other 3 on at most 1."),
        ((3, 2, 2, 1, 0, 0, 0), "; m1 on 2, m2 on 2, m3 on 1, the other 3 on none."),
        ((3, 3, 3, 3, 2, 2, 2), "; m1 on 3, m2 on 3, m3 on 3, the other 3 on 2."),
    ],
)
def test_many_models_are_named_up_to_five(beats: tuple[int, ...], end: str) -> None:
    assert plain(hero(ranked(*beats))).endswith(end)


@pytest.mark.parametrize(
    ("beats", "whole"),
    [
        ((1,), "m0 beats every baseline on the one headline metric that can tell anything here."),
        ((0,), "m0 does not beat every baseline on the one headline metric that can tell anything here."),
        ((0, 0), "No model beats every baseline on the one headline metric that can tell anything here."),
    ],
)
def test_one_metric_is_singular(beats: tuple[int, ...], whole: str) -> None:
    assert plain(hero(ranked(*beats, informative=1))) == whole


def test_losses_name_skills_and_count_other_metrics() -> None:
    one = ModelVerdict("a", 1, 3, ("nir",), ("mae", "r2_delta_control"))
    two_ = ModelVerdict("b", 1, 3, (), ("mae",))
    assert plain(losses([one, two_], HEADLINE)) == (
        "Loses to a baseline: a on identity and on 2 other metrics (MAE and R² Δcontrol); b on 1 other metric (MAE)."
    )
    assert losses(ranked(3, 1), HEADLINE) == (
        "No model loses to a baseline on a metric that can tell anything.",
    )
    many = plain(losses([two_] * 6, HEADLINE))
    assert many.count("b on") == 3
    assert many.endswith("; and 3 more models.")


def test_labels_with_a_comma_do_not_blur_a_list() -> None:
    assert some_labels(["pearson_delta_control_top20", "mae", "nir"]) == "MAE, NIR and 1 more"
    assert some_labels(["pearson_delta_control_top20"]) == "Pearson Δcontrol, top 20"


def test_what_cannot_be_told_has_its_reason_in_numbers() -> None:
    table = calibration_rows(
        wmse="informative",
        pearson_delta_centroid="informative",
        nir="weak",
        direction_match_degs="too_few",
    )
    sentence = what_can_be_told(table, "all", HEADLINE, needed=10)
    assert plain(sentence) == (
        "Size and pattern can be told on this data. Identity cannot: a repeated experiment is not safely better than "
        "the average (BDS 0.55, 0.38 to 0.71) and a repeat does not safely close 5 % of the gap (DRF 0.02, −0.01 to "
        "0.05). Sign cannot: 4 of 33 perturbations have a value, 10 are needed."
    )
    assert [part for part in sentence if isinstance(part, Strong)] == ["Identity cannot", "Sign cannot"]


def test_why_shut_names_only_the_interval_that_fails() -> None:
    row = calibration_rows(nir="informative").iloc[0].to_dict() | {"gate": "weak", "bds_low": 0.48}
    assert why_shut(row, 10) == (
        "a repeated experiment is not safely better than the average (BDS 0.90, 0.48 to 0.95)"
    )
    row |= {"n": 11, "n_undefined": 22}
    assert why_shut(row, 10).startswith("only 11 of 33 perturbations have a value, and on them a repeated")
    assert why_shut(row | {"n": 0}, 10) == "no perturbation has a value"


def test_the_rule_says_over_how_many_metrics_it_corrects() -> None:
    assert "Holm over the 3, below 0.05" in rule(3, Settings())
    assert "Holm" not in rule(1, Settings())


def test_the_command_line_says_why_with_true_minus_signs() -> None:
    words = why_nothing(calibration_rows(nir="weak", wmse="informative"), "all", HEADLINE)
    assert words == "NIR: weak, DRF 0.02 (−0.01 to 0.05), BDS 0.55 (0.38 to 0.71), n = 33"
    assert two(-0.004) == "0.00"


def test_baselines_that_take_no_part_are_named_with_their_n() -> None:
    verdict = verdict_rows("a", {"wmse": "beats"})
    summary = pd.DataFrame(
        {
            "context": "all",
            "truth": ALL_CELLS,
            "kind": "baseline",
            "metric": "wmse",
            "prediction": ["mean", "additive", "linear"],
            "n_defined": [33, 5, 0],
        }
    )
    assert left_out_baselines(summary, verdict, "all") == (
        "Additive (n = 5) is defined on fewer than 80 % and not compared."
    )
    assert left_out_baselines(summary[:1], verdict, "all") == ""


def nothing_result(*, published: float, split: float, n: int = 12, gate: str = "weak") -> SimpleNamespace:
    """A result of which no headline metric is informative, with one model that loses on MSE."""
    names = [f"P{i:02d}" for i in range(n)]
    systematic = pd.DataFrame(
        {
            "context": "all",
            "perturbation": names,
            "reference": "control",
            "cosine": published,
            "cosine_split_control": split,
            "n_cells": np.arange(40, 40 + n),
        }
    )
    verdict = verdict_rows("a", {"wmse": "no_difference", "nir": "no_difference", "mse": "loses"}, gate=gate)
    means = pd.DataFrame(
        {
            "context": "all",
            "truth": ALL_CELLS,
            "metric": "mse",
            "prediction": ["mean", "a"],
            "mean": [0.0064, 0.013],
        }
    )
    report = SimpleNamespace(
        genes_missing=(), perturbations_missing=(), perturbations_matched=n, genes_matched=500
    )
    calibration = calibration_rows(wmse=gate, nir=gate, mse=gate)
    return SimpleNamespace(
        contexts=("all",),
        dataset=SimpleNamespace(
            contexts=("all",),
            genes=("G",) * 500,
            cell_counts=np.array([[50, 100]]),
        ),
        settings=Settings(),
        systematic_variation=systematic,
        conditions=pd.DataFrame({"context": "all", "perturbation": names, "n_degs": 0}),
        calibration_summary=calibration,
        gates={("all", metric): gate for metric in calibration["metric"]},
        verdict=verdict,
        metric_summary=means,
        warnings=pd.DataFrame(
            {
                "context": ["all"],
                "model": ["a"],
                "warning": ["collapse"],
                "sentence": ["All of a is the same."],
            }
        ),
        aligned=(SimpleNamespace(name="a", report=report),),
    )


def test_nothing_is_argued_from_the_tables() -> None:
    result = nothing_result(published=0.72, split=0.03)
    reason = sentences_nothing.nothing_reason(result, "all")
    assert reason.startswith("No headline metric can tell anything on this data set: none of the 2 can tell")
    assert "nor can any of the 1 others. 12 perturbations, 40 to 51 cells each. Noise would explain" in reason
    degs, repeat, shared = sentences_nothing.why_nothing_can_be_said(result, "all")
    assert (degs.value, degs.unit, degs.title) == ("0", "DEGs in 12 conditions", "No gene answers")
    assert (repeat.value, repeat.unit) == ("55 %", "BDS of weighted MSE")
    assert repeat.title == "A repeat is not safely better than the average"
    assert "38 to 71 %" in repeat.text
    assert "DRF 0.02, n = 33" in repeat.text
    assert (shared.value, shared.unit) == ("0.03", "instead of 0.72")
    assert shared.title == "The shared effect is control noise"
    assert "100 control cells make all shifts look alike" in shared.text


@pytest.mark.parametrize(
    ("published", "split", "title"),
    [
        (0.72, 0.4, "Part of the shared effect is control noise"),
        (0.72, 0.7, "The shared effect is not control noise"),
        (np.nan, np.nan, "No shared effect to measure"),
    ],
)
def test_the_shared_effect_is_called_noise_only_where_it_falls(
    published: float, split: float, title: str
) -> None:
    result = nothing_result(published=published, split=split)
    assert sentences_nothing.why_nothing_can_be_said(result, "all")[2].title == title


def test_a_loss_can_be_said_where_a_win_cannot() -> None:
    points = sentences_remaining.still_said(nothing_result(published=0.7, split=0.0), "all", ("a",))
    said = [(plain(point.said), point.behind) for point in points]
    assert ("All of a is the same.", "Warnings need no gate.") in said
    loss = "A loss can be seen where a win cannot: a is worse than a baseline on MSE."
    assert (loss, "0.0130 against 0.0064 of the baseline mean, n = 33.") in said
    assert ("The file matches the data set.", "12 perturbations and 500 genes.") in said


def test_help_follows_from_what_is_missing() -> None:
    few = nothing_result(published=0.72, split=0.03, n=9, gate="too_few")
    words = [plain(point.said) for point in sentences_remaining.would_help(few, "all")]
    assert words[0] == "More perturbations: a metric needs a value on 10 of them."
    assert words[1].startswith("More control cells first")
    enough = nothing_result(published=0.72, split=0.7)
    words = [plain(point.said) for point in sentences_remaining.would_help(enough, "all")]
    assert words[0] == "More cells a perturbation."
    assert "So few perturbations cannot tell" in sentences_nothing.nothing_reason(few, "all")


def test_an_informative_metric_outside_the_headline_is_named() -> None:
    result = nothing_result(published=0.7, split=0.0)
    result.gates[("all", "mse")] = "informative"
    assert "; of the 1 others, MSE can. " in sentences_nothing.nothing_reason(result, "all")


def test_sentences_load_no_torch() -> None:
    code = (
        "import sys, perturbdash.judgement.sentences, perturbdash.judgement.sentences_scorecard, "
        "perturbdash.judgement.sentences_nothing, perturbdash.judgement.sentences_remaining; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
