"""A virtual environment for each tool, made once from PyPI with the versions of this project where both need one."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import ROOT

DEFAULT_FOLDER = ROOT / "benchmarks" / ".venv"
REQUIREMENTS = {
    "scanpy": "scanpy==1.11.5",
    "scperteval": "scperteval==0.2.0",
    "cell-eval": "cell-eval==0.8.2",
}
SHOWN = ("scanpy", "scperteval", "cell-eval", "pdex", "anndata", "numpy", "scipy", "numba", "polars")


@dataclass(frozen=True)
class Environment:
    """A tool's Python, or why there is none.

    Parameters
    ----------
    python
        Its interpreter.
    problem
        What the installation said where it failed; else empty.
    """

    tool: str
    python: Path
    problem: str = ""

    def versions(self) -> str:
        """Return the versions that are installed, in a line."""
        code = "import importlib.metadata as m; print('\\n'.join(f'{d.name}=={d.version}' for d in m.distributions()))"
        found = subprocess.run([self.python, "-c", code], capture_output=True, text=True, check=True).stdout
        pairs = dict(line.split("==") for line in found.splitlines())
        return ", ".join(f"{name} {pairs[name]}" for name in SHOWN if name in pairs)


def environment(tool: str, folder: Path) -> Environment:
    """Return the environment of a tool, made where it is not there yet."""
    home = folder / tool
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    ready = home / ".ready"
    wanted = REQUIREMENTS[tool]
    if ready.is_file() and ready.read_text(encoding="utf-8") == wanted:
        return Environment(tool, python)
    print(f"Installing {wanted} into {home}", flush=True)
    made = _said(sys.executable, "-m", "venv", "--clear", home)
    install = ("install", "--quiet", "--disable-pip-version-check", "-c", ROOT / "requirements.txt", wanted)
    problem = made or _said(python, "-m", "pip", *install)
    if not problem:
        ready.write_text(wanted, encoding="utf-8")
    return Environment(tool, python, problem)


def _said(*command: str | Path) -> str:
    """Run a command; return the last line that it said where it failed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"exit status {done.returncode}"
