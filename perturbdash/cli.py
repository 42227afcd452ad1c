"""The command line: results on standard output, progress, notices and errors on standard error."""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perturbdash import __version__
from perturbdash.errors import PerturbdashError, SettingsError

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

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


def main(argv: Sequence[str] | None = None) -> int:
    """Run a verb and return its exit status: 0 done, 1 the input cannot be used, 2 wrong usage."""
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except PerturbdashError as error:
        if arguments.debug:
            traceback.print_exc()
        print(f"perturbdash: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("perturbdash: stopped.", file=sys.stderr)
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="perturbdash",
        description="Shows whether a model that predicts how cells answer a perturbation has learnt biology, "
        "or only the average.",
    )
    parser.add_argument("--version", action="version", version=f"perturbdash {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    _add_app(verbs)
    _add_evaluate(verbs)
    _add_simulate(verbs)
    return parser


def _add_app(verbs: Any) -> None:
    app = verbs.add_parser("app", help="open the dashboard in a browser")
    opened = app.add_mutually_exclusive_group()
    opened.add_argument("data", nargs="?", metavar="DATA", help="file of cells, .h5ad or .zarr, to open")
    opened.add_argument("--demo", action="store_true", help="open the demo data set")
    _add_predictions(app)
    app.add_argument("--data-root", metavar="DIR", help="folder whose files may be opened by path")
    app.add_argument("--port", type=int, metavar="N", help="port of the server (8501)")
    _add_schema(app)
    _add_settings(app)
    _debug(app)
    app.set_defaults(run=_run_app)


def _add_evaluate(verbs: Any) -> None:
    evaluate = verbs.add_parser(
        "evaluate",
        help="judge predictions, and the metrics by which it is done; without predictions calibrate the data set",
    )
    evaluate.add_argument("data", metavar="DATA", help="file of cells, .h5ad or .zarr")
    _add_predictions(evaluate)
    evaluate.add_argument("--out", metavar="DIR", help="folder for the tables and run.json")
    _add_schema(evaluate)
    _add_settings(evaluate)
    evaluate.add_argument(
        "--template", metavar="FILE.csv", help="write an empty prediction table for this data set and stop"
    )
    evaluate.add_argument(
        "--json", action="store_true", help="print verdict, calibration, warnings and run as JSON"
    )
    _debug(evaluate)
    evaluate.set_defaults(run=_run_evaluate)


def _add_predictions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--predictions", nargs="+", default=[], metavar="FILE", help="predictions; NAME=FILE names the model"
    )


def _add_schema(parser: argparse.ArgumentParser) -> None:
    for name, text in SCHEMA_FLAGS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=text)
    parser.add_argument("--space", choices=("counts", "log1p"), help="what X holds")
    parser.add_argument(
        "--merge-guides", action="store_true", default=None, help="count GENE_1, GENE_2 as GENE"
    )
    parser.add_argument(
        "--number-duplicates", action="store_true", default=None, help="number cells that share a name"
    )


def _add_settings(parser: argparse.ArgumentParser) -> None:
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
    add("--halves-by", metavar="COLUMN", help="obs column of two levels in place of random halves")
    add("--store", metavar="DIR", help="where moments are kept (the user's cache folder)")
    add("--no-store", action="store_true", help="keep no moments")
    add("--device", choices=("auto", "cpu", "cuda"), help="where torch computes (auto)")


def _add_simulate(verbs: Any) -> None:
    from perturbdash.simulation.command import add_arguments

    simulate = verbs.add_parser(
        "simulate", help="write a simulated data set and predictions with a known truth"
    )
    add_arguments(simulate)
    _debug(simulate)
    simulate.set_defaults(run=_run_simulate)


def _debug(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")


def _run_app(arguments: argparse.Namespace) -> int:
    from perturbdash.ui.launch import run_app

    return run_app(
        data_root=arguments.data_root,
        port=arguments.port,
        data=arguments.data,
        predictions=arguments.predictions,
        demo=arguments.demo,
        options={"schema": _schema(arguments), "settings": _settings(arguments)},
    )


def _run_simulate(arguments: argparse.Namespace) -> int:
    from perturbdash.simulation.command import run

    print(run(arguments))
    return 0


def _run_evaluate(arguments: argparse.Namespace) -> int:
    from perturbdash.io.dataset import read

    dataset = read(arguments.data, **_schema(arguments))
    if arguments.template:
        from perturbdash.io.template import write_template

        write_template(dataset, Path(arguments.template))
        size = f"{len(dataset.perturbations)} perturbations and {len(dataset.genes)} genes"
        print(f"Template for {size}: {arguments.template}")
        return 0
    if not arguments.out and not arguments.json:
        raise SettingsError(
            "There is nowhere to write the tables; add --out DIR, or --json for the verdict alone."
        )
    if arguments.out and Path(arguments.out).is_file():
        raise SettingsError(f"{arguments.out} is a file; expected a folder for the tables: name another one.")
    from perturbdash.judgement.evaluate import evaluate

    result = evaluate(
        dataset,
        [_named(text) for text in arguments.predictions] or None,
        progress=_progress if sys.stderr.isatty() else None,
        **_settings(arguments),
    )
    if arguments.out:
        result.save(arguments.out)
    _print_result(result, as_json=arguments.json, out=arguments.out)
    return 0


def _schema(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the flags say of the schema, as keywords of ``read``."""
    return _given(arguments, (*SCHEMA_FLAGS, "space", "merge_guides", "number_duplicates"))


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the flags say of the settings, as keywords of ``evaluate``."""
    settings = _given(arguments, SETTING_FLAGS)
    return settings | ({"store": False} if arguments.no_store else {})


def _given(arguments: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    found = {name: getattr(arguments, name) for name in names}
    return {name: tuple(v) if isinstance(v, list) else v for name, v in found.items() if v is not None}


def _named(text: str) -> str | tuple[str, str]:
    """Split ``NAME=FILE``; a file whose own name holds an equals sign is a file.

    Examples
    --------
    >>> _named("mine=p.csv"), _named("p.csv")
    (('mine', 'p.csv'), 'p.csv')
    """
    name, equals, file = text.partition("=")
    return (name, file) if equals and name and file and not Path(text).exists() else text


def _progress(share: float, text: str) -> None:
    end = "\n" if share >= 1 else ""
    print(f"\r\x1b[K{share:4.0%}  {text}", end=end, file=sys.stderr, flush=True)


def _print_result(result: Result, *, as_json: bool, out: str | None) -> None:
    from perturbdash.judgement.sentences import notice_lines, summary_lines

    for line in notice_lines(result):
        print(line, file=sys.stderr)
    if as_json:
        from perturbdash.judgement.record import plain

        tables = {
            name: getattr(result, name).to_dict("records")
            for name in ("verdict", "calibration_summary", "warnings")
        }
        print(json.dumps(plain(tables | {"run": result.run}), allow_nan=False))
        return
    for line in summary_lines(result):
        print(line)
    if out:
        print(f"Tables: {out}")
