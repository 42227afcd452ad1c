"""Figures of the page Retrieval: places of the own truth, the matrix of distances, ROC curves of groups."""

from perturbdash.figures.retrieval.matrix import distance_matrix
from perturbdash.figures.retrieval.roc import group_roc
from perturbdash.figures.retrieval.steps import first_places
from perturbdash.figures.retrieval.strip import rank_strip

__all__ = ["distance_matrix", "first_places", "group_roc", "rank_strip"]
