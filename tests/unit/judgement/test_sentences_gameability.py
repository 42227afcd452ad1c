"""What the probe says, from tables whose numbers are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash.judgement.gameability import COLUMNS
from perturbdash.judgement.sentences_gameability import (
    SHOWN,
    better_sentence,
    identity_sentence,
    overview,
    probe_answer,
    rank_sentence,
    size_sentence,
    words_of,
)
from perturbdash.vocabulary import HEADLINE

RANGE = 0.5


def row(
    metric: str, treatment: str, level: float, before: float, after: float, **more: object
) -> dict[str, object]:
    from perturbdash.metrics.registry import METRICS

    change = METRICS[metric].direction * (after - before)
    values: dict[str, object] = {
        "context": "all",
        "model": "m",
        "treatment": treatment,
        "level": level,
        "metric": metric,
        "headline": metric in HEADLINE,
        "gate": "informative",
        "value": after,
        "unchanged": before,
        "change": change,
        "dynamic_range": RANGE,
        "change_in_range": change / RANGE,
        "kept": after / before if METRICS[metric].direction > 0 else np.nan,
        "rank": 3.0,
        "rank_unchanged": 3.0,
        "n_ranked": 7,
        "n": 28,
    }
    return values | more


def table(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(COLUMNS))


def test_a_metric_that_keeps_its_score_does_not_see_identity() -> None:
    own = table(
        row("pearson_delta_control", "shuffled", 1.0, 0.9, 0.873),
        row("nir", "shuffled", 1.0, 0.94, 0.5),
        row("pearson_delta_centroid", "shuffled", 1.0, 0.7, 0.02),
    )
    assert identity_sentence(own) == (
        "Shuffled among perturbations, m keeps 97 % of its Pearson Δcontrol: on this data that metric hardly sees "
        "identity. NIR falls from 0.94 to 0.50."
    )


def test_several_such_metrics_are_named_and_counted() -> None:
    names = (
        "pearson_delta_control",
        "cosine_delta_control",
        "deg_auroc",
        "pearson_expression",
        "direction_match_degs",
    )
    own = table(
        *(row(name, "shuffled", 1.0, 1.0, 0.99 - 0.01 * i) for i, name in enumerate(names)),
        row("nir", "shuffled", 1.0, 0.9, 0.5),
    )
    assert identity_sentence(own).startswith(
        "Shuffled among perturbations, m keeps 95 % of its direction match, 99 % of its Pearson Δcontrol, 98 % of its "
        "cosine Δcontrol and 90 % or more of 2 others: on this data these metrics hardly see identity."
    )


def test_a_model_without_identity_has_none_to_lose() -> None:
    own = table(
        row("nir", "shuffled", 1.0, 0.5, 0.49),
        row("pearson_delta_control", "shuffled", 1.0, 0.8, 0.8),
    )
    assert identity_sentence(own) == (
        "Shuffled among perturbations, m loses nothing on any retrieval metric (NIR 0.50, then 0.49): it does not tell "
        "perturbations apart, so there is no identity to lose."
    )


def test_where_every_metric_falls_it_says_so() -> None:
    own = table(row("nir", "shuffled", 1.0, 0.9, 0.5), row("mse", "shuffled", 1.0, 0.01, 0.02))
    assert identity_sentence(own).startswith(
        "Shuffled among perturbations, m loses on every metric that can tell anything. NIR falls"
    )


def test_the_rank_that_rises_most_is_said_a_headline_metric_first() -> None:
    own = table(
        row("mse", "blended", 0.5, 0.02, 0.01, rank=1.0),
        row("mae", "blended", 0.75, 0.02, 0.01, rank=2.0),
    )
    assert (
        rank_sentence(own)
        == "The rank of m rises from 3 to 1 of 7 on MSE once it is blended half with the mean."
    )
    headline = row("wmse", "scaled", 0.5, 0.2, 0.1, rank=2.0)
    assert "on weighted MSE once its Δcontrol is halved" in rank_sentence(
        table(*own.to_dict("records"), headline)
    )
    shut = table(row("mse", "blended", 0.5, 0.02, 0.01, rank=1.0, gate="weak"))
    assert rank_sentence(shut) == ""


def test_what_gets_better_is_named_with_its_numbers() -> None:
    own = table(
        row("mse", "blended", 0.5, 0.0972, 0.0753),
        row("r2_delta_control", "blended", 0.5, -0.3, 0.1),
        row("nir", "blended", 0.5, 0.9, 0.7),
    )
    assert better_sentence(own) == (
        "Once it is blended half with the mean, it does better on R² Δcontrol and MSE (R² Δcontrol −0.30, then 0.10)."
    )
    assert better_sentence(own[own["metric"] == "nir"]) == ""
    assert "0.0972, then 0.0753" in better_sentence(own[own["metric"] == "mse"])


def test_what_does_not_see_size_is_named() -> None:
    own = table(
        row("pds_cosine", "scaled", 0.5, 0.8, 0.8),
        row("pds_cosine", "scaled", 2.0, 0.8, 0.8),
        row("pds_l1", "scaled", 0.5, 0.8, 0.6),
        row("pds_l1", "scaled", 2.0, 0.8, 0.85),
        row("mse", "scaled", 0.0, 0.1, 0.1),
    )
    assert size_sentence(own) == (
        "Scaling its shifts moves nothing on PDS (cosine): it does not see size; PDS (L1) does, and PDS (cosine) does "
        "not."
    )


def test_the_answer_leads_with_the_rank_and_counts_those_that_move() -> None:
    own = table(
        row("mse", "blended", 0.5, 0.02, 0.01, rank=1.0),
        row("nir", "shuffled", 1.0, 0.9, 0.5),
        row("nir", "blended", 0.5, 0.9, 0.8),
    )
    answer = probe_answer(own)
    assert answer.sentence.startswith("The rank of m rises from 3 to 1")
    assert answer.muted.endswith("Some treatment lifts its rank on 1 of the 2 informative metrics.")
    assert answer.sentence not in answer.muted
    still = probe_answer(table(row("nir", "shuffled", 1.0, 0.9, 0.5)))
    assert still.sentence.startswith("Shuffled among perturbations, m loses")
    assert "Some treatment lifts its rank on none of the one informative metric." in still.muted


def test_nothing_scored_is_said() -> None:
    assert "none could be told apart" in probe_answer(table()).sentence


def test_the_overview_holds_the_steps_in_their_order() -> None:
    own = table(*(row("nir", name, level, 0.9, 0.8) for name, level in [*SHOWN[::-1], ("scaled", 0.25)]))
    shown = overview(own)
    assert list(shown["step"]) == [words_of(name, level) for name, level in SHOWN]
    assert list(shown.loc[shown["harmful"], "step"]) == ["shuffled", "noise 1 sd"]


@pytest.mark.parametrize(("level", "words"), [(0.25, "25 % the mean"), (1.0, "all the mean")])
def test_steps_have_words(level: float, words: str) -> None:
    assert words_of("blended", level) == words
