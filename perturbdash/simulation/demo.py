"""The demo data set and its three predictions, always the same.

Written by ``python -m perturbdash.simulation.demo --out data``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from perturbdash.simulation.command import write_data, write_predictions
from perturbdash.simulation.prediction import MODELS
from perturbdash.simulation.settings import SimulationSettings
from perturbdash.simulation.simulate import simulate

SETTINGS = SimulationSettings(
    n_genes=500,
    n_singles=32,
    n_combinations=12,
    cells_per_perturbation=60,
    n_control_cells=300,
    shared_effect=0.4,
    specific_effect=0.55,
    sparsity=0.06,
    strength_spread=0.4,
    inert_share=0.06,
    contexts=("line_A", "line_B"),
    seed=2,
)
DATA = "demo.h5ad"


def write_demo(folder: Path) -> None:
    """Write the demo into a folder: ``demo.h5ad`` and one CSV a model."""
    folder.mkdir(parents=True, exist_ok=True)
    simulated = simulate(SETTINGS)
    write_data(simulated, folder / DATA, "counts")
    write_predictions(simulated, folder, MODELS)


def main() -> None:
    """Read the command line and write the demo."""
    parser = argparse.ArgumentParser(description="Write the demo data set and its predictions.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the files")
    write_demo(parser.parse_args().out)


if __name__ == "__main__":
    main()
