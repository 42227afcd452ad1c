"""What the symbols of the formulas mean, found in a formula by themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass

from perturbdash.metrics.spec import MetricSpec

WEIGHTS = "weights: from the t of each gene against the other perturbed cells, squared, sum 1"
WORDS = re.compile(r"\\text\{[^}]*\}")


@dataclass(frozen=True)
class Symbol:
    """A symbol, where it stands in a formula, and its meaning.

    Parameters
    ----------
    latex
        As it is shown.
    pattern
        Regular expression over a formula's LaTeX.
    meaning
        A few words; LaTeX in it stands between dollar signs.
    """

    latex: str
    pattern: str
    meaning: str


SYMBOLS = (
    Symbol("y", r"(?<![\\a-zA-Z^])y(?![a-zA-Z])", "predicted profile: expression of every gene, log1p"),
    Symbol(
        "x", r"(?<![\\a-zA-Z^])x(?![a-zA-Z])", "observed profile: mean of log1p over the cells of the truth"
    ),
    Symbol(r"\delta^y", r"\\delta\^y", "predicted shift: $y$ minus the reference"),
    Symbol(r"\delta^x", r"\\delta\^x", "observed shift: $x$ minus the reference"),
    Symbol(
        r"\overline{\delta^x}", r"\\overline\{\\delta\^x\}", "mean of the observed shift over these genes"
    ),
    Symbol(r"\mu_c", r"\\mu_c", "control mean: of all control cells of the context"),
    Symbol(r"\bar\mu", r"\\bar\\mu", "perturbed centroid: mean over training perturbations, one vote each"),
    Symbol("g", r"(?<![a-zA-Z\\])g(?![a-zA-Z])", "a gene"),
    Symbol("h", r"(?<![a-zA-Z\\])h(?![a-zA-Z])", "another gene"),
    Symbol("G", r"(?<![a-zA-Z\\])G(?![a-zA-Z])", "number of genes"),
    Symbol("w", r"(?<![a-zA-Z\\])w(?![a-zA-Z])", WEIGHTS),
    Symbol(
        "s^2,\\ n", r"(?<![a-zA-Z\\])s(?![a-zA-Z])", "variance over the cells of the truth, and their number"
    ),
    Symbol("H", r"(?<![a-zA-Z\\])H(?![a-zA-Z])", "the 1,000 genes with the highest control mean"),
    Symbol(
        "r",
        r"(?<![a-zA-Z\\])r(?![a-zA-Z])",
        "Pearson’s correlation over genes",
    ),
    Symbol(r"\mathrm{rank}", r"\\mathrm\{rank\}", "rank of each gene, the mean rank for ties"),
    Symbol(
        r"D_{rest}", r"D_\{rest\}", "DEGs against the other perturbed cells: genes with adjusted p < 0.05"
    ),
    Symbol(
        "D", r"(?<![a-zA-Z\\])D(?!_\{rest\}|[a-zA-Z])", "DEGs against control: genes with adjusted p < 0.05"
    ),
    Symbol("D_k", r"D_k", "the k DEGs with the largest observed change"),
    Symbol(
        "T_k",
        r"(?<!\\hat )T_\{(20|50)\}",
        "the k genes with the largest abs t against control, none of them all zero in the perturbation",
    ),
    Symbol(r"\hat T_k", r"\\hat T", "the k genes with the largest predicted change"),
    Symbol("p,\\ q", r"(?<![a-zA-Z\\])[pq](?![a-zA-Z])", "the perturbation, and every other candidate"),
    Symbol("N", r"(?<![a-zA-Z\\])N(?![a-zA-Z])", "number of candidates: the perturbations of the context"),
    Symbol("d", r"(?<![a-zA-Z\\])d(?=\()", "Euclidean distance over all genes"),
    Symbol(r"\mathbf{1}", r"\\mathbf\{1\}", "1 where it holds, else 0"),
    Symbol("P_k,\\ R_k", r"[PR]_\{?k", "precision and recall among the first k genes"),
    Symbol("P", r"(?<![a-zA-Z\\])P(?=\\,)", "probability, over pairs of such genes"),
)


def symbols_of(spec: MetricSpec) -> list[tuple[str, str]]:
    """Return (LaTeX, meaning) of the symbols in a metric's formula; its own meanings go before the usual ones.

    Examples
    --------
    >>> from perturbdash.metrics.registry import METRICS
    >>> [latex for latex, _ in symbols_of(METRICS["mse"])]
    ['y', 'x', 'g', 'G']
    """
    formula = WORDS.sub("", spec.formula)
    found = {item.latex: item.meaning for item in SYMBOLS if re.search(item.pattern, formula)}
    return list((found | dict(spec.symbols)).items())
