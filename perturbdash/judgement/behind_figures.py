"""What the picture behind each warning is drawn from, for one model or the data set, in one context."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from perturbdash.judgement import behind_coverage, behind_shapes, behind_values, behind_verdicts
from perturbdash.judgement.findings import judged

if TYPE_CHECKING:
    from perturbdash.judgement.finding import Judged
    from perturbdash.judgement.proof import Proof
    from perturbdash.judgement.result import Result

SHAPES = {
    "collapse": behind_shapes.collapse,
    "is_the_mean": behind_shapes.is_the_mean,
    "scale": behind_shapes.scale,
    "space": behind_values.space,
    "leakage": behind_values.leakage,
    "identical": behind_coverage.identical,
}
"""What needs nothing but the model beside what was observed."""
COVERAGE = {
    "missing": behind_coverage.missing,
    "train_predictions": behind_coverage.train_predictions,
}
NO_METRIC = "no_metric"
"""The finding `no_effect` where no metric can tell anything."""


def proof(result: Result, warning: str, *, context: str, model: str = "") -> Proof | None:
    """Return what proves a warning, or None where nothing is left to show.

    Parameters
    ----------
    warning
        A name of the table ``warnings``, or ``no_metric``.
    context
        As in the table ``warnings``: a context, for ``target_gene_only`` also ``"pooled"``.
    model
        Empty for the data set.
    """
    if warning == "no_effect":
        return behind_verdicts.no_effect(result, context)
    if warning == NO_METRIC:
        return behind_verdicts.no_metric(result, context)
    if warning == "target_gene_only":
        return behind_verdicts.target_gene_only(result, model, context)
    prediction = next((one for one in result.aligned if one.name == model), None)
    if prediction is None or context not in prediction.profiles:
        return None
    own = judged(result, prediction, context)
    if warning in COVERAGE:
        return COVERAGE[warning](result, prediction, own)
    if warning == "control_drift":
        return _drift(result, own)
    return SHAPES[warning](own) if warning in SHAPES and len(own.predicted) else None


def _drift(result: Result, own: Judged) -> Proof | None:
    if own.predicted_control is None:
        return None
    return behind_values.control_drift(own, result.stats[own.context].genes)


def cases(result: Result, warning: str, *, models: tuple[str, ...], untold: bool = False) -> pd.DataFrame:
    """Return the rows of a warning, findings first and then what is near to one, one a model and context.

    Parameters
    ----------
    models
        Those of the card; empty for the data set.
    untold
        Whether it is that no metric can tell anything.
    """
    tables = [table for table in (result.warnings, result.near_warnings) if len(table)]
    rows = pd.concat(tables, ignore_index=True) if tables else result.warnings
    rows = rows.assign(model=rows["model"].fillna("").astype(str))
    rows = rows[(rows["warning"] == warning) & rows["model"].isin(models or ("",))]
    if warning == "no_effect":
        rows = rows[(rows["threshold"] >= 1) == untold]
    return rows.drop_duplicates(["model", "context"]).reset_index(drop=True)
