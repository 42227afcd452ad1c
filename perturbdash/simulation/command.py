"""The verb ``simulate``: data, predictions and truth of a simulated experiment in a folder."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from perturbdash.errors import SettingsError
from perturbdash.simulation.settings import SimulationSettings

if TYPE_CHECKING:
    from perturbdash.simulation.prediction import SimulatedModel
    from perturbdash.simulation.simulate import Simulated
    from perturbdash.vocabulary import Progress, Space

FLAGS = {
    "n_genes": "genes",
    "n_singles": "perturbations",
    "n_combinations": "combinations",
    "cells_per_perturbation": "cells",
    "n_control_cells": "control-cells",
}
HELP = {
    "n_genes": "genes of the panel",
    "n_singles": "perturbations of one gene",
    "n_combinations": "pairs of these",
    "cells_per_perturbation": "cells of a perturbation in each context",
    "n_control_cells": "control cells in each context",
    "cell_spread": "relative half-width of the number of cells of a perturbation",
    "shared_effect": "size of the effect that all perturbations share, as a log fold change",
    "shared_share": "share of genes that it reaches",
    "specific_effect": "size of the effect of one perturbation alone",
    "sparsity": "share of genes that it reaches",
    "target_effect": "log fold change of the targeted gene",
    "strength_spread": "spread of the log strength of perturbations",
    "inert_share": "share of perturbations of one gene that do nothing",
    "non_additivity": "0: effects of a pair are the sum of its parts'",
    "control_bias": "size of a technical effect that control cells alone carry",
    "depth": "mean total counts of a cell",
    "depth_spread": "spread of its log",
    "mean_expression": "median over genes of the mean per 10,000 counts",
    "mean_spread": "spread of its log over genes",
    "dispersion": "of counts of a highly expressed gene",
    "contexts": "names of cell lines",
    "context_correlation": "correlation of effects between cell lines",
    "context_spread": "spread of the log baseline between cell lines",
    "test_share": "share of perturbations of one gene that models predict; pairs are all predicted",
    "seed": "every random choice",
}


@dataclass(frozen=True)
class Written:
    """Files of a simulated experiment."""

    data: Path
    predictions: tuple[Path, ...]
    truth: Path
    settings: Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a flag for every setting of the simulation, and where the files go."""
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the files")
    parser.add_argument(
        "--space", choices=("counts", "log1p"), default="counts", help="what the data file holds (counts)"
    )
    for field in fields(SimulationSettings):
        flag = f"--{FLAGS.get(field.name, field.name.replace('_', '-'))}"
        default = field.default
        words = f"{HELP[field.name]} ({' '.join(default) if isinstance(default, tuple) else default})"
        if isinstance(default, tuple):
            parser.add_argument(flag, dest=field.name, nargs="+", default=default, metavar="NAME", help=words)
        else:
            number = int if isinstance(default, int) else float
            parser.add_argument(flag, dest=field.name, type=number, default=default, metavar="N", help=words)


def run(arguments: argparse.Namespace) -> str:
    """Simulate what the command line asks for, write it, and return a sentence for standard output.

    Raises
    ------
    SettingsError
        If a setting is not allowed, or the folder cannot be written to.
    """
    settings = SimulationSettings(**{f.name: getattr(arguments, f.name) for f in fields(SimulationSettings)})
    written = write(settings, Path(arguments.out), space=arguments.space)
    names = ", ".join(path.stem for path in written.predictions) or "none, since nothing is held out"
    return (
        f"Simulated {settings.n_perturbations} perturbations of {settings.n_genes} genes in "
        f"{len(settings.contexts)} context{'s' if len(settings.contexts) > 1 else ''}: {written.data}; "
        f"predictions {names}; the truth: {written.truth}"
    )


def write(
    settings: SimulationSettings, out: Path, *, space: Space = "counts", progress: Progress | None = None
) -> Written:
    """Simulate and write ``data.h5ad``, ``predictions/``, ``truth.csv`` and ``settings.json``.

    Parameters
    ----------
    settings
        Of the experiment.
    out
        Folder; made where it is absent.
    space
        What the data file holds.

    Raises
    ------
    SettingsError
        If the folder cannot be written to.
    """
    from perturbdash.simulation.prediction import MODELS
    from perturbdash.simulation.simulate import simulate

    simulated = simulate(settings, progress=progress)
    models = MODELS if simulated.truth.held_out else {}
    try:
        (out / "predictions").mkdir(parents=True, exist_ok=True)
        data, truth, record = out / "data.h5ad", out / "truth.csv", out / "settings.json"
        write_data(simulated, data, space)
        predictions = write_predictions(simulated, out / "predictions", models)
        simulated.truth.table().to_csv(truth, index=False, float_format="%.6g")
        described = settings.as_dict() | {"models": {name: vars(model) for name, model in models.items()}}
        record.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    except OSError as problem:
        reason = problem.strerror or problem
        raise SettingsError(
            f"The simulation cannot be written to {out} ({reason}); choose another folder."
        ) from problem
    return Written(data, predictions, truth, record)


def write_data(simulated: Simulated, path: Path, space: Space) -> None:
    """Write the cells as a gzipped ``.h5ad``."""
    simulated.to_anndata(space).write_h5ad(path, compression="gzip", compression_opts=9)


def write_predictions(
    simulated: Simulated, folder: Path, models: Mapping[str, SimulatedModel]
) -> tuple[Path, ...]:
    """Write one CSV a model, values with four digits."""
    from perturbdash.simulation.prediction import predict

    paths = []
    for name, model in models.items():
        path = folder / f"{name}.csv"
        predict(simulated, model).to_csv(path, index=False, float_format="%.4g")
        paths.append(path)
    return tuple(paths)
