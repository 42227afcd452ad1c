"""What is known about a metric without computing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from perturbdash.vocabulary import Reference

Family = Literal["error", "control", "centroid", "retrieval", "de"]
Skill = Literal["size", "pattern", "identity", "sign"]
NegativeControl = Literal["mean", "control", "global_mean"]
Cost = Literal["rows", "all_pairs", "all_pairs_l1"]


@dataclass(frozen=True)
class Peer:
    """What another tool calls a metric, and what it does differently.

    Parameters
    ----------
    tool
        The tool, or the authors of a paper.
    name
        What stands in its tables or code; empty where that is not known.
    difference
        What it does differently; empty where it gives the same number.
    """

    tool: str
    name: str = ""
    difference: str = ""


@dataclass(frozen=True, kw_only=True)
class MetricSpec:
    """One metric: what it asks, how it reads, and which function computes it.

    Symbols of the formulas: y predicted, x observed, μ_c control mean, μ̄ perturbed centroid, δ a shift,
    w weights, g a gene, D the differentially expressed genes, N the number of candidates.

    Parameters
    ----------
    name
        As in tables and on the command line.
    label
        A few words for a screen.
    family
        The group of metrics in which it is shown.
    skill
        What kind of knowledge it asks for; none where it is only a warning or a list.
    direction
        1 where higher is better, -1 where lower is.
    perfect
        Best value, used by the dynamic range fraction.
    low, high
        Range of values.
    reference
        What is subtracted from both profiles.
    summary
        The question it answers, for a biologist.
    formula
        LaTeX.
    undefined
        When it has no value.
    fooled_by
        What gives a good value without the skill.
    elsewhere
        Names and differences in other tools.
    source, doi
        Where it was published, or calibrated and used in this form.
    full_name
        What a short name stands for; empty where the label says it.
    chance
        What a guess scores on average; none where that is no fixed number.
    remark
        What one should know beside it, e.g. which metric carries the same evidence.
    symbols
        Meanings of symbols of the formula (LaTeX) that are this metric's own.
    negative_control, published_negative_control
        Prediction that its calibration starts from, in the two modes.
    attains_perfect
        False where even the truth need not reach ``perfect``.
    function
        ``module:function`` below ``perturbdash.metrics``.
    options
        Keyword arguments of the function.
    cost
        What it is made of, which says how its time grows: ``"rows"``, one predicted beside one observed profile;
        ``"all_pairs"``, products of all pairs of profiles; ``"all_pairs_l1"``, city-block distances of all pairs,
        which no product gives, by far the slowest where there are thousands of perturbations.
    """

    name: str
    label: str
    family: Family
    skill: Skill | None
    direction: Literal[1, -1]
    perfect: float
    low: float
    high: float
    reference: Reference | None = None
    summary: str
    formula: str
    undefined: str
    fooled_by: str
    elsewhere: tuple[Peer, ...] = ()
    source: str
    doi: str
    full_name: str = ""
    chance: float | None = None
    remark: str = ""
    symbols: Mapping[str, str] = field(default_factory=dict)
    negative_control: NegativeControl = "mean"
    published_negative_control: NegativeControl = "mean"
    attains_perfect: bool = True
    function: str
    options: Mapping[str, str] = field(default_factory=dict)
    cost: Cost = "rows"

    @property
    def retrieval(self) -> bool:
        """Whether it compares a perturbation with others, so that the candidates matter."""
        return self.family == "retrieval"

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger value is the better one."""
        return self.direction == 1
