"""Every page on a store of moments: what comes from moments is drawn, what needs cells says so in its place."""

from __future__ import annotations

import re
from copy import copy
from pathlib import Path

import pytest

import perturbdash
from perturbdash.io.store_facts import StoreFacts
from perturbdash.judgement.result import Result
from perturbdash.statistics.accumulate import moments
from perturbdash.statistics.moments_file import write_moments
from perturbdash.ui import demo, files
from perturbdash.ui.library import library
from perturbdash.ui.menu import PAGES
from perturbdash.ui.records import Record, Source
from tests.pages.conftest import Visit, html_of, wait
from tests.pages.evaluated import demo_result
from tests.pages.screens import choose, figures_of

SEED = 4
NEED_CELLS = "needs the single cells"
DRAWN = (
    "systematic_variation",
    "reference",
    "scorecard",
    "calibration",
    "perturbation",
    "retrieval",
    "embedding",
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's cells as a store of moments."""
    path = tmp_path_factory.mktemp("stores") / "demo.moments.h5ad"
    dataset = perturbdash.read(demo.folder() / demo.record().data.name)
    write_moments(path, moments(dataset, seed=SEED), StoreFacts.of(dataset, seed=SEED).texts())
    return path


@pytest.fixture(scope="module")
def scored(stored: Path) -> Result:
    """The demo's result, on the store; what is made of it is made once."""
    result = copy(demo_result())
    object.__setattr__(result, "dataset", perturbdash.read(stored))
    return result


@pytest.fixture
def opened(stored: Path, scored: Result, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the store with the demo's predictions; it is scored as the demo is."""
    monkeypatch.setenv(files.DATA_ROOT, str(stored.parent))
    monkeypatch.setitem(vars(perturbdash), "evaluate", lambda *_, **__: scored)
    return library().address(Record(Source("root", stored.name), predictions=demo.record().predictions))


@pytest.mark.parametrize("page", DRAWN)
def test_a_page_draws_what_comes_from_moments(page: str, opened: str, visit: Visit) -> None:
    app = wait(visit(page, dataset=opened))
    assert not app.exception
    assert figures_of(app)
    assert "moments of cells" in html_of(app)


@pytest.mark.parametrize("page", ["datasets", "methods", "playground"])
def test_other_pages_open_beside_a_store(page: str, opened: str, visit: Visit) -> None:
    assert not wait(visit(page, dataset=opened)).exception
    assert page in PAGES


def test_calibration_says_which_answers_need_cells(opened: str, visit: Visit) -> None:
    app = wait(visit("calibration", dataset=opened))
    said = html_of(app)
    for what in ("A repeat by guide", "A null check", "A titration"):
        assert re.search(rf"{what}[^<]*{NEED_CELLS}", said), what
    assert "Open the file of cells" in said
    said = html_of(wait(choose(app, "Calibrate again with", "halvings")))
    assert f"Another halving {NEED_CELLS}" in said
    app = wait(choose(app, "Calibrate again with", "negative"))
    assert not app.exception
    assert "Another halving" not in html_of(app)


def test_embedding_draws_centroids_and_says_that_cells_are_lacking(opened: str, visit: Visit) -> None:
    app = wait(visit("embedding", dataset=opened))
    assert re.search(rf"An embedding of cells {NEED_CELLS}", html_of(app))
    assert not [item for item in app.selectbox if item.label == "Cells in"]


def test_start_says_what_the_store_was_made_from(opened: str, visit: Visit) -> None:
    app = wait(visit("start", dataset=opened))
    assert not app.exception
    said = html_of(app)
    assert "What is what in this store?" in said
    assert f"drawn with seed {SEED}" in said
    assert "A store of moments, without cells" in said
    assert not [item for item in app.selectbox if item.label == "Perturbation column"]
    (seed,) = [item for item in app.number_input if item.label == "Seed"]
    assert (seed.value, seed.disabled) == (SEED, True)


def test_captions_name_the_seed_of_the_store(opened: str, visit: Visit) -> None:
    app = wait(visit("systematic_variation", dataset=opened))
    assert not app.exception
    assert f"seed {SEED}" in html_of(app)


def test_a_damaged_store_is_refused_in_a_sentence(
    tmp_path: Path, stored: Path, visit: Visit, monkeypatch
) -> None:
    import h5py

    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    path = tmp_path / "bad.h5ad"
    path.write_bytes(stored.read_bytes())
    with h5py.File(path, "a") as file:
        del file["obs/n_cells"]
        file["obs/n_cells"] = ["a"] * len(file["layers/mean"])
    app = visit("scorecard", dataset="bad.h5ad")
    assert not app.exception
    assert "not a readable store of moments" in html_of(app)


def test_another_seed_than_that_of_the_store_is_refused_in_a_sentence(
    stored: Path, visit: Visit, monkeypatch
) -> None:
    monkeypatch.setenv(files.DATA_ROOT, str(stored.parent))
    address = library().address(Record(Source("root", stored.name)).only_settings({"seed": 9}))
    app = wait(visit("calibration", dataset=address))
    assert f"drawn with seed {SEED} when the store was made" in html_of(app)
