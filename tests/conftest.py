"""What all tests share: the folder of real data, absent on a user's machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real data and golden values; the test skips where it is absent, and fails under CI."""
    if not SHARED.is_dir():
        reason = f"real data and golden values are not at {SHARED}"
        if os.environ.get("PERTURBDASH_REQUIRE_SHARED"):
            pytest.fail(reason)
        pytest.skip(reason)
    return SHARED
