"""Cards of the metrics about differentially expressed genes."""

from __future__ import annotations

from typing import Any

from perturbdash.metrics.spec import MetricSpec, Peer
from perturbdash.metrics.specs.sources import CELL_EVAL, SCPERTEVAL, SYSTEMA

NO_DEG = "No gene differs from control."


def _de(name: str, label: str, source: tuple[str, str], **fields: Any) -> MetricSpec:
    values: dict[str, Any] = {
        "family": "de",
        "skill": None,
        "direction": 1,
        "perfect": 1.0,
        "low": 0.0,
        "high": 1.0,
        "reference": "control",
        "undefined": NO_DEG,
        "source": source[0],
        "doi": source[1],
        "function": f"de:{name}",
    }
    return MetricSpec(name=name, label=label, **(values | fields))


DE_SPECS = (
    _de(
        "direction_match_degs",
        "direction match",
        CELL_EVAL,
        skill="sign",
        summary="On genes that change: is up up, and down down?",
        formula=r"\frac{1}{|D|}\sum_{g \in D}\mathbf{1}\,[\,\mathrm{sign}\,\delta^y_g = \mathrm{sign}\,\delta^x_g\,]",
        fooled_by="The average knows most signs where one effect is shared. A predicted 0 is a miss.",
        elsewhere=(Peer("cell-eval2", "", "asks for 10 DEGs"),),
        chance=0.5,
    ),
    _de(
        "jaccard_top20",
        "Jaccard, top 20",
        SYSTEMA,
        summary="Are the genes that change most the ones that are predicted to change most?",
        formula=r"\frac{|T_{20} \cap \hat T_{20}|}{|T_{20} \cup \hat T_{20}|}",
        undefined="The observed list cannot be made: fewer than 2 cells.",
        fooled_by="A shared effect. The observed list is made with t statistics, so the truth need not reach 1.",
        attains_perfect=False,
    ),
    _de(
        "overlap_at_50",
        "overlap at 50",
        CELL_EVAL,
        summary="Of the up to 50 largest significant changes, how many are among as many predicted ones?",
        formula=r"\frac{|D_k \cap \hat T_k|}{k}, \quad k = \min(50, |D|)",
        fooled_by="A shared effect: the genes that always change. The truth need not reach 1.",
        elsewhere=(
            Peer(
                "cell-eval (VCC 2025)",
                "overlap_at_N",
                "takes the DE of predicted cells, and all N significant genes",
            ),
            Peer("scPertEval", "de_overlap_k", "top 50 by the DE statistic, significant or not"),
        ),
        attains_perfect=False,
    ),
    _de(
        "deg_auprc",
        "DEG AUPRC",
        SCPERTEVAL,
        summary="Do the genes that change come first when genes are sorted by predicted change? Precision and recall.",
        formula=r"\sum_k (R_k - R_{k-1})\,P_k, \quad \text{score } |\delta^y_g|",
        undefined="No gene, or every gene, differs from control.",
        fooled_by="A shared effect. Chance is the share of such genes, not 0.5. The truth need not reach 1.",
        elsewhere=(
            Peer(
                "scPertEval", "de_auprc", "DE of predicted cells as score, DEGs against all perturbed cells"
            ),
        ),
        full_name="area under the precision–recall curve",
        attains_perfect=False,
    ),
    _de(
        "deg_auroc",
        "DEG AUROC",
        SCPERTEVAL,
        summary="How likely is a gene that changes to be predicted to change more than one that does not?",
        formula=r"P\,(|\delta^y_g| > |\delta^y_h|) + \tfrac12 P\,(|\delta^y_g| = |\delta^y_h|),"
        r"\quad g \in D,\ h \notin D",
        undefined="No gene, or every gene, differs from control.",
        fooled_by="A shared effect; lowly expressed genes, which neither change nor are predicted to. "
        "The truth need not reach 1.",
        elsewhere=(
            Peer(
                "scPertEval", "de_auroc", "DE of predicted cells as score, DEGs against all perturbed cells"
            ),
        ),
        full_name="area under the receiver operating characteristic",
        chance=0.5,
        attains_perfect=False,
    ),
    _de(
        "lfc_nmae",
        "LFC NMAE",
        CELL_EVAL,
        skill="size",
        direction=-1,
        perfect=0.0,
        high=float("inf"),
        summary="How far off are the sizes of significant changes, as a share of these sizes?",
        formula=r"\frac{\sum_{g \in D} |\delta^y_g - \delta^x_g|}{\sum_{g \in D} |\delta^x_g|}",
        undefined="Fewer than 10 genes differ from control.",
        fooled_by="Predicting no change scores 1, which a wrong prediction does not reach.",
        elsewhere=(
            Peer(
                "cell-eval2 (VCC 2026)",
                "de_wilcoxon_lfc_nmae",
                "on log2 fold changes of counts, leaves out the own gene",
            ),
        ),
        full_name="normalised mean absolute error of the changes",
    ),
)
