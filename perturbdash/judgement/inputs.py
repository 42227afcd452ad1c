"""What an evaluation is given beside the data: predictions, tables of choices, blocks, the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from perturbdash.errors import PredictionError, SettingsError
from perturbdash.io.dataset import Dataset
from perturbdash.io.predictions import ModelPrediction, read_predictions
from perturbdash.judgement.settings import SETTING_NAMES, Settings
from perturbdash.vocabulary import BASELINES, GLOBAL_MEAN, POSITIVE_CONTROLS

Source = Any
"""A prediction: a path, a DataFrame or an AnnData."""

OWN_NAMES = frozenset((*BASELINES, *POSITIVE_CONTROLS, GLOBAL_MEAN))
"""Names that tables give to baselines and controls."""


def settings_of(dataset: Dataset, chosen: Mapping[str, Any]) -> Settings:
    """Return the settings; the seed of a store of moments is that of its halves.

    Raises
    ------
    SettingsError
        If another seed is asked for than that of the store, or a setting has a value that is not allowed.
    """
    own = dataset.halves_seed
    if own is None:
        return Settings(**chosen)
    if chosen.get("seed", own) != own:
        raise SettingsError(
            f"The halves of {dataset.name} were drawn with seed {own} when the store was made, and seed "
            f"{chosen['seed']} is asked for; expected {own}: leave the seed out, or open the file of cells."
        )
    return Settings(**{**chosen, "seed": own})


def chosen_settings(keywords: dict[str, Any]) -> dict[str, Any]:
    """Take the settings out of keywords, and return them."""
    return {name: keywords.pop(name) for name in SETTING_NAMES if name in keywords}


def store_folder(store: str | Path | bool | None) -> Path | Literal[False] | None:
    """Return the folder of moments, None for the usual one, or False for none."""
    if isinstance(store, bool):
        return None if store else False
    return None if store is None else Path(store)


def load_predictions(predictions: Any, dataset: Dataset, models: Sequence[str]) -> list[ModelPrediction]:
    """Read all predictions, with distinct names."""
    models = (models,) if isinstance(models, str) else models
    if predictions is None:
        return []
    if isinstance(predictions, Mapping):
        named: list[tuple[str | None, Source]] = list(predictions.items())
    elif isinstance(predictions, Sequence) and not isinstance(predictions, str):
        named = [source if isinstance(source, tuple) else (None, source) for source in predictions]
    else:
        named = [(None, predictions)]
    loaded = [
        p for name, source in named for p in read_predictions(source, dataset, name=name, models=models)
    ]
    names = [prediction.name for prediction in loaded]
    reserved = sorted(set(names) & OWN_NAMES)
    if reserved:
        raise PredictionError(
            f"A prediction is called {reserved[0]!r}, as a row of perturbdash's own is; expected another name: "
            "rename it, for example NAME=FILE on the command line."
        )
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise PredictionError(
            f"Two predictions are called {double[0]!r}; every model needs a name of its own, for example "
            f"NAME=FILE on the command line."
        )
    found = set(names)
    absent = [model for model in models if model not in found]
    if absent:
        raise PredictionError(
            f"No prediction is called {absent[0]!r}; found {', '.join(sorted(found)) or 'none'}."
        )
    return loaded


def choices_table(given: str | Path | pd.DataFrame | None, columns: tuple[str, str]) -> pd.DataFrame | None:
    """Read a table of given choices and check its columns."""
    if given is None:
        return None
    if isinstance(given, pd.DataFrame):
        table = given
    else:
        try:
            table = pd.read_csv(given, dtype={columns[0]: str}, keep_default_na=False)
        except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise SettingsError(
                f"{given} cannot be read as a CSV table ({error}); expected columns {', '.join(columns)}."
            ) from error
    missing = [column for column in columns if column not in table.columns]
    if missing:
        plural = "halves" if columns[1] == "half" else f"{columns[1]}s"
        raise SettingsError(
            f"The table of {plural} has the columns {', '.join(map(str, table.columns[:5]))}; "
            f"expected {columns[0]} and {columns[1]}."
        )
    return table


def blocks_of(dataset: Dataset, column: str | None) -> dict[str, str] | None:
    """Return the block of each perturbation from an ``obs`` column."""
    if column is None:
        return None
    dataset = dataset.cells_for("Resampling in blocks by a column")
    obs = dataset.source.obs
    if column not in obs.columns:
        raise SettingsError(
            f"There is no obs column {column!r} for blocks; found {', '.join(map(str, obs.columns))}."
        )
    perturbed = dataset.label_codes >= 0
    frame = pd.DataFrame({"code": dataset.label_codes[perturbed], "block": obs[column].to_numpy()[perturbed]})
    if frame["block"].isna().any():
        raise SettingsError(
            f"Some perturbed cells have no value in {column!r}; every perturbation needs one block."
        )
    levels = frame.groupby("code")["block"].nunique()
    if (levels > 1).any():
        label = dataset.perturbations[levels.index[int(levels.to_numpy().argmax())]]
        raise SettingsError(
            f"The cells of {label!r} lie in {int(levels.max())} blocks of {column!r}; expected one block."
        )
    first = frame.groupby("code")["block"].first()
    names = [dataset.perturbations[code] for code in first.index]
    return dict(zip(names, first.astype(str), strict=True))
