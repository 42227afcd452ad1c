"""What a server has loaded before anything is computed: no torch, on Start and on every page without data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from perturbdash.ui.menu import PAGES

ROOT = Path(__file__).resolve().parents[2]
COMPUTES = "playground"
"""It shows a simulated experiment from the first visit on."""

SCRIPT = """
import ast, sys
from pathlib import Path
from streamlit.testing.v1 import AppTest
from perturbdash.ui import preparing

preparing.begin = lambda: None  # a server loads torch beside the pages; here it must be the pages that do not

def imports(path):
    lines = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    exec(compile(ast.Module(lines, []), str(path), "exec"), {})

def visit(page):
    app = AppTest.from_file("app.py", default_timeout=30)
    if page != "start":
        app.switch_page(f"pages/{page}.py")
    app.run()
    assert not app.exception, app.exception

for path in sorted(Path("pages").glob("*.py")):
    imports(path)
    assert "torch" not in sys.modules, f"importing {path}"
for page in sys.argv[1:]:
    visit(page)
    assert "torch" not in sys.modules, f"visiting {page}"
"""


def test_pages_load_no_torch_before_they_compute(tmp_path, monkeypatch):
    monkeypatch.setenv("PERTURBDASH_STORE", str(tmp_path))
    pages = [name for name in PAGES if name != COMPUTES]
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, *pages],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
    )
    assert found.returncode == 0, found.stderr[-2000:]
