"""Pages under AppTest: a library of their own, and a data set and an evaluation that cost nothing."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

import perturbdash
from perturbdash.errors import SchemaError
from perturbdash.ui import files
from perturbdash.ui.library import TABLES_AHEAD, library
from perturbdash.ui.menu import PAGES

ROOT = Path(__file__).resolve().parents[2]


def _five_cells(n_contexts: int) -> np.ndarray:
    """Two controls and a cell of each of three perturbations, dealt to the contexts in turn; controls stand last."""
    counts = np.zeros((n_contexts, 4), dtype=np.int64)
    np.add.at(counts, (np.arange(5) % n_contexts, [-1, -1, 0, 1, 2]), 1)
    return counts


@dataclass
class Fake:
    """What stands in for reading and evaluation; tests set how it behaves."""

    contexts: tuple[str, ...] = ("all",)
    models: tuple[str, ...] = ()
    error: Exception | None = None
    held: threading.Event | None = None
    evaluated: list[Mapping[str, Any]] = field(default_factory=list)

    def read(self, path: Path, **schema: Any) -> Any:
        if Path(path).name.startswith("broken"):
            raise SchemaError("No column says what was done to a cell; expected “perturbation”; choose one.")
        found = SimpleNamespace(
            name=Path(path).stem,
            n_cells=1234,
            genes=("G1", "G2"),
            perturbations=("A", "B", "C"),
            contexts=self.contexts,
            cell_counts=_five_cells(len(self.contexts)),
            n_control=2,
            has_cells=True,
            halves_seed=None,
            schema=SimpleNamespace(**schema),
            proposals={},
            source=SimpleNamespace(obs=pd.DataFrame({"perturbation": ["A"]}), layers=()),
            checks=lambda: (),
            identity=lambda: f"{path}{sorted(schema.items())}",
        )
        found.cells_for = lambda _: found
        return found

    def evaluate(self, dataset: Any, predictions: Any, *, progress: Any, **settings: Any) -> Any:
        self.evaluated.append({"dataset": dataset, "predictions": predictions, **settings})
        progress(0.2, "Reading cells")
        if self.held is not None:
            while not self.held.wait(0.01):
                progress(0.3, "Scoring")
        if self.error is not None:
            raise self.error
        empty = pd.DataFrame()
        tables = dict.fromkeys(TABLES_AHEAD, empty)
        return SimpleNamespace(
            models=self.models or tuple(predictions),
            contexts=self.contexts,
            dataset=dataset,
            put_off=(),
            halves_table="nothing is kept of it",
            **tables,
        )


@pytest.fixture(scope="session", autouse=True)
def components_found_once() -> Iterator[None]:
    """Streamlit reads what all installed packages say of themselves whenever a test opens a page; once is enough."""
    with pytest.MonkeyPatch.context() as patch:
        found = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", found)
        yield


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    stand_in = Fake()
    monkeypatch.setitem(vars(perturbdash), "read", stand_in.read)
    monkeypatch.setitem(vars(perturbdash), "evaluate", stand_in.evaluate)
    return stand_in


@pytest.fixture(autouse=True)
def fresh_server(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    for name in (files.DATA_ROOT, files.OPEN_DATA, files.OPEN_PREDICTIONS, files.NO_STORE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PERTURBDASH_STORE", str(tmp_path_factory.mktemp("store")))
    library.clear()
    yield
    settle()
    library.clear()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root with some files that hold nothing."""
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    (tmp_path / "screens").mkdir()
    for name in ("screens/one.h5ad", "two.h5ad", "broken.h5ad", "mine.csv"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


Visit = Callable[..., AppTest]


def visitor(folder: Path) -> Visit:
    """Return what opens a page in a fresh session, as the first request of a visitor."""

    def open_page(page: str = "start", **parameters: str | list[str]) -> AppTest:
        app = AppTest.from_file(str(folder / "app.py"), default_timeout=30)
        for name, value in parameters.items():
            app.query_params[name] = value
        if page != "start":
            app.switch_page(f"pages/{page}.py")
        return app.run()

    return open_page


@pytest.fixture
def visit() -> Visit:
    """Open the pages as they are."""
    return visitor(ROOT)


@pytest.fixture(scope="session")
def bare_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The start page as it is, and the others without what they draw of a result."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "app.py", folder)
    (folder / "pages").mkdir()
    for page in PAGES.values():
        if page.name != "start":
            body = f"from perturbdash.ui.page import open_page\n\nopen_page({page.name!r}).require_result()\n"
            (folder / page.file).write_text(body)
    return folder


@pytest.fixture
def shell(bare_site: Path) -> Visit:
    """Open pages that draw nothing of a result, so that a stand-in for one suffices."""
    return visitor(bare_site)


def html_of(app: AppTest) -> str:
    """Return all markup of a page, without the sidebar."""
    return "\n".join(element.proto.body for element in app.main.get("html"))


def settle(seconds: float = 20) -> None:
    """Wait until all jobs of the server have ended."""
    for jobs in (library().jobs, library().readings, library().extra_jobs):
        for job in list(jobs._jobs.values()):
            assert job.wait(seconds)


def wait(app: AppTest) -> AppTest:
    """Run a page again once the jobs of its server have ended."""
    settle()
    return app.run()


def ready(app: AppTest) -> AppTest:
    """Return a page that is not waiting; one that never waited is not run again, so its notices still stand."""
    return wait(app) if app.get("progress") else app
