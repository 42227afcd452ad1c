"""What is written beside the tables: the record of a run, and all files of a result."""

from __future__ import annotations

import json
import math
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from perturbdash.errors import SettingsError
from perturbdash.judgement.scoring import calibrated_rows

if TYPE_CHECKING:
    from perturbdash.judgement.further import FurtherTables
    from perturbdash.judgement.result import Result

VERSIONED = ("perturbdash", "numpy", "pandas", "scipy", "torch", "numba", "anndata")


def run_record(result: Result) -> dict[str, object]:
    """Return every setting, seed, digest and version, and the counts of what was matched and left out."""
    from dataclasses import asdict

    dataset = result.dataset
    return {
        "data": dataset.name,
        "digest": dataset.identity(),
        "from": "cells" if dataset.has_cells else "moments",
        "schema": asdict(dataset.schema),
        "settings": result.settings.as_dict(),
        "given_folds": result.given_folds,
        "given_halves": result.given_halves,
        "halves_by": result.halves_by,
        "halves_of_column": None if result.column_halves is None else result.column_halves.record(),
        "blocks_by": result.blocks_by,
        "judges_a_fit": result.judges_a_fit,
        "metrics_not_computed": list(result.put_off),
        "device": str(result.device),
        "cells": dataset.n_cells,
        "cells_left_out": dataset.n_left_out,
        "genes": len(next(iter(result.stats.values())).genes),
        "genes_of_data": len(dataset.genes),
        "targeted_genes": len({gene for targets in dataset.targets.values() for gene in targets}),
        "contexts": {context: _counts(result, context) for context in result.contexts},
        "models": [_matched(prediction.report) for prediction in result.aligned],
        "versions": {name: version(name) for name in VERSIONED},
        "python": platform.python_version(),
    }


def _counts(result: Result, context: str) -> dict[str, int]:
    stats, plan = result.stats[context], result.plans[context]
    n = stats.all_cells.n.cpu().numpy()
    return {
        "perturbations": len(stats.perturbations),
        "perturbed_cells": int(n.sum()),
        "control_cells": int(stats.control.n.sum()),
        "too_few_cells_for_halves": len(stats.perturbations) - len(calibrated_rows(stats)),
        "test_perturbations": int(plan.test.sum()),
        "train_perturbations": int(plan.train.any(0).sum()),
    }


def _matched(report: Any) -> dict[str, object]:
    return {
        "model": report.model,
        "form": report.form,
        "contexts": list(report.contexts),
        "cells": report.cells,
        "space": report.space,
        "genes_matched": int(report.genes_matched),
        "genes_missing": list(report.genes_missing),
        "genes_extra": list(report.genes_extra),
        "perturbations_matched": int(report.perturbations_matched),
        "perturbations_missing": list(report.perturbations_missing),
        "perturbations_extra": list(report.perturbations_extra),
        "notices": list(report.notices),
    }


def save(result: Result, folder: Path, further: FurtherTables | None = None) -> Path:
    """Write every table, and further ones, as CSV and Parquet, ``de.h5ad`` and ``run.json``."""
    from perturbdash.judgement.result import TABLES

    tables: dict[str, pd.DataFrame] = {name: getattr(result, name) for name in TABLES}
    run = result.run
    if further is not None and further.tables:
        tables |= further.tables
        run = run | {"further_tables": dict(further.record)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.to_csv(folder / f"{name}.csv", index=False)
            table.to_parquet(folder / f"{name}.parquet", index=False)
        result.de.write_h5ad(folder / "de.h5ad")
        (folder / "run.json").write_text(json.dumps(plain(run), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"The results cannot be written to {folder} ({error.strerror or error}); choose another folder."
        ) from error
    return folder


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: NaN and infinities as null, tuples as lists, numpy as Python.

    Examples
    --------
    >>> plain({"a": (1.0, float("nan"))})
    {'a': [1.0, None]}
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
