"""Figures of the question what happened with one perturbation, gene by gene."""

from perturbdash.figures.perturbation.agreement import agreement
from perturbdash.figures.perturbation.dumbbell import top_genes
from perturbdash.figures.perturbation.everywhere import gene_strips
from perturbdash.figures.perturbation.nearest import nearest_stems
from perturbdash.figures.perturbation.scatter import observed_against_predicted, shift_range
from perturbdash.figures.perturbation.volcano_plot import volcano

__all__ = [
    "agreement",
    "gene_strips",
    "nearest_stems",
    "observed_against_predicted",
    "shift_range",
    "top_genes",
    "volcano",
]
