from __future__ import annotations

import pytest

from tests.cluster.screen import Screen, write_screen


@pytest.fixture(scope="session")
def screen(tmp_path_factory) -> Screen:
    return write_screen(tmp_path_factory.mktemp("screen"))
