"""Small tables as they leave an evaluation, for figures to draw."""

from __future__ import annotations

import numpy as np
import pandas as pd

from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import HEADLINE

BASELINES = ("mean", "control", "matching_mean", "additive", "linear")
MODELS = ("sharp", "collapsed")


def perturbation_names(n: int) -> list[str]:
    """Every third one is a combination."""
    return [f"GENE{i}+GENE{i + 1}" if i % 3 == 2 else f"GENE{i}" for i in range(n)]


def systematic_variation(n: int = 33, *, context: str = "all", seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    names = perturbation_names(n)
    control = np.clip(np.where(rng.random(n) < 0.6, rng.normal(0.8, 0.1, n), rng.normal(-0.2, 0.3, n)), -1, 1)
    centroid = np.clip(
        np.where(rng.random(n) < 0.4, rng.normal(0.6, 0.2, n), rng.normal(-0.7, 0.15, n)), -1, 1
    )
    frames = []
    for reference, cosine in (("control", control), ("centroid", centroid)):
        split = cosine - 0.2 if reference == "control" else np.full(n, np.nan)
        frames.append(
            pd.DataFrame(
                {
                    "context": context,
                    "perturbation": names,
                    "reference": reference,
                    "cosine": cosine,
                    "cosine_leave_one_out": cosine - 0.02,
                    "cosine_split_control": split,
                    "shift_norm": rng.gamma(3, 0.4, n),
                    "n_cells": rng.integers(40, 400, n),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def gate_of(place: int) -> str:
    return ("informative", "informative", "informative", "weak", "informative", "uninformative", "too_few")[
        place % 7
    ]


def calibration_summary(*, context: str = "all", n: int = 33, nothing: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    rows = []
    for place, metric in enumerate(METRICS):
        gate = "weak" if nothing else gate_of(place)
        if metric in HEADLINE and not nothing:
            gate = "weak" if metric == "direction_match_degs" else "informative"
        mean = {"weak": 0.04, "uninformative": -0.1}.get(gate, rng.uniform(0.2, 0.9))
        undefined = metric == "lfc_nmae"
        gate = "too_few" if undefined else gate
        low, high = (np.nan, np.nan) if undefined else (mean - 0.12, mean + 0.1)
        mean = np.nan if undefined else mean
        row = {
            "context": context,
            "metric": metric,
            "negative_control": METRICS[metric].negative_control,
            "drf_mean": mean,
            "drf_low": low,
            "drf_high": high,
            "drf_median": mean,
            "bds": 0.5 + mean / 2,
            "bds_low": 0.4 + mean / 2,
            "bds_high": np.minimum(1.0, 0.6 + mean / 2),
            "n": 0 if undefined else 7 if gate == "too_few" else n,
            "n_undefined": 0,
            "n_no_range": 0,
            "gate": gate,
        }
        rows += [row | {"positive_control": c} for c in ("interpolated_duplicate", "technical_duplicate")]
    return pd.DataFrame(rows)


def halvings(*, n: int = 33, seeds: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    frames = []
    for i in range(seeds):
        own = calibration_summary(n=n)
        moved = own.assign(
            halving=i + 1, seed=i, drf_mean=own["drf_mean"] + rng.uniform(-0.03, 0.03, len(own))
        )
        weak = (moved["metric"] == "mae") & (i == 1)
        frames.append(moved.assign(gate=np.where(weak, "weak", moved["gate"])))
    return pd.concat(frames, ignore_index=True)


def halves_compared(*, n: int = 33) -> pd.DataFrame:
    own = calibration_summary(n=n)
    table = own[["context", "metric", "positive_control", "negative_control"]].copy()
    for side, less in (("random", 0.0), ("column", 0.1)):
        for name in ("mean", "low", "high"):
            table[f"drf{'' if name == 'mean' else f'_{name}'}_{side}"] = own[f"drf_{name}"] - less
        table[f"gate_{side}"], table[f"n_{side}"] = own["gate"], own["n"]
    return table.assign(
        difference=np.where(own["drf_mean"].isna(), np.nan, -0.1),
        difference_low=-0.15,
        difference_high=-0.05,
        n_paired=own["n"],
    )


def negative_controls(*, n: int = 33) -> pd.DataFrame:
    frames = []
    for rules in ("default", "published"):
        for i, control in enumerate(("mean", "control", "global_mean")):
            own = calibration_summary(n=n)
            if control == "global_mean":
                own = own[[METRICS[metric].retrieval for metric in own["metric"]]]
            used = own["negative_control"] == control
            frames.append(
                own.assign(
                    negative_control=control, mode=rules, used=used, drf_mean=own["drf_mean"] - 0.05 * i
                )
            )
    return pd.concat(frames, ignore_index=True)


def calibration(n: int = 33, *, context: str = "all", metric: str = "nir") -> pd.DataFrame:
    rng = np.random.default_rng(2)
    frames = []
    for truth in ("first_half", "second_half"):
        drf = np.clip(rng.normal(0.5, 0.4, n), -1, 1)
        drf[:1] = np.nan if n > 1 else drf[:1]
        frames.append(
            pd.DataFrame(
                {
                    "context": context,
                    "metric": metric,
                    "positive_control": "interpolated_duplicate",
                    "negative_control": "global_mean",
                    "truth": truth,
                    "perturbation": perturbation_names(n),
                    "negative": 0.5,
                    "positive": 0.9,
                    "drf": drf,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def covariate(n: int = 33, *, context: str = "all", most: int = 9) -> pd.DataFrame:
    values = np.random.default_rng(3).integers(0, most, n)
    return pd.DataFrame({"context": context, "perturbation": perturbation_names(n), "value": values})


def verdict(models: tuple[str, ...] = MODELS, *, context: str = "all", nothing: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    gates = calibration_summary(nothing=nothing).drop_duplicates("metric").set_index("metric")["gate"]
    rows = []
    for rank, model in enumerate(models):
        for metric in METRICS:
            good = rank % 2 == 0
            difference = rng.uniform(0.3, 0.7) if good else rng.normal(-0.05, 0.05)
            outcome = "beats" if good else "loses" if rng.random() < 0.25 else "no_difference"
            outcome = "too_few" if metric == "lfc_nmae" else outcome
            told = outcome != "too_few"
            informative = gates[metric] == "informative"
            rows.append(
                {
                    "context": context,
                    "model": model,
                    "metric": metric,
                    "headline": metric in HEADLINE,
                    "gate": gates[metric],
                    "baseline": "matching_mean" if told else "",
                    "difference": difference if told else np.nan,
                    "low": difference - 0.1 if told else np.nan,
                    "high": difference + 0.1 if told else np.nan,
                    "p_value": (0.0002 if good else 0.6) if told else np.nan,
                    "p_holm": 0.0006 if good and metric in HEADLINE else np.nan,
                    "n": 33 if told else 0,
                    "outcome": outcome,
                    "detectable_difference": 0.12 if told else np.nan,
                    "position": (rng.uniform(0.6, 1.3) if good else rng.normal(0, 0.1))
                    if informative
                    else np.nan,
                    "position_low": -0.1 if informative else np.nan,
                    "position_high": 1.0 if informative else np.nan,
                    "reason": "",
                }
            )
    return pd.DataFrame(rows)


def dynamic_range() -> pd.DataFrame:
    return pd.DataFrame({"metric": list(METRICS), "dynamic_range": 0.5})


def metric_summary(models: tuple[str, ...] = MODELS, *, context: str = "all") -> pd.DataFrame:
    rng = np.random.default_rng(5)
    kinds = dict.fromkeys(BASELINES, "baseline") | dict.fromkeys(models, "model")
    kinds |= {"technical_duplicate": "positive_control"}
    rows = []
    for prediction, kind in kinds.items():
        for metric in METRICS:
            for truth in ("all_cells", "first_half"):
                n = 4 if prediction == "additive" else 0 if metric == "lfc_nmae" else 33
                mean = np.nan if n == 0 else rng.uniform(0, 1) * (0.01 if metric == "mse" else 1)
                rows.append(
                    {
                        "context": context,
                        "prediction": prediction,
                        "kind": kind,
                        "metric": metric,
                        "truth": truth,
                        "mean": mean if truth == "all_cells" else 7.77,
                        "low": mean - 0.1,
                        "high": mean + 0.1,
                        "median": mean,
                        "q25": mean - 0.05,
                        "q75": mean + 0.05,
                        "n_defined": n,
                        "n_undefined": 33 - n,
                        "n_missing": 0,
                    }
                )
    return pd.DataFrame(rows)


def warnings() -> pd.DataFrame:
    rows = [
        (
            "all",
            "collapsed",
            "collapse",
            0.0015,
            0.1,
            "collapsed gives nearly the same answer for every perturbation.",
        ),
        (
            "all",
            "collapsed",
            "is_the_mean",
            0.995,
            0.99,
            "Whatever the perturbation, it predicts the average effect.",
        ),
        ("all", "sharp", "target_gene_only", np.nan, np.nan, "sharp beats only through the targeted genes."),
        ("all", "", "no_effect", 0.18, 0.1, "Part of the shared effect is noise in the control mean."),
    ]
    return pd.DataFrame(rows, columns=["context", "model", "warning", "value", "threshold", "sentence"])


def strata(models: tuple[str, ...] = MODELS, *, metric: str = "nir") -> pd.DataFrame:
    """Three classes, the last of which is too small for an interval."""
    rows = []
    for place, words in enumerate(("0.10 to 0.50", "0.51 to 2.00", "2.01 to 9.00")):
        for rank, name in enumerate(("matching_mean", *models)):
            n, mean = 12 - 3 * place, 0.5 + 0.1 * rank - 0.05 * place
            told = 0.1 if n >= 10 else np.nan
            rows.append(
                {
                    "context": "all",
                    "metric": metric,
                    "stratum": "shift_norm",
                    "place": place,
                    "class": words,
                    "least": place,
                    "greatest": place + 1,
                    "n_class": n,
                    "prediction": name,
                    "kind": "model" if rank else "baseline",
                    "n": n,
                    "mean": mean,
                    "low": mean - told,
                    "high": mean + told,
                    "baseline": "matching_mean" if rank else "",
                    "n_paired": n if rank else 0,
                    "difference": 0.1 * rank if rank else np.nan,
                    "difference_low": 0.1 * rank - told if rank else np.nan,
                    "difference_high": 0.1 * rank + told if rank else np.nan,
                }
            )
    return pd.DataFrame(rows)


def context_outcomes(models: tuple[str, ...] = MODELS) -> pd.DataFrame:
    rows = [("pooled", 33, model, 3, 0, 3, "") for model in models]
    rows += [("all", 30, model, 0, 1, 3, "") for model in models]
    rows += [("lonely", 4, model, 0, 0, 0, "4 perturbations, 10 are needed") for model in models]
    columns = ["context", "n_test", "model", "beats", "loses", "informative", "lacks"]
    return pd.DataFrame(rows, columns=columns)


def plane(n: int = 33, models: tuple[str, ...] = MODELS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points and anchors of the plane of two components."""
    rng = np.random.default_rng(6)
    observed = np.column_stack([rng.normal(0, 1.2, n), rng.normal(0, 0.15, n)])
    if n > 10:
        observed[3, 1] = -3.6
    frames = [pd.DataFrame(observed, columns=["pc1", "pc2"]).assign(prediction="observed")]
    for rank, model in enumerate(models):
        size = 0.6 if rank % 2 == 0 else 0.03
        frames.append(pd.DataFrame(size * observed, columns=["pc1", "pc2"]).assign(prediction=model))
    points = pd.concat([f.assign(perturbation=perturbation_names(n)) for f in frames], ignore_index=True)
    anchors = pd.DataFrame(
        {"anchor": ["control mean", "perturbed centroid"], "pc1": [0.5, 0.0], "pc2": [0.07, 0.0]}
    )
    return points, anchors


def centroids(n: int = 33, models: tuple[str, ...] = MODELS) -> pd.DataFrame:
    """Observed and predicted centroids; every fifth perturbation is not tested and has no prediction."""
    points = plane(n, models)[0].rename(columns={"pc1": "x", "pc2": "y"})
    place = points.groupby("prediction").cumcount()
    points["tested"] = (place % 5 != 4) | (n < 5)
    points = points[points["tested"] | (points["prediction"] == "observed")].reset_index(drop=True)
    return points.assign(distance=np.where(points["prediction"] == "observed", np.nan, 0.5))


def centroid_anchors() -> pd.DataFrame:
    return plane(2)[1].rename(columns={"pc1": "x", "pc2": "y"})


def embedded_cells(n: int = 33) -> pd.DataFrame:
    """Cells in the plane; above 20,000 of them only some are drawn."""
    rng = np.random.default_rng(12)
    names = np.array(["control", *perturbation_names(n)], dtype=object)
    n_cells = min(60 * n, 60_000)
    which = rng.integers(0, len(names), n_cells)
    return pd.DataFrame(
        {
            "x": rng.normal(which % 7, 1.0),
            "y": rng.normal(0, 1.0, n_cells),
            "name": names[which],
            "level": names[which],
            "value": rng.gamma(2.0, 1.0, n_cells),
            "drawn": np.arange(n_cells) < 20_000,
        }
    )


def cosines(models: tuple[str, ...] = MODELS) -> pd.DataFrame:
    rows = [(name, ref, 0.13) for name in ("observed", *models) for ref in ("control", "centroid")]
    return pd.DataFrame(rows, columns=["prediction", "reference", "mean_pairwise_cosine"])


def genes(n: int = 250, *, degs: int = 8) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    observed = rng.normal(0, 0.03, n)
    observed[:degs] = np.resize([0.9, -1.25, -0.8, 0.25, 0.14, 0.15, 0.15, 0.2], min(degs, n))
    t = observed * 20
    p_adj = np.clip(np.exp(-np.abs(t) * 3), 1e-300, 1)
    reference = rng.gamma(2, 0.5, n)
    return pd.DataFrame(
        {
            "gene": [f"G{i:04d}" for i in range(n)],
            "observed": observed,
            "t": t,
            "p": p_adj / 5,
            "p_adj": p_adj,
            "deg": p_adj < 0.05,
            "target": np.arange(n) == 1,
            "mean_group": reference + observed,
            "mean_reference": reference,
        }
    )


def predicted(table: pd.DataFrame, models: tuple[str, ...] = MODELS) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    frames = [pd.DataFrame({"gene": table["gene"], "prediction": "mean", "kind": "baseline", "shift": 0.0})]
    frames[0]["shift"] = rng.normal(0, 0.05, len(table))
    for rank, model in enumerate(models):
        size = 0.55 if rank % 2 == 0 else -0.2
        shift = size * table["observed"] + rng.normal(0, 0.02, len(table))
        frames.append(
            pd.DataFrame({"gene": table["gene"], "prediction": model, "kind": "model", "shift": shift})
        )
    return pd.concat(frames, ignore_index=True)


def angles(n: int = 33, models: tuple[str, ...] = MODELS) -> pd.DataFrame:
    """Angles of shifts to the average effect; one observed shift from the centroid points nowhere."""
    rng = np.random.default_rng(9)
    frames = []
    for name in ("observed", *models):
        for reference, middle in (("control", 45.0), ("centroid", 90.0)):
            angle = np.clip(rng.normal(middle, 15, n), 0, 180)
            if (name, reference) == ("observed", "centroid") and n > 1:
                angle[0] = np.nan
            own = {
                "prediction": name,
                "reference": reference,
                "perturbation": perturbation_names(n),
                "angle": angle,
            }
            frames.append(pd.DataFrame(own))
    return pd.concat(frames, ignore_index=True)


def nearest(n: int = 33, models: tuple[str, ...] = MODELS) -> pd.DataFrame:
    """The five nearest profiles of each prediction; the own one is first for the first model and last for others."""
    names = perturbation_names(max(n, 7))
    rows = []
    for place, prediction in enumerate(("mean", *models)):
        kind = "baseline" if prediction == "mean" else "model"
        own = 1 if place == 1 else min(n, 32)
        others = [rank for rank in range(1, 7) if rank != own][:5]
        for rank in sorted({*others, own}):
            candidate = names[1] if rank == own else names[(rank + 2) % len(names)]
            rows.append((prediction, kind, candidate, 0.4 + 0.1 * rank, rank, rank == own))
    columns = ["prediction", "kind", "candidate", "distance", "rank", "own"]
    return pd.DataFrame(rows, columns=columns)


def gene_observed(n: int = 33) -> pd.DataFrame:
    shift = np.random.default_rng(10).normal(0, 0.4, n)
    names = perturbation_names(n)
    return pd.DataFrame(
        {"perturbation": names, "observed": shift, "t": shift * 9, "deg": np.abs(shift) > 0.3}
    )


def gene_predicted(n: int = 33, models: tuple[str, ...] = MODELS) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    names = perturbation_names(n)
    frames = [pd.DataFrame({"perturbation": names, "prediction": "mean", "kind": "baseline", "shift": 0.1})]
    for model in models:
        own = {"perturbation": names, "prediction": model, "kind": "model", "shift": rng.normal(0, 0.2, n)}
        frames.append(pd.DataFrame(own))
    return pd.concat(frames, ignore_index=True)


def across_calibration(n: int = 33, names: tuple[str, ...] = ("all", "other")) -> pd.DataFrame:
    frames = []
    for place, name in enumerate(names):
        rows = calibration_summary(n=n, nothing=place == 1).rename(columns={"drf_mean": "drf"})
        rows = rows[rows["positive_control"] == "interpolated_duplicate"]
        frames.append(rows.assign(headline=rows["metric"].isin(HEADLINE), name=name, context=name))
    return pd.concat(frames, ignore_index=True)


def published_scores() -> pd.DataFrame:
    cosine = np.linspace(0.15, 0.76, 10)
    return pd.DataFrame(
        {
            "dataset": [f"Screen {i}" for i in range(10)],
            "n": 100,
            "cosine": cosine,
            "control": 0.9 * cosine + 0.02,
            "centroid": np.linspace(0.1, -0.1, 10),
        }
    )


def own_scores(models: tuple[str, ...] = MODELS, *, context: str = "all") -> pd.DataFrame:
    rows = [("mean", "baseline", 0.5), *((model, "model", 0.1 + 0.1 * i) for i, model in enumerate(models))]
    table = pd.DataFrame(rows, columns=["prediction", "kind", "score"])
    return table.assign(context=context, name=context, cosine=0.55, cosine_split_control=0.2, n=33)


def sizes(n: int = 33, names: tuple[str, ...] = ("all", "other")) -> pd.DataFrame:
    at = np.arange(len(names))
    return pd.DataFrame(
        {
            "name": names,
            "context": names,
            "n_perturbations": n,
            "cells_each": 50.0 * (at + 1),
            "mean_degs": 3.0 * at,
            "share_without_deg": 0.4,
        }
    )


def playground_plane(n: int = 24) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(12)
    names = [f"P{i + 1:02}" for i in range(n)]
    points = pd.concat(
        [
            pd.DataFrame(
                {
                    "prediction": prediction,
                    "perturbation": names,
                    "along": rng.normal(3.2, 0.6, n),
                    "across": rng.normal(0, width, n),
                }
            )
            for prediction, width in (("observed", 0.4), ("model", 0.1))
        ],
        ignore_index=True,
    )
    anchors = pd.DataFrame({"anchor": ["control", "average"], "along": [0.0, 3.2], "across": [0.0, 0.0]})
    return points, anchors


def playground_curve() -> pd.DataFrame:
    at = np.linspace(0, 5, 15)
    values = {"model": at / 6, "average": at / 5.5, "repeat": at / 5.2}
    rows = [
        ("shared", x, "nir", line, y) for line, own in values.items() for x, y in zip(at, own, strict=True)
    ]
    return pd.DataFrame(rows, columns=["knob", "at", "drawn", "line", "value"])
