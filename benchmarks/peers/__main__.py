"""Other tools on the same files and tasks: scanpy, scPertEval and cell-eval.

    python -m benchmarks.peers [--large] [--limit 300] [--write docs/performance.md] [--environments DIR]

Each tool has a virtual environment of its own, made on the first run (about 3 GB together, from PyPI). Every figure
is of a new process: with its imports, and from the file to the values without them.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from benchmarks.make_file import Choices, default_root, made_once
from benchmarks.peers.environments import DEFAULT_FOLDER, Environment, environment
from benchmarks.peers.seconds import SECONDS_HEADER, TASKS, timed_rows
from benchmarks.peers.values import VALUES_HEADER, compared_rows
from benchmarks.tables import fill, markdown

SMALL = Choices(cells=20_000, genes=2_000, perturbations=100, predicted_cells=True)
LARGE = Choices(predicted_cells=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=Path, default=default_root(), help="folder that keeps the files")
    parser.add_argument(
        "--environments", type=Path, default=DEFAULT_FOLDER, help="folder of the environments"
    )
    parser.add_argument("--large", action="store_true", help="100,000 × 5,000 with 500 perturbations too")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds for one tool at one size")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--write", type=Path, help="page whose sections are filled")
    arguments = parser.parse_args()
    measure_all(
        environments(arguments.environments),
        arguments.files,
        large=arguments.large,
        runs=arguments.runs,
        limit=arguments.limit,
        write=arguments.write,
    )


def environments(folder: Path) -> dict[str, Environment]:
    """Return the environment of each tool, made where it is not there yet."""
    return {task.tool: environment(task.tool, folder) for task in TASKS}


def measure_all(
    tools: Mapping[str, Environment],
    root: Path,
    *,
    large: bool,
    runs: int,
    limit: float,
    write: Path | None,
) -> None:
    """Time and compare, print the sections, and fill those of a page."""
    small = made_once(SMALL, root)
    seconds = timed_rows(SMALL, small, tools, runs=runs, limit=limit)
    if large:
        seconds += timed_rows(LARGE, made_once(LARGE, root), tools, runs=1, limit=limit)
    installed = [f"{name}: {tool.versions()}." for name, tool in tools.items() if not tool.problem]
    absent = [
        f"{name} could not be installed: {tool.problem}" for name, tool in tools.items() if tool.problem
    ]
    sections = {
        "peers": "\n\n".join((markdown(SECONDS_HEADER, seconds), *installed, *absent)),
        "agreement": markdown(VALUES_HEADER, compared_rows(small, tools)),
    }
    for section, text in sections.items():
        print(f"\n{text}", flush=True)
        if write is not None:
            fill(write, section, text)


if __name__ == "__main__":
    main()
