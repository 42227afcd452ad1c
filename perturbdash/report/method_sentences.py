"""The sentences of the methods section: each follows from a setting or a count of the run."""

from __future__ import annotations

from collections.abc import Iterator

from perturbdash.figures.metric_words import baseline_label, baseline_summary, label, skill
from perturbdash.figures.models import baselines_in_order
from perturbdash.judgement.record import plain
from perturbdash.judgement.resampling import APPROXIMATE_BELOW
from perturbdash.judgement.sentences import FIT, counted, joined
from perturbdash.judgement.verdict import ALPHA, BASELINE_DEFINED_ON
from perturbdash.report.citations import Cite, of_metrics
from perturbdash.report.scope import Scope
from perturbdash.statistics.systematic import DIVISIONS
from perturbdash.vocabulary import BDS_GATE, BLOCKS_PER_HALF, CELLS_FOR_HALVES, DRF_GATE

BASELINE_PAPERS = {"matching_mean": "systema", "additive": "ahlmann_eltze", "linear": "ahlmann_eltze"}


def data(scope: Scope) -> Iterator[str]:
    """Yield what was analysed, in which space, and what a shift is."""
    result = scope.result
    dataset, schema = result.dataset, result.dataset.schema
    n_control = dataset.n_control
    within = ""
    if scope.several:
        within = f" in {len(result.contexts)} contexts (obs column “{schema.context_key}”)"
    control = f"marked in “{schema.control_key}”" if schema.control_key else f"labelled “{schema.control}”"
    yield (
        f"We analysed {scope.title}: {counted(dataset.n_cells, 'cell')}, "
        f"{counted(len(dataset.perturbations), 'perturbation')} (obs column “{schema.perturbation_key}”) and "
        f"{counted(scope.n_genes, 'gene')}{within}, with {counted(n_control, 'control cell')} {control}. "
    )
    where = f"Layer “{schema.layer}”" if schema.layer else "The matrix"
    if schema.space == "counts":
        totals = f"the obs column “{schema.totals_key}”" if schema.totals_key else "the sum of its row"
        yield (
            f"{where} held counts; each cell was scaled to 10,000 by its total, {totals}, and log(1 + x) was taken. "
        )
    else:
        yield f"{where} held log1p-normalised expression and was used as it was. "
    if not dataset.has_cells:
        yield "Everything was computed from a store of moments of these cells. "
    yield "Profiles are means over the cells of a perturbation"
    yield (
        f"{' within a context' if scope.several else ''}. Shifts were taken from the mean of the control cells "
        "(Δcontrol) and from the "
    )
    yield "perturbed centroid, the unweighted mean of the profiles of the training perturbations (Δcentroid) ("
    yield Cite("systema")
    yield (
        "). Differential expression: Welch’s t-test with an overestimated variance of the reference group, as in "
        "scanpy ("
    )
    yield Cite("scanpy")
    yield "), p-values adjusted by Benjamini–Hochberg over the genes of a perturbation. "
    yield (
        "The genes that a perturbation targets were left out of everything that is said about it. "
        if result.settings.targets == "drop"
        else "Targeted genes were kept. "
    )
    yield (
        "Systematic variation is the mean cosine of the shifts to the average effect, the mean of all profiles "
        "minus the control mean ("
    )
    yield Cite("systema")
    yield (
        "); it is also given without the perturbation in the average, and with the control cells split in two, over "
        f"{DIVISIONS} random divisions of {2 * BLOCKS_PER_HALF} blocks."
    )


def calibration(scope: Scope) -> Iterator[str]:
    """Yield how metrics had to prove themselves: truths, halves, folds, controls, and the gate."""
    settings = scope.result.settings
    published = settings.calibration == "published"
    yield "Each metric was calibrated on these data ("
    yield Cite("miller")
    yield "): "
    yield _halves(scope)
    yield (
        "the first half was the truth and the second its repeat"
        if published
        else "each half was once the truth and the other one its repeat"
    )
    yield f"; perturbations with fewer than {_fewest(scope)} in a context took no part. {_folds(scope)} "
    yield (
        "The positive control is the interpolated duplicate: the repeat, moved to the mean of the training "
        "perturbations where a gene’s change is not significant. The negative control is "
    )
    yield (
        "the control mean for metrics on Δcentroid and the mean of the training perturbations for all others, as "
        "published. "
        if published
        else "the mean of the training perturbations; the control mean for correlations on Δcentroid, where that mean "
        "is the reference itself; and one mean of all perturbations for retrieval. "
    )
    yield (
        "The dynamic range fraction (DRF) is the share of the way from the negative control to a perfect score "
        "that the positive control gets, averaged over perturbations; BDS is the share of perturbations on which "
        "the positive control is better ("
    )
    yield Cite("scperteval")
    yield (
        "). A metric counted as informative where the 95 % BCa bootstrap interval of DRF "
        f"({settings.n_resamples:,} resamples) lies above {DRF_GATE} and the Wilson 95 % interval of BDS above "
        f"{BDS_GATE}, on {settings.min_perturbations} perturbations or more; no paper gives a threshold, this is "
        "the rule of the program. "
    )
    n = int(scope.calibration["n"].max()) if len(scope.calibration) else 0
    several = ", pooled over contexts" if scope.several else ""
    yield (
        f"Under this rule {len(scope.informative)} of {len(scope.calibration)} metrics were informative{several} "
        f"(n up to {n:,})"
    )
    yield "; intervals below 20 perturbations are approximate." if 0 < n < APPROXIMATE_BELOW else "."


def _fewest(scope: Scope) -> str:
    given = scope.result.given_halves
    return f"{CELLS_FOR_HALVES // 2} cells in a half" if given else f"{CELLS_FOR_HALVES} cells"


