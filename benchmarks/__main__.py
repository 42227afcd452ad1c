"""All benchmarks in turn: one machine, growth, other tools.

    python -m benchmarks [--full] [--write docs/performance.md] [--files DIR] [--environments DIR]

Prints all tables. Without ``--full``: up to 100,000 cells and 1,000 perturbations, other tools on 20,000 cells; it
takes about 15 minutes on two cores, 8 GB of disk for files that are kept and 3 GB for the other tools' environments.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import growth, one_machine
from benchmarks.make_file import default_root
from benchmarks.peers import __main__ as peers
from benchmarks.peers.environments import DEFAULT_FOLDER


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=Path, default=default_root(), help="folder that keeps the files")
    parser.add_argument(
        "--environments", type=Path, default=DEFAULT_FOLDER, help="folder of the environments"
    )
    parser.add_argument("--full", action="store_true", help="the largest sizes too")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds for one measurement")
    parser.add_argument("--runs", type=int, default=3, help="of which the quickest counts")
    parser.add_argument("--write", type=Path, help="page whose sections are filled")
    arguments = parser.parse_args()
    root, write = arguments.files, arguments.write
    one_machine.measure_all(list(one_machine.CASES), root, arguments.runs, write)
    growth.measure_all(root, full=arguments.full, limit=arguments.limit, write=write)
    peers.measure_all(
        peers.environments(arguments.environments),
        root,
        large=arguments.full,
        runs=arguments.runs,
        limit=arguments.limit,
        write=write,
    )


if __name__ == "__main__":
    main()
