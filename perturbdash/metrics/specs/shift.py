"""Cards of the metrics that compare shifts, once for each reference."""

from __future__ import annotations

from typing import Any

from perturbdash.metrics.spec import MetricSpec, Peer
from perturbdash.metrics.specs.sources import (
    AHLMANN_ELTZE,
    MILLER,
    PERTURBENCH,
    SCPERTEVAL,
    SPEARMAN,
    SYSTEMA,
)
from perturbdash.vocabulary import Reference

SYMBOL = {"control": r"\mu_c", "centroid": r"\bar\mu"}
WORDS = {"control": "the shift from control", "centroid": "what is specific to this perturbation"}
SCPERTEVAL_NAME = {"control": "ctrl", "centroid": "pert"}
MILLER_NAME = {"control": "deltactrl", "centroid": "deltapert"}
FOOLED = {
    "control": "Predicting the average for everything: 0.3 to 0.9 on published data.",
    "centroid": "Size is free: a shift of 1 % of the right pattern scores 1.",
}
FOOLED_R2 = "Predicting little: a prediction of no shift scores about 0, a wrong one far less."
CELLSIMBENCH = "CellSimBench (Miller et al.)"
LEAVE_ONE_OUT = "centres on the average without this perturbation"
WRONG_GENES = "takes the wrong genes at its published state, so that it varies between runs"
TOP_OF_ALL_PERTURBED = "its top list is against all perturbed cells, here against control"
UNIFORM = "takes uniform weights where they are undefined, here it has no value"
OWN_CENTRE = {"control": "", "centroid": LEAVE_ONE_OUT}
GENES = {
    "top20": ("top 20", "the 20 genes that change most", "T_{20}", SYSTEMA),
    "top50": ("top 50", "the 50 genes that change most", "T_{50}", SYSTEMA),
    "degs": ("DEGs", "genes that differ from the other perturbations", "D_{rest}", MILLER),
    "heg1000": ("1,000 highest genes", "the genes that control cells express most", "H", AHLMANN_ELTZE),
}


def shift_specs(reference: Reference) -> tuple[MetricSpec, ...]:
    """Return the cards of all metrics of shifts from one reference."""
    return (
        _pearson(reference),
        *(_pearson_on(reference, genes) for genes in GENES),
        _weighted_pearson(reference),
        _cosine(reference),
        _spearman(reference),
        _r2(reference),
        _r2_degs(reference),
        _weighted_r2(reference),
    )


def _pattern(
    name: str, label: str, reference: Reference, source: tuple[str, str], **fields: Any
) -> MetricSpec:
    centroid = reference == "centroid"
    values: dict[str, Any] = {
        "family": reference,
        "skill": "pattern",
        "direction": 1,
        "perfect": 1.0,
        "low": -1.0,
        "high": 1.0,
        "reference": reference,
        "undefined": "A constant shift: the reference itself predicts none, so it has no value.",
        "fooled_by": FOOLED[reference],
        "negative_control": "control" if centroid else "mean",
        "published_negative_control": "control" if centroid else "mean",
        "source": source[0],
        "doi": source[1],
        "options": {"reference": reference},
    }
    return MetricSpec(name=name, label=label, **(values | fields))


def _size(name: str, label: str, reference: Reference, source: tuple[str, str], **fields: Any) -> MetricSpec:
    values: dict[str, Any] = {
        "skill": "size",
        "low": -float("inf"),
        "negative_control": "mean",
        "fooled_by": FOOLED_R2,
    }
    return _pattern(name, label, reference, source, **(values | fields))


def _shifts(reference: Reference) -> str:
    return rf"y - {SYMBOL[reference]},\; x - {SYMBOL[reference]}"


def _pearson(reference: Reference) -> MetricSpec:
    elsewhere = {
        "control": (
            Peer("Systema", "PearsonDelta"),
            Peer("cell-eval", "", "subtracts the predicted control from predictions"),
        ),
        "centroid": (Peer("Systema", "PearsonDelta", "with the perturbed centroid as reference"),),
    }
    return _pattern(
        f"pearson_delta_{reference}",
        f"Pearson Δ{reference}",
        reference,
        SYSTEMA,
        summary=f"Is the pattern of {WORDS[reference]} right?",
        formula=rf"r\,({_shifts(reference)})",
        elsewhere=(
            *elsewhere[reference],
            Peer(CELLSIMBENCH, f"pearson_{MILLER_NAME[reference]}"),
            Peer("scPertEval", f"pearson_{SCPERTEVAL_NAME[reference]}", OWN_CENTRE[reference]),
        ),
        function="correlation:pearson_delta",
    )


def _pearson_on(reference: Reference, genes: str) -> MetricSpec:
    words, question, symbol, source = GENES[genes]
    peer = {
        "top20": (Peer("Systema", "pearson_delta_top20"),),
        "top50": (Peer("scPertEval", f"pearson_{SCPERTEVAL_NAME[reference]}_top_k", TOP_OF_ALL_PERTURBED),),
        "degs": (
            Peer("scPertEval", f"pearson_{SCPERTEVAL_NAME[reference]}_degs_padj", OWN_CENTRE[reference]),
            Peer(CELLSIMBENCH, f"pearson_{MILLER_NAME[reference]}_degs", WRONG_GENES),
        ),
        "heg1000": (Peer("scPertEval", "pearson_ctrl_heg_k"),) if reference == "control" else (),
    }
    return _pattern(
        f"pearson_delta_{reference}_{genes}",
        f"Pearson Δ{reference}, {words}",
        reference,
        source,
        summary=f"Is the pattern of {WORDS[reference]} right on {question}?",
        formula=rf"r_{{g \in {symbol}}}\,({_shifts(reference)})",
        undefined="Fewer than 3 such genes, or a constant shift on them.",
        elsewhere=peer[genes],
        function="correlation:pearson_delta",
        options={"reference": reference, "genes": genes},
    )


