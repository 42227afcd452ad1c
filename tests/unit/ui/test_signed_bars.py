import re
from urllib.parse import unquote

import pytest

from perturbdash.figures.theme import DARK, LIGHT
from perturbdash.ui.signed_bars import signed_bar


@pytest.mark.parametrize(
    ("value", "start", "length"), [(0.5, 34, 17), (-0.5, 17, 17), (-1.0, 0, 34), (0.0, 34, 0)]
)
def test_a_bar_goes_from_zero_to_its_value(value: float, start: float, length: float):
    found = re.search(r"M([\d.]+) 5h([\d.]+)v10", signed_bar(value, reference="control", mode="light"))
    assert [float(part) for part in found.groups()] == [start, length]


def test_a_bar_has_the_colour_of_its_reference_and_mode():
    assert LIGHT.delta_control in unquote(signed_bar(0.3, reference="control", mode="light"))
    assert DARK.delta_centroid in unquote(signed_bar(0.3, reference="centroid", mode="dark"))


def test_an_undefined_value_has_no_bar():
    assert signed_bar(float("nan"), reference="control", mode="light") is None
