"""Cards of the metrics that ask whether a prediction can be told from those of other perturbations."""

from __future__ import annotations

from typing import Any

from perturbdash.metrics.spec import MetricSpec, Peer
from perturbdash.metrics.specs.sources import CELL_EVAL, MILLER, PERTURBENCH

TOO_FEW = "Fewer than 2 candidates."


def _retrieval(name: str, label: str, source: tuple[str, str], **fields: Any) -> MetricSpec:
    values: dict[str, Any] = {
        "family": "retrieval",
        "skill": "identity",
        "direction": 1,
        "perfect": 1.0,
        "low": 0.0,
        "high": 1.0,
        "undefined": TOO_FEW,
        "negative_control": "global_mean",
        "chance": 0.5,
        "source": source[0],
        "doi": source[1],
        "function": f"retrieval:{name}",
        "cost": "all_pairs",
    }
    return MetricSpec(name=name, label=label, **(values | fields))


CELL_EVAL_RANK = "divides the rank by N, breaks ties by position and subtracts the predicted control"
DISTANCES = {
    "l1": ("L1", "city-block distance", r"\sum_g |\delta^y_g - \delta^x_g|"),
    "l2": ("L2", "Euclidean distance", r"\lVert \delta^y - \delta^x \rVert_2"),
    "cosine": ("cosine", "angle", r"1 - \cos(\delta^y, \delta^x)"),
}


def _pds(distance: str, fooled_by: str, *peers: Peer) -> MetricSpec:
    label, words, formula = DISTANCES[distance]
    return _retrieval(
        f"pds_{distance}",
        f"PDS ({label})",
        CELL_EVAL,
        reference="control",
        summary=f"How many observed shifts lie nearer to the prediction than the right one, by {words}?",
        formula=r"1 - \frac{k_p}{N-1}",
        undefined=TOO_FEW + " Or every gene of the panel is a target.",
        fooled_by=fooled_by,
        elsewhere=peers,
        full_name="perturbation discrimination score",
        remark="The targeted genes of all perturbations are taken out.",
        symbols={
            "k_p": "number of observed shifts strictly nearer to the prediction for p than its own truth, and half "
            rf"of those exactly as near; distance $d = {formula}$ of shifts from the control mean",
        },
        function="retrieval:pds",
        options={"distance": distance},
        cost="all_pairs_l1" if distance == "l1" else "all_pairs",
    )


RETRIEVAL_SPECS = (
    _retrieval(
        "nir",
        "NIR",
        MILLER,
        summary="What share of the other perturbations is farther from the prediction than the right one?",
        formula=r"\frac{1}{N-1}\sum_{q \neq p}\mathbf{1}\,[\,d(y_p, x_p) < d(y_p, x_q)\,]",
        fooled_by="Few candidates, or candidates that differ in size only. The mean of the same fold is below chance.",
        elsewhere=(
            Peer("CellSimBench (Miller et al.)", "nir"),
            Peer("Systema", "centroid_accuracy", "identical where the same perturbations are compared"),
            Peer("scPertEval", "nir", "noise breaks its ties, here a tie is a loss"),
            Peer("scPertEval", "transpose_rank", "is 1 − NIR, so lower is better there"),
        ),
        full_name="normalised inverse rank",
    ),
    _pds(
        "l1",
        "Scaling predictions up: larger shifts win.",
        Peer(
            "cell-eval (VCC 2025)",
            "discrimination_score_l1",
            f"{CELL_EVAL_RANK}; takes out the own target only",
        ),
    ),
    _pds("l2", "Candidates that differ in size only.", Peer("cell-eval", "", CELL_EVAL_RANK)),
    _pds(
        "cosine",
        "Size is free: only the direction counts.",
        Peer("cell-eval2 (VCC 2026)", "pds_cosine", "on profiles of summed counts, not on means of log1p"),
        Peer("cell-eval", "", CELL_EVAL_RANK),
    ),
    _retrieval(
        "truth_rank",
        "truth rank",
        PERTURBENCH,
        summary="What share of the other predictions is farther from the observed profile than its own prediction?",
        formula=r"\frac{1}{N-1}\sum_{q \neq p}\left(\mathbf{1}\,[\,d(y_p, x_p) < d(y_q, x_p)\,]"
        r" + \tfrac12\,\mathbf{1}\,[\,d(y_p, x_p) = d(y_q, x_p)\,]\right)",
        undefined="Fewer than 2 predictions.",
        fooled_by="Predictions of different sizes: small ones are near to every truth.",
        elsewhere=(
            Peer("PerturBench", "rank", "is 1 − truth rank, so lower is better there; it shuffles ties"),
            Peer("scPertEval", "rank", "is 1 − truth rank, so lower is better there; noise breaks its ties"),
        ),
        remark="What scPertEval calls transpose_rank looks the other way: it is 1 − NIR.",
        symbols={"N": "number of perturbations that are predicted"},
    ),
)
