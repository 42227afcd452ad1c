"""Small tables behind warnings and of the probe, and how each figure is drawn from them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures import scorecard, warnings
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import HEADLINE
from tests.unit.figures.tables import MODELS, gate_of, perturbation_names

Tables = dict[str, pd.DataFrame]

STEPS = {
    ("shuffled", 1.0): "shuffled",
    ("noised", 1.0): "noise 1 sd",
    ("scaled", 0.5): "Δcontrol halved",
    ("scaled", 2.0): "Δcontrol doubled",
    ("blended", 0.5): "half the mean",
}
LEVELS = {"shuffled": (0, 0.5, 1), "noised": (0, 1), "scaled": (0, 0.5, 1, 2), "blended": (0, 0.5, 1)}


def limits(*lines: tuple[str, float, str]) -> pd.DataFrame:
    return pd.DataFrame(list(lines), columns=["panel", "value", "words"])


def probe(model: str, n: int = 33) -> pd.DataFrame:
    rng = np.random.default_rng(20)
    rows = []
    for treatment, levels in LEVELS.items():
        for level in levels:
            for place, metric in enumerate(METRICS):
                change = 0.0 if level == {"scaled": 1}.get(treatment, 0) else rng.normal(-0.5, 0.6)
                rows.append(
                    {
                        "context": "all",
                        "model": model,
                        "treatment": treatment,
                        "level": float(level),
                        "metric": metric,
                        "headline": metric in HEADLINE,
                        "gate": gate_of(place),
                        "value": 0.5 + change,
                        "unchanged": 0.5,
                        "change": change,
                        "dynamic_range": 0.5,
                        "change_in_range": 2 * change,
                        "kept": 1 + 2 * change,
                        "rank": float(rng.integers(1, 7)),
                        "rank_unchanged": 3.0,
                        "n_ranked": 7,
                        "n": n,
                        "step": STEPS.get((treatment, level), ""),
                        "harmful": treatment in ("shuffled", "noised"),
                    }
                )
    return pd.DataFrame(rows)


def _values(n: int, model: str) -> Tables:
    rng = np.random.default_rng(21)
    names = perturbation_names(n)
    observed, predicted = rng.gamma(4, 0.5, n) + 0.1, rng.gamma(2, 2.0, n) + 0.1
    cosines = pd.DataFrame(
        {
            "perturbation": names,
            "observed": np.tanh(rng.normal(1, 0.5, n)),
            "predicted": 1 - 1e-3 * rng.random(n),
        }
    )
    sizes = pd.DataFrame(
        {
            "perturbation": names,
            "observed_norm": observed,
            "predicted_norm": predicted,
            "ratio": predicted / observed,
            "slope": rng.normal(2.5, 1, n),
        }
    )
    totals = pd.DataFrame(
        {"perturbation": names, "observed": rng.normal(1e4, 100, n), "predicted": -1.0 * np.arange(n) + 3}
    )
    ratios = pd.DataFrame({"perturbation": names, "ratio": np.sort(rng.gamma(9, 0.05, n)), "genes": 40})
    return {
        "mean_cosines": cosines,
        "sizes": sizes,
        "totals": totals,
        "ratios": ratios,
        "split_cosines": pd.DataFrame(
            {
                "perturbation": names,
                "cosine": cosines["observed"],
                "cosine_split_control": cosines["observed"] - 0.2,
            }
        ),
    }


def _bins(n: int) -> Tables:
    edges = np.linspace(-1, 1, 41)
    rng = np.random.default_rng(22)
    pairs, shares = [], []
    for kind in ("observed", "predicted"):
        counts = rng.integers(0, 30, 40) * (n > 1)
        pairs.append(pd.DataFrame({"kind": kind, "low": edges[:-1], "high": edges[1:], "pairs": counts}))
        share = rng.random(40)
        shares.append(
            pd.DataFrame(
                {"kind": kind, "low": 3 * edges[:-1], "high": 3 * edges[1:], "share": share / share.sum()}
            )
        )
    variances = pd.DataFrame(
        {
            "kind": ["observed", "predicted"],
            "mean_cosine": [0.2, 0.97],
            "variance": [3.0, 0.02],
            "variance_ratio": [1.0, 0.007],
        }
    )
    return {"pairs": pd.concat(pairs), "value_shares": pd.concat(shares), "variances": variances}


def _named(n: int, n_genes: int) -> Tables:
    names = perturbation_names(n)
    rng = np.random.default_rng(23)
    states = np.array(["predicted", "missing", "training, predicted", "training", "neither"], dtype=object)
    strip = pd.DataFrame({"strip": "perturbations", "name": names, "state": states[rng.integers(0, 5, n)]})
    genes = [f"G{i:04}" for i in range(n_genes)]
    of_genes = pd.DataFrame({"strip": "genes", "name": genes, "state": states[rng.integers(0, 2, n_genes)]})
    sizes = np.sort(rng.integers(1, 9, n))[::-1]
    drift = pd.DataFrame(
        {
            "gene": genes,
            "observed": rng.gamma(2, 1, n_genes),
            "difference": rng.normal(0, 0.3, n_genes),
            "between_halves": rng.normal(0, 0.05, n_genes),
        }
    )
    return {
        "presence": pd.concat([strip, of_genes], ignore_index=True),
        "profiles": pd.DataFrame({"profile": np.arange(1, n + 1), "perturbations": sizes, "names": names}),
        "drift": drift,
    }


def _targets() -> pd.DataFrame:
    rows = []
    for metric in HEADLINE[:2]:
        for genes, outcome, p in (("all genes", "beats", 0.001), ("without targets", "no_difference", 0.4)):
            difference = 0.4 if outcome == "beats" else 0.02
            ends = {"difference": difference, "low": difference - 0.1, "high": difference + 0.1}
            rows.append(
                {
                    "metric": metric,
                    "genes": genes,
                    "baseline": "matching_mean",
                    "p": p,
                    "outcome": outcome,
                    "n": 33,
                }
                | ends
            )
    return pd.DataFrame(rows)


def warning_tables(n: int, models: tuple[str, ...], n_genes: int) -> Tables:
    """Return what the figures below are drawn from."""
    lines = {
        "cosine_limits": limits(("cosine", 0.5, "observed mean + 0.3"), ("variance", 0.1, "0.1")),
        "mean_limits": limits(("predicted", 0.99, "above 0.99"), ("observed", 0.95, "below 0.95")),
        "scale_limits": limits(("scale", 0.5, "half"), ("right", 1.0, "right"), ("scale", 2.0, "twice")),
        "space_limits": limits(
            ("values", 0.0, "0"), ("totals", 3e3, "a third"), ("totals", 3e4, "threefold")
        ),
        "drift_limits": limits(("halves", 0.05, "two halves"), ("predicted", 0.3, "predicted")),
        "ratio_limits": limits(("ratio", 0.5, "0.5"), ("ratio", 0.7, "0.7")),
        "profile_limits": limits(("profiles", 1.0, "one each")),
        "gap_limits": limits(("gap", 0.1, "published − 0.1")),
        "target_limits": limits(("p", 0.05, "p = 0.05"), ("difference", 0.0, "0")),
    }
    own = {"probe": probe(models[0], n), "target_verdicts": _targets()}
    return own | _values(n, models[0]) | _bins(n) | _named(n, n_genes) | lines


def _overview(t: Tables, mode: str) -> go.Figure:
    return scorecard.probe_overview(t["probe"][t["probe"]["step"] != ""], mode=mode)


def _curves(t: Tables, mode: str) -> go.Figure:
    return scorecard.probe_curves(
        t["probe"], treatment="scaled", axis="predicted Δcontrol multiplied by", mode=mode
    )


def _behind(draw: Callable[..., go.Figure], *names: str) -> Callable[[Tables, str], go.Figure]:
    return lambda t, mode: draw(*(t[name] for name in names), model=MODELS[0], mode=mode)


WARNING_DRAW: dict[str, Callable[[Tables, str], go.Figure]] = {
    "probe_overview": _overview,
    "probe_curves": _curves,
    "collapse": _behind(warnings.collapse, "pairs", "cosine_limits", "variances"),
    "cosines_to_the_average": _behind(warnings.cosines_to_the_average, "mean_cosines", "mean_limits"),
    "norms": _behind(warnings.norms, "sizes", "scale_limits"),
    "slopes": _behind(warnings.slopes, "sizes", "scale_limits"),
    "value_counts": _behind(warnings.value_counts, "value_shares", "space_limits"),
    "implied_totals": _behind(warnings.implied_totals, "totals", "space_limits"),
    "control_drift": _behind(warnings.control_drift, "drift", "drift_limits"),
    "leakage_ratios": _behind(warnings.leakage_ratios, "ratios", "ratio_limits"),
    "presence": _behind(warnings.presence, "presence"),
    "shared_profiles": _behind(warnings.shared_profiles, "profiles", "profile_limits"),
    "published_against_split": lambda t, mode: warnings.published_against_split(
        t["split_cosines"], t["gap_limits"], mode=mode
    ),
    "with_and_without_targets": _behind(
        warnings.with_and_without_targets, "target_verdicts", "target_limits"
    ),
}
