"""What the picture behind each warning asks, how it is read, and the columns of the table below it."""

from __future__ import annotations

from dataclasses import dataclass

from perturbdash.ui.data_table import Column, Numbers, Words

NO_METRIC = "no_metric"


@dataclass(frozen=True)
class Picture:
    """The words of one picture.

    Parameters
    ----------
    button
        What the card says that opens it.
    question, marks, how_to_read
        Title of the frame, what a mark is, and what to look for.
    page
        Page and words of a link, where a page shows more of it.
    """

    button: str
    question: str
    marks: str
    how_to_read: str
    page: tuple[str, str] | None = None


PICTURES: dict[str, Picture] = {
    "collapse": Picture(
        "Pairwise cosines",
        "Does it give one answer for everything?",
        "Top: cosines between the Δcontrol of any two perturbations, predicted and observed, mean as a line. Bottom: "
        "variance across predicted Δcontrol as a share of the observed. Dashed: thresholds.",
        "A collapse needs both: predicted pairs far right of the observed ones, their mean beyond the dashed "
        "line, and a variance left of 0.1. Small shifts that point in different directions are no collapse.",
        ("reference", "Arrows on Reference"),
    ),
    "is_the_mean": Picture(
        "Cosines to the average",
        "Does it predict the average effect?",
        "One point a perturbation: cosine of its Δcontrol to the average effect e, predicted and observed; bar: "
        "median. Dashed: 0.99 for predictions, 0.95 for observations.",
        "It is the mean where the predicted median lies right of 0.99 while the observed one lies left of 0.95: the "
        "perturbations differ, and the predictions do not.",
        ("reference", "Angles on Reference"),
    ),
    "scale": Picture(
        "Sizes",
        "Are its shifts of the right size?",
        "One point a perturbation. Norms of Δcontrol; beside it slope of predicted on observed over all genes, "
        "and ratio of the norms; bar: median. Lines: half, right and twice the size.",
        "It is a finding where the median slope or the median ratio of the norms lies beyond a dashed line. Many "
        "metrics do not see it: correlations and cosines are the same for any size.",
        ("perturbation", "Gene by gene on Perturbation"),
    ),
    "space": Picture(
        "Values",
        "Are these log1p values?",
        "How many values lie where, predicted above observed (height: root of the share); beside it the implied "
        "total of each profile, Σ expm1; bar: median. Dashed: thresholds.",
        "log1p profiles have no value below 0, no gaps between whole numbers, a maximum and totals like those "
        "observed. Shifts lie on both sides of 0, counts on whole numbers, other scales beyond a dashed line.",
    ),
    "control_drift": Picture(
        "Drift by gene",
        "Does it predict the controls that were measured?",
        "One point a gene: predicted − observed control mean over the observed one; grey: second − first half of the "
        "measured controls. Band and dashed lines: what two halves differ by, typically.",
        "Predicted controls should scatter no wider than two halves of the same control cells do. The lines are root "
        "mean squares over genes, which times the root of the number of genes are the distances of the card.",
    ),
    "leakage": Picture(
        "By perturbation",
        "Does it know these very cells?",
        "One point a perturbation: squared distance of the prediction to one half of the cells, divided by that "
        "of the other half, on genes that are not DEGs; bar: median. Dashed: 0.5 and 0.7.",
        "Genes that do not answer hold noise alone, which nobody can predict. A model that knows the exact truth has "
        "0.5, one that has seen these cells less, and honest models lie above 0.7.",
    ),
    "target_gene_only": Picture(
        "Without targets",
        "Does the win rest on the targeted genes?",
        "Difference to the hardest baseline with all genes and without the targeted ones; line: 95 % interval. "
        "Filled: a difference that the test shows; p after Holm, below 0.05 it beats.",
        "A knocked-down gene falls whatever else happens, so a model can win by it alone. Where the lower row is "
        "open, the win is gone once no score looks at the targeted genes.",
    ),
    "train_predictions": Picture(
        "Which are training",
        "Which predictions are of training perturbations?",
        "One square a perturbation. !: trained on, and predicted all the same.",
        "Predictions of training perturbations show memory, not skill; they are not scored. Many of them hint that a "
        "file holds a fit instead of a prediction.",
    ),
    "missing": Picture(
        "What is missing",
        "What does it not predict?",
        "One square a test perturbation, and one a gene of the data set. ×: not predicted.",
        "What is missing counts against this model alone; above 20 % of the perturbations its verdict is undefined. "
        "Genes that a model lacks are scored for no model.",
    ),
    "identical": Picture(
        "Which are identical",
        "How many perturbations share a profile?",
        "One bar a distinct profile: how many perturbations have it, to the last digit. Dashed: one each.",
        "A model that tells perturbations apart has bars of height 1. Tall bars are perturbations that it does "
        "not know and gives a default.",
    ),
    "no_effect": Picture(
        "Cosines, controls split",
        "Is the shared effect noise in the control mean?",
        "One point a perturbation: cosine to the average effect as published and with the controls split; cross: "
        "means. Line: no difference; dashed: 0.1 below.",
        "All shifts share the noise of one control mean, which makes them alike without any effect. Points far "
        "below the line lose their likeness once shift and average effect take different control cells.",
        ("systematic_variation", "Systematic variation"),
    ),
    NO_METRIC: Picture(
        "Gates",
        "Can any metric tell anything?",
        "DRF and BDS of a repeated experiment by metric, 95 % intervals. Dotted: the gate, 0.05 and 0.5.",
        "A metric is informative where both intervals lie right of the dotted lines. None does here: repeating the "
        "experiment scores no better than the average.",
        ("calibration", "Calibration"),
    ),
}