def _halves(scope: Scope) -> str:
    result = scope.result
    if result.halves_by:
        return (
            "the cells of each perturbation and the controls were halved by the levels of the obs column "
            f"“{result.halves_by}”, none of which lies in both halves, and "
        )
    if result.given_halves:
        return "the cells of each perturbation and the controls were halved by a given table, and "
    return "the cells of each perturbation and the controls were halved by a seeded hash of their names, and "


def _folds(scope: Scope) -> str:
    result, settings = scope.result, scope.result.settings
    if result.given_folds:
        return f"Perturbations were tested in {max(result.folds.values(), default=-1) + 1} given folds."
    if settings.combination_folds:
        return (
            f"Combinations were tested in {settings.n_folds} folds by a seeded hash of their names; singles always "
            "trained."
        )
    return f"Perturbations were tested in {settings.n_folds} folds by a seeded hash of their names."


def metrics(scope: Scope) -> Iterator[str]:
    """Yield the headline metrics with their sources, and where the others come from."""
    settings = scope.result.settings
    yield "Headline metrics: "
    for place, metric in enumerate(settings.headline):
        yield ", " if place else ""
        yield f"{label(metric)}{f' ({skill(metric)})' if skill(metric) else ''}"
        for key in of_metrics([metric]):
            yield " ("
            yield Cite(key)
            yield ")"
    others = [metric for metric in scope.result.all_cells.metrics if metric not in settings.headline]
    yield f". The {len(others)} other metrics are reported and not counted; they follow "
    keys = of_metrics(others)
    for place, key in enumerate(keys):
        yield "" if not place else " and " if place == len(keys) - 1 else ", "
        yield Cite(key)
    yield (
        ". Retrieval metrics look for a prediction’s own perturbation among "
        f"{'the test perturbations' if settings.candidates == 'test' else 'all perturbations'} of the context; PDS "
        "leaves the targeted genes out. Weights of weighted metrics come from t-tests against the other perturbed "
        "cells. Undefined values were left out of means and counted, never set to a number."
    )


def baselines(scope: Scope) -> Iterator[str]:
    """Yield what was predicted, on which perturbations, and what it was compared with."""
    result, settings = scope.result, scope.result.settings
    yield (
        f"{counted(len(scope.models), 'model')} ({joined(scope.models)}) "
        f"{'was' if len(scope.models) == 1 else 'were'} scored on {scope.tested} against the mean of all their "
        f"cells. {_split(scope)} "
    )
    if scope.n_genes < len(result.dataset.genes):
        yield f"Scores use the {scope.n_genes:,} of {len(result.dataset.genes):,} genes that every prediction has. "
    defined = scope.summary[(scope.summary["kind"] == "baseline") & (scope.summary["n_defined"] > 0)]
    names = baselines_in_order(defined["prediction"])
    yield f"{counted(len(names), 'baseline')}: "
    for place, name in enumerate(names):
        weighted = name == "mean" and settings.mean == "cell"
        yield f"{'; ' if place else ''}{baseline_label(name)}, {baseline_summary(name)}"
        yield ", weighted by cells" if weighted else ""
        if name in BASELINE_PAPERS:
            yield " ("
            yield Cite(BASELINE_PAPERS[name])
            yield ")"
    share = f"{BASELINE_DEFINED_ON:.0%}".replace("%", " %")
    yield f". A baseline was compared on a metric where it is defined on at least {share} of the perturbations."


def _split(scope: Scope) -> str:
    result = scope.result
    if result.judges_a_fit:
        return FIT
    if result.given_folds:
        return "Each perturbation was judged in its given fold, the other folds being train."
    if result.dataset.split is not None:
        key = result.dataset.schema.split_key
        return (
            f"The split is that of the obs column “{key}”."
            if key
            else "The split is that of the store of moments."
        )
    return "Tested were the perturbations that some model predicts; all others were train."


def comparison(scope: Scope) -> Iterator[str]:
    """Yield by which tests and intervals a model is better or worse."""
    result, settings = scope.result, scope.result.settings
    n = len(scope.headline)
    yield (
        "For each metric and baseline the mean of the paired differences over perturbations was tested by sign flips "
        f"({settings.n_resamples:,} flips), one-sided each way. A model beats the baselines on a metric where it "
        "is better than every one of them, p being the largest over baselines (intersection–union test, "
    )
    yield Cite("berger")
    yield ")"
    yield f", Holm-corrected over the {n} informative headline metrics" if n > 1 else ""
    yield (
        f", α = {ALPHA}; it loses where it is worse than at least one, Holm-corrected over baselines. Metrics with "
        f"fewer than {settings.min_perturbations} perturbations were not judged. Intervals are 95 % BCa bootstrap "
        f"intervals over {'blocks of perturbations' if result.blocks_by else 'perturbations'} "
        f"({settings.n_resamples:,} resamples)"
    )
    yield f", blocks being those of the obs column “{result.blocks_by}”. " if result.blocks_by else ". "
    if scope.several:
        yield (
            "Over several contexts values were averaged within a context, then over contexts, and perturbations were "
            "resampled across all contexts together. "
        )
    yield (
        "The position of a model in the dynamic range (0: negative control, 1: positive control) has one half of the "
        "cells as truth, like the calibration."
    )


def software(scope: Scope) -> Iterator[str]:
    """Yield program, versions, device, seed and digest."""
    run = plain(scope.result.run)
    versions = dict(run["versions"])
    own = versions.pop("perturbdash")
    yield (
        f"All was computed with perturbdash {own} (seed {scope.result.settings.seed}, {run['device']}), Python "
        f"{run['python']}, {joined([f'{name} {version}' for name, version in versions.items()])}; data were read "
        "with anndata ("
    )
    yield Cite("anndata")
    yield f"). Digest of the data: {run['digest']}."
