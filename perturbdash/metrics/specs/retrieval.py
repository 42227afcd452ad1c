"""Cards of the metrics that ask whether a prediction can be told from those of other perturbations."""

from __future__ import annotations

from typing import Any

from perturbdash.metrics.spec import MetricSpec
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
        "source": source[0],
        "doi": source[1],
        "function": f"retrieval:{name}",
    }
    return MetricSpec(name=name, label=label, **(values | fields))


def _pds(distance: str, words: str, fooled_by: str, *peers: str) -> MetricSpec:
    return _retrieval(
        f"pds_{distance}",
        f"PDS ({'cosine' if distance == 'cosine' else distance.upper()})",
        CELL_EVAL,
        reference="control",
        summary=f"How many observed shifts lie nearer to the prediction than the right one, by {words}?",
        formula=r"1 - \frac{k_p}{N-1}",
        undefined=TOO_FEW + " Or every gene of the panel is a target.",
        fooled_by=fooled_by,
        elsewhere=(
            *peers,
            f"cell-eval: discrimination_score_{distance}, divides by N, breaks ties by position, "
            "subtracts the predicted control",
        ),
        function="retrieval:pds",
        options={"distance": distance},
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
            "Systema: centroid_accuracy",
            "scPertEval: nir, and 1 − transpose_rank; noise breaks its ties, here a tie is a loss",
        ),
    ),
    _pds("l1", "city-block distance", "Scaling predictions up: larger shifts win.", "VCC 2025: PDS"),
    _pds("l2", "Euclidean distance", "Candidates that differ in size only."),
    _pds("cosine", "angle", "Size is free: only the direction counts.", "VCC 2026: pds_cosine"),
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
            "PerturBench: 1 − rank, which shuffles ties",
            "scPertEval: 1 − rank; what it calls transpose_rank is 1 − NIR",
        ),
    ),
)
