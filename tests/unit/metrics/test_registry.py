from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from perturbdash.metrics.registry import FAMILY_TITLES, METRICS
from perturbdash.vocabulary import HEADLINE

each_spec = pytest.mark.parametrize("spec", METRICS.values(), ids=METRICS)


@each_spec
def test_a_card_is_complete(spec):
    assert re.fullmatch(r"[a-z0-9_]+", spec.name)
    assert METRICS[spec.name] is spec
    for text in (spec.label, spec.summary, spec.formula, spec.undefined, spec.fooled_by, spec.source):
        assert text.strip() == text != ""
    for sentence in (spec.summary, spec.undefined, spec.fooled_by):
        assert sentence[-1] in ".?"
        assert sentence[0] == sentence[0].upper()
    assert spec.family in FAMILY_TITLES
    assert re.fullmatch(r"10\.\d{4,5}/\S+", spec.doi)
    assert spec.formula.count("{") == spec.formula.count("}")
    assert spec.formula.count(r"\left") == spec.formula.count(r"\right")


@each_spec
def test_perfect_is_the_better_end_of_the_range(spec):
    assert spec.low <= spec.perfect <= spec.high
    assert spec.perfect == (1.0 if spec.higher_is_better else 0.0)
    if spec.name != "mse_unbiased":
        assert spec.perfect == (spec.high if spec.higher_is_better else spec.low)


@each_spec
def test_the_function_exists(spec):
    module, _, name = spec.function.partition(":")
    assert callable(getattr(import_module(f"perturbdash.metrics.{module}"), name))


def test_labels_are_distinct():
    labels = [spec.label for spec in METRICS.values()]
    assert len(set(labels)) == len(labels) == 40


def test_one_headline_metric_for_each_kind_of_skill():
    assert [METRICS[name].skill for name in HEADLINE] == ["size", "pattern", "identity", "sign"]


def test_the_negative_control_is_the_mean_where_it_has_a_value():
    for name, spec in METRICS.items():
        centroid = name.endswith("_centroid") or "_centroid_" in name
        pattern = any(word in name for word in ("pearson", "cosine", "spearman")) and not spec.retrieval
        expected = "global_mean" if spec.retrieval else "control" if centroid and pattern else "mean"
        assert spec.negative_control == expected, name
        assert spec.published_negative_control == ("control" if centroid else "mean"), name
        assert (spec.reference == "centroid") == centroid


def test_published_negative_controls_are_those_of_the_paper(shared: Path):
    table = pd.read_csv(shared / "data" / "published" / "miller_metrics.csv")
    words = {"all-perturbed mean": "mean", "control mean": "control"}
    for row in table.itertuples():
        spec = METRICS[str(row.nearest_id_in_METRICS)]
        assert spec.published_negative_control == words[str(row.negative_control)]
        assert spec.perfect == row.perfect
        assert spec.direction == (1 if row.better == "higher" else -1)


def test_metrics_that_peers_name_say_so(shared: Path):
    table = pd.read_csv(shared / "data" / "published" / "scperteval_protocols.csv")
    same = table[(table["in_METRICS"] == "yes") & table["id_in_METRICS"].isin(list(METRICS))]
    assert len(same) > 8
    for row in same.itertuples():
        peers = METRICS[str(row.id_in_METRICS)].elsewhere
        assert any(peer.tool == "scPertEval" and peer.name == row.protocol for peer in peers), row.protocol


def test_every_name_of_a_peer_stands_in_a_source(shared: Path):
    folder = shared / "data" / "published"
    written = "\n".join(path.read_text() for path in (*folder.glob("*.csv"), *folder.glob("*.md")))
    written += (shared / "METRICS.md").read_text()
    words = set(re.findall(r"\w+", written))
    named = {peer.name for spec in METRICS.values() for peer in spec.elsewhere} - {""}
    assert len(named) > 20
    assert named <= words


@each_spec
def test_a_peer_is_named_or_its_difference_said(spec):
    for peer in spec.elsewhere:
        assert peer.tool
        assert peer.name or peer.difference
        assert not peer.difference.endswith(".")


@each_spec
def test_chance_lies_within_the_range(spec):
    assert spec.chance is None or spec.low < spec.chance < spec.high
    assert not spec.remark or spec.remark.endswith(".")


def test_cards_load_without_heavy_libraries():
    code = (
        "import sys, perturbdash.metrics.registry\n"
        "print(sorted({'torch', 'numba', 'scipy', 'pandas', 'anndata', 'streamlit'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_ranges_are_numbers():
    assert all(not np.isnan([spec.low, spec.high, spec.perfect]).any() for spec in METRICS.values())


def test_only_city_block_distances_are_the_slow_kind():
    assert [name for name, spec in METRICS.items() if spec.cost == "all_pairs_l1"] == ["pds_l1"]
    assert {name for name, spec in METRICS.items() if spec.cost != "rows"} == {
        name for name, spec in METRICS.items() if spec.retrieval
    }
