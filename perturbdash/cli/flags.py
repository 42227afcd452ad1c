"""Flags of the verbs that read data, and what they say as keywords of ``read`` and ``evaluate``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perturbdash.judgement.further import Further

SCHEMA_FLAGS = {
    "perturbation_key": "obs column that says what was done to a cell",
    "control": "label of the unperturbed cells",
    "context_key": "obs column of contexts such as cell lines; 'none': no context",
    "split_key": "obs column of train, val and test",
    "layer": "layer to read instead of X",
    "totals_key": "obs column of cell totals, for counts of a gene panel",
    "separator": "between the parts of a combination: one of + ; | _, or 'none'",
}
SETTING_FLAGS = (
    "seed",
    "halves",
    "folds",
    "calibration",
    "models",
    "genes",
    "targets",
    "candidates",
    "mean",
    "min_perturbations",
    "combination_folds",
    "blocks_by",
    "halves_by",
    "headline",
    "store",
    "device",
)


def add_judging(parser: argparse.ArgumentParser) -> None:
    """Add the flags of verbs that read data, judge predictions and print what they found."""
    parser.add_argument("data", metavar="DATA", help="file of cells, .h5ad or .zarr, or a store of moments")
    add_predictions(parser)
    add_schema(parser)
    add_settings(parser)
    parser.add_argument(
        "--template", metavar="FILE.csv", help="write an empty prediction table for this data set and stop"
    )
    parser.add_argument(
        "--json", action="store_true", help="print verdict, calibration, warnings and run as JSON"
    )
    add_debug(parser)


def add_predictions(parser: argparse.ArgumentParser) -> None:
    """Add the files of predictions."""
    parser.add_argument(
        "--predictions", nargs="+", default=[], metavar="FILE", help="predictions; NAME=FILE names the model"
    )


def add_schema(parser: argparse.ArgumentParser) -> None:
    """Add what the columns of a data set mean."""
    for name, text in SCHEMA_FLAGS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=text)
    parser.add_argument("--space", choices=("counts", "log1p"), help="what X holds")
    parser.add_argument(
        "--merge-guides", action="store_true", default=None, help="count GENE_1, GENE_2 as GENE"
    )
    parser.add_argument(
        "--number-duplicates", action="store_true", default=None, help="number cells that share a name"
    )


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add every choice that changes a number."""
    add = parser.add_argument
    add("--seed", type=int, metavar="N", help="every random choice (0)")
    add("--halves", metavar="FILE", help="CSV cell,half in place of the seeded halves")
    add("--folds", metavar="FILE", help="CSV perturbation,fold in place of the seeded folds")
    add("--calibration", choices=("default", "published"), help="published: as Miller et al., to the letter")
    add("--models", action="append", metavar="A", help="only this model of a file of several")
    add(
        "--genes",
        choices=("all", "shared"),
        help="genes missing from a prediction: error (all), or score the shared",
    )
    add("--targets", choices=("keep", "drop"), help="the targeted genes (keep)")
    add("--candidates", choices=("all", "test"), help="of retrieval metrics (all)")
    add("--mean", choices=("centroid", "cell"), help="weighting of the mean baseline (centroid)")
    add("--headline", action="append", metavar="METRIC", help="count this metric in the verdict")
    add("--min-perturbations", type=int, metavar="N", help="below it nothing is said (10)")
    add("--combination-folds", action="store_true", default=None, help="two folds over combinations only")
    add("--blocks-by", metavar="COLUMN", help="obs column of blocks that are resampled together")
    add("--halves-by", metavar="COLUMN", help="obs column (guides, replicates ...) in place of random halves")
    add(
        "--store",
        metavar="DIR",
        help="where moments, and the dashboard's links and uploads, are kept (cache folder)",
    )
    add("--no-store", action="store_true", help="keep none of them")
    add("--device", choices=("auto", "cpu", "cuda"), help="where torch computes (auto)")


def add_further(parser: argparse.ArgumentParser) -> None:
    """Add the tables that an evaluation writes only where they are asked for."""
    add = parser.add_argument
    add("--halvings", type=int, metavar="N", help="table halvings: calibrate by N random halvings (2 to 20)")
    add(
        "--compare-halves",
        metavar="COLUMN",
        help="table halves_compared: halves by an obs column beside random halves of the same cells",
    )
    add(
        "--negative-controls",
        action="store_true",
        help="table negative_controls: calibrate from every negative control, in both modes",
    )
    add(
        "--own-control",
        action="store_true",
        help="table own_control: Δcontrol metrics with a control half of its own for the repeat",
    )
    add(
        "--null-check",
        type=int,
        metavar="N",
        help="table null_check: calibrate with permuted labels, N times (1 to 20)",
    )
    add(
        "--titration",
        action="store_true",
        help="tables titration, titration_needed: DRF by cells a perturbation, and how many would be needed",
    )


def further(arguments: argparse.Namespace) -> Further:
    """Return what is asked for beyond the usual tables."""
    from perturbdash.judgement.further import Further

    return Further(
        halvings=arguments.halvings,
        compare_halves=arguments.compare_halves,
        negative_controls=arguments.negative_controls,
        own_control=arguments.own_control,
        null_check=arguments.null_check,
        titration=arguments.titration,
    )


def add_debug(parser: argparse.ArgumentParser) -> None:
    """Add the way to see where an error comes from."""
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")


def schema(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the flags say of the schema, as keywords of ``read``."""
    return _given(arguments, (*SCHEMA_FLAGS, "space", "merge_guides", "number_duplicates"))


def settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the flags say of the settings, as keywords of ``evaluate``."""
    settings = _given(arguments, SETTING_FLAGS)
    return settings | ({"store": False} if arguments.no_store else {})


def _given(arguments: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    found = {name: getattr(arguments, name) for name in names}
    return {name: tuple(v) if isinstance(v, list) else v for name, v in found.items() if v is not None}


def named(text: str) -> str | tuple[str, str]:
    """Split ``NAME=FILE``; a file whose own name holds an equals sign is a file.

    Examples
    --------
    >>> named("mine=p.csv"), named("p.csv")
    (('mine', 'p.csv'), 'p.csv')
    """
    name, equals, file = text.partition("=")
    return (name, file) if equals and name and file and not Path(text).exists() else text
