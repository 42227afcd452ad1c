from __future__ import annotations

import numpy as np

from perturbdash.metrics.outcome import (
    CONSTANT_PREDICTION,
    NO_DEG,
    NO_WEIGHTS,
    PREDICTION_REASONS,
    REASONS,
    TRUTH_REASONS,
    coded,
)


def test_reasons_are_distinct_and_begin_with_none():
    assert REASONS[0] == ""
    assert len(set(REASONS)) == len(REASONS) == 2 + len(TRUTH_REASONS) + len(PREDICTION_REASONS)


def test_the_truth_comes_before_the_prediction_and_the_first_reason_counts():
    both = np.array([True, True, False, False])
    code, allowed = coded(
        ((CONSTANT_PREDICTION, np.array([True, False, True, False])), (NO_DEG, both), (NO_WEIGHTS, both)), 4
    )
    assert [REASONS[i] for i in code] == [NO_DEG, NO_DEG, CONSTANT_PREDICTION, ""]
    assert allowed.tolist() == [False, False, True, True]
