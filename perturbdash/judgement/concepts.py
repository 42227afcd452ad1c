"""What is shown and is no metric: cards of the calibration, the shared effect, the baselines and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from perturbdash.metrics.spec import Peer
from perturbdash.metrics.specs.sources import AHLMANN_ELTZE, BERGER, MEJIA, MILLER, SCPERTEVAL, SYSTEMA

POSITIVE = r"\mathrm{pos}"
NEGATIVE = r"\mathrm{neg}"


@dataclass(frozen=True, kw_only=True)
class Concept:
    """One number or rule that pages show beside the metrics.

    Parameters
    ----------
    summary
        The question it answers.
    formula
        LaTeX; empty where words say it better.
    facts
        Term and what is to be known of it, in the order of reading.
    symbols
        Meanings of the symbols of the formula (LaTeX).
    """

    name: str
    label: str
    summary: str
    facts: Mapping[str, str]
    source: str
    doi: str
    formula: str = ""
    symbols: Mapping[str, str] = field(default_factory=dict)
    elsewhere: tuple[Peer, ...] = ()


OWN_ON_MILLER = (f"a rule of perturbdash, on the controls of {MILLER[0]}", MILLER[1])
OWN_ON_BERGER = (
    f"a rule of perturbdash; better than every baseline: intersection–union test, {BERGER[0]}",
    BERGER[1],
)


def _concept(name: str, label: str, source: tuple[str, str], **fields: object) -> Concept:
    return Concept(name=name, label=label, source=source[0], doi=source[1], **fields)  # type: ignore[arg-type]


_CALIBRATION = (
    _concept(
        "drf",
        "DRF, dynamic range fraction",
        MILLER,
        summary="How much of the way from the average to a perfect score does a repeated experiment get?",
        formula=rf"\frac{{{POSITIVE} - {NEGATIVE}}}{{\mathrm{{perfect}} - {NEGATIVE}}}",
        symbols={
            POSITIVE: "score of the positive control: the experiment, repeated",
            NEGATIVE: "score of the negative control: the average of the training perturbations, or what stands for it",
            r"\mathrm{perfect}": "the best score there is",
        },
        facts={
            "range": "−1 to 1, clipped; 0: the metric cannot tell a repeat from the average.",
            "truth": "Each half of the cells once, the other half being the repeat; mean over perturbations with a "
            "95 % BCa interval.",
            "no range": "0, counted, where the negative control leaves nothing to gain.",
            "undefined": "Where one of the two controls has no value.",
            "fooled by": "Noise that both halves share, such as that of one control mean.",
        },
        elsewhere=(
            Peer(
                "CellSimBench (Miller et al.)",
                "",
                "adds 1e-6 below the line and takes the first half alone as truth",
            ),
            Peer("scPertEval", "drf", "has no value where the negative control is beyond perfect"),
        ),
    ),
    _concept(
        "bds",
        "BDS",
        SCPERTEVAL,
        summary="On which share of perturbations is the repeated experiment better than the average?",
        formula=rf"\frac1n \sum_p \mathbf{{1}}\,[\,{POSITIVE}_p \succ {NEGATIVE}_p\,]",
        symbols={r"\succ": "is strictly better than; for the gate a tie counts one half"},
        facts={
            "range": "0 to 1, chance 0.5; with its 95 % Wilson interval.",
            "undefined": "Pairs without a value are left out and counted.",
            "fooled by": "Tiny differences: it counts who is better, not by how much.",
        },
        elsewhere=(Peer("scPertEval", "bds", "a missing value counts as a loss"),),
    ),
    _concept(
        "gate",
        "Gate",
        OWN_ON_MILLER,
        summary="Can this metric tell anything on this data set?",
        formula=r"\mathrm{DRF} > 0.05 \;\wedge\; \mathrm{BDS} > 0.5",
        symbols={">": "the whole 95 % interval lies above"},
        facts={
            "informative": "Both hold: repeating the experiment closes at least 5 % of the gap to perfect.",
            "weak": "Mean DRF above 0, and not informative.",
            "uninformative": "Otherwise.",
            "too few": "Fewer than 10 perturbations with a value (a setting).",
            "threshold": "No paper gives one; it was chosen so that nothing is informative on permuted labels.",
        },
    ),
    _concept(
        "duplicates",
        "Repeat: technical and interpolated duplicate",
        MILLER,
        summary="What would repeating the experiment give?",
        formula=r"\alpha_g\,\mu^{\mathrm{other}}_g + (1 - \alpha_g)\,\bar\mu_g, \quad \alpha_g = 1 - p_g",
        symbols={
            r"\mu^{\mathrm{other}}": "mean of the other half of the cells: the technical duplicate",
            r"\bar\mu": "perturbed centroid of the training perturbations",
            "p_g": "adjusted p of the gene in that other half, against the other perturbed cells",
        },
        facts={
            "interpolated": "Genes whose change is not significant are moved to the average, which takes noise away; "
            "verdicts follow it.",
            "undefined": "Fewer than 4 cells: no two halves.",
            "fooled by": "Few cells: nothing is significant, and the repeat becomes the average itself.",
        },
        elsewhere=(Peer("scPertEval", "tech_dup"), Peer("scPertEval", "interpolated")),
    ),
)
_SHARED = (
    _concept(
        "systematic_variation",
        "Systematic variation",
        SYSTEMA,
        summary="How much of what perturbations do is one effect that all of them share?",
        formula=r"\frac1n \sum_p \cos(\mu_p - \mu_c,\; \bar\mu - \mu_c)",
        symbols={
            r"\mu_p": "centroid of the perturbation: mean of log1p over its cells",
            r"\mu_c": "mean of all control cells of the context",
            r"\bar\mu": "mean of all centroids, one vote each",
        },
        facts={
            "range": "−1 to 1; published data sets 0.16 to 0.76.",
            "leave one out": "The perturbation is taken out of the average effect, of which it is a part.",
            "controls split": "Shift and average effect take their own half of the control cells, mean over ten "
            "divisions: 0 where there is no effect at all.",
            "undefined": "One perturbation: the average effect is its own.",
            "fooled by": "Few control cells: all shifts share the noise of one control mean.",
        },
    ),
    _concept(
        "reference",
        "Δcontrol and Δcentroid",
        SYSTEMA,
        summary="From where is a shift measured?",
        formula=r"\delta_p = \mu_p - \mu_c \quad\text{or}\quad \delta_p = \mu_p - \bar\mu",
        symbols={
            r"\mu_c": "Δcontrol: the mean of the control cells",
            r"\bar\mu": "Δcentroid: the mean of the training perturbations, without what all of them share",
        },
        facts={
            "fooled by": "From control the average alone scores high where one effect is shared; from the centroid "
            "it predicts no shift and has no correlation.",
            "undefined": "Δcentroid: nothing to train on.",
        },
        elsewhere=(
            Peer("scPertEval", "control_mean"),
            Peer(
                "scPertEval",
                "all_perturbed_mean",
                "leaves the perturbation out, which rewards knowing nothing",
            ),
        ),
    ),
    _concept(
        "weights",
        "Weights",
        MEJIA,
        summary="Which genes count for this perturbation?",
        formula=r"w_g \propto \left(\frac{|t_g| - \min |t|}{\max |t| - \min |t|}\right)^2, \quad \sum_g w_g = 1",
        symbols={
            "t_g": "t of the gene in the truth’s cells against the other perturbed cells of the context"
        },
        facts={
            "test": "t-test with overestimated variance, as scanpy computes it.",
            "undefined": "All t equal: no weights, and no value of any weighted metric.",
            "fooled by": "Few cells: the weights follow noise.",
        },
        elsewhere=(Peer("scPertEval", "", "also powers 1 and 4; uniform weights where they are undefined"),),
    ),
)
_JUDGEMENT = (
    _concept(
        "baselines",
        "Baselines",
        AHLMANN_ELTZE,
        summary="What does a model have to beat?",
        facts={
            "mean": "The perturbed centroid of the training perturbations, whatever is asked.",
            "control": "The control mean: no effect.",
            "matching mean": "Mean of the training centroids of the genes in a combination.",
            "additive": "Control plus the sum of the single effects; only where every gene was seen alone.",
            "linear": "A ridge regression between principal components of genes; none for combinations and drugs.",
            "transfer mean": "Control of this context plus the mean effect in the others.",
        },
        elsewhere=(
            Peer(
                "Systema",
                "nonctl_mean",
                "its mean is weighted by cells, here every perturbation has one vote",
            ),
        ),
    ),
    _concept(
        "position",
        "Position in the dynamic range",
        OWN_ON_MILLER,
        summary="Where does a model stand between the average and a repeated experiment?",
        formula=rf"\frac{{\mathrm{{model}} - {NEGATIVE}}}{{{POSITIVE} - {NEGATIVE}}}",
        symbols={
            r"\mathrm{model}": "score of the model against each half, mean of both",
            POSITIVE: "score of the interpolated duplicate",
            NEGATIVE: "score of the negative control",
        },
        facts={
            "range": "Not clipped; 0: as the negative control, 1: as good as repeating the experiment.",
            "undefined": "Metrics that are not informative, or where the repeat is not the better one.",
            "fooled by": "A model without noise can pass a repeat, which has some: above 1 is not beyond the truth.",
        },
    ),
    _concept(
        "verdict",
        "Verdict",
        OWN_ON_BERGER,
        summary="Does the model beat every baseline?",
        facts={
            "beats": "Better than every baseline: the largest p of the paired sign-flip tests, Holm over the headline "
            "metrics that are informative, below 0.05.",
            "loses": "Worse than at least one baseline, Holm over baselines.",
            "no difference shown": "Otherwise; beside it stands the smallest difference that n perturbations can show.",
            "undefined": "Missing on more than a fifth of the perturbations; or no baseline has a value.",
            "truth": "All cells of the test perturbations.",
            "fooled by": "Choosing among many models by this verdict: keep perturbations that no choice has seen.",
        },
    ),
)

CONCEPTS: MappingProxyType[str, Concept] = MappingProxyType(
    {concept.name: concept for concept in (*_CALIBRATION, *_SHARED, *_JUDGEMENT)}
)
"""Cards beside the metrics, by name, in the order of reading."""

NEED_CELLS = {
    "energy_distance": "E-distance",
    "mmd_rbf": "MMD",
    "de_jaccard": "Jaccard of DEG sets",
    "de_direction_fidelity": "direction fidelity",
}
"""Metrics of predicted cells, which are not computed here, by name."""
