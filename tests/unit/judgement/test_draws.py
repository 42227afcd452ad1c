"""Random draws: the same whatever the block, and kept within a number of bytes."""

from __future__ import annotations

import numpy as np
import pytest

from perturbdash.judgement import draws
from perturbdash.judgement.draws import Kept, signs_drawn, times_drawn
from perturbdash.vocabulary import Purpose


def drawn_directly(seed: int, n: int, n_resamples: int) -> np.ndarray:
    rng = np.random.default_rng([seed, Purpose.BOOTSTRAP])
    units = rng.integers(0, n, size=(n_resamples, n), dtype=np.int32)
    return np.stack([np.bincount(row, minlength=n) for row in units], axis=1)


@pytest.mark.parametrize("n", [2, 31, 255, 256, 301])
@pytest.mark.parametrize("at_once", [1, 7, 64, 1000])
def test_counts_are_those_of_one_stream_of_draws(n: int, at_once: int):
    found = np.concatenate(list(times_drawn(5, n, 120, at_once=at_once)), axis=1)
    np.testing.assert_array_equal(found, drawn_directly(5, n, 120))


def test_more_than_is_kept_is_drawn_anew_and_is_the_same(monkeypatch):
    kept = np.concatenate(list(times_drawn(5, 31, 120, at_once=50)), axis=1)
    signs = np.concatenate(list(signs_drawn(5, 31, 120)), axis=1)
    monkeypatch.setattr(draws, "BYTES_KEPT", 100)
    np.testing.assert_array_equal(np.concatenate(list(times_drawn(5, 31, 120, at_once=50)), axis=1), kept)
    np.testing.assert_array_equal(np.concatenate(list(signs_drawn(5, 31, 120)), axis=1), signs)
    assert set(np.unique(signs)) == {-1, 1}


def test_another_seed_draws_others():
    one, other = (next(times_drawn(seed, 31, 20, at_once=20)) for seed in (0, 1))
    assert (one != other).any()


def test_what_was_asked_for_last_is_kept_up_to_a_number_of_bytes():
    kept, made = Kept(25), []

    def make(n: int) -> np.ndarray:
        made.append(n)
        return np.zeros(10, dtype=np.uint8)

    for n in (1, 2, 1, 3, 1, 2):
        kept.get_or(("bootstrap", 0, n, 1), lambda n=n: make(n))
    assert made == [1, 2, 3, 2]
