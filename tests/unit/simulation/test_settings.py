from __future__ import annotations

import pytest

from perturbdash.errors import SettingsError
from perturbdash.simulation.settings import SimulationSettings


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_genes": 5},
        {"n_genes": 20, "n_singles": 30},
        {"n_combinations": 500},
        {"n_singles": 0},
        {"sparsity": 1.2},
        {"inert_share": -0.1},
        {"depth": 0},
        {"mean_expression": 0},
        {"shared_effect": -1},
        {"cells_per_perturbation": 0},
        {"contexts": ()},
        {"contexts": ("a", "a")},
        {"seed": -1},
        {"seed": 10**16},
        {"target_effect": float("nan")},
    ],
)
def test_a_setting_that_is_not_allowed_is_named(wrong):
    with pytest.raises(SettingsError, match=rf"^({'|'.join(wrong)}) is .*; expected .*\.$"):
        SimulationSettings(**wrong)


def test_settings_can_be_written_as_json():
    assert SimulationSettings(contexts=["x", "y"]).as_dict()["contexts"] == ["x", "y"]
