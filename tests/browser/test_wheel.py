"""The wheel, built and installed where nothing of the repository can be imported, opens the dashboard."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

import perturbdash
from perturbdash.ui.menu import PAGES
from tests.browser.conftest import ROOT, Visit
from tests.browser.serving import Server, start

pytestmark = pytest.mark.wheel

CARRIED = ("static", "data")


def run(*command: str | Path, folder: Path) -> str:
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, folder=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs of an environment that has the wheel, and the libraries of this one without its own perturbdash.

    Paths in a .pth file are searched, but .pth files found there are not read: an editable install is not seen.
    """
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder)
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install"]
    run(*pip, "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", wheel, folder=wheel.parent)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run(folder / "bin" / "python", "-c", code, folder=wheel.parent).strip())
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "libraries.pth").write_text("\n".join(sorted(libraries)))
    return folder / "bin"


@pytest.fixture
def empty_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


@pytest.fixture
def server(installed: Path, empty_folder: Path, tmp_path: Path) -> Iterator[Server]:
    running = start(
        tmp_path / "log.txt",
        command=[installed / "perturbdash"],
        store=tmp_path / "store",
        folder=empty_folder,
        environment={"PYTHONPATH": ""},
    )
    yield running
    running.stop()


def test_the_wheel_holds_the_package_and_the_app_and_nothing_else(wheel: Path):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names} == {
        "perturbdash",
        f"perturbdash-{perturbdash.__version__}.dist-info",
    }
    wanted = {f"perturbdash/_app/{page.file}" for page in PAGES.values()}
    wanted |= {"perturbdash/_app/.streamlit/config.toml", "perturbdash/py.typed", "perturbdash/ui/style.css"}
    for folder in CARRIED:
        wanted |= {f"perturbdash/_app/{folder}/{path.name}" for path in (ROOT / folder).iterdir()}
    source = ROOT / "perturbdash"
    wanted |= {path.relative_to(ROOT).as_posix() for path in source.rglob("*.py")}
    wanted |= {
        path.relative_to(ROOT).as_posix()
        for kind in ("*.css", "*.js", "*.csv")
        for path in source.rglob(kind)
    }
    assert wanted <= names
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".nbi", ".nbc"))]
    assert not [name for name in names if "/tests/" in name or "/benchmarks/" in name]


def test_the_command_runs_without_the_repository(installed: Path, empty_folder: Path):
    said = run(installed / "perturbdash", "--version", folder=empty_folder)
    assert perturbdash.__version__ in said
    code = "import perturbdash; print(perturbdash.__file__)"
    place = Path(run(installed / "python", "-c", code, folder=empty_folder).strip())
    assert place.is_relative_to(installed.parent)
    assert not list(empty_folder.iterdir())


def test_the_installed_app_opens_in_an_empty_folder(server: Server, visit: Visit, empty_folder: Path):
    assert server.fetch("/_stcore/health") == b"ok"
    assert server.fetch("/app/static/inter-latin.woff2")[:4] == b"wOF2"
    visitor = visit(server)
    visitor.open("/scorecard?dataset=demo")
    visitor.expect_title("scorecard")
    expect(visitor.main.locator(".pd-chips")).to_contain_text("500")
    expect(visitor.box("pd-dataset")).to_have_value("Demo (simulated)")
    expect(visitor.sidebar.get_by_role("link")).to_have_count(len(PAGES))
    expect(visitor.page.get_by_test_id("stSidebarNav")).to_have_count(0)
    expect(visitor.page.get_by_test_id("stApp")).to_have_css("font-family", re.compile("^Inter"))
    with visitor.timed("wheel without compiled kernels: demo scored, Scorecard painted"):
        visitor.expect_painted("scorecard")
    assert not list(empty_folder.iterdir())
