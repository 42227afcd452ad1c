"""Cards of the metrics that compare profiles as they are."""

from __future__ import annotations

from typing import Any

from perturbdash.metrics.spec import MetricSpec
from perturbdash.metrics.specs.sources import AHLMANN_ELTZE, CELL_EVAL, COMMON, MEJIA, SYSTEMA

INFINITY = float("inf")
NEVER = "Never."


def _error(name: str, label: str, source: tuple[str, str], **fields: Any) -> MetricSpec:
    values: dict[str, Any] = {
        "family": "error",
        "skill": "size",
        "direction": -1,
        "perfect": 0.0,
        "low": 0.0,
        "high": INFINITY,
        "undefined": NEVER,
        "function": f"error:{name}",
    }
    source_fields = {"source": source[0], "doi": source[1]}
    return MetricSpec(name=name, label=label, **(values | source_fields | fields))


ERROR_SPECS = (
    _error(
        "wmse",
        "weighted MSE",
        MEJIA,
        summary="How far off is the prediction on the genes that this perturbation changes?",
        formula=r"\sum_g w_g\,(y_g - x_g)^2",
        undefined="No weights: all t statistics are equal, or the truth has fewer than 2 cells.",
        fooled_by="Shrinking towards the mean lowers it. Compare with the mean, never with nothing.",
        elsewhere=(
            "Miller et al. and CellSimBench: wmse",
            "scPertEval: wmse_exp2, with uniform weights where they are undefined",
        ),
    ),
    _error(
        "mse",
        "MSE",
        COMMON,
        summary="How far off is the prediction, over all genes?",
        formula=r"\frac{1}{G}\sum_g (y_g - x_g)^2",
        fooled_by="Most genes do not change, so the control mean is already close.",
        elsewhere=(
            "Miller et al., CellSimBench, scPertEval: mse",
            "carries the same evidence as R² Δcontrol",
        ),
    ),
    _error(
        "rmse",
        "RMSE",
        COMMON,
        summary="How far off is the prediction, over all genes, in the unit of expression?",
        formula=r"\sqrt{\tfrac{1}{G}\sum_g (y_g - x_g)^2}",
        fooled_by="Most genes do not change, so the control mean is already close.",
        elsewhere=("Systema: rmse",),
    ),
    _error(
        "mae",
        "MAE",
        COMMON,
        summary="How far off is a gene on average?",
        formula=r"\frac{1}{G}\sum_g |y_g - x_g|",
        fooled_by="Most genes do not change, so the control mean is already close.",
        elsewhere=("cell-eval: mae",),
    ),
    _error(
        "mse_unbiased",
        "MSE, unbiased",
        CELL_EVAL,
        low=-INFINITY,
        summary="How far off is the prediction beyond the sampling noise of the observed cells?",
        formula=r"\frac{1}{G}\sum_g \left[(y_g - x_g)^2 - \frac{s_g^2}{n}\right]",
        undefined="The truth has fewer than 2 cells.",
        fooled_by="Most genes do not change, so the control mean is already close. May be negative.",
        elsewhere=(
            "cell-eval2: expr_mse_unbiased_capped_norm also subtracts noise of the prediction, and divides",
        ),
    ),
    _error(
        "l2_heg1000",
        "L2, 1,000 highest genes",
        AHLMANN_ELTZE,
        summary="How far off is the prediction on the genes that control cells express most?",
        formula=r"\sqrt{\textstyle\sum_{g \in H} (y_g - x_g)^2}",
        fooled_by="Highly expressed genes need not be the ones that change.",
        elsewhere=("scPertEval: l2_heg_k", "Ahlmann-Eltze et al.: prediction error"),
    ),
    _error(
        "pearson_expression",
        "Pearson, expression",
        SYSTEMA,
        skill=None,
        direction=1,
        perfect=1.0,
        low=-1.0,
        high=1.0,
        function="correlation:pearson_expression",
        summary="Do genes that are high stay high? Kept as a warning: about 0.99 for any prediction.",
        formula=r"r\,(y,\; x)",
        undefined="A constant vector.",
        fooled_by="Anything: the control mean, the average, another cell line.",
        elsewhere=("scPertEval: pearson", "cell-eval: pearson on expression"),
    ),
)
