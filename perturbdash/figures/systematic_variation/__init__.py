"""Figures of the question how much of a screen is one shared effect."""

from perturbdash.figures.systematic_variation.norms import norm_against_cosine
from perturbdash.figures.systematic_variation.pairs import pairwise_cosines
from perturbdash.figures.systematic_variation.violins import cosine_violins

__all__ = ["cosine_violins", "norm_against_cosine", "pairwise_cosines"]
