"""Cosines of all pairs of shifts, against the same done pair by pair."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import perturbdash
from perturbdash.judgement import pairwise_view as module
from perturbdash.judgement.pairwise_view import mean_among, nearest_to, pairwise_view
from tests.pages.evaluated import write_noise

N = 14


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    path: Path = tmp_path_factory.mktemp("noise") / "noise.h5ad"
    write_noise(path, N)
    return perturbdash.evaluate(path, store=False, n_resamples=50)


def by_pair(result, reference: str) -> dict[tuple[str, str], float]:
    stats = result.stats["all"]
    centroids = stats.all_cells.mean.numpy()
    shifts = centroids - (stats.control.mean.numpy()[0] if reference == "control" else centroids.mean(0))
    return {
        (stats.perturbations[i], stats.perturbations[j]): float(
            shifts[i] @ shifts[j] / np.linalg.norm(shifts[i]) / np.linalg.norm(shifts[j])
        )
        for i, j in combinations(range(N), 2)
    }


@pytest.mark.parametrize("rows", [3, 256])
def test_every_pair_is_counted_once_in_its_bin(result, monkeypatch, rows: int):
    monkeypatch.setattr(module, "ROWS", rows)
    found = pairwise_view(result, "all")
    for reference in ("control", "centroid"):
        cosines = list(by_pair(result, reference).values())
        own = found.counts[found.counts["reference"] == reference]
        edges = [*own["low"], own["high"].iloc[-1]]
        assert own["pairs"].tolist() == np.histogram(cosines, edges)[0].tolist()
        mean = found.means.set_index("reference").loc[reference]
        assert mean["mean"] == pytest.approx(np.mean(cosines))
        assert mean["n_pairs"] == len(cosines)


@pytest.mark.parametrize("rows", [3, 256])
def test_the_most_alike_come_first(result, monkeypatch, rows: int):
    monkeypatch.setattr(module, "ROWS", rows)
    found = pairwise_view(result, "all").nearest
    pairs = by_pair(result, "centroid")
    order = sorted(pairs, key=lambda pair: -pairs[pair])[: module.NEAREST]
    assert list(zip(found["perturbation"], found["other"], strict=True)) == order
    assert found["cosine_centroid"].tolist() == pytest.approx([pairs[pair] for pair in order])
    control = by_pair(result, "control")
    assert found["cosine_control"].tolist() == pytest.approx([control[pair] for pair in order])


def test_a_selection_has_its_own_pairs_each_once(result):
    chosen = ["P03", "P07"]
    found = nearest_to(result, "all", chosen)
    expected = {pair: c for pair, c in by_pair(result, "centroid").items() if set(pair) & set(chosen)}
    drawn = {tuple(sorted(pair)) for pair in zip(found["perturbation"], found["other"], strict=True)}
    assert drawn == set(expected)
    assert len(found) == len(expected)
    assert mean_among(result, "all", chosen)["control"] == pytest.approx(
        by_pair(result, "control")["P03", "P07"]
    )


def test_one_perturbation_makes_no_pair(result):
    assert np.isnan(mean_among(result, "all", ["P01"])["centroid"])
