"""Compiling goes on where nothing can be cached."""

from __future__ import annotations

import numba
import numba.typed
import pytest

from perturbdash.statistics.rowwise import compiled


def double(x: float) -> float:
    return 2 * x


def test_a_folder_that_cannot_be_written_costs_the_cache_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert numba.typed.List  # its import compiles, so it has to come before njit is replaced
    original = numba.njit

    def njit(*functions: object, cache: bool = False, **options: object):
        if cache:
            raise RuntimeError("cannot cache function 'double': no locator available")
        return original(*functions, **options)

    monkeypatch.setattr(numba, "njit", njit)
    assert compiled(double)(2.0) == 4.0
