"""Imports go one way only, and heavy libraries load when they are needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "perturbdash"

ALLOWED: dict[str, set[str]] = {
    "vocabulary": set(),
    "errors": set(),
    "published": set(),
    "io": {"vocabulary", "errors"},
    "statistics": {"vocabulary", "errors", "io"},
    "metrics": {"vocabulary", "errors", "io", "statistics"},
    "judgement": {"vocabulary", "errors", "io", "statistics", "metrics"},
    "simulation": {"vocabulary", "errors", "io"},
    "figures": {"vocabulary", "errors", "published", "metrics.registry", "metrics.spec"},
    "warm": {"vocabulary", "errors", "io", "statistics", "metrics", "judgement"},
    "report": {"vocabulary", "errors", "published", "statistics", "metrics", "judgement", "figures"},
    "cli": {
        "vocabulary",
        "errors",
        "io",
        "statistics",
        "metrics",
        "judgement",
        "report",
        "simulation",
        "ui.launch",
    },
    "ui": {
        "vocabulary",
        "errors",
        "published",
        "io",
        "statistics",
        "metrics",
        "judgement",
        "figures",
        "report",
        "warm",
    },
    "": {"errors", "io", "statistics", "judgement", "figures"},
    "__main__": {"cli"},
}
STREAMLIT_ALLOWED = {"ui"}
LIGHT = (
    "import perturbdash, sys; "
    "heavy = {'streamlit', 'scanpy', 'torch', 'anndata', 'numba', 'plotly'} & set(sys.modules); "
    "assert not heavy, heavy"
)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "_app" not in path.parts)


def part_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE).with_suffix("")
    return "" if relative.parts[0] == "__init__" else relative.parts[0]


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(str(node.module))
            if node.module in {"perturbdash", "perturbdash.metrics", "perturbdash.ui"}:
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_only_up_the_list(path: Path) -> None:
    part = part_of(path)
    assert part in ALLOWED, f"{part} has no row in the table of allowed imports"
    for name in imported(path):
        if not name.startswith("perturbdash."):
            continue
        target = name.removeprefix("perturbdash.")
        if target in {"__version__"} or target.split(".")[0] == part:
            continue
        allowed = any(target == edge or target.startswith(f"{edge}.") for edge in ALLOWED[part])
        package = any(edge.startswith(f"{target}.") for edge in ALLOWED[part])
        assert allowed or package, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_interface_knows_streamlit(path: Path) -> None:
    names = {name.split(".")[0] for name in imported(path)}
    assert "streamlit" not in names or part_of(path) in STREAMLIT_ALLOWED


@pytest.mark.parametrize(
    "path", [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))], ids=lambda path: path.name
)
def test_pages_hold_no_arithmetic(path: Path) -> None:
    names = {name.split(".")[0] for name in imported(path)}
    assert not names & {"numpy", "torch", "scanpy", "scipy", "anndata", "numba"}


def test_nothing_is_unpickled() -> None:
    for path in modules():
        assert not {name.split(".")[0] for name in imported(path)} & {
            "pickle",
            "dill",
            "joblib",
            "cloudpickle",
        }


def run_python(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_importing_the_package_is_light() -> None:
    run_python(LIGHT)


def test_version_and_help_load_no_torch() -> None:
    for flag in ("--version", "--help"):
        run_python(
            "import sys\nfrom perturbdash.cli import main\n"
            f"try:\n    main(['{flag}'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
            "assert not {'torch', 'scanpy', 'anndata', 'streamlit'} & set(sys.modules)"
        )


def test_everything_but_the_interface_imports_without_streamlit() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in modules()
        if part_of(path) not in {"ui", "__main__"} and path.name != "__init__.py"
    ]
    imports = "\n".join(f"import {name}" for name in names)
    quiet = "import sys, warnings\nwarnings.simplefilter('ignore')"
    run_python(f"{quiet}\n{imports}\nassert 'streamlit' not in sys.modules")


def test_page_modules_load_no_torch_before_they_compute() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in modules()
        if part_of(path) in {"ui", "figures"} and path.name != "__init__.py"
    ]
    imports = "\n".join(f"import {name}" for name in names)
    quiet = "import sys, warnings\nwarnings.simplefilter('ignore')"
    run_python(f"{quiet}\n{imports}\nassert 'torch' not in sys.modules")
