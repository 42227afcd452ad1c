from __future__ import annotations

import pytest
import torch

from perturbdash.errors import SettingsError
from perturbdash.statistics.device import resolve


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    monkeypatch.delenv("PERTURBDASH_DEVICE", raising=False)


def cards(monkeypatch, n):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: n > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: n)


@pytest.mark.parametrize(
    ("n_cards", "environment", "setting", "expected"),
    [
        (0, None, "auto", "cpu"),
        (1, None, "auto", "cuda"),
        (1, "cpu", "auto", "cpu"),
        (1, "cpu", "cuda", "cuda"),
        (1, "auto", "auto", "cuda"),
        (1, " ", "auto", "cuda"),
        (2, None, "cuda:1", "cuda:1"),
        (0, "cuda", "cpu", "cpu"),
    ],
)
def test_setting_environment_and_cards(monkeypatch, n_cards, environment, setting, expected):
    cards(monkeypatch, n_cards)
    if environment is not None:
        monkeypatch.setenv("PERTURBDASH_DEVICE", environment)
    assert resolve(setting) == torch.device(expected)


@pytest.mark.parametrize("setting", ["abacus", "cuda:x", "cpu:0", "", "mps"])
def test_unknown_names_are_refused(monkeypatch, setting):
    cards(monkeypatch, 1)
    with pytest.raises(SettingsError, match="choose auto, cpu or cuda"):
        resolve(setting)


@pytest.mark.parametrize(("n_cards", "setting"), [(0, "cuda"), (1, "cuda:1")])
def test_absent_cards_are_refused(monkeypatch, n_cards, setting):
    cards(monkeypatch, n_cards)
    with pytest.raises(SettingsError, match="no such CUDA device"):
        resolve(setting)
