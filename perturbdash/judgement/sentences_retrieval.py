"""What the page Retrieval says, made by rule from its tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perturbdash.judgement.retrieval_words import REPEAT
from perturbdash.judgement.sentences import counted
from perturbdash.judgement.sentences_views import Name, Verdict, Words, number, percent
from perturbdash.metrics.registry import METRICS

if TYPE_CHECKING:
    from perturbdash.judgement.group_curves import GroupCurves
    from perturbdash.judgement.group_table import GroupTable
    from perturbdash.judgement.groups import Groups
    from perturbdash.judgement.result import Result
    from perturbdash.judgement.retrieval_confusions import Confusions
    from perturbdash.judgement.retrieval_view import RankView

NAMED = 4
FEWEST = 3
AS_CHANCE = 0.05
REPEAT_WORDS = "a repeat"
TIES = (
    "Ties: in NIR a tie is a loss; in the PDS forms and in truth rank it counts one half. One answer for all "
    "perturbations gives about 0.50 in each of them."
)
PEERS = (
    "Elsewhere: cell-eval divides the rank by N and breaks ties by position; PerturBench ranks in the direction of "
    "truth rank and shuffles ties; scPertEval’s transpose_rank is 1 − NIR; Systema’s centroid_accuracy is NIR."
)
NO_GROUPS = "Load a table of groups or lower the number of clusters."


@dataclass(frozen=True)
class Measured:
    """Over which genes distances are.

    Parameters
    ----------
    n_genes, n_targets
        Genes of the panel, and those that some perturbation targets.
    own_targets_out
        The settings take a perturbation's own targets out.
    """

    n_genes: int
    n_targets: int
    own_targets_out: bool


def measured(result: Result, context: str) -> Measured:
    """Return over which genes the distances of one context are."""
    case = result.cases[context]
    targets = int(case.target_mask(case.stats.perturbations).any(0).sum())
    return Measured(len(case.stats.genes), targets, result.settings.targets == "drop")


def distance_words(metric: str, over: Measured) -> str:
    """Say which distance a rank variant takes, and over which genes.

    Examples
    --------
    >>> distance_words("nir", Measured(250, 33, False))
    'Euclidean distance over 250 genes'
    >>> distance_words("pds_l1", Measured(250, 33, False))
    'city-block distance over 217 genes, the 33 target genes of all perturbations left out'
    """
    name = {
        "nir": "Euclidean distance",
        "pds_l1": "city-block distance",
        "pds_l2": "Euclidean distance",
        "pds_cosine": "1 − cosine of the shifts from control",
        "truth_rank": "Euclidean distance",
    }[metric]
    if metric.startswith("pds_"):
        left = f"{name} over {counted(over.n_genes - over.n_targets, 'gene')}"
        out = f", the {counted(over.n_targets, 'target gene')} of all perturbations left out"
        return left + (out if over.n_targets else ", none of which is a target")
    own = ", a perturbation’s own targets left out" if over.own_targets_out else ""
    return f"{name} over {counted(over.n_genes, 'gene')}{own}"


def candidates_words(view: RankView) -> str:
    """Name the candidates: whose truths a prediction is compared with."""
    whose = "test perturbations" if view.only_test else "perturbations of the context"
    return f"all {view.n_candidates:,} {whose}"


def retrieval_verdict(view: RankView, models: Sequence[str], over: Measured) -> Verdict:
    """Say how often each model finds its own perturbation first, and whether chance would do as well.

    Parameters
    ----------
    models
        Those that are shown.
    over
        Over which genes the distances are.
    """
    rows = [row for name in models if (row := view.of(name)) is not None]
    rows.sort(key=lambda row: -row["first_share"])
    return Verdict(_sentence(view, rows), _muted(view, rows, models, over))


def _sentence(view: RankView, rows: Sequence[Any]) -> Words:
    if not rows:
        repeat = view.of(REPEAT)
        if repeat is None:
            return ("No prediction can be compared with the observed profiles.",)
        return (
            f"A repeated experiment finds its own perturbation first for {percent(repeat['first_share'])} of "
            f"{int(repeat['n']):,}; no prediction is shown.",
        )
    shown = rows[:NAMED]
    chance = [_no_better_than_chance(row) for row in rows]
    more = f"; {len(rows) - NAMED} more below" if len(rows) > NAMED else ""
    if all(chance):
        who = "The model finds" if len(rows) == 1 else "No model finds"
        start = f"{who} its own perturbation first {'no ' if len(rows) == 1 else ''}more often than chance: "
        return (start, *_listed(shown), f"{more}.")
    found: list[str | Name] = []
    for i, (row, is_chance) in enumerate(zip(shown, chance, strict=False)):
        n = f" of {int(row['n']):,}" if not i or row["n"] != shown[0]["n"] else ""
        verb = " finds its own perturbation first for " if not i else " for "
        words = f"{verb}{_first(row)}{n}{', as chance would' if is_chance else ''}"
        found += ["; " if i else "", Name(str(row["prediction"])), words]
    return (*found, f"{more}.")


def _listed(rows: Sequence[Any]) -> list[str | Name]:
    found: list[str | Name] = []
    for i, row in enumerate(rows):
        n = f" of {int(row['n']):,}" if not i or row["n"] != rows[0]["n"] else ""
        found += [", " if i else "", Name(str(row["prediction"])), f" for {_first(row)}{n}"]
    return found


def _first(row: Any) -> str:
    return f"{row['first']:,.0f}" if row["first"] else "none"


def _no_better_than_chance(row: Any) -> bool:
    """Whether guessing would find as many first in more than 5 % of cases."""
    from scipy.stats import binom

    return bool(binom.sf(row["first"] - 1, int(row["n"]), 1 / max(int(row["n_candidates"]), 1)) > AS_CHANCE)


def _muted(view: RankView, rows: Sequence[Any], models: Sequence[str], over: Measured) -> Words:
    repeat, best = view.of(REPEAT), view.best_baseline
    words: list[str | Name] = [f"Chance: 1 of {view.n_candidates:,}. "]
    if repeat is not None:
        among = int(repeat["n_candidates"])
        few = f", among the {among:,} with enough cells" if among != view.n_candidates else ""
        words.append(
            f"A repeated experiment (the other half of the cells, {view.half_words}): "
            f"{percent(repeat['first_share'])} of {int(repeat['n']):,}{few}. "
        )
    words.append(f"{METRICS[view.metric].label}, mean over perturbations: ")
    means: list[str | Name] = []
    for row in rows[: NAMED + 2]:
        few = f" (n = {int(row['n']):,})" if row["n"] < view.n_tested else ""
        means += [", " if means else "", Name(str(row["prediction"])), f" {number(float(row['mean']))}{few}"]
    baseline = view.of(best) if best else None
    if best and baseline is not None:
        means += [", " if means else "", Name(best), f" {number(float(baseline['mean']))}"]
    if repeat is not None:
        means += ["; " if means else "", f"{REPEAT_WORDS} {number(float(repeat['mean']))} (truth: a half)"]
    lacking = [name for name in models if view.of(name) is None]
    words += [*means, ". "] if means else []
    for name in lacking[:NAMED]:
        words += [Name(name), " has no rank here. "]
    distance = distance_words(view.metric, over)
    words.append(
        f"{distance[0].upper()}{distance[1:]}; truth: all cells; candidates: {candidates_words(view)}."
    )
    return tuple(words)


def misses_sentence(found: Confusions, groups: Groups) -> Words:
    """Say what a model's predictions are most often taken for, and how many misses stay within the group."""
    name = REPEAT_WORDS if found.prediction == REPEAT else Name(found.prediction)
    if not found.n_misses:
        return (name, f" misses none of {found.n_rows:,}.")
    often = ", ".join(f"{taken} ({n}×)" for taken, n in found.taken_for)
    start = f"Most often taken for: {often}. " if often else "No truth is taken for twice. "
    which = "its cluster" if groups.kind == "clusters" else "a group of the table"
    if not found.n_grouped:
        return (
            start,
            f"No perturbation of the {counted_misses(found.n_misses)} of ",
            name,
            " is in a group.",
        )
    of = f"{found.n_misses:,}" if found.n_grouped == found.n_misses else f"{found.n_grouped:,} in a group"
    stay = "stays" if found.n_within == 1 else "stay"
    return (
        start,
        f"Of {counted_misses(found.n_misses)} of ",
        name,
        f", {found.n_within:,}{'' if of == f'{found.n_misses:,}' else f' of {of}'} {stay} within {which}.",
    )


