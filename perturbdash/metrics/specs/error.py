"""Cards of the metrics that compare profiles as they are."""

from __future__ import annotations

from typing import Any

from perturbdash.metrics.spec import MetricSpec, Peer
from perturbdash.metrics.specs.sources import AHLMANN_ELTZE, CELL_EVAL, MEJIA, MILLER, SYSTEMA

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
            Peer("CellSimBench (Miller et al.)", "wmse"),
            Peer(
                "scPertEval",
                "wmse_exp2",
                "takes uniform weights where they are undefined, here it has no value",
            ),
        ),
        full_name="weighted mean squared error",
        remark="Carries the same evidence as weighted R², so only one of them counts in a verdict.",
    ),
    _error(
        "mse",
        "MSE",
        MILLER,
        summary="How far off is the prediction, over all genes?",
        formula=r"\frac{1}{G}\sum_g (y_g - x_g)^2",
        fooled_by="Most genes do not change, so the control mean is already close.",
        elsewhere=(Peer("CellSimBench (Miller et al.)", "mse"), Peer("scPertEval", "mse")),
        full_name="mean squared error",
        remark="Carries the same evidence as R² Δcontrol.",
    ),
    _error(
        "rmse",
        "RMSE",
        SYSTEMA,
        summary="How far off is the prediction, over all genes, in the unit of expression?",
        formula=r"\sqrt{\tfrac{1}{G}\sum_g (y_g - x_g)^2}",
        fooled_by="Most genes do not change, so the control mean is already close.",
        elsewhere=(Peer("Systema", "rmse"),),
        full_name="root mean squared error",
    ),
    _error(
        "mae",
        "MAE",
        CELL_EVAL,
        summary="How far off is a gene on average?",
        formula=r"\frac{1}{G}\sum_g |y_g - x_g|",
        fooled_by="Most genes do not change, so the control mean is already close.",
        elsewhere=(Peer("cell-eval (VCC 2025)", "mae"),),
        full_name="mean absolute error",
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
            Peer(
                "cell-eval2 (VCC 2026)",
                "expr_mse_unbiased_capped_norm",
                "subtracts the noise of the prediction too, and divides by the size of the effect",
            ),
        ),
        full_name="mean squared error without the truth’s own noise",
    ),
    _error(
        "l2_heg1000",
        "L2, 1,000 highest genes",
        AHLMANN_ELTZE,
        summary="How far off is the prediction on the genes that control cells express most?",
        formula=r"\sqrt{\textstyle\sum_{g \in H} (y_g - x_g)^2}",
        fooled_by="Highly expressed genes need not be the ones that change.",
        elsewhere=(Peer("scPertEval", "l2_heg_k"),),
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
        elsewhere=(Peer("scPertEval", "pearson"),),
        remark="Shown so that it is recognised; it counts nowhere.",
    ),
)
