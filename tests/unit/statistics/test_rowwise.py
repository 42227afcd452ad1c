"""Compiling goes on where nothing can be cached."""

from __future__ import annotations

import numba
import numba.typed  # it compiles with njit when it is first imported
import pytest

from perturbdash.statistics.rowwise import compiled


def double(x: float) -> float:
    return 2 * x


def test_a_folder_that_cannot_be_written_costs_the_cache_only(monkeypatch: pytest.MonkeyPatch) -> None:
    original = numba.njit

    def njit(*functions: object, cache: bool = False, **options: object):
        if cache:
            raise RuntimeError("cannot cache function 'double': no locator available")
        return original(*functions, **options)

    import numba.typed

    monkeypatch.setattr(numba, "njit", njit)
    assert compiled(double)(2.0) == 4.0