def counted_misses(n: int) -> str:
    """Return a count of misses.

    Examples
    --------
    >>> counted_misses(1), counted_misses(18)
    ('1 miss', '18 misses')
    """
    return f"{n:,} {'miss' if n == 1 else 'misses'}"


def groups_sentence(found: GroupCurves, groups: Groups, drawn: Collection[str]) -> str:
    """List the groups that have no square: too small, without others, or beyond the first four."""
    rest = [name for name in groups.members if name not in drawn]
    if not rest:
        return ""
    scored = found.areas.groupby("group")["n_positive"].max()
    parts = [f"{name} ({_members(len(groups.members[name]), int(scored.get(name, 0)))})" for name in rest]
    more = f" and {len(parts) - 12:,} more" if len(parts) > 12 else ""
    return f"Not drawn, with their members: {', '.join(parts[:12])}{more}."


def _members(n: int, scored: int) -> str:
    return f"{n:,}" if scored == n or n < FEWEST else f"{n:,}, {scored:,} with a score"


def nothing_drawn(found: GroupCurves) -> str:
    """Say why no group has a curve."""
    if found.areas.empty:
        return "There is no group of perturbations in this context."
    reasons = ", ".join(f"{reason} ({n:,}×)" for reason, n in found.areas["reason"].value_counts().items())
    return f"No group can be told from the others: {reasons}."


def table_sentence(found: GroupTable) -> str:
    r"""Say how much of a table of groups was found in the data set.

    Examples
    --------
    >>> from perturbdash.judgement.group_table import read_groups
    >>> table_sentence(read_groups("A,x\nQ,y", lambda name: (name,) if name == "A" else ()))
    '1 perturbation in 1 group found; 1 label was not found.'
    """
    words = f"{counted(found.n_found, 'perturbation')} in {counted(len(found.groups.members), 'group')} found"
    lost = len(found.missing) + len(found.ambiguous) + len(found.controls)
    if lost:
        words += f"; {lost:,} {'label was' if lost == 1 else 'labels were'} not found"
    return f"{words}."