def _weighted_pearson(reference: Reference) -> MetricSpec:
    return _pattern(
        f"weighted_pearson_delta_{reference}",
        f"weighted Pearson Δ{reference}",
        reference,
        SCPERTEVAL,
        summary=f"Is the pattern of {WORDS[reference]} right where it differs from other perturbations?",
        formula=rf"r_w\,({_shifts(reference)})",
        undefined="No weights (all t statistics are equal), or a constant shift.",
        elsewhere=(
            Peer("scPertEval", f"weighted_pearson_{SCPERTEVAL_NAME[reference]}_exp2", OWN_CENTRE[reference]),
        ),
        function="correlation:pearson_delta",
        options={"reference": reference, "genes": "weighted"},
    )


def _cosine(reference: Reference) -> MetricSpec:
    shift_y, shift_x = r"\delta^y", r"\delta^x"
    return _pattern(
        f"cosine_delta_{reference}",
        f"cosine Δ{reference}",
        reference,
        PERTURBENCH,
        summary=f"Does {WORDS[reference]} point in the right direction?",
        formula=rf"\frac{{{shift_y} \cdot {shift_x}}}{{\lVert {shift_y} \rVert\, \lVert {shift_x} \rVert}}",
        undefined="A zero shift.",
        remark="The source takes the cosine of log fold changes.",
        function="correlation:cosine_delta",
    )


def _spearman(reference: Reference) -> MetricSpec:
    return _pattern(
        f"spearman_delta_{reference}",
        f"Spearman Δ{reference}",
        reference,
        SPEARMAN,
        summary=f"Are the genes in the right order by {WORDS[reference]}?",
        formula=rf"r\,(\mathrm{{rank}}(y - {SYMBOL[reference]}),\; \mathrm{{rank}}(x - {SYMBOL[reference]}))",
        fooled_by="The many genes that do not change: their order is noise and counts as much.",
        function="correlation:spearman_delta",
    )


def _r2(reference: Reference) -> MetricSpec:
    return _size(
        f"r2_delta_{reference}",
        f"R² Δ{reference}",
        reference,
        MILLER,
        summary=f"How much of {WORDS[reference]} is explained, pattern and size together? No floor at 0.",
        formula=r"1 - \frac{\sum_g(\delta^x_g - \delta^y_g)^2}{\sum_g(\delta^x_g - \overline{\delta^x})^2}",
        undefined="The observed shift is constant.",
        elsewhere=(
            Peer(
                CELLSIMBENCH,
                f"r2_{MILLER_NAME[reference]}",
                "calibrated against control, here against the mean" if reference == "centroid" else "",
            ),
            Peer("scPertEval", f"r2_{SCPERTEVAL_NAME[reference]}", OWN_CENTRE[reference]),
        ),
        remark="Carries the same evidence as MSE." if reference == "control" else "",
        function="correlation:r2_delta",
    )


def _r2_degs(reference: Reference) -> MetricSpec:
    return _size(
        f"r2_delta_{reference}_degs",
        f"R² Δ{reference}, DEGs",
        reference,
        MILLER,
        summary=f"How much of {WORDS[reference]} is explained on genes that differ from the other perturbations?",
        formula=r"1 - \frac{\sum_{g \in D_{rest}}(\delta^x_g - \delta^y_g)^2}"
        r"{\sum_{g \in D_{rest}}(\delta^x_g - \overline{\delta^x})^2}",
        undefined="Fewer than 3 such genes, or the observed shift is constant on them.",
        elsewhere=(
            Peer(CELLSIMBENCH, f"r2_{MILLER_NAME[reference]}_degs", WRONG_GENES),
            Peer("scPertEval", f"r2_{SCPERTEVAL_NAME[reference]}_degs_padj", OWN_CENTRE[reference]),
        ),
        function="correlation:r2_delta",
        options={"reference": reference, "genes": "degs"},
    )


def _weighted_r2(reference: Reference) -> MetricSpec:
    return _size(
        f"weighted_r2_delta_{reference}",
        f"weighted R² Δ{reference}",
        reference,
        MILLER,
        summary=f"How much of {WORDS[reference]} is explained on the genes that this perturbation changes?",
        formula=r"1 - \frac{\sum_g w_g(\delta^x_g - \delta^y_g)^2}"
        r"{\sum_g w_g(\delta^x_g - \sum_h w_h \delta^x_h)^2}",
        undefined="No weights (all t statistics are equal), or the observed shift is constant.",
        elsewhere=(
            Peer(CELLSIMBENCH, f"weighted_r2_{MILLER_NAME[reference]}"),
            Peer("scPertEval", f"weighted_r2_{SCPERTEVAL_NAME[reference]}_exp2", UNIFORM),
        ),
        remark="Carries the same evidence as weighted MSE.",
        function="correlation:r2_delta",
        options={"reference": reference, "genes": "weighted"},
    )


SHIFT_SPECS = (*shift_specs("control"), *shift_specs("centroid"))
