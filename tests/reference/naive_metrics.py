"""Every metric written out once more, one perturbation at a time, in numpy, scipy and scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from scipy import stats
from scipy.spatial.distance import cosine as cosine_distance
from sklearn.metrics import average_precision_score, r2_score, roc_auc_score

from tests.unit.metrics.cases import Case

HIGHEST = 25


class Naive:
    """One prediction beside the truth; ``y`` is ``(n_perturbations, n_genes)`` with NaN rows where missing."""

    def __init__(self, case: Case, y: np.ndarray) -> None:
        self.case, self.y, self.x = case, y, case.observed
        self.n = len(self.x)
        nothing = np.full_like(case.control, np.nan)
        self.reference = {
            "control": np.stack([case.control] * self.n),
            "centroid": np.stack([case.centroids[f] if f >= 0 else nothing for f in case.fold]),
        }

    def kept(self, p: int) -> np.ndarray:
        everything = np.ones(self.x.shape[1], dtype=bool)
        return ~self.case.targets[p] if self.case.drop_targets else everything

    def missing(self, p: int) -> bool:
        return bool(np.isnan(self.y[p]).any())

    @cached_property
    def tests(self) -> dict[str, list]:
        cells, control = self.case.cells, self.case.control_cells
        found: dict[str, list] = {"rest": [], "control": [], "lists": []}
        for p in range(self.n):
            rest = np.concatenate([cells[q] for q in range(self.n) if q != p])
            found["rest"].append(overestimating_test(cells[p], rest))
            found["control"].append(overestimating_test(cells[p], control))
            found["lists"].append(stats.ttest_ind(cells[p], control, equal_var=False).statistic)
        return found

    def weights(self, p: int) -> np.ndarray:
        t = np.abs(self.tests["rest"][p][0])[self.kept(p)]
        w = ((t - t.min()) / (t.max() - t.min())) ** 2
        return w / w.sum()

    def degs(self, p: int, against: str) -> np.ndarray:
        p_adj = stats.false_discovery_control(self.tests[against][p][1])
        return (p_adj < 0.05) & self.kept(p)

    def top(self, p: int, k: int) -> np.ndarray:
        size = np.abs(self.tests["lists"][p])
        eligible = self.kept(p) & ~((self.x[p] == 0) & (self.case.control != 0))
        return first(size, k, eligible)

    def genes(self, p: int, name: str) -> np.ndarray:
        if name == "all":
            return self.kept(p)
        if name == "degs":
            return self.degs(p, "rest")
        if name == "heg1000":
            return first(self.case.control, HIGHEST, np.ones(len(self.case.control), dtype=bool)) & self.kept(
                p
            )
        return self.top(p, int(name.removeprefix("top")))

    def shifts(self, p: int, reference: str, genes: str = "all") -> tuple[np.ndarray, np.ndarray]:
        chosen = self.genes(p, genes)
        ref = self.reference[reference][p]
        return (self.y[p] - ref)[chosen], (self.x[p] - ref)[chosen]


def first(values: np.ndarray, k: int, eligible: np.ndarray) -> np.ndarray:
    order = [g for g in np.argsort(-values, kind="stable") if eligible[g]]
    mask = np.zeros(len(values), dtype=bool)
    mask[order[:k]] = True
    return mask


def overestimating_test(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    result = stats.ttest_ind_from_stats(
        a.mean(0), a.std(0, ddof=1), len(a), b.mean(0), b.std(0, ddof=1), len(a), equal_var=False
    )
    return result.statistic, result.pvalue


def is_constant(shift: np.ndarray, profile: np.ndarray) -> bool:
    return bool(np.linalg.norm(shift - shift.mean()) <= 1e-9 * np.linalg.norm(profile))


def error(name: str) -> Callable[[Naive, int], float]:
    def value(naive: Naive, p: int) -> float:
        kept = naive.kept(p)
        e = (naive.y[p] - naive.x[p])[kept]
        if name == "mse_unbiased":
            cells = naive.case.cells[p]
            return float(np.mean(e**2) - np.mean((cells.var(0, ddof=1) / len(cells))[kept]))
        if name == "wmse":
            return float(np.sum(naive.weights(p) * e**2))
        if name == "l2_heg1000":
            high = naive.genes(p, "heg1000")
            return float(np.linalg.norm((naive.y[p] - naive.x[p])[high]))
        return float({"mse": np.mean(e**2), "rmse": np.sqrt(np.mean(e**2)), "mae": np.mean(np.abs(e))}[name])

    return value


def pearson_expression(naive: Naive, p: int) -> float:
    kept = naive.kept(p)
    return float(stats.pearsonr(naive.y[p][kept], naive.x[p][kept]).statistic)


def pearson(reference: str, genes: str = "all") -> Callable[[Naive, int], float]:
    def value(naive: Naive, p: int) -> float:
        dy, dx = naive.shifts(p, reference, genes)
        if np.isnan(dx).any() or (genes != "all" and len(dx) < 3):
            return np.nan
        chosen = naive.genes(p, genes)
        if is_constant(dy, naive.y[p][chosen]) or is_constant(dx, naive.x[p][chosen]):
            return np.nan
        return float(stats.pearsonr(dy, dx).statistic)

    return value


def weighted_pearson(reference: str) -> Callable[[Naive, int], float]:
    def value(naive: Naive, p: int) -> float:
        dy, dx = naive.shifts(p, reference)
        if np.isnan(dx).any() or is_constant(dy, naive.y[p]):
            return np.nan
        covariance = np.cov(dy, dx, aweights=naive.weights(p))
        return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))

    return value


def cosine(reference: str) -> Callable[[Naive, int], float]:
    def value(naive: Naive, p: int) -> float:
        dy, dx = naive.shifts(p, reference)
        if np.isnan(dx).any() or np.linalg.norm(dy) <= 1e-9 * np.linalg.norm(naive.y[p]):
            return np.nan
        return float(1 - cosine_distance(dy, dx))

    return value


def spearman(reference: str) -> Callable[[Naive, int], float]:
    def value(naive: Naive, p: int) -> float:
        dy, dx = naive.shifts(p, reference)
        if np.isnan(dx).any() or is_constant(dy, naive.y[p]):
            return np.nan
        return float(stats.spearmanr(dy.round(12), dx.round(12)).statistic)

    return value


def r2(reference: str, genes: str = "all") -> Callable[[Naive, int], float]:
    def value(naive: Naive, p: int) -> float:
        weighted = genes == "weighted"
        dy, dx = naive.shifts(p, reference, "all" if weighted else genes)
        if np.isnan(dx).any() or (genes not in ("all", "weighted") and len(dx) < 3):
            return np.nan
        return float(r2_score(dx, dy, sample_weight=naive.weights(p) if weighted else None))

    return value


def smaller_and_equal(distances: dict[int, float], own: float) -> tuple[int, int]:
    equal = [q for q, d in distances.items() if abs(d - own) <= 1e-10 * max(d, own, 1e-6)]
    return sum(d < own for q, d in distances.items() if q not in equal), len(equal)


def nir(naive: Naive, p: int) -> float:
    kept = naive.kept(p)
    distance = {q: float(np.linalg.norm((naive.y[p] - naive.x[q])[kept])) for q in range(naive.n)}
    others = {q: distance[q] for q in naive.case.candidates if q != p}
    nearer, equal = smaller_and_equal(others, distance[p])
    return (len(others) - nearer - equal) / len(others)


def pds(kind: str) -> Callable[[Naive, int], float]:
    def value(naive: Naive, p: int) -> float:
        kept = ~naive.case.targets.any(0)
        control = naive.case.control[kept]
        dy = naive.y[p][kept] - control

        def distance(q: int) -> float:
            dx = naive.x[q][kept] - control
            if kind == "cosine":
                zero = np.linalg.norm(dy) <= 1e-9 * np.linalg.norm(naive.y[p][kept])
                return 1.0 if zero else float(cosine_distance(dy, dx))
            return float(np.linalg.norm(dy - dx, ord=int(kind[1])))

        others = {q: distance(q) for q in naive.case.candidates if q != p}
        nearer, equal = smaller_and_equal(others, distance(p))
        return 1 - (nearer + 0.5 * equal) / len(others)

    return value


def truth_rank(naive: Naive, p: int) -> float:
    kept = naive.kept(p)
    distance = {
        q: float(np.linalg.norm((naive.y[q] - naive.x[p])[kept]))
        for q in range(naive.n)
        if not naive.missing(q)
    }
    own = distance.pop(p)
    if not distance:
        return np.nan
    nearer, equal = smaller_and_equal(distance, own)
    return (len(distance) - nearer - 0.5 * equal) / len(distance)


def direction_match(naive: Naive, p: int) -> float:
    degs = naive.degs(p, "control")
    dy, dx = naive.y[p] - naive.case.control, naive.x[p] - naive.case.control
    return float(np.mean(np.sign(dy[degs]) == np.sign(dx[degs]))) if degs.any() else np.nan


def predicted_sizes(naive: Naive, p: int) -> np.ndarray:
    """Sizes of shifts that are equal but for the rounding of a subtraction are ties."""
    return np.abs(naive.y[p] - naive.case.control).round(12)


def jaccard(naive: Naive, p: int) -> float:
    observed = naive.top(p, 20)
    predicted = first(predicted_sizes(naive, p), 20, naive.kept(p))
    return float((observed & predicted).sum() / (observed | predicted).sum())


def overlap(naive: Naive, p: int) -> float:
    degs = naive.degs(p, "control")
    k = min(50, int(degs.sum()))
    if k == 0:
        return np.nan
    observed = first(np.abs(naive.x[p] - naive.case.control), k, degs)
    predicted = first(predicted_sizes(naive, p), k, naive.kept(p))
    return float((observed & predicted).sum() / k)


def area(score: Callable[..., float]) -> Callable[[Naive, int], float]:
    def value(naive: Naive, p: int) -> float:
        kept = naive.kept(p)
        degs = naive.degs(p, "control")[kept]
        if not degs.any() or degs.all():
            return np.nan
        return float(score(degs, predicted_sizes(naive, p)[kept]))

    return value


def lfc_nmae(naive: Naive, p: int) -> float:
    degs = naive.degs(p, "control")
    if degs.sum() < 10:
        return np.nan
    dy, dx = (v[p][degs] - naive.case.control[degs] for v in (naive.y, naive.x))
    return float(np.abs(dy - dx).sum() / np.abs(dx).sum())


def _of_shifts(reference: str) -> dict[str, Callable[[Naive, int], float]]:
    return {
        f"pearson_delta_{reference}": pearson(reference),
        **{
            f"pearson_delta_{reference}_{g}": pearson(reference, g)
            for g in ("top20", "top50", "degs", "heg1000")
        },
        f"weighted_pearson_delta_{reference}": weighted_pearson(reference),
        f"cosine_delta_{reference}": cosine(reference),
        f"spearman_delta_{reference}": spearman(reference),
        f"r2_delta_{reference}": r2(reference),
        f"r2_delta_{reference}_degs": r2(reference, "degs"),
        f"weighted_r2_delta_{reference}": r2(reference, "weighted"),
    }


NAIVE: dict[str, Callable[[Naive, int], float]] = {
    **{name: error(name) for name in ("wmse", "mse", "rmse", "mae", "mse_unbiased", "l2_heg1000")},
    "pearson_expression": pearson_expression,
    **_of_shifts("control"),
    **_of_shifts("centroid"),
    "nir": nir,
    **{f"pds_{kind}": pds(kind) for kind in ("l1", "l2", "cosine")},
    "truth_rank": truth_rank,
    "direction_match_degs": direction_match,
    "jaccard_top20": jaccard,
    "overlap_at_50": overlap,
    "deg_auprc": area(average_precision_score),
    "deg_auroc": area(roc_auc_score),
    "lfc_nmae": lfc_nmae,
}
