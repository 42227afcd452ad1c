"""The tables that the package carries, and what is made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from perturbdash import published
from perturbdash.published.sources import table

TABLES = ("systema_scores", "systema_systematic_variation", "miller_datasets")


@pytest.mark.parametrize("name", TABLES)
def test_a_carried_table_is_the_shared_one(name: str, shared: Path):
    theirs = pd.read_csv(shared / "data" / "published" / f"{name}.csv")
    pd.testing.assert_frame_equal(table(name), theirs)
    assert theirs[["exactness", "source"]].notna().all().all()


def test_what_one_reader_changes_another_does_not_see():
    own = table("miller_datasets")
    own["dataset"] = "changed"
    assert "changed" not in set(table("miller_datasets")["dataset"])


def stated(quantity: str, reference: str) -> float:
    rows = table("systema_systematic_variation")
    own = rows[(rows["quantity"] == quantity) & (rows["reference"] == reference)]
    return float(own["value"].iloc[0])


def test_the_published_correlation_follows_from_the_rows():
    found = published.correlation(published.scores_against_cosine("four"), "control")
    quantity = (
        "pearson_r_of_systematic_variation_and_mean_pearson_delta_over_gears_scgpt_scgpt_ft_nonctl_mean"
    )
    assert stated(quantity, "control") == pytest.approx(0.97032, abs=5e-6)
    assert found == pytest.approx(0.97032, abs=0.003)


@pytest.mark.parametrize("method", published.METHODS)
@pytest.mark.parametrize(
    ("reference", "theirs"), [("control", "control"), ("centroid", "perturbed_centroid")]
)
def test_the_correlation_of_every_method_is_the_one_that_was_derived(method: str, reference, theirs: str):
    name = "mean_over_gears_scgpt_scgpt_ft_nonctl_mean" if method == "four" else method
    expected = stated(f"pearson_r_of_systematic_variation_and_pearson_delta:{name}", theirs)
    rows = published.scores_against_cosine(method)
    assert published.correlation(rows, reference) == pytest.approx(expected, abs=6e-4)
    assert np.corrcoef(rows["cosine"], rows[reference])[0, 1] == pytest.approx(expected, abs=6e-4)


def test_two_data_sets_have_no_correlation():
    assert np.isnan(published.correlation(published.scores_against_cosine().head(2), "control"))


def test_every_published_data_set_has_one_name():
    screens = published.screens()
    assert screens["title"].is_unique
    assert screens["label"].is_unique
    named = set(screens["miller"]) - {""}
    assert named == set(table("miller_datasets")["dataset"])
    cosines = table("systema_systematic_variation").query(
        "state_of_source == 'current' and technology.notna()"
    )
    assert set(screens["systema"]) - {""} == set(cosines["dataset"])
    assert set(table("systema_scores")["dataset"]) == set(cosines["dataset"])


def test_the_overview_has_each_data_set_once_and_nothing_made_up():
    found = published.overview().set_index("title")
    assert found.index.is_unique
    assert len(found) == len(published.SCREENS)
    miller = table("miller_datasets").set_index("dataset")
    for screen in published.SCREENS:
        row = found.loc[screen.title]
        assert np.isnan(row["cosine"]) == (not screen.systema)
        assert np.isnan(row["mean_degs"]) == (not screen.miller)
        if screen.miller:
            assert row["mean_degs"] == miller.loc[screen.miller, "mean_degs"]
            assert row["n_cells"] == miller.loc[screen.miller, "n_cells_incl_controls"]