WHAT = {
    "leakage": "Squared distance of the prediction to one half of the cells, divided by that of the other half, on "
    "genes that are not DEGs. A model that knows these cells has 0.5, honest models lie above 0.7.",
    "missing": "Test perturbations without a prediction, and genes of the data set that the file does not have.",
    "identical": "Perturbations with the same predicted profile; one group has one profile.",
    "train_predictions": "Training perturbations that are predicted; they are not scored.",
    "control_drift": "Mean of the predicted controls and of the measured ones, and how far two halves of the "
    "measured controls lie apart; log1p units, the largest difference first.",
    "target_gene_only": "Score of each perturbation with all genes, and once more without the targeted genes.",
    "space": "Lowest and highest value of each profile, and how its implied total, the sum of expm1, compares.",
    "is_the_mean": "Cosine of each shift to the average effect.",
    "scale": "Norm of each shift, and slope of the predicted on the observed one over all genes.",
    "no_effect": "Cosine of each shift to the average effect in both forms.",
}
"""What the table below a picture holds."""

COLUMNS: dict[str, Column] = {
    "perturbation": Words("perturbation", "As the data set names it.", width=150),
    "missing": Words("missing", "Perturbation or gene, as the data set names it.", width=150),
    "kind": Words("kind", "Perturbation or gene.", width=100),
    "gene": Words("gene", "As the data set names it.", width=120),
    "targets": Words("targets", "Targeted genes.", width=120),
    "metric": Words("metric", "Headline metric whose outcome turns.", width=120),
    "ratio": Numbers("ratio", "Below 0.5: these very cells are known.", decimals=2),
    "genes": Numbers("genes", "Genes that are not DEGs, over which the ratio is taken.", decimals=0),
    "group": Numbers("group", "Perturbations of one group have one profile.", decimals=0),
    "same_profile": Numbers("same profile", "Perturbations with this profile.", decimals=0, width=100),
    "n_cells": Numbers("cells", "Cells of the perturbation in the data.", decimals=0),
    "predicted": Numbers("predicted", "Of the prediction.", decimals=3),
    "observed": Numbers("observed", "As measured.", decimals=3),
    "difference": Numbers("difference", "Predicted − observed.", decimals=3),
    "between_halves": Numbers(
        "halves apart", "Second half − first half of the measured controls.", decimals=3, width=100
    ),
    "predicted_lowest": Numbers("lowest", "Lowest predicted value.", decimals=2),
    "predicted_highest": Numbers("highest", "Highest predicted value.", decimals=2),
    "total_fold_log10": Numbers(
        "total, log10 fold",
        "log10 of the predicted over the observed implied total, the sum of expm1; 0 is right.",
        width=115,
    ),
    "observed_lowest": Numbers("observed lowest", "Lowest observed value.", decimals=2, width=120),
    "observed_highest": Numbers("observed highest", "Highest observed value.", decimals=2, width=125),
    "with_targets": Numbers("with targets", "Score over all genes.", decimals=3, width=100),
    "without_targets": Numbers("without", "Score without the targeted genes.", decimals=3),
    "lost": Numbers("lost", "How much worse without the targeted genes.", decimals=3),
    "observed_norm": Numbers(
        "observed norm", "Euclidean norm of the observed Δcontrol, log1p units.", width=110
    ),
    "predicted_norm": Numbers(
        "predicted norm", "Euclidean norm of the predicted Δcontrol, log1p units.", width=115
    ),
    "slope": Numbers("slope", "Of predicted on observed Δcontrol over all genes; 1 is right."),
    "cosine": Numbers("as published", "Cosine to the average effect.", width=100),
    "cosine_split_control": Numbers(
        "controls split", "The same, shift and average effect from different control cells.", width=110
    ),
}
