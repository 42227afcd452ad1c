"""Small screens that are really scored, for reports on them; and a look into the page."""

from __future__ import annotations

import json
import re
from functools import cache
from html import unescape
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd

import perturbdash
from perturbdash.judgement.result import Result
from perturbdash.report.scope import Scope, scopes

GENES = tuple(f"G{i:02}" for i in range(40))
EVIL = ("<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "</style><!--", "{policy}&amp;'")
N_PERTURBATIONS = 14


def names(*, evil: bool = False) -> list[str]:
    """Perturbations; evil ones carry markup in their names."""
    plain = list(GENES[:N_PERTURBATIONS])
    return [*EVIL, *plain[len(EVIL) :]] if evil else plain


def cells(
    labels: list[str], contexts: tuple[str, ...] = ("A",), *, effect: float = 1.5, n_cells: int = 12
) -> ad.AnnData:
    """A screen in which every perturbation moves five genes of its own, or none where the effect is 0."""
    rng = np.random.default_rng(0)
    blocks, obs = [], []
    for context in contexts:
        for place, label in enumerate(["control", *labels]):
            values = rng.gamma(4, 0.3, (n_cells, len(GENES)))
            if label != "control":
                values[:, place : place + 5] += effect
                values += effect / 10
            blocks.append(values)
            obs += [(label, context)] * n_cells
    frame = pd.DataFrame(obs, columns=["perturbation", "cell_line"])
    frame.index = [f"cell{i}" for i in range(len(frame))]
    return ad.AnnData(np.vstack(blocks), obs=frame, var=pd.DataFrame(index=list(GENES)))


def predictions(data: ad.AnnData, models: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Noisy centroids; the second model gives the average for all."""
    labels = data.obs["perturbation"].to_numpy()
    table = pd.DataFrame(data.X, columns=data.var_names).groupby(labels).mean().drop(index="control")
    found = {}
    for place, model in enumerate(models):
        noise = np.random.default_rng(place).normal(0, 0.02 * (1 + place), table.shape)
        found[model] = table.mean() + 0 * table + noise / 100 if place == 1 else table + noise
    return found


@cache
def scored(
    *,
    models: tuple[str, ...] = ("good", "flat"),
    contexts: tuple[str, ...] = ("A",),
    effect: float = 1.5,
    evil: bool = False,
    held_out: int = 11,
    **settings: Any,
) -> Result:
    """Score a screen once for all tests."""
    data = cells(names(evil=evil), contexts, effect=effect)
    made = {name: table.iloc[:held_out] for name, table in predictions(data, models).items()}
    chosen = {
        "n_resamples": 200,
        "context_key": "cell_line",
        "space": "log1p",
        "separator": "none",
    } | settings
    return perturbdash.evaluate(data, made or None, store=False, **chosen)


def scope_of(result: Result, title: str = "screen") -> Scope:
    """What the first sections are about."""
    return scopes(result, title)[0]


def headings(page: str) -> list[str]:
    """Titles of the sections of a page, in their order."""
    return [unescape(text) for text in re.findall(r"<h2[^>]*>(.*?)</h2>", page)]


def embedded(page: str, key: str) -> Any:
    """The JSON that a page holds under an id."""
    found = re.search(rf'<script type="application/json" id="{key}">(.*?)</script>', page, re.DOTALL)
    assert found, key
    return json.loads(found.group(1))


def words(page: str) -> str:
    """The text of a page, without scripts, styles and markup."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", bare)))
